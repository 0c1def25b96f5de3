"""Two schedulers on one PostgreSQL whose connections are cut and which crashes: nothing is lost.

Each period and seller has one delivery in the end; no message is accepted twice.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import psycopg
import pytest

from smartinst.database.engine import connected
from tests.chaos import SIZE
from tests.support.many_sellers import mail_server
from tests.support.postgres import Server
from tests.support.ticking import SELLERS, read_ledgers

PERIODS: Final = 6 * SIZE
FAULTS: Final = 12 * SIZE
FAULTS_BETWEEN_CRASHES: Final = 5
PAUSE_SECONDS: Final = (0.02, 0.4)


def cause_faults(server: Server, database: str, schedulers: subprocess.Popen[str]) -> list[str]:
    """Cuts connections and crashes the server at random until the schedulers have ended."""
    rng, faults = random.Random(7), list[str]()
    while schedulers.poll() is None and len(faults) < FAULTS:
        try:
            schedulers.wait(rng.uniform(*PAUSE_SECONDS))
        except subprocess.TimeoutExpired:
            if len(faults) % FAULTS_BETWEEN_CRASHES == FAULTS_BETWEEN_CRASHES - 1:
                server.restart_after_crash()
                faults.append("crash")
            else:
                with_one_retry(server, database)
                faults.append("cut")
    return faults


def with_one_retry(server: Server, database: str) -> None:
    """Cuts a connection; again if the cut connection was the one that cut."""
    try:
        server.cut_connection(database)
    except psycopg.OperationalError:
        server.cut_connection(database)


def test_two_schedulers_lose_nothing_and_double_nothing_while_their_database_fails(
    tmp_path: Path,
    short_notebook: Path,
    postgres_server: Server,
    postgres: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(short_notebook, tmp_path / "executed.ipynb")
    with mail_server() as (mails, port):
        words = ["-m", "tests.support.schedulers", str(tmp_path), str(port), postgres]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, *words, str(PERIODS)], stdout=pipe, stderr=pipe, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        faults = cause_faults(postgres_server, postgres.rpartition("/")[2], process)
        output, errors = process.communicate()
    assert errors == ""
    result = json.loads(output)
    assert result["exit_codes"] == [0, 0]
    accepted = [
        str(message["Message-ID"])
        for messages in mails.messages_by_recipient.values()
        for message in messages
    ]
    with connected(postgres) as engine:
        ledgers = read_ledgers(engine)
    deliveries = ledgers["deliveries"]
    assert len(accepted) == len(set(accepted)), "a message was accepted twice"
    assert set(ledgers["runs"]) == {"made"}
    assert len(ledgers["runs"]) == len(deliveries) == PERIODS * len(SELLERS), "lost or doubled"
    assert len({(row["seller_id"], row["period"]) for row in deliveries}) == len(deliveries)
    sent = {row["message_id"] for row in deliveries if row["state"] == "sent"}
    in_doubt = {row["message_id"] for row in deliveries if row["state"] == "in_doubt"}
    assert len(sent | in_doubt) == len(deliveries)
    assert sent <= set(accepted) <= sent | in_doubt
    assert faults.count("cut") and sum(result["errors"])
    with capsys.disabled():
        sys.stdout.write(
            f"\n{faults.count('cut')} cuts, {faults.count('crash')} crashes, "
            f"{sum(result['errors'])} ticks with errors: {len(deliveries)} deliveries, "
            f"sent {len(sent)}, in doubt {len(in_doubt)}, lost 0, doubled 0\n"
        )
