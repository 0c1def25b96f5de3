"""`smartinst sync`: reads the platform's sales into the ledger, window by window.

A window counts as read only after its rows are in the ledger. After an interruption, the next sync
reads the other windows again; the ledger accepts the same rows any number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, select

from smartinst.database.engine import portable_insert
from smartinst.database.schema import SYNC_WINDOWS
from smartinst.hotmart.api.client import Platform
from smartinst.hotmart.parsing.documents import parse_document
from smartinst.hotmart.values.outcome import ItemOutcome
from smartinst.intake.open_plans import open_days
from smartinst.intake.sync_windows import due_windows
from smartinst.intake.window_reader import WindowPages, read_windows
from smartinst.ledger.ingest import Summary, ingest_outcomes
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Seller

FLUSH: Final = 5_000
"""The number of items that are collected before they are written."""


@dataclass(frozen=True)
class SyncOptions:
    """The scope of a sync: plans of one billing type since a day.

    `is_full`: reads every window; otherwise only those that may have changed.
    """

    billing_type: str
    since: date
    is_full: bool = False


@dataclass
class SyncResult:
    """The outcome of a sync: counts of items and windows, and the error that ended it, if any.

    `recovery_plans`: plans of Smart Recovery that were not read.
    """

    items: Summary = field(default_factory=Summary)
    windows: int = 0
    windows_due: int = 0
    recovery_plans: int = 0
    data_through: date | None = None
    error: str | None = None

    def document(self) -> dict[str, Any]:
        """The object that `sync --json` prints."""
        data_through = self.data_through.isoformat() if self.data_through else None
        return {
            **self.items.document(),
            "windows": self.windows,
            "windows_due": self.windows_due,
            "recovery_plans_not_taken": self.recovery_plans,
            "data_through": data_through,
            "error": self.error,
        }


def sync_seller(
    ledger: Ledger,
    seller: Seller,
    platform: Platform,
    engine: Engine,
    now: datetime,
    options: SyncOptions,
    progress: Callable[[int, int], None],
    on_wait: Callable[[], None] = lambda: None,
) -> SyncResult:
    """Reads and writes every due window, until the platform returns an error.

    `progress` is called with the numbers of windows read and due, `on_wait` about once a second
    while nothing arrives.
    """
    writer = _WindowWriter(seller, ledger, engine, now, options.billing_type)
    facts = ledger.read(seller, (options.billing_type,))
    is_empty = facts.attempts.limit(1).collect().is_empty()  # it may have been lost
    completed = {} if options.is_full or is_empty else writer.completed_windows()
    days = open_days(facts, now.astimezone(seller.zone).date())
    windows = due_windows(options.since, now, completed, days)
    result = writer.result
    result.windows_due = len(windows)
    for pages in read_windows(platform, windows, options.billing_type, on_wait):
        writer.add(pages)
        progress(result.windows + len(writer.buffer), len(windows))
    writer.flush()
    result.recovery_plans = writer.recovery_plans()
    result.data_through = ledger.data_through([seller]).get(seller.id)
    return result


@dataclass
class _WindowWriter:
    """Writes windows of one seller to the ledger, and records which are complete."""

    seller: Seller
    ledger: Ledger
    engine: Engine
    now: datetime
    billing_type: str
    result: SyncResult = field(default_factory=SyncResult)
    buffer: list[WindowPages] = field(default_factory=list)

    def add(self, pages: WindowPages) -> None:
        self.buffer.append(pages)
        self.result.error = self.result.error or pages.error
        if sum(pages.item_count() for pages in self.buffer) >= FLUSH:
            self.flush()

    def flush(self) -> None:
        """Writes the rows first, then records the complete windows."""
        outcomes = _outcomes(self.buffer, self.seller.id)
        self.result.items.add(ingest_outcomes(outcomes, self.seller.id, self.ledger, self.now))
        complete = [pages for pages in self.buffer if pages.error is None]
        self.buffer = []
        self.result.windows += len(complete)
        if not complete:
            return
        complete.sort(
            key=lambda pages: pages.window
        )  # in one order, since two syncs could deadlock otherwise
        rows = [
            {
                "seller_id": self.seller.id,
                "billing_type": self.billing_type,
                "starts_on": pages.window.starts_on,
                "completed_at": self.now,
                "recovery_plans": pages.recovery_plans,
            }
            for pages in complete
        ]
        with self.engine.begin() as connection:
            connection.execute(_upsert(connection), rows)

    def completed_windows(self) -> dict[date, datetime]:
        """First day of a window → when it was last read completely."""
        return {
            window.starts_on: window.completed_at
            if window.completed_at.tzinfo
            else window.completed_at.replace(tzinfo=UTC)
            for window in self._recorded_windows()
        }

    def recovery_plans(self) -> int:
        """The plans of Smart Recovery in all windows read so far."""
        return sum(window.recovery_plans for window in self._recorded_windows())

    def _recorded_windows(self) -> Sequence[Row[Any]]:
        columns = SYNC_WINDOWS.c
        query = select(SYNC_WINDOWS).where(
            columns.seller_id == self.seller.id, columns.billing_type == self.billing_type
        )
        with self.engine.connect() as connection:
            return connection.execute(query).all()


def _outcomes(windows: list[WindowPages], seller_id: str) -> Iterator[tuple[str, ItemOutcome]]:
    for window in windows:
        for source, page in window.pages:
            for outcome in parse_document(page, seller_id):
                yield source, outcome


def _upsert(connection: Connection) -> Any:
    """Records windows as read or read again, even if another sync runs at the same time."""
    statement = portable_insert(connection, SYNC_WINDOWS)
    changes = {name: statement.excluded[name] for name in ("completed_at", "recovery_plans")}
    return statement.on_conflict_do_update(
        index_elements=list(SYNC_WINDOWS.primary_key.columns), set_=changes
    )
