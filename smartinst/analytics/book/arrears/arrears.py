"""Arrears by month: the portfolio at risk of every month-end and of the date of the figures."""

from __future__ import annotations

import polars as pl

from smartinst.analytics.book.arrears.portfolio_at_risk import AGES, balance_days
from smartinst.analytics.book.balances import balances
from smartinst.analytics.book.horizon import is_small, ratio
from smartinst.analytics.book.loan_book import LoanBook


def arrears(book: LoanBook) -> pl.DataFrame:
    """One row per currency and day with a balance: D, and the twelve month-ends before it.

    plans, outstanding_minor  live activated plans, and their balance
    over_X_minor, par_X       as in `portfolio_at_risk`, of that day

    Days after the last one with data are left out.
    """
    days = [day for day in balance_days(book) if day <= book.horizon.last_known_day]
    balance, delay = pl.col("outstanding_minor"), pl.col("days_past_due")
    sums = (balance.filter(delay > age).sum().alias(f"over_{age}_minor") for age in AGES)
    rates = (ratio(f"over_{age}_minor", "outstanding_minor").alias(f"par_{age}") for age in AGES)
    return (
        balances(book, days or [book.horizon.last_known_day])
        .lazy()
        .filter("is_live", "is_activated", balance > 0)
        .group_by("currency", "day")
        .agg(pl.len().cast(pl.Int32).alias("plans"), balance.sum(), *sums)
        .with_columns(*rates, is_small())
        .sort("currency", "day")
        .collect()
    )
