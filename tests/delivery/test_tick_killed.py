"""A tick killed at any of its steps: every message is accepted at most once, and none is lost without being told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.many_sellers import mail_server
from tests.support.notebook_fixture import build
from tests.support.ticking import KILLED, SELLERS


def test_a_tick_killed_at_any_step_loses_nothing_and_sends_nothing_twice(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path / "made.ipynb", "en", 20, markets=1)
    with mail_server() as (server, port):
        words = [sys.executable, "-m", "tests.support.ticking", str(tmp_path), str(port), database]
        ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    *killed, whole = json.loads(ran.stdout)
    assert whole["ended"] == 0
    assert all(case["ended"] == KILLED for case in killed)
    around = {
        f"{when} {what}"
        for when in ("before", "after")
        for what in ("a commit", "a line to the server", "its answer")
    }
    assert around <= {case["step"] for case in killed}

    accepted = [
        str(message["Message-ID"]) for messages in server.taken.values() for message in messages
    ]
    assert len(accepted) == len(set(accepted)), "a message went twice"
    in_doubt = sent = 0
    for case in (*killed, whole):
        step, states = case["step"], {row["seller_id"]: row["state"] for row in case["deliveries"]}
        assert case["runs"] == ["made", "made"], step
        assert set(states) == set(SELLERS), f"lost: {step}"
        assert set(states.values()) <= {"sent", "in_doubt"}, step
        assert all(
            row["message_id"] in accepted for row in case["deliveries"] if row["state"] == "sent"
        ), step
        sent += sum(state == "sent" for state in states.values())
        in_doubt += sum(state == "in_doubt" for state in states.values())
    known = {row["message_id"] for case in (*killed, whole) for row in case["deliveries"]}
    assert set(accepted) <= known, "a message went out that no ledger knows"
    assert whole["step"] == "none"
    assert 0 < in_doubt <= len(killed)
    assert sent + in_doubt == 2 * (len(killed) + 1)
    with capsys.disabled():
        told = f"{len(killed)} kill points: accepted {len(accepted)} = distinct, sent {sent}, in doubt {in_doubt}"
        sys.stdout.write(f"\n{told}, lost 0, doubled 0\n")
