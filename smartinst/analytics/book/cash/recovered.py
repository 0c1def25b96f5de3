"""First attempts that failed, and what became of the charges, by month (docs/metrics.md §6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import days_after, is_small
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.payments import year_month

WITHIN_DAYS: Final = 30


def failed_and_recovered(book: LoanBook) -> pl.DataFrame:
    """One row per currency and month in which the first attempt of charges k ≥ 2 failed.

    failed, failed_minor        the charges
    recovered, recovered_minor  paid within 30 days of the failure; later_minor: paid after that
    lost_minor, open_minor      unpaid in plans that ended, in live plans
    forgiven_minor              by negotiations; failed_minor is the sum of the five amounts
    rate                        recovered_minor ÷ failed_minor once the window of the month's last
                                day is over, else null
    """
    paid, last_day = pl.col("paid_date"), days_after("first_failed_date", WITHIN_DAYS)
    is_quick = (paid <= last_day).fill_null(False)
    is_released = pl.col("state") == "released"
    amount = pl.col("amount_minor")
    window_end = days_after(pl.col("first_failed_date").dt.month_end(), WITHIN_DAYS)
    charges = book.charges.lazy().filter(
        "is_in_book",
        pl.col("number") >= 2,
        pl.col("first_failed_date").is_not_null(),
        pl.col("unknown_date").is_null(),
    )
    return (
        charges.with_columns(
            year_month("first_failed_date").alias("month"), is_over=book.horizon.is_over(window_end)
        )
        .group_by("currency", "month")
        .agg(
            pl.len().cast(pl.Int32).alias("failed"),
            amount.sum().alias("failed_minor"),
            is_quick.sum().cast(pl.Int32).alias("recovered"),
            pl.col("paid_minor").filter(is_quick).sum().alias("recovered_minor"),
            pl.col("paid_minor").filter(paid.is_not_null(), ~is_quick).sum().alias("later_minor"),
            amount.filter(paid.is_null(), is_released).sum().alias("lost_minor"),
            amount.filter(paid.is_null(), ~is_released).sum().alias("open_minor"),
            pl.col("forgiven_minor").sum(),
            pl.col("is_over").all(),
            pl.col("plan_index").n_unique().alias("plans"),
        )
        .with_columns(
            pl.when("is_over", pl.col("failed_minor") > 0)
            .then(pl.col("recovered_minor") / pl.col("failed_minor"))
            .alias("rate"),
            is_small(),
        )
        .select(
            *("currency", "month", "failed", "failed_minor", "recovered", "recovered_minor"),
            *("later_minor", "lost_minor", "open_minor", "rate", "forgiven_minor", "is_small"),
        )
        .sort("currency", "month")
        .collect()
    )
