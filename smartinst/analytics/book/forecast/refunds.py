"""Money of young plans that is expected to be returned (docs/metrics.md §6.2)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.forecast.shrinkage import shrink
from smartinst.analytics.book.loan_book import LoanBook

WEEK: Final = 7
YOUNG_DAYS: Final = 60
REVERSAL_DAYS: Final = 90
"""Days after a purchase in which reversals count."""


def expected_refunds(book: LoanBook) -> pl.DataFrame:
    """One row per currency: collected_minor of live plans of at most 60 days, expected_minor of it.

    expected_minor is what is expected to be returned: a plan that is reversed is so in full.
    """
    reversals = (
        book.charges.filter("is_reversed")
        .group_by("plan_index")
        .agg(reversed_date=pl.col("reversed_date").min())
    )
    purchase = pl.col("purchase_date")
    plans = (
        book.plans.filter("is_in_book")
        .join(reversals, on="plan_index", how="left", validate="1:1")  # right: nothing returned
        .with_columns(
            week=((pl.lit(book.as_of) - purchase).dt.total_days() // WEEK).cast(pl.Int32),
            reversed_days=(pl.col("reversed_date") - purchase).dt.total_days(),
        )
    )
    is_young = purchase >= pl.lit(book.as_of).dt.offset_by(f"-{YOUNG_DAYS}d")
    is_matured = book.horizon.is_over(purchase.dt.offset_by(f"{REVERSAL_DAYS}d"))
    return (
        plans.filter("is_live", is_young)
        .join(
            _reversal_chances(plans.filter(is_matured).select("reversed_days")),
            on="week",
            how="left",  # right: no plan has matured yet
            validate="m:1",
        )
        .with_columns(expected=pl.col("collected_minor") * pl.col("chance"))
        .group_by("currency")
        .agg(
            pl.col("collected_minor").sum(),
            expected_minor=pl.when(pl.col("chance").is_not_null().all()).then(
                pl.col("expected").sum().round().cast(pl.Int64)
            ),
        )
        .sort("currency")
    )


def _reversal_chances(matured: pl.DataFrame) -> pl.DataFrame:
    """One row per week of age: the share of plans without a reversal by then that get one later.

    matured  a plan a row: reversed_days, from the purchase to its first reversal; null: none

    Each week's share is shrunk towards that of all weeks.
    """
    weeks = pl.DataFrame({"week": range(YOUNG_DAYS // WEEK + 1)}, {"week": pl.Int32})
    week_start = pl.col("week") * WEEK
    at_risk = matured.join(weeks, how="cross").filter(
        pl.col("reversed_days").is_null() | (pl.col("reversed_days") >= week_start)
    )
    is_reversed = (pl.col("reversed_days") <= REVERSAL_DAYS).fill_null(False)
    counts = at_risk.group_by("week").agg(count=pl.len(), reversed_plans=is_reversed.sum())
    overall = pl.col("reversed_plans").sum() / pl.col("count").sum()
    return counts.select("week", chance=shrink(pl.col("reversed_plans"), pl.col("count"), overall))
