"""Open charges of the book on past days, each with its class and what was paid of it later.

A row sees only facts dated by its day; the outcome columns are what a window after it brought.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import overdue_bucket, plan_on_day
from smartinst.analytics.book.loan_book import LoanBook, is_confirmed
from smartinst.analytics.keys import PLAN
from smartinst.analytics.refusals import HELPS, refusal_help

STATES: Final = ("current", "1-30", "31-60", "61-90", "91+")
STATE: Final = pl.Enum(STATES)
"""States of a live plan by the days past due of its oldest confirmed charge."""
HELP: Final = pl.Enum([*HELPS, "none"])
"""What helps after a refusal."""
MOST_OVERDUE: Final = 3
"""Number of overdue charges of a plan from which on plans are one class."""
CHARGE: Final = ("plan_index", "number")


def open_charges(book: LoanBook, days: Iterable[date]) -> pl.DataFrame:
    """One row per day and charge of a live plan of the book that is not paid by that day.

    Facts of the day: day, plan_index, number, currency, product_index, installments, due_date,
    amount_minor, is_overdue, is_confirmed, age (days past due while overdue), lead (days until it
    is due, at least 1), state (of the plan), overdue_count (confirmed ones of the plan, up to
    MOST_OVERDUE), help ("none" without a refusal, or not overdue), is_late_payer (the plan paid a
    charge late).
    Later facts: paid_date, paid_minor, and paid_share, the part of the price that was paid.
    """
    share = pl.col("paid_minor") / pl.col("amount_minor")
    return (
        _open_spans(book)
        .pipe(_at_days, sorted(set(days)))
        .pipe(_add_delay, book)
        .pipe(_add_help, book)
        .pipe(_add_late_payer, book)
        .with_columns(
            paid_share=pl.when(pl.col("amount_minor") > 0).then(share).otherwise(0.0).clip(0, 1)
        )
    )


def _open_spans(book: LoanBook) -> pl.DataFrame:
    """One row per version of a charge and period in which its plan is live: first and next day.

    `next_day` is the first day on which the version, the period or the debt is over; null: none.
    """
    payments = book.charges.lazy().select(*CHARGE, "paid_date", "paid_minor")
    products = book.plans.lazy().select(
        "plan_index", product_index=pl.col("product_id").rank("dense")
    )
    versions = (
        book.versions.lazy()
        .filter("is_in_book")
        .drop("paid_date", "paid_minor")
        .join(payments, on=CHARGE, how="inner", validate="m:1")
        .join(products, on="plan_index", validate="m:1")
        .select(
            *(*CHARGE, "currency", "product_index", "installments", "due_date", "amount_minor"),
            *("issued_date", "unknown_date", "paid_date", "paid_minor", "valid_from", "valid_to"),
        )
    )
    live_periods = (
        book.periods.lazy()
        .filter("is_live", "is_activated")
        .select("plan_index", "from_date", "to_date")
    )
    first_day = pl.max_horizontal("valid_from", "from_date")
    next_day = pl.min_horizontal("valid_to", "to_date", "paid_date")
    return (
        versions.join(live_periods, on="plan_index", validate="m:m")
        .with_columns(first_day=first_day, next_day=next_day)
        .filter(pl.col("next_day").is_null() | (pl.col("first_day") < pl.col("next_day")))
        .drop("valid_from", "valid_to", "from_date", "to_date")
        .sort(*CHARGE, "first_day")
        .collect()
    )


def _at_days(spans: pl.DataFrame, days: list[date]) -> pl.DataFrame:
    """Each span once for each of the days in it; `days` is sorted."""
    calendar = pl.DataFrame({"day": pl.Series(days, dtype=pl.Date)}).with_row_index("_position")

    def position(column: str) -> pl.Series:
        """How many of the days are before the date in each row; all of them if it is null."""
        dates = spans[column].fill_null(date.max)
        return calendar["day"].search_sorted(dates, side="left").cast(pl.Int64)

    return (
        spans.with_columns(_first=position("first_day"), _next=position("next_day"))
        .filter(pl.col("_first") < pl.col("_next"))
        .with_columns(_position=pl.int_ranges("_first", "_next", dtype=pl.UInt32))
        .drop("_first", "_next", "first_day", "next_day")
        .explode("_position")
        .join(calendar, on="_position", how="inner", maintain_order="left", validate="m:1")
        .drop("_position")
        .sort("day", maintain_order=True)
    )


def _add_delay(rows: pl.DataFrame, book: LoanBook) -> pl.DataFrame:
    """Whether each charge is overdue, how old it is, and the delay of its plan."""
    day = pl.col("day")
    age = (day - pl.col("due_date")).dt.total_days()
    is_overdue = age > book.late_after_days
    confirmed_age = pl.when("is_confirmed").then("age").otherwise(0)
    return (
        rows.with_columns(
            is_overdue=is_overdue,
            is_confirmed=is_confirmed(book.horizon, day),
            age=pl.when(is_overdue).then(age).otherwise(0).cast(pl.Int32),
            lead=pl.max_horizontal(-age, 1).cast(pl.Int32),
        )
        .with_columns(_plan_on_day=plan_on_day())
        .with_columns(
            state=overdue_bucket(confirmed_age.max().over("_plan_on_day")).cast(STATE),
            overdue_count=(confirmed_age > 0)
            .sum()
            .over("_plan_on_day")
            .clip(upper_bound=MOST_OVERDUE)
            .cast(pl.Int8),
        )
        .drop("issued_date", "unknown_date", "_plan_on_day")
    )


def _add_help(rows: pl.DataFrame, book: LoanBook) -> pl.DataFrame:
    """What helps after an overdue charge's last refusal by the day."""
    refusals = (
        book.facts.attempts.filter(
            pl.col("failed_date") <= book.as_of, pl.col("refusal").is_not_null()
        )
        .select(*PLAN, "failed_date", "ordered_at", number="numbers", help=_help())
        .explode("number")
        .join(book.plans.lazy().select(*PLAN, "plan_index"), on=PLAN, validate="m:1")
        .sort("failed_date", "ordered_at", *CHARGE)
        .select(*CHARGE, "failed_date", "help")
        .collect()
    )
    with_refusals = (
        rows.filter("is_overdue")
        .join_asof(
            refusals,
            left_on="day",
            right_on="failed_date",
            by=list(CHARGE),
            check_sortedness=False,  # Polars cannot check it for groups; both are sorted by date
        )
        .with_columns(pl.col("help").fill_null("none"))
        .drop("failed_date")
    )
    without = rows.filter(~pl.col("is_overdue")).with_columns(help=pl.lit("none", HELP))
    return pl.concat([with_refusals, without.select(with_refusals.columns)])


def _help() -> pl.Expr:
    return refusal_help("refusal").cast(HELP)


def _add_late_payer(rows: pl.DataFrame, book: LoanBook) -> pl.DataFrame:
    """Whether some charge of the plan was paid late by the day."""
    late_payments = (
        book.charges.filter("is_late").group_by("plan_index").agg(_date=pl.col("paid_date").min())
    )
    return (
        rows.join(late_payments, on="plan_index", how="left", validate="m:1")  # right: never late
        .with_columns(is_late_payer=(pl.col("_date") <= pl.col("day")).fill_null(False))
        .drop("_date")
    )
