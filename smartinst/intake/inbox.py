"""The inbox of webhook events: many kept in one commit, each answered after it; folded into the ledger in batches.

A row is marked after the ledger has it, and kept some time more. A fold that dies in between is made again: the ledger
is idempotent.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from smartinst.database.engine import reading
from smartinst.database.schema import INBOX
from smartinst.errors import LedgerError
from smartinst.hotmart.parsing.envelopes import POSITION, parse_stored_envelope
from smartinst.hotmart.parsing.outcome import ItemOutcome
from smartinst.ledger.ingest import ReceivedItem, Summary, ingest_received
from smartinst.ledger.ledger import Ledger

GROUP: Final = 500
"""Events that are committed together at most."""

FOLD_ROWS: Final = 5_000
"""Events that are folded together at most."""

PRUNE_EVERY: Final = timedelta(hours=1)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOG: Final = logging.getLogger(__name__)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """What is kept of one body: the envelope, or why it is none."""

    seller_id: str
    event_id: str
    body: str | None = None
    reason: str | None = None
    excerpt: str | None = None


class NotKept(Exception):  # noqa: N818 (an answer to the platform: send it again)
    """The database did not take an event."""


_Waiting = tuple[InboxEntry, datetime, "asyncio.Future[bool]"]


class Inbox:
    """One writing thread: whatever arrives while a commit runs is in the next one."""

    def __init__(self, engine: Engine, committed: Callable[[int], None]) -> None:
        self._engine = engine
        self._committed = committed  # told the size of every commit
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="inbox")
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Starts writing; called in the running event loop that will wait for the answers."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def keep(self, entry: InboxEntry, received_at: datetime) -> bool:
        """Returns once the entry is committed: true, or false where it was there before. NotKept when it is not."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put((entry, received_at, answer))
        return await answer

    async def close(self) -> None:
        """Writes what is waiting, then stops."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _write_all(self) -> None:
        while group := self._next():
            try:
                fresh = keep_all(
                    self._engine, [(entry, received_at) for entry, received_at, _ in group]
                )
            except (
                Exception
            ) as error:  # of whatever kind: whoever waits is answered, and the thread goes on
                _LOG.error(
                    "inbox: %d events not kept: %s",
                    len(group),
                    type(error.__cause__ or error).__name__,
                )
                self._answer(group, None)
            else:
                self._committed(len(group))
                self._answer(group, fresh)

    def _next(self) -> list[_Waiting]:
        """The next group; empty when the inbox is closed."""
        one = self._queue.get()
        group: list[_Waiting] = []
        while one is not None:
            group.append(one)
            if len(group) == GROUP or self._queue.empty():
                return group
            one = self._queue.get()
        if group:
            self._queue.put(None)
        return group

    def _answer(self, group: list[_Waiting], fresh: set[tuple[str, str]] | None) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_resolve, group, fresh)


def _resolve(group: list[_Waiting], fresh: set[tuple[str, str]] | None) -> None:
    for entry, _, answer in group:
        if answer.done():  # who asked has gone
            continue
        if fresh is None:
            answer.set_exception(NotKept())
        else:
            key = (entry.seller_id, entry.event_id)
            answer.set_result(key in fresh)
            fresh.discard(key)  # the second of two in one group is the duplicate


def keep_all(engine: Engine, entries: list[tuple[InboxEntry, datetime]]) -> set[tuple[str, str]]:
    """Commits entries in one transaction; the keys (seller, event) that were not there before."""
    rows = {
        (one.seller_id, one.event_id): {
            "seller_id": one.seller_id,
            "event_id": one.event_id,
            "body": one.body,
            "reason": one.reason,
            "excerpt": one.excerpt,
            "received_ms": milliseconds(received_at),
        }
        for one, received_at in reversed(entries)  # the first of two stays
    }
    with engine.begin() as connection:
        found = connection.execute(_insertion(connection), list(reversed(rows.values())))
        return {(seller_id, event_id) for seller_id, event_id in found}


def _insertion(connection: Connection) -> Any:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.seller_id, INBOX.c.event_id)


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


# --- fold -------------------------------------------------------------------------------------------------------------


def fold(engine: Engine, ledger: Ledger, now: Clock, rows_at_once: int = FOLD_ROWS) -> Summary:
    """Folds everything that is waiting into the ledger, oldest first; counts what became of it. LedgerError."""
    total = Summary()
    while one := fold_batch(engine, ledger, now, rows_at_once):
        total.add(one)
    return total


def fold_batch(
    engine: Engine, ledger: Ledger, now: Clock, rows_at_once: int = FOLD_ROWS
) -> Summary | None:
    """One batch of many sellers: into the ledger, then marked; null when nothing is waiting."""
    with reading(engine) as connection:
        waiting = (
            select(INBOX)
            .where(INBOX.c.folded_ms.is_(None))
            .order_by(INBOX.c.id)
            .limit(rows_at_once)
        )
        rows = connection.execute(waiting).all()
    if not rows:
        return None
    summary = ingest_received(_arrived(rows), ledger)
    with engine.begin() as connection:
        of_rows = INBOX.c.id.in_([row.id for row in rows])
        connection.execute(update(INBOX).where(of_rows).values(folded_ms=milliseconds(now())))
    return summary


def _arrived(rows: Sequence[Row[Any]]) -> Iterator[ReceivedItem]:
    for row in rows:
        received_at = _EPOCH + timedelta(milliseconds=row.received_ms)
        yield ReceivedItem(row.seller_id, f"webhook {row.event_id}", _told(row), received_at)


def _told(row: Row[Any]) -> ItemOutcome:
    if row.body is None:
        return ItemOutcome("body", refusal_reason=row.reason, excerpt=row.excerpt or "")
    try:
        return parse_stored_envelope(row.body, row.seller_id)
    except Exception as error:  # a bug of a parser: its event is quarantined, the others are folded
        return ItemOutcome(POSITION, refusal_reason=f"cannot be read: {type(error).__name__}")


def backlog(engine: Engine, now: datetime) -> tuple[int, float]:
    """How many events wait to be folded, and for how many seconds the oldest has."""
    counted = select(func.count(), func.min(INBOX.c.received_ms)).where(INBOX.c.folded_ms.is_(None))
    with reading(engine) as connection:
        rows, oldest = connection.execute(counted).one()
    return int(rows), 0.0 if oldest is None else max(0.0, (milliseconds(now) - oldest) / 1000)


def prune(engine: Engine, now: datetime, keep_days: int, rows_at_once: int = FOLD_ROWS) -> int:
    """Takes away what the ledger has had for so many days, oldest first; how many events that were.

    One of them that is sent once more is taken for a new one, and the ledger for a duplicate.
    """
    before = milliseconds(now - timedelta(days=keep_days))
    first = (
        select(INBOX.c.id).order_by(INBOX.c.id).limit(rows_at_once)
    )  # by id: no look at all that is kept
    gone = 0
    while True:
        with engine.begin() as connection:
            rows = connection.execute(
                delete(INBOX).where(INBOX.c.id.in_(first), INBOX.c.folded_ms < before)
            ).rowcount
        gone += rows
        if rows < rows_at_once:
            return gone


def unfold(engine: Engine) -> None:
    """Marks everything that is kept as waiting: the ledger that had it was lost, or is an older copy."""
    with engine.begin() as connection:
        connection.execute(update(INBOX).values(folded_ms=None))


def fold_while(
    engine: Engine, ledger: Ledger, now: Clock, goes_on: Callable[[float], bool], keep_days: int
) -> None:
    """Folds until `goes_on(seconds)`, which waits, says no; what fails is told in one line and tried again.

    Prunes once an hour, when nothing waits.
    """
    pause, pruned_at = 1.0, _EPOCH
    while goes_on(pause):
        try:
            done = fold_batch(engine, ledger, now)
            if done is None and now() - pruned_at >= PRUNE_EVERY:
                prune(engine, now(), keep_days)
                pruned_at = now()
        except (
            Exception
        ) as error:  # the next try may succeed; a message may hold values, so only ours is told
            _LOG.error(
                "fold: %s",
                error
                if isinstance(error, LedgerError)
                else type(error.__cause__ or error).__name__,
            )
            pause = min(60.0, max(1.0, pause * 2))
        else:
            pause = 0.0 if done and done.read == FOLD_ROWS else 1.0
