"""The cash calendar: what falls due, and what can be withdrawn, by week and month (§6.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import days_after
from smartinst.analytics.book.loan_book import LoanBook

WEEKS: Final = 4
HOLD_DAYS: Final = 15
HOLD_DAYS_BY_CURRENCY: Final = {"BRL": 30}
"""Days from the payment until the money can be withdrawn."""


def cash_calendar(book: LoanBook, by_payment_date: pl.DataFrame) -> pl.DataFrame:
    """One row per currency and window: four windows of seven days from D + 1, then months.

    from_date, to_date         the window's first and last day
    contracted_minor           charges of live plans of the book, by due date
    expected_minor             of the forecast, by payment date, rounded to minor units
    withdrawable_minor         received by D and not yet withdrawable: gross amounts by the day on
                               which they can be withdrawn, an estimate
    withdrawable_later_minor   the same of the contracted charges, if they are paid when due

    by_payment_date  of `forecast.Forecast`; empty: there is no forecast, expected_minor is null

    A payment can be withdrawn after HOLD_DAYS, or at the end of its guarantee if that is later.
    """
    contracted, payments = _contracted(book), _kept_payments(book)
    dated = pl.concat(
        [
            contracted.select("currency", "day", contracted_minor="amount_minor"),
            by_payment_date.lazy().select("currency", "expected_minor", day="payment_date"),
            contracted.select(
                "currency", day=_withdrawal_day("day"), withdrawable_later_minor="amount_minor"
            ),
            payments.select("currency", "day", withdrawable_minor="amount_minor"),
        ],
        how="diagonal",
    )
    names = ("contracted_minor", "expected_minor", "withdrawable_minor", "withdrawable_later_minor")
    expected = pl.col("expected_minor").round().cast(pl.Int64)
    return (
        dated.filter(pl.col("day") > book.as_of)
        .with_columns(*_windows(book))
        .group_by("currency", "from_date", "to_date")
        .agg(pl.col(names).sum())
        .filter(pl.any_horizontal(pl.col(names) != 0))
        .with_columns(
            expected if by_payment_date.height else pl.lit(None, pl.Int64).alias("expected_minor")
        )
        .sort("currency", "from_date")
        .collect()
    )


def _contracted(book: LoanBook) -> pl.LazyFrame:
    """Pending and scheduled charges of live plans of the book: `day` of payment, amount_minor.

    A pending charge, due and not yet overdue, is expected tomorrow.
    """
    tomorrow = pl.lit(book.as_of + timedelta(1))
    return (
        book.charges.lazy()
        .filter("is_in_book", pl.col("to_receive_minor") > 0)
        .select(
            "currency", day=pl.max_horizontal("due_date", tomorrow), amount_minor="to_receive_minor"
        )
    )


def _kept_payments(book: LoanBook) -> pl.LazyFrame:
    """Kept payments: `day` on which they can be withdrawn, amount_minor."""
    return (
        book.charges.lazy()
        .filter("is_paid", pl.col("collected_minor") > 0)
        .select(
            "currency",
            day=pl.max_horizontal(_withdrawal_day("paid_date"), "guarantee_ends_date"),
            amount_minor="collected_minor",
        )
    )


def _withdrawal_day(payment_date: str) -> pl.Expr:
    days = pl.col("currency").replace_strict(
        HOLD_DAYS_BY_CURRENCY, default=HOLD_DAYS, return_dtype=pl.Int64
    )
    return days_after(payment_date, days)


def _windows(book: LoanBook) -> tuple[pl.Expr, pl.Expr]:
    """from_date and to_date of the window of `day`."""
    day, tomorrow = pl.col("day"), pl.lit(book.as_of + timedelta(1))
    month_from = pl.lit(book.as_of + timedelta(7 * WEEKS + 1))
    week = (day - tomorrow).dt.total_days() // 7
    is_in_weeks = week < WEEKS
    first_day = tomorrow + pl.duration(days=7 * week)
    return (
        pl.when(is_in_weeks)
        .then(first_day)
        .otherwise(pl.max_horizontal(day.dt.month_start(), month_from))
        .alias("from_date"),
        pl.when(is_in_weeks)
        .then(first_day + pl.duration(days=6))
        .otherwise(day.dt.month_end())
        .alias("to_date"),
    )
