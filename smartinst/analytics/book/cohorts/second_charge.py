"""Second-charge default: plans that pay the first charge only (docs/metrics.md §6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import days_after, is_small, ratio
from smartinst.analytics.book.loan_book import LoanBook, is_confirmed

WITHIN_DAYS: Final = 30


def second_charge(book: LoanBook) -> pl.DataFrame:
    """One row per currency: plans whose charge 2 had its window, `unpaid` of them, rate.

    Plans of the book with N ≥ 2 and charge 2 issued, whose window (due date + 30 days) is over;
    without those that had ended by the due date with charge 2 unpaid, and those that had ended by
    the end of the window with charge 1 reversed.
    """
    window_end, due = pl.col("_window_end"), pl.col("due_date")
    charges = (
        book.charges.lazy()
        .filter("is_in_book", pl.col("number") == 2, is_confirmed(book.horizon, pl.lit(book.as_of)))
        .with_columns(_window_end=days_after("due_date", WITHIN_DAYS))
        .filter(book.horizon.is_over(window_end))
        .select(
            *("plan_index", "currency", "due_date", "_window_end"),
            is_unpaid=(pl.col("paid_date").is_null() | (pl.col("paid_date") > window_end)),
        )
    )
    ends = (
        charges.join(
            book.periods.lazy().filter("is_ended").drop("status"), on="plan_index", validate="1:m"
        )
        .filter(
            pl.col("from_date") <= window_end,
            pl.col("to_date").is_null() | (pl.col("to_date") > window_end),
        )
        .select("plan_index", "end_date", "is_first_reversed")
    )
    is_early_end = (pl.col("end_date") <= due).fill_null(False) & pl.col("is_unpaid")
    return (
        charges.join(ends, on="plan_index", how="left", validate="1:1")  # right: had not ended
        .filter(~is_early_end, ~pl.col("is_first_reversed").fill_null(False))
        .group_by("currency")
        .agg(
            pl.len().cast(pl.Int32).alias("plans"),
            pl.col("is_unpaid").sum().cast(pl.Int32).alias("unpaid"),
        )
        .with_columns(ratio("unpaid", "plans").alias("rate"), is_small())
        .sort("currency")
        .collect()
    )
