"""Portfolio at risk and what was written off (docs/metrics.md §6.1)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import is_small, month_ends, ratio
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.periods import ENDED_STATUSES

AGES: Final = (0, 30, 60, 90)
MONTHS: Final = 12


def portfolio_at_risk(book: LoanBook) -> pl.DataFrame:
    """One row per currency with an outstanding balance, as of D.

    plans               live activated plans, those with unknown N included
    outstanding_minor   their balance
    over_X_minor        the balance of those with confirmed days past due above X; par_X: its share
    unconfirmed_minor   what over_0_minor would gain if the unconfirmed charges counted
    """
    live = book.plans.lazy().filter("is_live", "is_activated")
    days = pl.col("oldest_confirmed_days").fill_null(0)
    balance = pl.col("outstanding_minor")
    sums = (
        live.group_by("currency")
        .agg(
            pl.len().alias("plans"),
            balance.sum(),
            *(balance.filter(days > age).sum().alias(f"over_{age}_minor") for age in AGES),
            unconfirmed_minor=balance.filter(days <= 0, pl.col("unconfirmed_minor") > 0).sum(),
        )
        .filter(balance > 0)
    )
    rates = (ratio(f"over_{age}_minor", "outstanding_minor").alias(f"par_{age}") for age in AGES)
    return sums.with_columns(*rates, is_small()).sort("currency").collect()


def written_off(book: LoanBook, monthly_balances: pl.DataFrame) -> pl.DataFrame:
    """One row per currency: amounts of plans that ended owing within the last twelve months.

    lost_minor              fallen due and unpaid when the plan ended
    written_off_minor       lost + not earned of the same plans
    mean_outstanding_minor  mean balance at D and at the twelve month-ends before, as a float
    rate, lost_rate         ÷ mean_outstanding_minor

    monthly_balances  `balances` at D and at the twelve month-ends before
    """
    total = pl.col("outstanding_minor").sum()
    # Polars multiplies by the reciprocal of a literal, which may be wrong in the last digit.
    day_count = total * 0 + (MONTHS + 1)
    means = (
        monthly_balances.lazy()
        .filter("is_in_book")
        .group_by("currency")
        .agg(
            mean_outstanding_minor=total / day_count,
            plans=pl.col("plan_index").filter(pl.col("outstanding_minor") > 0).n_unique(),
        )
    )
    return (
        _losses(book)
        .join(means, on="currency", how="full", coalesce=True)  # nothing lost, or no balance
        .with_columns(
            pl.col("lost_minor", "written_off_minor", "plans").fill_null(0),
            pl.col("mean_outstanding_minor").fill_null(0.0),
        )
        .filter((pl.col("lost_minor") > 0) | (pl.col("mean_outstanding_minor") > 0))
        .select(
            *("currency", "lost_minor", "written_off_minor", "mean_outstanding_minor"),
            ratio("written_off_minor", "mean_outstanding_minor").alias("rate"),
            ratio("lost_minor", "mean_outstanding_minor").alias("lost_rate"),
            is_small(),
        )
        .sort("currency")
        .collect()
    )


def balance_days(book: LoanBook) -> list[date]:
    """D and the twelve month-ends before it, oldest first."""
    earlier = month_ends(book.as_of - timedelta(1), MONTHS)
    return [*earlier, book.as_of]


def _losses(book: LoanBook) -> pl.LazyFrame:
    """One row per currency: lost_minor and written_off_minor of the last twelve months."""
    released, kind = pl.col("released_minor"), pl.col("released_as")
    is_recent = pl.col("end_date") > pl.lit(book.as_of).dt.offset_by(f"-{MONTHS}mo")
    ends = book.plans.lazy().filter("is_in_book", pl.col("status").is_in(ENDED_STATUSES))
    recent = ends.filter(is_recent).select("plan_index")
    return (
        book.charges.lazy()
        .join(recent, on="plan_index", how="semi")
        .group_by("plan_index", "currency")
        .agg(
            lost_minor=released.filter(kind == "lost").sum(),
            written_off_minor=released.filter(kind.is_in(["lost", "not_earned"])).sum(),
        )
        .filter(pl.col("lost_minor") > 0)
        .group_by("currency")
        .agg(pl.col("lost_minor", "written_off_minor").sum())
    )
