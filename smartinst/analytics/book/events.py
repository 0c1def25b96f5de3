"""Events of plans: the days on which counts of charges change, and the counts after each day."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from smartinst.analytics.book.horizon import days_after


def events(
    versions: pl.LazyFrame, count: str, start: pl.Expr, end: pl.Expr
) -> Iterator[pl.LazyFrame]:
    """The two events of a state that lasts from `start` until `end` (null: without end).

    A state is only counted while its version is valid.
    """
    states = versions.select(
        "plan_index",
        begin=pl.when(start.is_not_null()).then(pl.max_horizontal(start, "valid_from")),
        end=pl.min_horizontal(end, "valid_to"),
    ).filter(
        pl.col("begin").is_not_null()
        & (pl.col("end").is_null() | (pl.col("begin") < pl.col("end")))
    )
    yield states.select("plan_index", from_date="begin", **{count: pl.lit(1, pl.Int32)})
    ends = states.filter(pl.col("end").is_not_null())
    yield ends.select("plan_index", from_date="end", **{count: pl.lit(-1, pl.Int32)})


def late_events(versions: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """Changes of `issues` by late payments, and of past_due_installments."""
    due, paid = pl.col("last_day"), pl.col("paid_date")
    late_payments = versions.filter(paid > due)
    unpaid_after_due = versions.filter(paid.is_null() | (paid > due))
    yield from events(late_payments, "issues", paid, pl.lit(None, pl.Date))
    yield from events(unpaid_after_due, "past_due_installments", days_after(due, 1), paid)


def running_sum(count: str) -> pl.Expr:
    """The running sum of a plan's rows, which are in the order of plans (and days, or charges)."""
    change, plan_index = pl.col(count), pl.col("plan_index")
    total = change.cum_sum()
    is_new_plan = (plan_index != plan_index.shift(1)).fill_null(True)
    total_of_earlier_plans = pl.when(is_new_plan).then(total - change).forward_fill()
    return (total - total_of_earlier_plans).alias(count)
