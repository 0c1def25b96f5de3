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
    late_versions_on,
    periods_on,
)
from smartinst.analytics.lazy_frames import collect_once

ON_DAY: Final = ("plan_index", "day")
OF_PLAN: Final = ("currency", "installments", "is_in_book")
COLUMNS: Final = (
    *(*ON_DAY, *OF_PLAN, "status", "is_live", "is_ended"),
    *("is_completed", "is_activated", "is_first_reversed", "end_date", "is_owing"),
    *("outstanding_minor", "awaiting_minor", "overdue_minor", "unconfirmed_minor"),
    "days_past_due",
    "newest_unpaid",
)


def balances(book: LoanBook, days: Sequence[date]) -> pl.DataFrame:
    """One row per day and plan that was bought by then.

    status, is_live, is_ended, …  of the plan's period (`periods.status_periods`)
    currency, installments, is_in_book  of the plan
    outstanding_minor    overdue + to_receive if the plan is live and activated, else 0
    awaiting_minor       the same of a live plan whose first charge was not paid by then, else 0
    overdue_minor        of a live plan, unconfirmed charges included
    unconfirmed_minor    the part of overdue_minor that is unconfirmed
    days_past_due        of the oldest confirmed overdue charge of a live plan, else 0
    is_owing             a charge that was due before the plan ended is unpaid
    newest_unpaid        highest number of an unpaid charge that fell due before the day; null: none
    """
    return _balances(book, days, [periods_on(book, [day]) for day in days])


def balances_of_changes(book: LoanBook, days: Sequence[date]) -> pl.DataFrame:
    """As `balances`, of plans that are live on a day, or were on the one before it in `days`."""
    periods = [
        periods_on(book, [day]).filter(pl.col("is_live") | (pl.col("from_date") > earlier_day))
        for earlier_day, day in zip([date.min, *days], days, strict=False)
    ]
    return _balances(book, days, periods)


def _balances(
    book: LoanBook, days: Sequence[date], periods: Sequence[pl.LazyFrame]
) -> pl.DataFrame:
    late = late_versions_on(book, days).filter(is_unpaid(pl.col("day")))
    return _with_late_sums(_with_unpaid(book, days, periods), _late_sums(book, late)).collect()


def _with_unpaid(
    book: LoanBook, days: Sequence[date], periods: Sequence[pl.LazyFrame]
) -> pl.LazyFrame:
    """The periods of each day with OF_PLAN and unpaid_minor, whenever that falls due.

    One fold has the sums of all days.
    """
    paid, amount = pl.col("paid_date"), pl.col("amount_minor")
    first_day, next_day = pl.col("valid_from"), pl.min_horizontal("valid_to", "paid_date")
    names = [f"unpaid_{place}" for place in range(len(days))]
    is_open = [(first_day <= day) & (pl.col("next_day") > day) for day in days]
    sums = (
        book.versions.lazy()
        .filter(paid.is_null() | (paid > min(days)))
        .select("plan_index", amount, first_day, next_day=next_day.fill_null(date.max))
        .with_columns(
            pl.when(condition).then(amount).otherwise(0).alias(name)
            for name, condition in zip(names, is_open, strict=True)
        )
        .group_by("plan_index")
        .agg(pl.col(names).sum())
    )
    of_plans = collect_once(
        book.plans.lazy()
        .select("plan_index", *OF_PLAN)
        .join(sums, on="plan_index", how="left", validate="1:1")  # right: all was paid before
    )
    return pl.concat(
        frame.join(
            of_plans.select("plan_index", *OF_PLAN, unpaid_minor=name),
            on="plan_index",
            how="left",
            maintain_order="left",
            validate="m:1",
        )
        for frame, name in zip(periods, names, strict=True)
    )


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
        .pipe(collect_once)
    )
    unpaid = open_versions.group_by(_plan_on_day=plan_on_day()).agg(
        unpaid_minor=pl.col("amount_minor").sum()
    )
    with_unpaid = (
        periods.with_columns(_plan_on_day=plan_on_day())
        .join(unpaid, on="_plan_on_day", how="left", validate="1:1")  # right: everything is paid
        .join(book.plans.lazy().select("plan_index", *OF_PLAN), on="plan_index", validate="m:1")
    )
    late = open_versions.filter(pl.col("due_date") < day)
    return _with_late_sums(with_unpaid, _late_sums(book, late)).collect()


def _late_sums(book: LoanBook, late_versions: pl.LazyFrame) -> pl.LazyFrame:
    """One row per plan and day (`_plan_on_day`) with an unpaid charge that fell due before it."""
    day, last_day, amount = pl.col("day"), pl.col("last_day"), pl.col("amount_minor")
    overdue = last_day < day
    confirmed = overdue & is_confirmed(book.horizon, day)
    return (
        late_versions.with_columns(
            _plan_on_day=plan_on_day(),
            _overdue=pl.when(overdue).then(amount).otherwise(0),
            _unconfirmed=pl.when(overdue & ~confirmed).then(amount).otherwise(0),
            _oldest=pl.when(confirmed).then("due_date"),
        )
        .group_by("_plan_on_day")
        .agg(
            overdue_minor=pl.col("_overdue").sum(),
            unconfirmed_minor=pl.col("_unconfirmed").sum(),
            oldest_due_date=pl.col("_oldest").min(),
            newest_unpaid=pl.col("number").max(),
            oldest_last_day=last_day.min(),
        )
    )


def _with_late_sums(periods: pl.LazyFrame, sums: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of `balances`.

    periods  with `day`, unpaid_minor and OF_PLAN; sums: as `_late_sums` returns them
    """
    day, is_live = pl.col("day"), pl.col("is_live")
    return (
        periods.with_columns(_plan_on_day=plan_on_day())
        .join(
            sums, on="_plan_on_day", how="left", maintain_order="left", validate="1:1"
        )  # right: nothing is late
        .with_columns(
            pl.col("unpaid_minor", "overdue_minor", "unconfirmed_minor").fill_null(0),
            is_owing=(pl.col("oldest_last_day") < pl.col("end_date")).fill_null(False),
        )
        .with_columns(
            outstanding_minor=pl.when(is_live & pl.col("is_activated"))
            .then("unpaid_minor")
            .otherwise(0),
            awaiting_minor=pl.when(is_live & ~pl.col("is_activated"))
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
