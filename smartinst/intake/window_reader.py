"""Reads windows of the platform's lists: transactions, buyers, and a count of recovery plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Final

from smartinst.errors import PlatformError
from smartinst.hotmart.api.client import Platform
from smartinst.hotmart.api.replies import RangeTooWideError
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText, error_message
from smartinst.intake.sync_windows import Window

CONCURRENT_WINDOWS: Final = 4
TRANSACTIONS: Final = "/subscriptions/transactions"
SALE_STATUSES: Final = (
    "APPROVED BLOCKED CANCELLED CHARGEBACK COMPLETE EXPIRED NO_FUNDS OVERDUE PARTIALLY_REFUNDED "
    "PRE_ORDER PRINTED_BILLET PROCESSING_TRANSACTION PROTESTED REFUNDED STARTED UNDER_ANALISYS "
    "WAITING_PAYMENT"
).split()
"""Every status of a sale: without them the platform lists paid sales only (docs/hotmart.md §0)."""
Pages = list[tuple[str, Any]]
"""Pages of lists, each with its source."""


@dataclass
class WindowPages:
    """The pages of one window; `error` is the reason why they are incomplete, else None."""

    window: Window
    pages: Pages = field(default_factory=list)
    recovery_plans: int = 0
    error: str | None = None

    def item_count(self) -> int:
        return sum(len(page["items"]) for _, page in self.pages)


def read_windows(
    platform: Platform, windows: list[Window], billing_type: str, on_wait: Callable[[], None]
) -> Iterator[WindowPages]:
    """Reads several windows at a time; after an error no further window is started.

    `on_wait` is called about once a second while nothing arrives.
    """
    queue = list(reversed(windows))
    futures: set[Future[WindowPages]] = set()
    has_failed = False
    with ThreadPoolExecutor(CONCURRENT_WINDOWS) as pool:
        while futures or (queue and not has_failed):
            while queue and not has_failed and len(futures) < CONCURRENT_WINDOWS:
                futures.add(pool.submit(_read_window, platform, queue.pop(), billing_type))
            while not (finished := wait(futures, timeout=1, return_when=FIRST_COMPLETED).done):
                on_wait()
            futures -= finished
            results = [future.result() for future in finished]
            for pages in sorted(results, key=lambda pages: pages.window):
                has_failed |= pages.error is not None
                yield pages


def _read_window(platform: Platform, window: Window, billing_type: str) -> WindowPages:
    """Reads one window until it is complete or the platform returns an error."""
    result = WindowPages(window)
    try:
        for part in _read_transactions(platform, window, billing_type, result.pages):
            _read_participants(platform, part, result.pages)
        if billing_type == "SMART_INSTALLMENT":
            result.recovery_plans = _count_recovery_plans(platform, window)
    except PlatformError as error:
        days = {"first": window.starts_on, "last": window.ends_on}
        result.error = TranslatableText(
            N_("{first} to {last}: {what}"), **days, what=error_message(error)
        )
    return result


def _read_transactions(
    platform: Platform, window: Window, billing_type: str, pages: Pages
) -> Iterator[Window]:
    """Adds the transactions of a window; yields the parts into which it had to be divided.

    If the platform gives up on a window that takes too long, its halves are read instead.
    """
    start, end = window.span
    query = {
        "billing_type": billing_type,
        "transaction_date": start,
        "end_transaction_date": end,
    }
    try:
        for number, page in enumerate(platform.pages(TRANSACTIONS, query), start=1):
            pages.append((f"{TRANSACTIONS[1:]} {window.starts_on} page {number}", page))
        yield window
    except RangeTooWideError as error:
        for half in _halves(window, error):
            yield from _read_transactions(platform, half, billing_type, pages)


def _halves(window: Window, error: RangeTooWideError) -> tuple[Window, Window]:
    """The halves of a window that was too wide; raises the error for a single day."""
    halves = window.halves()
    if halves is None:
        raise error
    return halves


def _read_participants(platform: Platform, window: Window, pages: Pages) -> None:
    """Adds country and phone of the buyers of a window's plans, but not of other sales."""
    codes = {
        code
        for _, page in pages
        for item in page["items"]
        if isinstance(code := _value(item, "purchase", "transaction"), str) and code
    }
    if not codes:
        return
    start, end = window.span
    query = {"start_date": start, "end_date": end, "transaction_status": SALE_STATUSES}
    try:
        user_pages = list(platform.pages("/sales/users", query))
    except RangeTooWideError as error:
        for half in _halves(window, error):
            _read_participants(platform, half, pages)
        return
    for number, page in enumerate(user_pages, start=1):
        items = [
            item
            for item in page["items"]
            if isinstance(item, dict) and item.get("transaction") in codes
        ]
        pages.append((f"sales/users {window.starts_on} page {number}", {"items": items}))


def _value(item: Any, *path: str) -> Any:
    """The value at a path in an item; None for another structure, which the parser refuses."""
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item


def _count_recovery_plans(platform: Platform, window: Window) -> int:
    """The number of Smart Recovery plans started in a window, from the platform's summary."""
    start, end = window.span
    query = {"accession_date": start, "end_accession_date": end}
    try:
        pages = list(platform.pages("/subscriptions/summary", query))
    except RangeTooWideError as error:
        return sum(_count_recovery_plans(platform, half) for half in _halves(window, error))
    items = (item for page in pages for item in page["items"])
    return sum(
        _value(item, "last_recurrency", "billing_type") == "SMART_RECOVERY" for item in items
    )
