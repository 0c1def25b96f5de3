"""A tick killed at any step: a message is accepted at most once, and none is lost silently."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.many_sellers import mail_server
from tests.support.ticking import KILLED, SELLERS


def test_a_killed_tick_loses_no_message_and_sends_none_twice(
    tmp_path: Path, short_notebook: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(short_notebook, tmp_path / "executed.ipynb")
    with mail_server() as (server, port):
        command = [
            sys.executable,
            "-m",
            "tests.support.ticking",
            str(tmp_path),
            str(port),
            database,
        ]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stderr) == (0, "")
    *killed_cases, final_case = json.loads(process.stdout)
    assert final_case["exit_code"] == 0
    assert all(case["exit_code"] == KILLED for case in killed_cases)
    steps = {
        f"{position} {event}"
        for position in ("before", "after")
        for event in ("a commit", "a line to the server", "its answer")
    }
    assert steps <= {case["step"] for case in killed_cases}

    accepted = [
        str(message["Message-ID"])
        for messages in server.messages_by_recipient.values()
        for message in messages
    ]
    assert len(accepted) == len(set(accepted)), "a message was accepted twice"
    in_doubt = sent_count = 0
    for case in (*killed_cases, final_case):
        step, states = case["step"], {row["seller_id"]: row["state"] for row in case["deliveries"]}
        assert case["runs"] == ["made", "made"], step
        assert set(states) == set(SELLERS), f"lost: {step}"
        assert set(states.values()) <= {"sent", "in_doubt"}, step
        assert all(
            row["message_id"] in accepted for row in case["deliveries"] if row["state"] == "sent"
        ), step
        sent_count += sum(state == "sent" for state in states.values())
        in_doubt += sum(state == "in_doubt" for state in states.values())
    message_ids = {
        row["message_id"] for case in (*killed_cases, final_case) for row in case["deliveries"]
    }
    assert set(accepted) <= message_ids, "a message was sent that is not in the ledger"
    assert final_case["step"] == "none"
    assert 0 < in_doubt <= len(killed_cases)
    assert sent_count + in_doubt == 2 * (len(killed_cases) + 1)
    with capsys.disabled():
        summary = f"{len(killed_cases)} kill points: accepted {len(accepted)} = distinct"
        sys.stdout.write(
            f"\n{summary}, sent {sent_count}, in doubt {in_doubt}, lost 0, duplicated 0\n"
        )
