"""Counts of sellers, kept in `<home>/pool` for as long as what they are computed from is the same.

A seller's counts depend on its rows in the ledger, its settings and [rules], not on a date: those
of a window that is over are the same on any later day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from smartinst.analytics.book.loan_book import book_of_sales
from smartinst.analytics.book.pool.counting import add_counts, count_book, subtract_counts
from smartinst.analytics.book.pool.counts_file import read_counts, write_counts
from smartinst.analytics.pooled_counts import PooledCounts
from smartinst.analytics.sales import Sales
from smartinst.ledger.presence import open_ledger
from smartinst.settings import VIEW_SCHEME, Seller, Settings

FORMAT: Final = 1
"""Number of the way of counting: kept counts of another number are not used."""
_SUFFIX: Final = ".arrow"


def counts_of_others(settings: Settings, seller_id: str, billing_type: str) -> PooledCounts | None:
    """The sums of all configured sellers but one; None if no other has data."""
    sellers = sorted(settings.seller, key=lambda seller: seller.id)
    if [seller.id for seller in sellers] == [seller_id]:
        return None
    keys = _keys(settings, sellers)

    def counts(seller: Seller) -> PooledCounts | None:
        folder = settings.home / "pool" / seller.id
        return _kept(
            folder, billing_type, keys[seller.id], lambda: _count(settings, seller, billing_type)
        )

    total = _kept(
        settings.home / "pool", billing_type, keys, lambda: _sum([counts(s) for s in sellers])
    )
    own = counts(settings.find(seller_id))
    return subtract_counts(total, own) if total and own else total


def type_name(billing_type: str) -> str:
    """The billing type as a part of a file name: any text is one."""
    return _digest(billing_type)[:8]


def _keys(settings: Settings, sellers: list[Seller]) -> Mapping[str, str]:
    """Seller → digest of all that its counts depend on."""
    is_view = settings.ledger.startswith(VIEW_SCHEME)  # it does not change
    ids = [seller.id for seller in sellers]
    versions = {} if is_view else open_ledger(settings).seller_versions(ids)
    rules = settings.rules.model_dump()
    return {
        seller.id: _digest(
            (FORMAT, rules, versions.get(seller.id), seller.timezone, seller.smart_offers)
        )
        for seller in sellers
    }


def _digest(value: Any) -> str:
    return sha256(json.dumps(value).encode()).hexdigest()


def _kept(
    folder: Path, billing_type: str, key: Any, compute: Callable[[], PooledCounts | None]
) -> PooledCounts | None:
    """The counts of the file with this key in a folder, or computed and written if possible.

    Files of the billing type with another key are removed.
    """
    prefix = f"{type_name(billing_type)}-"
    path = folder / f"{prefix}{_digest(key)[:32]}{_SUFFIX}"
    with suppress(OSError, pl.exceptions.PolarsError):
        return read_counts(path)
    if (counts := compute()) is None:
        return None
    with suppress(OSError):
        write_counts(counts, path)
        for other in folder.glob(f"{prefix}*{_SUFFIX}"):
            if other != path:
                other.unlink(missing_ok=True)
    return counts


def _count(settings: Settings, seller: Seller, billing_type: str) -> PooledCounts | None:
    """A seller's counts through its last day with data; None without any."""
    facts, quality = open_ledger(settings).read_with_quality(seller, (billing_type,))
    if (day := quality.data_through_date) is None:
        return None
    sales = Sales(seller, facts, quality, {}, settings.rules.late_after_days)
    return count_book(book_of_sales(sales, day))


def _sum(counts: list[PooledCounts | None]) -> PooledCounts | None:
    present = [of_seller for of_seller in counts if of_seller]
    return add_counts(present) if present else None
