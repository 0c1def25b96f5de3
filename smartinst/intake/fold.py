"""The fold: events of the inbox into the ledger, in batches, and what becomes of them afterwards.

A row is marked as folded after the ledger has it, and deleted some time later, unless it is in
quarantine: a retry may accept it. A fold that is interrupted is repeated: the ledger is idempotent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, Row, delete, func, select, update

from smartinst.database.engine import reading
from smartinst.database.schema import INBOX
from smartinst.errors import LedgerError
from smartinst.hotmart.parsing.envelopes import POSITION, parse_stored_envelope
from smartinst.hotmart.values.outcome import ItemOutcome
from smartinst.intake.inbox import EPOCH, SOURCE, Clock, milliseconds
from smartinst.ledger.ingest import ReceivedItem, Summary, ingest_received
from smartinst.ledger.ledger import Ledger

FOLD_ROWS: Final = 5_000
"""The largest number of events that are folded together."""

PRUNE_EVERY: Final = timedelta(hours=1)

_LOG: Final = logging.getLogger(__name__)


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
        received_at = EPOCH + timedelta(milliseconds=row.received_ms)
        source = SOURCE.format(row.event_id)
        yield ReceivedItem(row.seller_id, source, stored_outcome(row), received_at)


def stored_outcome(row: Row[Any]) -> ItemOutcome:
    """The outcome of a row of the inbox."""
    if row.body is None or row.reason is not None:
        return ItemOutcome("body", refusal_reason=row.reason, excerpt=row.excerpt or "")
    return parse_event(row.body, row.seller_id)


def parse_event(body: str, seller_id: str) -> ItemOutcome:
    """The outcome of a stored envelope; a fault of a parser refuses it."""
    try:
        return parse_stored_envelope(body, seller_id)
    except Exception as error:  # a parser's bug quarantines its event; the others are folded
        return ItemOutcome(POSITION, refusal_reason=f"cannot be read: {type(error).__name__}")


def backlog(engine: Engine, now: datetime) -> tuple[int, float]:
    """The number of events to fold, and the age of the oldest in seconds."""
    query = select(func.count(), func.min(INBOX.c.received_ms)).where(INBOX.c.folded_ms.is_(None))
    with reading(engine) as connection:
        rows, oldest_ms = connection.execute(query).one()
    age = 0.0 if oldest_ms is None else max(0.0, (milliseconds(now) - oldest_ms) / 1000)
    return int(rows), age


def prune(
    engine: Engine,
    ledger: Ledger,
    now: datetime,
    keep_days: int,
    rows_at_once: int = FOLD_ROWS,
) -> int:
    """Deletes events folded more than `keep_days` ago, oldest first; returns their number.

    Events in quarantine stay. If a deleted event is sent again, the inbox stores it as new and the
    ledger counts a duplicate.
    """
    limit_ms = milliseconds(now - timedelta(days=keep_days))
    open_sources = set(ledger.quarantine().select("seller_id", "source").iter_rows())
    columns = (
        INBOX.c.id,
        INBOX.c.seller_id,
        INBOX.c.event_id,
        INBOX.c.body.is_(None),
        INBOX.c.folded_ms,
    )
    total = last_id = 0
    while True:
        query = (
            select(*columns).where(INBOX.c.id > last_id).order_by(INBOX.c.id).limit(rows_at_once)
        )
        with reading(engine) as connection:
            rows = connection.execute(query).all()
        old_rows = [row for row in rows if row.folded_ms is not None and row.folded_ms < limit_ms]
        ids = [
            id_
            for id_, seller_id, event_id, has_no_body, _ in old_rows
            if has_no_body or (seller_id, SOURCE.format(event_id)) not in open_sources
        ]
        if ids:
            with engine.begin() as connection:
                total += connection.execute(delete(INBOX).where(INBOX.c.id.in_(ids))).rowcount
        if not old_rows or len(rows) < rows_at_once:
            return total
        last_id = rows[-1].id


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
    on_success: Callable[[], None] = lambda: None,
) -> None:
    """Folds until `should_continue(seconds)`, which waits, returns false.

    Errors are logged in one line, and the fold is tried again. Prunes once an hour when there is
    nothing to fold. `on_success` is called after each round without an error.
    """
    pause, pruned_at = 1.0, EPOCH
    while should_continue(pause):
        try:
            summary = fold_batch(engine, ledger, now)
            if summary is None and now() - pruned_at >= PRUNE_EVERY:
                prune(engine, ledger, now(), keep_days)
                pruned_at = now()
        except Exception as error:  # the next attempt may succeed
            is_safe = isinstance(error, LedgerError)  # other messages may contain values
            _LOG.error("fold: %s", error if is_safe else type(error.__cause__ or error).__name__)
            pause = min(60.0, max(1.0, pause * 2))
        else:
            on_success()
            pause = 0.0 if summary and summary.read == FOLD_ROWS else 1.0
