"""Retry of events in quarantine, after a wrong clock was set right or a parser was improved.

The inbox keeps the events of the open quarantine. A retry parses them as if they were received now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, select, tuple_

from smartinst.database.engine import reading
from smartinst.database.schema import INBOX
from smartinst.hotmart.parsing.future_dates import refuse_future_dates
from smartinst.hotmart.values.outcome import Row
from smartinst.intake.fold import parse_event
from smartinst.intake.inbox import CONFLICT_REASON, SOURCE, Clock
from smartinst.ledger.ingest import ReceivedItem, Summary, ingest_received
from smartinst.ledger.ledger import Ledger

RETRY_ROWS: Final = 500
"""Events that are read and parsed together."""

_PREFIX: Final = SOURCE.format("")


@dataclass
class RetryResult:
    """Counts of a retry: open rows that matched, what became of their events, and rows resolved.

    `without_event` counts rows whose event is not in the inbox: rows of files and of the API, and
    bodies that could not be parsed, of which only hash and size are kept.
    """

    matched: int
    without_event: int
    summary: Summary
    resolved: int


def retry_quarantined(
    engine: Engine,
    ledger: Ledger,
    now: Clock,
    seller_id: str | None = None,
    reason: str | None = None,
) -> RetryResult:
    """Parses quarantined events again; those that pass leave the open list. LedgerError.

    seller_id  only this seller's events
    reason     only rows whose reason contains this text. An event whose id has another content is
               only tried if its reason is named.
    """
    rows = [
        row
        for row in ledger.quarantine(seller_id).to_dicts()
        if reason in (None, "") or reason in row["reason"]
    ]
    result = RetryResult(len(rows), 0, Summary(), 0)
    candidates = [
        row
        for row in rows
        if row["source"].startswith(_PREFIX) and (reason or row["reason"] != CONFLICT_REASON)
    ]
    for start in range(0, len(candidates), RETRY_ROWS):
        _retry_batch(engine, ledger, now, candidates[start : start + RETRY_ROWS], result)
    result.without_event = len(rows) - result.summary.read
    return result


def _retry_batch(
    engine: Engine, ledger: Ledger, now: Clock, rows: list[Row], result: RetryResult
) -> None:
    items, resolved_rows = [], []
    for row, body in _with_bodies(engine, rows):
        outcome = refuse_future_dates(parse_event(body, str(row["seller_id"])), now())
        items.append(ReceivedItem(str(row["seller_id"]), str(row["source"]), outcome, now()))
        if outcome.refusal_reason is None or outcome.refusal_reason != row["reason"]:
            resolved_rows.append(row)
    result.summary.add(ingest_received(items, ledger))
    ledger.resolve_quarantined(resolved_rows, now())
    result.resolved += len(resolved_rows)


def _with_bodies(engine: Engine, rows: list[Row]) -> Iterator[tuple[Row, str]]:
    """The rows whose event is in the inbox, each with its stored envelope."""
    keys = [(row["seller_id"], str(row["source"]).removeprefix(_PREFIX)) for row in rows]
    columns: Any = (INBOX.c.seller_id, INBOX.c.event_id, INBOX.c.body)
    query = select(*columns).where(
        tuple_(INBOX.c.seller_id, INBOX.c.event_id).in_(keys), INBOX.c.body.is_not(None)
    )
    with reading(engine) as connection:
        bodies = {(row.seller_id, row.event_id): row.body for row in connection.execute(query)}
    for row, key in zip(rows, keys, strict=True):
        if key in bodies:
            yield row, bodies[key]
