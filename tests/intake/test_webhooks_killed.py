"""The receiver is killed often: no acknowledged event is lost, and the ledger is complete.

SMARTINST_KILLS=100 kills it so often.
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


def test_no_acknowledged_event_is_lost_when_the_receiver_is_killed(
    tmp_path: Path, database: str
) -> None:
    payloads = events(60 * (KILLS + 1))
    todo, acknowledged = list(payloads), set[str]()
    for kill in itertools.count():
        folds = () if kill % 2 else ("--no-fold",)
        with Receiver(tmp_path / "place", database, *folds) as receiver:
            deliver(receiver, todo, acknowledged, kill_after=7 * kill + 3 if kill < KILLS else None)
            receiver.end() if kill < KILLS else None
        assert acknowledged <= stored_ids(database)
        # the platform sends unacknowledged events again
        todo = [event for event in todo if event["id"] not in acknowledged]
        if not todo:
            break
    assert kill >= KILLS
    receiver.fold()
    for name, frame in undisturbed(tmp_path, payloads).items():
        assert_frame_equal(statements(tmp_path / "place" / "var" / "ledger")[name], frame)


def deliver(
    receiver: Receiver, todo: list[dict[str, Any]], acknowledged: set[str], kill_after: int | None
) -> None:
    """Sends on several connections, until all is sent or the process is killed."""
    queue, replies, stop = iter(todo), itertools.count(1), threading.Event()
    lock = threading.Lock()

    def sender() -> None:
        connection = receiver.connection()
        try:
            while not stop.is_set():
                with lock:
                    event = next(queue, None)
                if event is None:
                    return
                code, _ = post(connection, event)
                assert code == 200
                acknowledged.add(event["id"])
                if kill_after is not None and next(replies) == kill_after:
                    receiver.process.kill()
        except (OSError, http.client.HTTPException):
            stop.set()
        finally:
            connection.close()

    senders = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join(120)


def stored_ids(database: str) -> set[str]:
    engine = connect(database)
    with engine.connect() as connection:
        ids = set(connection.execute(select(INBOX.c.event_id)).scalars())
    engine.dispose()
    return ids


def undisturbed(place: Path, payloads: list[dict[str, Any]]) -> dict[str, Any]:
    (place / "events.jsonl").write_text("\n".join(map(json.dumps, payloads)), encoding="utf-8")
    ledger = place / "undisturbed"
    summary = ingest(
        [place / "events.jsonl"], ACME, Ledger(str(ledger)), datetime.now(UTC), Limits()
    )
    assert summary.read == len(payloads)
    return statements(ledger)
