"""Executors that do not answer, and the bound of memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smartinst.errors import ConfigurationError
from smartinst.runs.executors import distribute
from smartinst.runs.limits import MEGABYTE, memory_bounded


@pytest.mark.parametrize(
    "address", ["spark://127.0.0.1:1", "dask://127.0.0.1:9"], ids=["another kind", "nobody there"]
)
def test_an_executor_that_does_not_answer_is_a_configuration_error(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartinst.runs.executors.CLUSTER_SECONDS", 0.5)
    with pytest.raises(ConfigurationError, match="executor"):
        next(distribute(abs, [1], address))


@pytest.mark.parametrize(("megabytes", "exit_code"), [(100, 0), (900, 1)], ids=["within", "beyond"])
def test_a_child_process_cannot_exceed_the_memory_bound(
    megabytes: int, exit_code: int, tmp_path: Path
) -> None:
    with memory_bounded(512):
        process = subprocess.run(
            [sys.executable, "-c", f"bytearray({megabytes * MEGABYTE})"],
            capture_output=True,
            check=False,
            cwd=tmp_path,
        )
    assert process.returncode == exit_code
    assert (b"MemoryError" in process.stderr) == bool(exit_code)
    assert len(bytearray(900 * MEGABYTE)) == 900 * MEGABYTE  # this process has no bound any more
