"""The receiver killed at many points: nothing acknowledged is lost, and the ledger is as of an undisturbed ingest.

SMARTINST_KILLS=100 enlarges the number of kills.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from polars.testing import assert_frame_equal
from sqlalchemy import select

from smartinst.database.engine import connect
from smartinst.database.schema import INBOX
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Limits
from tests.support.hotmart_payloads import ACME
from tests.support.receiver import Receiver, events, post, statements

KILLS = int(os.environ.get("SMARTINST_KILLS", "3"))
SENDERS = 8


def test_nothing_acknowledged_is_lost_however_often_the_receiver_is_killed(
    tmp_path: Path, database: str
) -> None:
    sent = events(60 * (KILLS + 1))
    todo, acknowledged = list(sent), set[str]()
    for kill in itertools.count():
        folds = () if kill % 2 else ("--no-fold",)
        with Receiver(tmp_path / "place", database, *folds) as receiver:
            deliver(receiver, todo, acknowledged, kill_after=7 * kill + 3 if kill < KILLS else None)
            receiver.end() if kill < KILLS else None
        assert acknowledged <= kept(database)
        todo = [
            event for event in todo if event["id"] not in acknowledged
        ]  # the platform sends these again
        if not todo:
            break
    assert kill >= KILLS
    receiver.fold()
    for name, expected in undisturbed(tmp_path, sent).items():
        assert_frame_equal(statements(tmp_path / "place" / "var" / "ledger")[name], expected)


def deliver(
    receiver: Receiver, todo: list[dict[str, Any]], acknowledged: set[str], kill_after: int | None
) -> None:
    """Many connections send, until all is sent or the process is killed in the midst of it."""
    waiting, answers, enough = iter(todo), itertools.count(1), threading.Event()
    lock = threading.Lock()

    def sender() -> None:
        connection = receiver.connection()
        try:
            while not enough.is_set():
                with lock:
                    event = next(waiting, None)
                if event is None:
                    return
                code, _ = post(connection, event)
                assert code == 200
                acknowledged.add(event["id"])
                if kill_after is not None and next(answers) == kill_after:
                    receiver.process.kill()
        except (OSError, http.client.HTTPException):
            enough.set()
        finally:
            connection.close()

    senders = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for one in senders:
        one.start()
    for one in senders:
        one.join(120)


def kept(database: str) -> set[str]:
    engine = connect(database)
    with engine.connect() as connection:
        found = set(connection.execute(select(INBOX.c.event_id)).scalars())
    engine.dispose()
    return found


def undisturbed(place: Path, sent: list[dict[str, Any]]) -> dict[str, Any]:
    (place / "events.jsonl").write_text("\n".join(map(json.dumps, sent)), encoding="utf-8")
    ledger = place / "undisturbed"
    summary = ingest(
        [place / "events.jsonl"], ACME, Ledger(str(ledger)), datetime.now(UTC), Limits()
    )
    assert summary.read == len(sent)
    return statements(ledger)
