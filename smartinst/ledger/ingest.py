"""Ingest: payload files into the ledger, in batches, and the count of what became of every item."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from smartinst.hotmart.parsing.files import read_paths
from smartinst.hotmart.parsing.future_dates import refuse_future_dates
from smartinst.hotmart.parsing.outcome import ItemOutcome, Row
from smartinst.ledger.ledger import Batch, Ledger
from smartinst.settings import Limits, Seller

BATCH: Final = 100_000
"""Statements held before they are written."""


@dataclass
class Summary:
    """What became of the items read; `read` is the sum of the four others."""

    accepted: int = 0
    duplicates: int = 0
    ignored: int = 0
    quarantined: int = 0
    unreadable: int = 0  # of the quarantined: whole files
    reasons: Counter[str] = field(default_factory=Counter)  # of the quarantined
    ignored_reasons: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        return self.accepted + self.duplicates + self.ignored + self.quarantined

    def add(self, other: Summary) -> None:
        """Counts what became of further items too."""
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.ignored += other.ignored
        self.quarantined += other.quarantined
        self.unreadable += other.unreadable
        self.reasons += other.reasons
        self.ignored_reasons += other.ignored_reasons

    def document(self) -> dict[str, object]:
        """As `ingest --json` prints it (docs/contracts.md §5)."""
        counts = {
            name: getattr(self, name)
            for name in ("read", "accepted", "duplicates", "ignored", "quarantined")
        }
        return {**counts, "reasons": dict(sorted(self.reasons.items()))}


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """One item's outcome, whose it is, the name of its source, and when it was received."""

    seller_id: str
    source: str
    told: ItemOutcome
    received_at: datetime


def ingest(
    paths: Iterable[str | Path],
    seller: Seller,
    ledger: Ledger,
    received_at: datetime,
    limits: Limits,
    report: Callable[[Summary], None] | None = None,
) -> Summary:
    """Read files and folders into the ledger; `report` is called with the counts so far after each batch.

    A refused item goes to quarantine with its place and reason, and the rest goes on; InputError when a path does not
    exist, LedgerError when the ledger cannot be written.
    """
    return ingest_outcomes(
        read_paths(paths, seller.id, limits.max_file_mb), seller.id, ledger, received_at, report
    )


def ingest_outcomes(
    told: Iterable[tuple[str, ItemOutcome]],
    seller_id: str,
    ledger: Ledger,
    received_at: datetime,
    report: Callable[[Summary], None] | None = None,
) -> Summary:
    """The same for outcomes from anywhere, each with the name of its source: a page of the API, a webhook.

    An item that tells of what lies after `received_at` is refused here, whatever said it.
    """
    arrived = (ReceivedItem(seller_id, source, one, received_at) for source, one in told)
    return ingest_received(arrived, ledger, report)


def ingest_received(
    arrived: Iterable[ReceivedItem], ledger: Ledger, report: Callable[[Summary], None] | None = None
) -> Summary:
    """The same for outcomes of many sellers, written together: one commit a table and batch."""
    summary = Summary()
    with _collector_paused():
        for batch, items in _batches(arrived, summary):
            changed = ledger.write(batch)
            fresh = sum(item in changed for item in items)
            summary.accepted += fresh
            summary.duplicates += len(items) - fresh
            if report:
                report(summary)
    return summary


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Rows make no cycles; looking for them costs a quarter of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _batches(
    arrived: Iterable[ReceivedItem], summary: Summary
) -> Iterator[tuple[Batch, list[int]]]:
    """Batches with the numbers of their accepted items; ignored and refused ones are counted on the way."""
    batch, items = Batch(), []
    for number, each in enumerate(arrived):
        one = refuse_future_dates(each.told, each.received_at)
        if one.statements is not None:
            batch.add(number, one.statements)
            items.append(number)
        elif one.ignore_reason is not None:
            summary.ignored += 1
            summary.ignored_reasons[one.ignore_reason] += 1
        else:
            batch.refuse(number, _refused(each, one))
            summary.quarantined += 1
            summary.unreadable += one.is_unreadable
            summary.reasons[one.refusal_reason or ""] += 1
        if len(batch) >= BATCH:
            yield batch, items
            batch, items = Batch(), []
    yield batch, items


def _refused(arrived: ReceivedItem, told: ItemOutcome) -> Row:
    """One row of facts.QUARANTINE."""
    return {
        "seller_id": arrived.seller_id,
        "source": arrived.source,
        "position": told.position,
        "reason": told.refusal_reason,
        "excerpt": told.excerpt,
        "received_at": arrived.received_at,
    }
