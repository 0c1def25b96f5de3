"""What was sold, received, returned and lost in a month, and the balances at its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from smartinst.analytics.book.balances import balances
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.payments import movements_of_charges, year_month

AMOUNTS = (
    *("sold_minor", "received_minor", "returned_minor", "lost_minor"),
    *("overdue_minor", "unconfirmed_minor", "outstanding_minor", "awaiting_minor"),
)


def month_totals(book: LoanBook, last_days: Sequence[date]) -> pl.DataFrame:
    """One row per currency and month that ends on one of the days; a month may still be open.

    month           of the day
    last_day        the day: movements count up to it, balances are those of its end
    plans           bought in the month and activated by D; sold_minor: their totals
    received_minor, returned_minor   by payment and reversal date (docs/metrics.md §4)
    lost_minor      fallen due and unpaid in plans that ended in the month
    overdue_minor, outstanding_minor  of live plans; unconfirmed_minor: the part of overdue_minor
                    that is unconfirmed; awaiting_minor: of plans awaiting their first payment,
                    which are not in outstanding_minor

    Months before the first purchase in any currency are left out; all amounts are as known at D.
    """
    days = [day for day in last_days if day <= book.as_of]
    movements = movements_of_charges(book.charges.lazy())
    plans = book.plans.lazy()
    sums = [
        _in_months(plans.filter("is_activated"), "purchase_date", days)
        .group_by("currency", "last_day")
        .agg(pl.len().cast(pl.Int32).alias("plans"), pl.col("sold_minor").sum()),
        _in_months(movements, "movement_date", days)
        .group_by("currency", "last_day")
        .agg(pl.col("received_minor", "returned_minor").sum()),
        _in_months(plans.filter(pl.col("lost_minor") > 0), "end_date", days)
        .group_by("currency", "last_day")
        .agg(pl.col("lost_minor").sum()),
        balances(book, days)
        .lazy()
        .rename({"day": "last_day"})
        .group_by("currency", "last_day")
        .agg(pl.col(AMOUNTS[4:]).sum()),
    ]
    first_day = book.plans["purchase_date"].min()
    return (
        pl.concat(sums, how="diagonal")
        .filter(pl.col("currency").is_not_null(), pl.col("last_day") >= pl.lit(first_day, pl.Date))
        .group_by("currency", "last_day")
        .agg(pl.col("plans", *AMOUNTS).sum())
        .select("currency", year_month("last_day").alias("month"), "last_day", "plans", *AMOUNTS)
        .sort("currency", "last_day")
        .collect()
    )


def _in_months(rows: pl.LazyFrame, column: str, days: Sequence[date]) -> pl.LazyFrame:
    """The rows dated in the month of one of the days, up to that day, with `last_day`."""
    last_days = pl.LazyFrame({"last_day": list(days)}, schema={"last_day": pl.Date})
    return (
        rows.filter(pl.col(column).is_not_null())
        .with_columns(_month=year_month(column))
        .join(last_days.with_columns(_month=year_month("last_day")), on="_month", validate="m:1")
        .filter(pl.col(column) <= pl.col("last_day"))
    )
