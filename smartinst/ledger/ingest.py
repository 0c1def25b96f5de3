"""Ingest: items of files, API pages and webhooks into the ledger, with counts of their outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Final

from smartinst.garbage_collection import without_garbage_collection
from smartinst.hotmart.parsing.files import read_paths
from smartinst.hotmart.parsing.future_dates import refuse_future_dates
from smartinst.hotmart.values.outcome import ItemOutcome, Row
from smartinst.ledger.ledger import Batch, Ledger
from smartinst.settings import Limits, Seller

BATCH: Final = 100_000
"""Statements that are collected before they are written."""


@dataclass
class Summary:
    """Counts of items by outcome; `read` is the sum of the four others."""

    accepted: int = 0
    duplicates: int = 0
    ignored: int = 0
    quarantined: int = 0
    unreadable: int = 0  # files among the quarantined
    reasons: Counter[str] = field(default_factory=Counter)  # of quarantined items
    ignored_reasons: Counter[str] = field(default_factory=Counter)
    sources: dict[str, str] = field(default_factory=dict)  # the first of each reason in `reasons`

    @property
    def read(self) -> int:
        return self.accepted + self.duplicates + self.ignored + self.quarantined

    def add(self, other: Summary) -> None:
        """Adds the counts of another summary."""
        self.sources = other.sources | self.sources
        for count in fields(self):
            if count.name != "sources":
                total = getattr(self, count.name) + getattr(other, count.name)
                setattr(self, count.name, total)

    def document(self) -> dict[str, object]:
        """The document of `ingest --json` (docs/contracts.md §5)."""
        counts = {
            name: getattr(self, name)
            for name in ("read", "accepted", "duplicates", "ignored", "quarantined")
        }
        return {**counts, "reasons": dict(sorted(self.reasons.items()))}


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """The outcome of one item, with its seller, source name and time of receipt."""

    seller_id: str
    source: str
    outcome: ItemOutcome
    received_at: datetime


def ingest(
    paths: Iterable[str | Path],
    seller: Seller,
    ledger: Ledger,
    received_at: datetime,
    limits: Limits,
    report: Callable[[Summary], None] | None = None,
) -> Summary:
    """Reads files and folders into the ledger; calls `report` with the counts after each batch.

    A refused item is quarantined with its position and reason, and reading continues. InputError
    if a path does not exist, LedgerError if the ledger cannot be written.
    """
    return ingest_outcomes(
        read_paths(paths, seller.id, limits.max_file_mb), seller.id, ledger, received_at, report
    )


def ingest_outcomes(
    outcomes: Iterable[tuple[str, ItemOutcome]],
    seller_id: str,
    ledger: Ledger,
    received_at: datetime,
    report: Callable[[Summary], None] | None = None,
) -> Summary:
    """Writes outcomes of one seller, each with the name of its source (an API page, a webhook).

    An item with a date after `received_at` is quarantined, whatever its source.
    """
    received = (
        ReceivedItem(seller_id, source, outcome, received_at) for source, outcome in outcomes
    )
    return ingest_received(received, ledger, report)


def ingest_received(
    items: Iterable[ReceivedItem], ledger: Ledger, report: Callable[[Summary], None] | None = None
) -> Summary:
    """Writes items of many sellers together: one commit per table and batch."""
    summary = Summary()
    with without_garbage_collection():  # rows have no cycles
        for batch, numbers in _batches(items, summary):
            effective = ledger.write(batch)
            accepted = sum(number in effective for number in numbers)
            summary.accepted += accepted
            summary.duplicates += len(numbers) - accepted
            if report:
                report(summary)
    return summary


def _batches(items: Iterable[ReceivedItem], summary: Summary) -> Iterator[tuple[Batch, list[int]]]:
    """Batches with the numbers of the items that have statements.

    Adds ignored and refused items to the summary.
    """
    batch, numbers = Batch(), []
    for number, item in enumerate(items):
        outcome = refuse_future_dates(item.outcome, item.received_at)
        if outcome.statements is not None:
            batch.add(number, outcome.statements)
            numbers.append(number)
        elif outcome.ignore_reason is not None:
            summary.ignored += 1
            summary.ignored_reasons[outcome.ignore_reason] += 1
        else:
            batch.refuse(number, _quarantine_row(item, outcome))
            summary.quarantined += 1
            summary.unreadable += outcome.is_unreadable
            reason = outcome.refusal_reason or ""
            summary.reasons[reason] += 1
            summary.sources.setdefault(reason, item.source)
        if len(batch) >= BATCH:
            yield batch, numbers
            batch, numbers = Batch(), []
    yield batch, numbers


def _quarantine_row(item: ReceivedItem, outcome: ItemOutcome) -> Row:
    """One row of statements.QUARANTINE."""
    return {
        "seller_id": item.seller_id,
        "source": item.source,
        "position": outcome.position,
        "reason": outcome.refusal_reason,
        "excerpt": outcome.excerpt,
        "received_at": item.received_at,
    }
