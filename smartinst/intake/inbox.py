"""The inbox of webhook events: stored in groups, then folded into the ledger in batches.

A request is answered after its event is committed. A row is marked as folded after the ledger has
it, and deleted some time later. A fold that is interrupted is repeated: the ledger is idempotent.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, func, select, update

from smartinst.database.engine import portable_insert, reading
from smartinst.database.schema import INBOX
from smartinst.errors import LedgerError
from smartinst.hotmart.parsing.envelopes import POSITION, parse_stored_envelope
from smartinst.hotmart.values.outcome import ItemOutcome
from smartinst.ledger.ingest import ReceivedItem, Summary, ingest_received
from smartinst.ledger.ledger import Ledger

GROUP: Final = 500
"""The largest number of events in one commit."""

FOLD_ROWS: Final = 5_000
"""The largest number of events that are folded together."""

PRUNE_EVERY: Final = timedelta(hours=1)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOG: Final = logging.getLogger(__name__)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """The stored part of one body: the envelope, or the reason why there is none."""

    seller_id: str
    event_id: str
    body: str | None = None
    reason: str | None = None
    excerpt: str | None = None


class NotStoredError(Exception):
    """The database did not accept an event; the platform has to send it again."""


_Pending = tuple[InboxEntry, datetime, "asyncio.Future[bool]"]
"""An entry, when it was received, and the future that its request awaits."""


class Inbox:
    """Stores entries in one thread; those that arrive during a commit go into the next one."""

    def __init__(self, engine: Engine, on_commit: Callable[[int], None]) -> None:
        """`on_commit` is called with the size of each commit."""
        self._engine = engine
        self._on_commit = on_commit
        self._queue: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="inbox")
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Starts the thread; called in the event loop of the requests."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def store(self, entry: InboxEntry, received_at: datetime) -> bool:
        """Stores an entry; false if the inbox already has it. NotStoredError if storing fails."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.put((entry, received_at, future))
        return await future

    async def close(self) -> None:
        """Stores the pending entries, then stops the thread."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _write_all(self) -> None:
        while group := self._next_group():
            entries = [(entry, received_at) for entry, received_at, _ in group]
            try:
                new_keys = store_entries(self._engine, entries)
            except Exception as error:  # requests must be answered, and the thread must go on
                name = type(error.__cause__ or error).__name__
                _LOG.error("inbox: %d events not stored: %s", len(group), name)
                self._resolve_later(group, None)
            else:
                self._on_commit(len(group))
                self._resolve_later(group, new_keys)

    def _next_group(self) -> list[_Pending]:
        """The next entries to commit; empty if the inbox is closed."""
        group: list[_Pending] = []
        while (pending := self._queue.get()) is not None:
            group.append(pending)
            if len(group) == GROUP or self._queue.empty():
                return group
        if group:
            self._queue.put(None)
        return group

    def _resolve_later(self, group: list[_Pending], new_keys: set[tuple[str, str]] | None) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_resolve_futures, group, new_keys)


def _resolve_futures(group: list[_Pending], new_keys: set[tuple[str, str]] | None) -> None:
    for entry, _, future in group:
        if future.done():  # the request was canceled
            continue
        if new_keys is None:
            future.set_exception(NotStoredError())
        else:
            key = (entry.seller_id, entry.event_id)
            future.set_result(key in new_keys)
            new_keys.discard(key)  # if a group has two, the second is a duplicate


def store_entries(
    engine: Engine, entries: list[tuple[InboxEntry, datetime]]
) -> set[tuple[str, str]]:
    """Commits entries in one transaction; returns the new keys (seller, event)."""
    rows = {
        (entry.seller_id, entry.event_id): asdict(entry)
        | {"received_ms": milliseconds(received_at)}
        for entry, received_at in reversed(entries)  # the first of two with the same key is stored
    }
    with engine.begin() as connection:
        statement = portable_insert(connection, INBOX).on_conflict_do_nothing()
        statement = statement.returning(INBOX.c.seller_id, INBOX.c.event_id)
        keys = connection.execute(statement, list(reversed(rows.values())))
        return {(seller_id, event_id) for seller_id, event_id in keys}


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


# --- fold -----------------------------------------------------------------------------------------


def fold(engine: Engine, ledger: Ledger, now: Clock, rows_at_once: int = FOLD_ROWS) -> Summary:
    """Folds all events into the ledger, oldest first, and counts the outcomes; LedgerError."""
    total = Summary()
    while summary := fold_batch(engine, ledger, now, rows_at_once):
        total.add(summary)
    return total


def fold_batch(
    engine: Engine, ledger: Ledger, now: Clock, rows_at_once: int = FOLD_ROWS
) -> Summary | None:
    """Folds one batch of events of many sellers, then marks it; None if the inbox has none."""
    with reading(engine) as connection:
        query = (
            select(INBOX)
            .where(INBOX.c.folded_ms.is_(None))
            .order_by(INBOX.c.id)
            .limit(rows_at_once)
        )
        rows = connection.execute(query).all()
    if not rows:
        return None
    summary = ingest_received(_received_items(rows), ledger)
    with engine.begin() as connection:
        is_in_batch = INBOX.c.id.in_([row.id for row in rows])
        connection.execute(update(INBOX).where(is_in_batch).values(folded_ms=milliseconds(now())))
    return summary


def _received_items(rows: Sequence[Row[Any]]) -> Iterator[ReceivedItem]:
    for row in rows:
        received_at = _EPOCH + timedelta(milliseconds=row.received_ms)
        yield ReceivedItem(row.seller_id, f"webhook {row.event_id}", _outcome(row), received_at)


def _outcome(row: Row[Any]) -> ItemOutcome:
    if row.body is None:
        return ItemOutcome("body", refusal_reason=row.reason, excerpt=row.excerpt or "")
    try:
        return parse_stored_envelope(row.body, row.seller_id)
    except Exception as error:  # a parser's bug quarantines its event; the others are folded
        return ItemOutcome(POSITION, refusal_reason=f"cannot be read: {type(error).__name__}")


def backlog(engine: Engine, now: datetime) -> tuple[int, float]:
    """The number of events to fold, and the age of the oldest in seconds."""
    query = select(func.count(), func.min(INBOX.c.received_ms)).where(INBOX.c.folded_ms.is_(None))
    with reading(engine) as connection:
        rows, oldest_ms = connection.execute(query).one()
    age = 0.0 if oldest_ms is None else max(0.0, (milliseconds(now) - oldest_ms) / 1000)
    return int(rows), age


def prune(engine: Engine, now: datetime, keep_days: int, rows_at_once: int = FOLD_ROWS) -> int:
    """Deletes events folded more than `keep_days` ago, oldest first; returns their number.

    If such an event is sent again, the inbox stores it as new and the ledger counts a duplicate.
    """
    limit_ms = milliseconds(now - timedelta(days=keep_days))
    oldest_ids = select(INBOX.c.id).order_by(INBOX.c.id).limit(rows_at_once)  # no full scan
    statement = delete(INBOX).where(INBOX.c.id.in_(oldest_ids), INBOX.c.folded_ms < limit_ms)
    total = 0
    while True:
        with engine.begin() as connection:
            rows = connection.execute(statement).rowcount
        total += rows
        if rows < rows_at_once:
            return total


def unfold(engine: Engine) -> None:
    """Marks all events as not folded, after the ledger was lost or restored from a backup."""
    with engine.begin() as connection:
        connection.execute(update(INBOX).values(folded_ms=None))


def fold_while(
    engine: Engine,
    ledger: Ledger,
    now: Clock,
    should_continue: Callable[[float], bool],
    keep_days: int,
) -> None:
    """Folds until `should_continue(seconds)`, which waits, returns false.

    Errors are logged in one line, and the fold is tried again. Prunes once an hour when there is
    nothing to fold.
    """
    pause, pruned_at = 1.0, _EPOCH
    while should_continue(pause):
        try:
            summary = fold_batch(engine, ledger, now)
            if summary is None and now() - pruned_at >= PRUNE_EVERY:
                prune(engine, now(), keep_days)
                pruned_at = now()
        except Exception as error:  # the next attempt may succeed
            is_safe = isinstance(error, LedgerError)  # other messages may contain values
            _LOG.error("fold: %s", error if is_safe else type(error.__cause__ or error).__name__)
            pause = min(60.0, max(1.0, pause * 2))
        else:
            pause = 0.0 if summary and summary.read == FOLD_ROWS else 1.0
