"""The inbox of webhook events, stored in groups; fold.py reads it.

A request is answered after its event is committed. An event whose id has another content is stored
beside the first one, as refused.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, select

from smartinst.database.engine import portable_insert
from smartinst.database.schema import INBOX
from smartinst.hotmart.parsing.envelopes import has_same_content

GROUP: Final = 500
"""The largest number of events in one commit."""

STORE_SECONDS: Final = 20
"""How long a request waits for its commit."""

CONFLICT_REASON: Final = "id: an earlier event with this id has another content"

SOURCE: Final = "webhook {}"
"""Source of an event in the ledger, with its id."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOG: Final = logging.getLogger(__name__)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """The stored part of one body: the envelope, or the reason for its refusal.

    `body_hash` is that of the whole body; an event whose id has another content is stored under it.
    """

    seller_id: str
    event_id: str
    body: str | None = None
    reason: str | None = None
    excerpt: str | None = None
    body_hash: str | None = None


class NotStoredError(Exception):
    """The database did not accept an event; the platform has to send it again."""


class StoreResult(StrEnum):
    """What became of an entry; CONFLICT: stored as refused, since its id has another content."""

    KEPT = "kept"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


_Pending = tuple[InboxEntry, datetime, "asyncio.Future[StoreResult]"]
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

    async def store(self, entry: InboxEntry, received_at: datetime) -> StoreResult:
        """Stores an entry. NotStoredError if that fails, or takes longer than STORE_SECONDS."""
        future: asyncio.Future[StoreResult] = asyncio.get_running_loop().create_future()
        self._queue.put((entry, received_at, future))
        try:
            return await asyncio.wait_for(future, STORE_SECONDS)
        except TimeoutError:  # it may still be stored; the platform's next attempt is a duplicate
            raise NotStoredError from None

    async def close(self) -> None:
        """Stores the pending entries, then stops the thread."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _write_all(self) -> None:
        while group := self._next_group():
            entries = [(entry, received_at) for entry, received_at, _ in group]
            try:
                results = store_entries(self._engine, entries)
            except Exception as error:  # requests must be answered, and the thread must go on
                name = type(error.__cause__ or error).__name__
                _LOG.error("inbox: %d events not stored: %s", len(group), name)
                self._resolve_later(group, None)
            else:
                self._on_commit(len(group))
                self._resolve_later(group, results)

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

    def _resolve_later(self, group: list[_Pending], results: list[StoreResult] | None) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_resolve_futures, group, results)


def _resolve_futures(group: list[_Pending], results: list[StoreResult] | None) -> None:
    for index, (_, _, future) in enumerate(group):
        if future.done():  # the request was canceled
            continue
        if results is None:
            future.set_exception(NotStoredError())
        else:
            future.set_result(results[index])


def store_entries(engine: Engine, entries: list[tuple[InboxEntry, datetime]]) -> list[StoreResult]:
    """Commits entries in one transaction; returns what became of each."""
    first_entries = {
        (entry.seller_id, entry.event_id): (entry, received_at)
        for entry, received_at in reversed(entries)  # of two with the same key the first is stored
    }
    with engine.begin() as connection:
        new_keys = _insert(connection, list(reversed(first_entries.values())))
        results, conflicts = [], []
        for entry, received_at in entries:
            key = (entry.seller_id, entry.event_id)
            if key in new_keys and entry is first_entries[key][0]:
                results.append(StoreResult.KEPT)
            elif has_same_content(entry.body, _stored_body(connection, key)):
                results.append(StoreResult.DUPLICATE)
            else:
                results.append(StoreResult.CONFLICT)
                conflict = replace(
                    entry, event_id=entry.body_hash or entry.event_id, reason=CONFLICT_REASON
                )
                conflicts.append((conflict, received_at))
        if conflicts:
            _insert(connection, conflicts)
    return results


def _insert(
    connection: Connection, entries: list[tuple[InboxEntry, datetime]]
) -> set[tuple[str, str]]:
    """Inserts entries whose keys are new; returns these keys."""
    rows = []
    for entry, received_at in entries:
        row = asdict(entry) | {"received_ms": milliseconds(received_at)}
        del row["body_hash"]
        rows.append(row)
    statement = portable_insert(connection, INBOX).on_conflict_do_nothing()
    statement = statement.returning(INBOX.c.seller_id, INBOX.c.event_id)
    return {(seller_id, event_id) for seller_id, event_id in connection.execute(statement, rows)}


def _stored_body(connection: Connection, key: tuple[str, str]) -> str | None:
    query = select(INBOX.c.body).where(INBOX.c.seller_id == key[0], INBOX.c.event_id == key[1])
    body: str | None = connection.execute(query).scalar_one()
    return body


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return (instant - EPOCH) // timedelta(milliseconds=1)
