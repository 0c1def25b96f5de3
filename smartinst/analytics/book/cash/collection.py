"""On-time rates and collection curves by month of the due date (docs/metrics.md §6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import days_after, is_small, ratio
from smartinst.analytics.book.loan_book import LoanBook, is_confirmed
from smartinst.analytics.lazy_frames import collect_once
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
    windows = {days: max(days, book.late_after_days) for days in DAYS}
    by_month = _by_month(_collectable(book), windows).collect().lazy()
    curves = [
        _curve(by_month.filter(book.horizon.is_over(days_after("month_end", window))), days)
        for days, window in windows.items()
    ]
    return pl.concat(curves).sort("currency", "month", "days").collect()


def collection_of_open_month(book: LoanBook) -> pl.DataFrame:
    """The on-time rate of the month that is not over, so far: one row per currency and month.

    Only charges whose own window is over count. Columns as those of `collection`, without days.
    """
    tolerance = book.late_after_days
    charges = _collectable(
        book,
        book.horizon.is_over(days_after("due_date", tolerance)),
        ~book.horizon.is_over(days_after(pl.col("due_date").dt.month_end(), tolerance)),
    )
    table = _curve(_by_month(charges, {0: tolerance}), 0).drop("days")
    return table.sort("currency", "month").collect()


def _collectable(book: LoanBook, *conditions: pl.Expr) -> pl.LazyFrame:
    """The charges of the curves, with the last day of their month as `month_end`.

    Those of a plan that had ended by the due date count only if they were paid before its end or
    ahead of the due date.
    """
    charges = (
        book.charges.lazy()
        .filter(
            "is_in_book",
            pl.col("number") >= 2,
            is_confirmed(book.horizon, pl.lit(book.as_of)),
            *conditions,
        )
        .select(
            *("plan_index", "number", "currency", "due_date", "amount_minor", "paid_date"),
            *("paid_minor", pl.col("due_date").dt.month_end().alias("month_end")),
        )
        .pipe(collect_once)
    )
    ended = book.periods.lazy().filter("is_ended")
    of_others = charges.join(ended, on="plan_index", how="anti")
    of_ended = charges.join(ended, on="plan_index", how="semi").pipe(_before_the_end, ended)
    return pl.concat([of_others, of_ended])


def _before_the_end(charges: pl.LazyFrame, ended_periods: pl.LazyFrame) -> pl.LazyFrame:
    """The charges that fell due before their plan ended, or were paid before that."""
    due, paid = pl.col("due_date"), pl.col("paid_date")
    ends = (
        charges.select("plan_index", "number", "due_date")
        .join(
            ended_periods.select("plan_index", "from_date", "to_date", "end_date"),
            on="plan_index",
            validate="m:m",
        )
        .filter(pl.col("from_date") <= due, pl.col("to_date").is_null() | (pl.col("to_date") > due))
        .select("plan_index", "number", _end_date="end_date")
    )
    is_early = (paid < pl.col("_end_date")) | (paid < due)
    return (
        charges.join(ends, on=["plan_index", "number"], how="left", validate="1:1")
        # right: not ended
        .filter(pl.col("_end_date").is_null() | is_early.fill_null(False))
        .drop("_end_date")
    )


def _by_month(charges: pl.LazyFrame, windows: Mapping[int, int]) -> pl.LazyFrame:
    """One row per currency and month: what was due, and paid_<days> by the end of each window.

    windows  number of days → days after the due date that count
    """
    late_days = (pl.col("paid_date") - pl.col("due_date")).dt.total_days()
    paid = pl.col("paid_minor")
    payments = {
        f"paid_{days}": pl.when(late_days <= window).then(paid).otherwise(0)
        for days, window in windows.items()
    }
    return (
        charges.with_columns(**payments)
        .group_by("currency", "month_end")
        .agg(
            pl.len().cast(pl.Int32).alias("charges"),
            pl.col("plan_index").n_unique().alias("plans"),
            pl.col("amount_minor").sum().alias("due_minor"),
            pl.col(*payments).sum(),
        )
        .filter(pl.col("due_minor") > 0)
        .with_columns(year_month("month_end").alias("month"))
    )


def _curve(by_month: pl.LazyFrame, days: int) -> pl.LazyFrame:
    """The rows of `collection` with one number of days."""
    return by_month.with_columns(
        days=pl.lit(days, pl.Int32), paid_minor=pl.col(f"paid_{days}")
    ).select(
        *("currency", "month", "days", "charges", "due_minor", "paid_minor"),
        ratio("paid_minor", "due_minor").alias("rate"),
        is_small(),
    )
