"""Many small runs at a time, some of which fail in every way: each ends as it should."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

SEED = "22"
"""Thirty runs of nine kinds."""


@pytest.mark.parametrize("kills", ["0", "6"], ids=["alone", "with random kills"])
def test_every_run_ends_as_its_kind_should(kills: str) -> None:
    words = ["--runs", "30", "--jobs", "2", "--seed", SEED, "--kills", kills]
    process = subprocess.run(
        [sys.executable, "-m", "tests.bench.stress_runs", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stdout.splitlines()[-1] == "0 not as expected"
