"""All sellers as of a date: sums per seller and currency, and sellers ranked by PAR30."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import PARTS
from smartinst.analytics.filters import apply_filters, check_billing_type, check_filters
from smartinst.analytics.indicative import newest_conversions, newest_of
from smartinst.analytics.snapshot import snapshot
from smartinst.billing_types import BILLING_TYPES
from smartinst.errors import InputError
from smartinst.facts import PLAN_STATUSES
from smartinst.ledger.presence import open_ledger
from smartinst.settings import Settings

SUMS: Final = (
    *("plans", "live_plans", "plans_with_debt"),
    *("outstanding_minor", "outstanding_par30_minor", "total_minor"),
    *PARTS,
)
"""Columns of plans that are summed per seller and currency: counts, and minor units (`*_minor`)."""


@dataclass(frozen=True)
class SellerSums:
    """The sums of every seller as of a date, after the filters.

    frame         one row per seller and currency: SUMS, a count for each status, par30; as
                  `rank_sellers` sorts it
    where         the filters as `check_filters` returns them
    data_through  seller → last day (seller's zone) with data; a seller without data is missing
    conversions   the platform's newest conversion of each pair of currencies (`indicative.RATES`)
    """

    as_of: date
    frame: pl.DataFrame
    where: Mapping[str, Any]
    data_through: Mapping[str, date]
    conversions: pl.DataFrame = field(default_factory=lambda: newest_of([]))


def read_seller_sums(
    settings: Settings, as_of: date | None, where: Mapping[str, Any]
) -> SellerSums:
    """The sums of every configured seller, partition by partition.

    `as_of`: a date, or None for the last day with data. InputError for an invalid filter, or if
    there is neither a date nor data.
    """
    valid = check_filters(where)
    billing_types = (valid["billing_type"],) if "billing_type" in valid else BILLING_TYPES[:1]
    ledger = open_ledger(settings)
    data_through = ledger.data_through(settings.seller)
    if as_of is None and not data_through:
        raise InputError("the ledger is empty; run smartinst ingest, or smartinst demo")
    day = as_of or max(data_through.values())
    sums, conversions, has_plans = [], [], False
    for facts in ledger.partitions(settings.seller, billing_types):
        has_plans = has_plans or facts.plans.limit(1).collect().height > 0
        rows = snapshot(facts, day, late_after_days=settings.rules.late_after_days)
        sums.append(_sum_plans(apply_filters(rows, valid).plans))
        conversions.append(newest_conversions(facts, day))
    check_billing_type(valid, has_plans=has_plans)
    return SellerSums(day, rank_sellers(sums), valid, data_through, newest_of(conversions))


def _sum_plans(plans: pl.LazyFrame) -> pl.DataFrame:
    """One row per seller and currency: SUMS, and the number of plans of each status."""
    counts = [
        (pl.col("status") == status).sum().cast(pl.Int64).alias(status) for status in PLAN_STATUSES
    ]
    return (
        plans.group_by("seller_id", "currency")
        .agg(pl.col(SUMS).sum().cast(pl.Int64), *counts)
        .collect()
    )


def rank_sellers(sums: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All sums in one frame with `par30` (0 without a live balance), highest PAR30 first.

    A seller's rank is its highest PAR30 in any currency; the rows of a seller stay together.
    """
    if not sums:
        text, counts = dict.fromkeys(("seller_id", "currency"), pl.String), (*SUMS, *PLAN_STATUSES)
        return pl.DataFrame(schema={**text, **dict.fromkeys(counts, pl.Int64), "par30": pl.Float64})
    ratio = pl.when(pl.col("outstanding_minor") > 0).then(
        pl.col("outstanding_par30_minor") / pl.col("outstanding_minor")
    )
    rows = pl.concat(sums).with_columns(ratio.fill_null(0).alias("par30"))
    return rows.sort(
        pl.col("par30").max().over("seller_id"),
        pl.col("seller_id"),
        pl.col("par30"),
        pl.col("currency"),
        descending=[True, False, True, False],
        nulls_last=True,
    )


def currency_sums(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per currency over all sellers: SUMS, the one with the most live plans first."""
    return (
        frame.group_by("currency")
        .agg(pl.col(SUMS).sum())
        .sort("live_plans", "plans", "currency", descending=[True, True, False])
    )


def status_counts(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per seller in the order of `frame`: the number of plans of each status."""
    return frame.group_by("seller_id", maintain_order=True).agg(pl.col(PLAN_STATUSES).sum())


def par30_parts(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """PAR30 of a row as its two amounts in minor units; None without a live balance."""
    if not row["outstanding_minor"]:
        return None
    return row["outstanding_par30_minor"], row["outstanding_minor"]


def portfolio_measures(
    frame: pl.DataFrame, as_of: date, data_through: Mapping[str, date]
) -> dict[str, Any]:
    """Totals over all sellers by currency, in minor units.

    `identity_closes` is true only if the parts of every row add up to its total. `data_through` is
    the earliest of the sellers in the frame, so that no gate passes because of one seller with
    newer data.
    """
    by_currency = currency_sums(frame)
    shares = by_currency.select("currency", "outstanding_par30_minor", "outstanding_minor")
    return {
        "as_of": as_of.isoformat(),
        "data_through": _earliest_day(frame, data_through),
        **{name: int(frame[name].sum()) for name in SUMS[:3]},
        **{
            name: dict(by_currency.select("currency", name).iter_rows())
            for name in ("total_minor", *PARTS)
        },
        "par30": {
            currency: [part, total] for currency, part, total in shares.iter_rows() if currency
        },
        "identity_closes": frame.filter(
            pl.col("total_minor") != pl.sum_horizontal(PARTS)
        ).is_empty(),
    }


def _earliest_day(frame: pl.DataFrame, data_through: Mapping[str, date]) -> str | None:
    """The earliest last day of the sellers in the frame; if it is empty, the latest of all."""
    days = [day for seller_id, day in data_through.items() if seller_id in frame["seller_id"]]
    if days:
        return min(days).isoformat()
    return max(data_through.values()).isoformat() if data_through else None
