"""Defaults: plans more than 90 days past due, or ended while more than 30 (§6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.arrears.debts import crossings
from smartinst.analytics.book.horizon import days_after
from smartinst.analytics.book.loan_book import LoanBook, is_confirmed, is_unpaid
from smartinst.analytics.book.periods import ENDED_STATUSES

LATE_DAYS: Final = 90
LATE_DAYS_AT_END: Final = 30


def defaults(book: LoanBook, spells: pl.LazyFrame) -> pl.DataFrame:
    """One row per currency: plans that ever defaulted, and cured_after of them.

    cured_after  plans that owe nothing as of D and did not end
    """
    has_ended = pl.col("status").is_in(ENDED_STATUSES)
    of_plan = book.plans.lazy().select(
        *("plan_index", "currency"),
        is_cured=~has_ended & (pl.col("past_due_installments") == 0),
    )
    return (
        default_days(book, spells)
        .join(of_plan, on="plan_index", validate="1:1")
        .group_by("currency")
        .agg(
            pl.len().cast(pl.Int32).alias("plans"),
            pl.col("is_cured").sum().cast(pl.Int32).alias("cured_after"),
        )
        .sort("currency")
        .collect()
    )


def default_days(book: LoanBook, spells: pl.LazyFrame) -> pl.LazyFrame:
    """One row per plan of the book that defaulted: plan_index, `day`, the first day of default.

    A plan whose charge 1 was reversed by then did not default.
    """
    days = pl.concat([crossings(book, spells, LATE_DAYS), _ends_in_default(book)])
    reversals = (
        book.versions.lazy()
        .filter(pl.col("number") == 1, "is_reversed")
        .group_by("plan_index")
        .agg(pl.col("reversed_date").min())
    )
    is_reversed = (pl.col("reversed_date") <= pl.col("day")).fill_null(False)
    return (
        days.group_by("plan_index")
        .agg(pl.col("day").min())
        .join(reversals, on="plan_index", how="left", validate="1:1")  # right: charge 1 is kept
        .filter(~is_reversed)
        .select("plan_index", "day")
    )


def _ends_in_default(book: LoanBook) -> pl.LazyFrame:
    """The days on which plans ended with a confirmed charge more than LATE_DAYS_AT_END overdue."""
    ends = (
        book.periods.lazy()
        .filter("is_ended", "is_activated", pl.col("from_date") <= book.horizon.last_known_day)
        .group_by("plan_index")
        .agg(day=pl.col("from_date").min())
    )
    eve = days_after("day", -1)
    return (
        ends.join(book.late_versions.lazy().filter("is_in_book"), on="plan_index")
        .filter(
            pl.col("valid_from") <= eve,
            pl.col("valid_to").is_null() | (pl.col("valid_to") > eve),
            is_unpaid(eve),
            is_confirmed(book.horizon, eve),
            days_after("due_date", LATE_DAYS_AT_END) < pl.col("day"),
        )
        .select("plan_index", "day")
        .unique()
    )
