"""On-time rates and collection curves by month of the due date (docs/metrics.md §6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import days_after, is_small, ratio
from smartinst.analytics.book.loan_book import LoanBook, is_confirmed
from smartinst.analytics.payments import year_month

DAYS: Final = (0, 7, 30, 60, 90)
"""Days after the due date; 0 is the on-time rate, for which the tolerance counts."""


def collection(book: LoanBook) -> pl.DataFrame:
    """One row per currency, month of the due date and number of days after it (DAYS).

    charges, due_minor  charges k ≥ 2 that were issued, of plans that had not ended by then
    paid_minor          what was paid for them by the due date + days
    rate                paid_minor ÷ due_minor

    A month appears with a number of days once the window of its last day is over.
    """
    charges = _collectable(book)
    tolerances = (max(days, book.late_after_days) for days in DAYS)
    curves = [
        _by_month(
            charges.filter(book.horizon.is_over(days_after("_month_end", tolerance))), tolerance
        ).with_columns(days=pl.lit(days, pl.Int32))
        for days, tolerance in zip(DAYS, tolerances, strict=True)
    ]
    return (
        pl.concat(curves)
        .select(
            *("currency", "month", "days", "charges", "due_minor", "paid_minor", "rate"),
            "is_small",
        )
        .sort("currency", "month", "days")
        .collect()
    )


def collection_of_open_month(book: LoanBook) -> pl.DataFrame:
    """The on-time rate of the month that is not over, so far: one row per currency and month.

    Only charges whose own window is over count. Columns as those of `collection`, without days.
    """
    tolerance = book.late_after_days
    charges = _collectable(book).filter(
        book.horizon.is_over(days_after("due_date", tolerance)),
        ~book.horizon.is_over(days_after("_month_end", tolerance)),
    )
    return _by_month(charges, tolerance).sort("currency", "month").collect()


def _collectable(book: LoanBook) -> pl.LazyFrame:
    """The charges of the curves, with `month`, and the last day of it as `_month_end`.

    Those of a plan that had ended by the due date count only if they were paid before its end or
    ahead of the due date.
    """
    due, paid = pl.col("due_date"), pl.col("paid_date")
    charges = book.charges.lazy().filter(
        "is_in_book", pl.col("number") >= 2, is_confirmed(book.horizon, pl.lit(book.as_of))
    )
    ends = (
        charges.select("plan_index", "number", "due_date")
        .join(
            book.periods.lazy()
            .filter("is_ended")
            .select("plan_index", "from_date", "to_date", "end_date"),
            on="plan_index",
            validate="m:m",
        )
        .filter(pl.col("from_date") <= due, pl.col("to_date").is_null() | (pl.col("to_date") > due))
        .select("plan_index", "number", _end_date="end_date")
    )
    is_early = (paid < pl.col("_end_date")) | (paid < due)
    return (
        charges.drop("end_date")
        .join(ends, on=["plan_index", "number"], how="left", validate="1:1")  # right: not ended
        .filter(pl.col("_end_date").is_null() | is_early.fill_null(False))
        .with_columns(year_month("due_date").alias("month"), _month_end=due.dt.month_end())
    )


def _by_month(charges: pl.LazyFrame, days: int) -> pl.LazyFrame:
    """One row per currency and month: what was paid by the due date + days, and what was due."""
    is_in_time = pl.col("paid_date") <= days_after("due_date", days)
    return (
        charges.group_by("currency", "month")
        .agg(
            pl.len().cast(pl.Int32).alias("charges"),
            pl.col("plan_index").n_unique().alias("plans"),
            due_minor=pl.col("amount_minor").sum(),
            paid_minor=pl.col("paid_minor").filter(is_in_time).sum(),
        )
        .filter(pl.col("due_minor") > 0)
        .with_columns(ratio("paid_minor", "due_minor").alias("rate"), is_small())
    )
