"""Sales and retention by month of purchase (docs/metrics.md §6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import is_small, ratio
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.facts import PLAN_STATUSES

STATUS_COLUMNS: Final = {
    status: f"{status.lower().replace(' ', '_')}_plans" for status in PLAN_STATUSES
}
"""Status → column with the number of plans that have it."""
_COHORT: Final = ("currency", "month")


def cohorts(book: LoanBook) -> pl.DataFrame:
    """One row per currency, month of purchase and months since then, at the end of that month.

    plans, activated, sold_minor   of the cohort as of D
    collected_minor                received − returned by the end of the month; collected_rate:
                                   ÷ sold_minor
    <status>_plans                 plans with each of the seven statuses then (STATUS_COLUMNS)

    Months that end after the last day with data are left out.
    """
    changes = pl.concat([_status_changes(book), _collected_changes(book)], how="diagonal")
    sums = [*STATUS_COLUMNS.values(), "collected_minor"]
    by_month = changes.group_by(*_COHORT, "months_since").agg(pl.col(sums).sum())
    return (
        _grid(book)
        .join(by_month, on=[*_COHORT, "months_since"], how="left", validate="1:1")
        # right: nothing changed in the month
        .sort(*_COHORT, "months_since", nulls_last=True)
        .with_columns(pl.col(sums).fill_null(0).cum_sum().over(_COHORT))
        .with_columns(ratio("collected_minor", "sold_minor").alias("collected_rate"), is_small())
        .with_columns(month=_month_text())
        .collect()
    )


def _grid(book: LoanBook) -> pl.LazyFrame:
    """One row per cohort and month until the last closed one, with the cohort's sales."""
    last_month = book.horizon.closed_month_ends(0)[-1]
    months = last_month.year * 12 + last_month.month - pl.col("month")
    return (
        _plans(book)
        .group_by(_COHORT)
        .agg(
            pl.len().cast(pl.Int32).alias("plans"),
            pl.col("is_activated").sum().cast(pl.Int32).alias("activated"),
            pl.col("sold_minor").sum(),
        )
        .filter(months >= 0)
        .with_columns(months_since=pl.int_ranges(0, months + 1, dtype=pl.Int32))
        .explode("months_since")
    )


def _plans(book: LoanBook) -> pl.LazyFrame:
    """The plans with a known currency, with the number of their month of purchase."""
    return (
        book.plans.lazy()
        .filter(pl.col("currency").is_not_null())
        .with_columns(month=_month_number("purchase_date"))
    )


def _status_changes(book: LoanBook) -> pl.LazyFrame:
    """+1 in the month in which a plan's status begins, -1 in the month in which it ends.

    A status counts at the end of a month; one that begins and ends in a month counts in none.
    """
    periods = book.periods.lazy().join(
        _plans(book).select("plan_index", *_COHORT), on="plan_index", validate="m:1"
    )
    status = pl.col("status")

    def changes(date_column: str, change: int) -> pl.LazyFrame:
        columns = {
            name: (status == label).cast(pl.Int32) * change
            for label, name in STATUS_COLUMNS.items()
        }
        return periods.filter(pl.col(date_column).is_not_null()).select(
            *_COHORT, months_since=_month_number(date_column) - pl.col("month"), **columns
        )

    return pl.concat([changes("from_date", 1), changes("to_date", -1)])


def _collected_changes(book: LoanBook) -> pl.LazyFrame:
    """What was received (positive) and returned (negative) for each charge, by month."""
    charges = book.charges.lazy().join(
        _plans(book).select("plan_index", "month"), on="plan_index", validate="m:1"
    )

    def changes(date_column: str, amount: pl.Expr) -> pl.LazyFrame:
        months = pl.max_horizontal(_month_number(date_column) - pl.col("month"), 0)
        return charges.filter(pl.col(date_column).is_not_null()).select(
            *_COHORT, months_since=months.cast(pl.Int32), collected_minor=amount
        )

    payments = changes("paid_date", pl.col("paid_minor"))
    return pl.concat([payments, changes("reversed_date", -pl.col("returned_minor"))])


def _month_number(date_column: str) -> pl.Expr:
    """The number of a date's month since the year 0."""
    day = pl.col(date_column)
    return (12 * day.dt.year() + day.dt.month()).cast(pl.Int32)


def _month_text() -> pl.Expr:
    """The number of a month as text, `2026-10`."""
    month = pl.col("month") - 1
    return pl.format("{}-{}", month // 12, (month % 12 + 1).cast(pl.String).str.zfill(2))
