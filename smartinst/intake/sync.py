"""`smartinst sync`: what the platform holds into the ledger, window by window, resumable at any moment.

A window counts as read only after its rows are in the ledger; a sync that was stopped reads again what was not counted,
and the ledger takes the same rows as often as they come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects import postgresql, sqlite

from smartinst.database.schema import SYNC_WINDOWS
from smartinst.errors import PlatformError
from smartinst.hotmart.api.client import Platform
from smartinst.hotmart.api.replies import RangeTooWideError
from smartinst.hotmart.parsing.documents import parse_document
from smartinst.hotmart.parsing.outcome import ItemOutcome
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText, error_message
from smartinst.intake.sync_windows import Window, due_windows
from smartinst.ledger.ingest import Summary, ingest_outcomes
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.open_plans import open_days
from smartinst.settings import Seller, Settings

AT_ONCE: Final = 4
FLUSH: Final = 5_000
"""Items held before they are written and their windows count as read."""

SALE_STATUSES: Final = (
    "APPROVED BLOCKED CANCELLED CHARGEBACK COMPLETE EXPIRED NO_FUNDS OVERDUE PARTIALLY_REFUNDED PRE_ORDER PRINTED_BILLET "
    "PROCESSING_TRANSACTION PROTESTED REFUNDED STARTED UNDER_ANALISYS WAITING_PAYMENT"
).split()
"""Every status of a sale: without them the platform lists paid ones only (docs/hotmart.md §0)."""

TRANSACTIONS: Final = "/subscriptions/transactions"
Pages = list[tuple[str, Any]]


@dataclass
class SyncResult:
    """What a sync did: counts of items, windows read of those due, plans of Smart Recovery that it did not take."""

    items: Summary
    windows: int = 0
    windows_due: int = 0
    recovery_plans: int = 0
    data_through: date | None = None
    failed: str | None = None

    def document(self) -> dict[str, Any]:
        """As `sync --json` prints it."""
        through = self.data_through.isoformat() if self.data_through else None
        return {
            **self.items.document(),
            "windows": self.windows,
            "windows_due": self.windows_due,
            "recovery_plans_not_taken": self.recovery_plans,
            "data_through": through,
            "error": self.failed,
        }


@dataclass
class _Read:
    """One window as it was read; `failed` tells why it is not whole."""

    window: Window
    pages: Pages = field(default_factory=list)
    recovery_plans: int = 0
    failed: str | None = None


def sync_seller(
    settings: Settings,
    seller: Seller,
    platform: Platform,
    engine: Engine,
    now: datetime,
    *,
    since: date,
    billing_type: str,
    progress: Callable[[int, int], None],
    waits: Callable[[], None] = lambda: None,
    again: bool = False,
) -> SyncResult:
    """Reads every window that is due and writes it; what failed is told, what was read is kept.

    `progress` is called with the windows read and those due, `waits` about once a second until the next is read.
    `again`: every window is read, whatever was read before.
    """
    ledger = Ledger(settings.ledger)
    facts = ledger.read(seller, (billing_type,))
    is_empty = facts.attempts.limit(1).collect().is_empty()  # what was read may have been lost
    completed = {} if again or is_empty else _completed(engine, seller.id, billing_type)
    days = open_days(facts, now.astimezone(seller.zone).date())
    windows = due_windows(since, now, completed, days)
    done = SyncResult(Summary(), windows_due=len(windows))
    held: list[_Read] = []
    for read in _reads(platform, windows, billing_type, waits):
        held.append(read)
        done.failed = done.failed or read.failed
        if sum(_items(one) for one in held) >= FLUSH:
            _write(held, done, seller, ledger, engine, now, billing_type)
            held = []
        progress(done.windows + len(held), len(windows))
    _write(held, done, seller, ledger, engine, now, billing_type)
    done.recovery_plans = _recovery_plans(engine, seller.id, billing_type)
    done.data_through = ledger.data_quality(seller, (billing_type,)).data_through_date
    return done


def _reads(
    platform: Platform, windows: list[Window], billing_type: str, waits: Callable[[], None]
) -> Iterator[_Read]:
    """The windows as they are read, some at a time; after a failure no further one is begun."""
    todo = list(reversed(windows))
    waiting: set[Future[_Read]] = set()
    failed = False
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while waiting or (todo and not failed):
            while todo and not failed and len(waiting) < AT_ONCE:
                waiting.add(pool.submit(_read, platform, todo.pop(), billing_type))
            while not (finished := wait(waiting, timeout=1, return_when=FIRST_COMPLETED).done):
                waits()
            waiting -= finished
            for one in sorted(
                (future.result() for future in finished), key=lambda read: read.window
            ):
                failed |= one.failed is not None
                yield one


def _read(platform: Platform, window: Window, billing_type: str) -> _Read:
    """One window whole, or what could be read of it and why the rest could not."""
    read = _Read(window)
    try:
        for part in _narrowed(platform, window, billing_type, read.pages):
            _add_people(platform, part, read.pages)
        if billing_type == "SMART_INSTALLMENT":
            read.recovery_plans = _count_recovery(platform, window)
    except PlatformError as error:
        days = {"first": window.starts_on, "last": window.ends_on}
        read.failed = TranslatableText(
            N_("{first} to {last}: {what}"), **days, what=error_message(error)
        )
    return read


def _narrowed(
    platform: Platform, window: Window, billing_type: str, pages: Pages
) -> Iterator[Window]:
    """Adds the transactions of a window; the parts it had to be cut into, since the platform takes too long for it."""
    try:
        first, last = window.span
        query = {
            "billing_type": billing_type,
            "transaction_date": first,
            "end_transaction_date": last,
        }
        _add(platform, TRANSACTIONS, query, window, pages)
        yield window
    except RangeTooWideError:
        halves = window.halves()
        if halves is None:
            raise
        for half in halves:
            yield from _narrowed(platform, half, billing_type, pages)


def _add(
    platform: Platform, path: str, query: dict[str, Any], window: Window, pages: Pages
) -> None:
    for number, page in enumerate(platform.pages(path, query), start=1):
        pages.append((f"{path[1:]} {window.starts_on} page {number}", page))


def _add_people(platform: Platform, window: Window, pages: Pages) -> None:
    """Country and phone of those who bought in a window that has plans; of other sales nothing is kept."""
    known = {code for _, page in pages for item in page["items"] if (code := _transaction(item))}
    if not known:
        return
    first, last = window.span
    query = {"start_date": first, "end_date": last, "transaction_status": SALE_STATUSES}
    try:
        found = list(platform.pages("/sales/users", query))
    except RangeTooWideError:
        halves = window.halves()
        if halves is None:
            raise
        for half in halves:
            _add_people(platform, half, pages)
        return
    for number, page in enumerate(found, start=1):
        ours = [
            item
            for item in page["items"]
            if isinstance(item, dict) and item.get("transaction") in known
        ]
        pages.append((f"sales/users {window.starts_on} page {number}", {"items": ours}))


def _transaction(item: Any) -> str | None:
    """The code of an item of the feed; null for anything else, which the parser refuses with its reason."""
    purchase = item.get("purchase") if isinstance(item, dict) else None
    code = purchase.get("transaction") if isinstance(purchase, dict) else None
    return code if isinstance(code, str) else None


def _count_recovery(platform: Platform, window: Window) -> int:
    """Plans of Smart Recovery begun in a window, by the platform's own summary; a window too wide for it counts halves."""
    first, last = window.span
    query = {"accession_date": first, "end_accession_date": last}
    try:
        items = [
            item
            for page in platform.pages("/subscriptions/summary", query)
            for item in page["items"]
        ]
    except RangeTooWideError:
        halves = window.halves()
        if halves is None:
            raise
        return sum(_count_recovery(platform, half) for half in halves)
    kinds = Counter(_kind(item) for item in items)
    return kinds["SMART_RECOVERY"]


def _kind(item: Any) -> str:
    last = item.get("last_recurrency") if isinstance(item, dict) else None
    return str(last.get("billing_type")) if isinstance(last, dict) else ""


def _items(read: _Read) -> int:
    return sum(len(page["items"]) for _, page in read.pages)


def _write(
    held: list[_Read],
    done: SyncResult,
    seller: Seller,
    ledger: Ledger,
    engine: Engine,
    now: datetime,
    billing_type: str,
) -> None:
    """The rows of windows into the ledger, then the windows that are whole into the table."""
    _add_counts(done.items, ingest_outcomes(_told(held, seller.id), seller.id, ledger, now))
    whole = [read for read in held if read.failed is None]
    done.windows += len(whole)
    if not whole:
        return
    rows = [
        {
            "seller_id": seller.id,
            "billing_type": billing_type,
            "starts_on": read.window.starts_on,
            "completed_at": now,
            "recovery_plans": read.recovery_plans,
        }
        for read in sorted(
            whole, key=lambda read: read.window
        )  # one order, or two syncs wait for each other
    ]
    with engine.begin() as connection:
        connection.execute(_counting(connection), rows)


def _counting(connection: Connection) -> Any:
    """Counts a window as read, or as read again: by an earlier sync, or one that runs beside this one."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    told = insert(SYNC_WINDOWS)
    newer = {name: told.excluded[name] for name in ("completed_at", "recovery_plans")}
    return told.on_conflict_do_update(
        index_elements=list(SYNC_WINDOWS.primary_key.columns), set_=newer
    )


def _told(held: list[_Read], seller_id: str) -> Iterator[tuple[str, ItemOutcome]]:
    for read in held:
        for source, page in read.pages:
            for told in parse_document(page, seller_id):
                yield source, told


def _add_counts(total: Summary, more: Summary) -> None:
    for name in ("accepted", "duplicates", "ignored", "quarantined"):
        setattr(total, name, getattr(total, name) + getattr(more, name))
    total.reasons += more.reasons
    total.ignored_reasons += more.ignored_reasons


def _completed(engine: Engine, seller_id: str, billing_type: str) -> dict[date, datetime]:
    """First day of a window → when it was last read whole."""
    columns = SYNC_WINDOWS.c
    wanted = select(columns.starts_on, columns.completed_at).where(
        columns.seller_id == seller_id, columns.billing_type == billing_type
    )
    with engine.connect() as connection:
        rows = connection.execute(wanted).all()
    return {starts_on: at if at.tzinfo else at.replace(tzinfo=UTC) for starts_on, at in rows}


def _recovery_plans(engine: Engine, seller_id: str, billing_type: str) -> int:
    columns = SYNC_WINDOWS.c
    wanted = select(func.coalesce(func.sum(columns.recovery_plans), 0)).where(
        columns.seller_id == seller_id, columns.billing_type == billing_type
    )
    with engine.connect() as connection:
        return int(connection.execute(wanted).scalar_one())
