"""Vintage curves: which purchases fell behind, by months since purchase (docs/metrics.md §6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.arrears.debts import crossings
from smartinst.analytics.book.balances import balances_of_pairs
from smartinst.analytics.book.horizon import is_small, months_after, ratio, with_all_groups
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.payments import year_month

DAYS: Final = (30, 90)
MAX_MONTHS: Final = 24
_COHORT: Final = ("currency", "month", "group")


def vintage(book: LoanBook, spells: pl.LazyFrame) -> pl.DataFrame:
    """One row per currency, month of purchase, group of N, months on book and over_days (DAYS).

    plans, total_minor      plans of the book with N ≥ 2, and their prices
    crossed, crossed_minor  those more than over_days past due by purchase + months_on_book, and
                            their balance at the end of the first such day
    rate, rate_minor        crossed ÷ plans, crossed_minor ÷ total_minor

    A month appears once it is over for purchases on any day of the cohort's month.
    """
    curves = [_curve(book, spells, days) for days in DAYS]
    return (
        pl.concat(curves)
        .rename({"group": "installments"})
        .sort("currency", "month", "installments", "over_days", "months_on_book")
    )


def _curve(book: LoanBook, spells: pl.LazyFrame, days: int) -> pl.DataFrame:
    plans = with_all_groups(_plans_with_crossings(book, spells, days)).lazy()
    cohorts = plans.group_by(_COHORT).agg(
        pl.len().cast(pl.Int32).alias("plans"),
        pl.col("total_minor").sum(),
        first_day=pl.col("purchase_date").dt.month_start().first(),
    )
    crossing_counts = (
        plans.filter(pl.col("months_on_book").is_not_null())
        .group_by(*_COHORT, "months_on_book")
        .agg(pl.len().cast(pl.Int32).alias("crossed"), pl.col("crossed_minor").sum())
    )
    window_end = months_after("first_day", pl.col("months_on_book")).dt.month_end()
    return (
        cohorts.with_columns(months_on_book=pl.int_ranges(1, MAX_MONTHS + 1, dtype=pl.Int32))
        .explode("months_on_book")
        .filter(book.horizon.is_over(window_end))
        .join(
            crossing_counts, on=[*_COHORT, "months_on_book"], how="left", validate="1:1"
        )  # right: none
        .sort(*_COHORT, "months_on_book")
        .with_columns(
            pl.col("crossed", "crossed_minor").fill_null(0).cum_sum().over(_COHORT),
            over_days=pl.lit(days, pl.Int32),
        )
        .select(
            *(*_COHORT, "months_on_book", "over_days", "plans", "crossed", "total_minor"),
            "crossed_minor",
            ratio("crossed", "plans").alias("rate"),
            ratio("crossed_minor", "total_minor").alias("rate_minor"),
            is_small(),
        )
        .collect()
    )


def _plans_with_crossings(book: LoanBook, spells: pl.LazyFrame, days: int) -> pl.DataFrame:
    """Plans of the book with N ≥ 2: months_on_book of their crossing (null: none), its balance."""
    first_days = crossings(book, spells, days).collect()
    balances = balances_of_pairs(book, first_days)
    plans = book.plans.filter("is_in_book", pl.col("installments") >= 2).select(
        *("plan_index", "currency", "installments", "purchase_date", "total_minor"),
        year_month("purchase_date").alias("month"),
    )
    return plans.join(
        balances.select("plan_index", "day", crossed_minor="outstanding_minor"),
        on="plan_index",
        how="left",  # right: never so late
        validate="1:1",
    ).with_columns(months_on_book=_months_on_book())


def _months_on_book() -> pl.Expr:
    """The smallest m ≥ 1 with day ≤ purchase date + m months; null without a day."""
    day, purchase = pl.col("day"), pl.col("purchase_date")
    months = 12 * (day.dt.year() - purchase.dt.year()) + day.dt.month() - purchase.dt.month()
    is_after = day > months_after("purchase_date", months)
    return (months + is_after.cast(pl.Int32)).clip(lower_bound=1).cast(pl.Int32)
