"""Debts of plans by day: when charges are overdue, and for how long a plan has some (§6.1)."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import days_after
from smartinst.analytics.book.loan_book import LoanBook

OPEN_END: Final = date.max


def overdue_spells(
    book: LoanBook, *, activated_only: bool = True, confirmed_only: bool = True
) -> pl.LazyFrame:
    """One row per version of a charge and period of days on which it is overdue in a live plan.

    plan_index, number, currency, due_date, amount_minor, paid_date, forgiven_minor
    begin, end  first overdue day, and the first day on which it is not (OPEN_END: none by D)
    """
    first_day = pl.max_horizontal(days_after("last_day", 1), "valid_from")
    versions = book.late_versions.lazy()
    if confirmed_only:
        first_day = pl.max_horizontal(first_day, "issued_date")
        versions = versions.filter(
            "is_in_book",
            pl.col("issued_date").is_not_null(),
            pl.col("unknown_date").is_null(),
            pl.col("due_date") <= book.horizon.data_through,
        )
    stretches = versions.select(
        *("plan_index", "number", "currency", "due_date", "amount_minor", "paid_date"),
        "forgiven_minor",
        begin=first_day,
        end=pl.min_horizontal("paid_date", "valid_to").fill_null(OPEN_END),
    ).filter(pl.col("begin") < pl.col("end"), pl.col("begin") <= book.as_of)
    return (
        stretches.join(live_spans(book, activated_only=activated_only), on="plan_index")
        .with_columns(
            begin=pl.max_horizontal("begin", "live_from"), end=pl.min_horizontal("end", "live_to")
        )
        .filter(pl.col("begin") < pl.col("end"))
        .drop("live_from", "live_to")
    )


def live_spans(book: LoanBook, *, activated_only: bool = True) -> pl.LazyFrame:
    """One row per plan and unbroken time in which it is live: live_from, live_to.

    live_to is the first day on which it is not; OPEN_END: live at D.
    """
    is_counted = pl.col("is_live") & pl.col("is_activated") if activated_only else pl.col("is_live")
    plan_index = pl.col("plan_index")
    is_new = (plan_index != plan_index.shift(1)) | (
        pl.col("from_date") != pl.col("to_date").shift(1)
    )
    return (
        book.periods.lazy()
        .filter(is_counted)
        .with_columns(_span=is_new.fill_null(True).cum_sum())
        .group_by("plan_index", "_span")
        .agg(
            live_from=pl.col("from_date").min(),
            live_to=pl.col("to_date").fill_null(OPEN_END).max(),
        )
        .drop("_span")
    )


def debt_runs(spells: pl.LazyFrame) -> pl.LazyFrame:
    """The spells with the run that each belongs to: unbroken days with some charge overdue.

    run                 number of the run, unique in the frame
    run_begin, run_end  its first day, and the first day with DPD 0 or on which the plan ended
    """
    end = pl.col("end")
    is_new = pl.col("begin") > end.cum_max().shift(1).over("plan_index")
    return (
        spells.sort("plan_index", "begin", "end", "number")
        .with_columns(run=is_new.fill_null(True).cum_sum())
        .with_columns(run_begin=pl.col("begin").min().over("run"), run_end=end.max().over("run"))
    )


def first_day_above(days: int) -> pl.Expr:
    """The first day on which the charge of a spell is more than `days` past due; null: none."""
    crossing = pl.max_horizontal("begin", days_after("due_date", days + 1))
    return pl.when(crossing < pl.col("end")).then(crossing)


def crossings(book: LoanBook, spells: pl.LazyFrame, days: int) -> pl.LazyFrame:
    """One row per plan that ever had confirmed DPD above `days`: plan_index, `day`, the first one.

    A day after the last one with data is not known to have come.
    """
    return (
        spells.with_columns(day=first_day_above(days))
        .filter(pl.col("day") <= book.horizon.last_known_day)
        .group_by("plan_index")
        .agg(pl.col("day").min())
    )
