"""Balances of plans on any day: outstanding, overdue, days past due (docs/metrics.md §6.0)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import plan_on_day
from smartinst.analytics.book.loan_book import (
    LoanBook,
    is_confirmed,
    is_unpaid,
    periods_on,
    versions_on,
)

ON_DAY: Final = ("plan_index", "day")
COLUMNS: Final = (
    *(*ON_DAY, "currency", "installments", "is_in_book", "status", "is_live", "is_ended"),
    *("is_completed", "is_activated", "is_first_reversed", "end_date", "is_owing"),
    *("outstanding_minor", "overdue_minor", "unconfirmed_minor", "days_past_due"),
    "newest_unpaid",
)


def balances(book: LoanBook, days: Sequence[date]) -> pl.DataFrame:
    """One row per day and plan that was bought by then.

    status, is_live, is_ended, …  of the plan's period (`periods.status_periods`)
    currency, installments, is_in_book  of the plan
    outstanding_minor    overdue + to_receive if the plan is live and activated, else 0
    overdue_minor        of a live plan, unconfirmed charges included
    unconfirmed_minor    the part of overdue_minor that is unconfirmed
    days_past_due        of the oldest confirmed overdue charge of a live plan, else 0
    is_owing             a charge that was due before the plan ended is unpaid
    newest_unpaid        highest number of an unpaid charge that fell due before the day; null: none
    """
    return pl.concat(_balances_on(book, day) for day in days).collect()


def _balances_on(book: LoanBook, day: date) -> pl.LazyFrame:
    open_versions = versions_on(book, [day]).filter(is_unpaid(pl.col("day")))
    return fold_balances(book, periods_on(book, [day]), open_versions)


def balances_of_pairs(book: LoanBook, pairs: pl.DataFrame) -> pl.DataFrame:
    """As `balances`, for pairs of plan_index and `day`, each once, on which the plan was bought."""
    day = pl.col("day")
    periods = (
        pairs.lazy()
        .join(book.periods.lazy(), on="plan_index", validate="m:m")
        .filter(_is_valid("from_date", "to_date"))
    )
    open_versions = (
        pairs.lazy()
        .join(book.versions.lazy(), on="plan_index", validate="m:m")
        .filter(_is_valid("valid_from", "valid_to"), is_unpaid(day))
    )
    return fold_balances(book, periods, open_versions).collect()


def fold_balances(
    book: LoanBook, periods: pl.LazyFrame, open_versions: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per row of `periods`, with the sums of its open charges (see `balances`)."""
    day, last_day, amount = pl.col("day"), pl.col("last_day"), pl.col("amount_minor")
    overdue = last_day < day
    confirmed = overdue & is_confirmed(book.horizon, day)
    sums = (
        open_versions.with_columns(
            _plan_on_day=plan_on_day(),
            _overdue=pl.when(overdue).then(amount).otherwise(0),
            _unconfirmed=pl.when(overdue & ~confirmed).then(amount).otherwise(0),
            _oldest=pl.when(confirmed).then("due_date"),
            _newest=pl.when(pl.col("due_date") < day).then("number"),
        )
        .group_by("_plan_on_day")
        .agg(
            unpaid_minor=amount.sum(),
            overdue_minor=pl.col("_overdue").sum(),
            unconfirmed_minor=pl.col("_unconfirmed").sum(),
            oldest_due_date=pl.col("_oldest").min(),
            newest_unpaid=pl.col("_newest").max(),
            oldest_last_day=last_day.min(),
        )
    )
    of_plan = book.plans.lazy().select("plan_index", "currency", "installments", "is_in_book")
    is_live = pl.col("is_live")
    return (
        periods.with_columns(_plan_on_day=plan_on_day())
        .join(sums, on="_plan_on_day", how="left", validate="1:1")  # right: everything is paid
        .join(of_plan, on="plan_index", validate="m:1")
        .with_columns(
            pl.col("unpaid_minor", "overdue_minor", "unconfirmed_minor").fill_null(0),
            is_owing=(pl.col("oldest_last_day") < pl.col("end_date")).fill_null(False),
        )
        .with_columns(
            outstanding_minor=pl.when(is_live & pl.col("is_activated"))
            .then("unpaid_minor")
            .otherwise(0),
            overdue_minor=pl.when(is_live).then("overdue_minor").otherwise(0),
            unconfirmed_minor=pl.when(is_live).then("unconfirmed_minor").otherwise(0),
            days_past_due=pl.when(is_live)
            .then((day - pl.col("oldest_due_date")).dt.total_days().cast(pl.Int32))
            .fill_null(0),
        )
        .select(COLUMNS)
    )


def _is_valid(first_day: str, next_day: str) -> pl.Expr:
    """Whether a period or version is that of the row's `day`."""
    day = pl.col("day")
    return (pl.col(first_day) <= day) & (pl.col(next_day).is_null() | (pl.col(next_day) > day))
