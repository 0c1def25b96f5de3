"""The pool of a seller's sales: the counts of the operator's other sellers, if they are shared.

A sealed run of one seller sees no other: it is given the sums as a file in its view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from smartinst.analytics.filters import check_filters
from smartinst.analytics.pooled_counts import PooledCounts, SellerPool
from smartinst.analytics.sales import Sales, read_sales
from smartinst.billing_types import BILLING_TYPES
from smartinst.settings import VIEW_SCHEME, Seller, Settings


def read_pooled_sales(settings: Settings, seller: Seller, where: Mapping[str, Any]) -> Sales:
    """`read_sales`, with the pool if `[insight] pool` is set: nothing is counted before its use."""
    sales = read_sales(settings, seller, where)
    if not settings.insight.pool:
        return sales
    read = partial(_pooled_counts, settings, seller.id, _billing_type(sales.where))
    return replace(sales, pool=SellerPool(read))


def write_pool(settings: Settings, seller: Seller, where: Mapping[str, Any], view: Path) -> None:
    """Writes the counts of a seller's others into the folder of the view of a run, if shared.

    InputError for an invalid filter; OSError.
    """
    if not settings.insight.pool:
        return
    from smartinst.analytics.book.pool.counts_file import write_counts

    billing_type = _billing_type(check_filters(where))
    if counts := _pooled_counts(settings, seller.id, billing_type):
        write_counts(counts, _file_in_view(view, billing_type))


def _pooled_counts(settings: Settings, seller_id: str, billing_type: str) -> PooledCounts | None:
    """The counts of the other sellers: those that this run was given, or of the ledger."""
    from smartinst.analytics.book.pool.counts_file import read_counts
    from smartinst.analytics.book.pool.kept_counts import counts_of_others

    if settings.ledger.startswith(VIEW_SCHEME):
        path = _file_in_view(Path(settings.ledger.removeprefix(VIEW_SCHEME)), billing_type)
        if path.exists():
            return read_counts(path)
    return counts_of_others(settings, seller_id, billing_type)


def _file_in_view(view: Path, billing_type: str) -> Path:
    from smartinst.analytics.book.pool.kept_counts import type_name

    return view / "pool" / f"{type_name(billing_type)}.arrow"


def _billing_type(where: Mapping[str, Any]) -> str:
    return str(where.get("billing_type", BILLING_TYPES[0]))
