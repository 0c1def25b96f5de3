"""The scheduled charges of plans: a month apart from the purchase, or from a moved charge day."""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.keys import PLAN
from smartinst.facts import Facts


def scheduled_charges(facts: Facts, expanded_attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per charge number of a plan bought by `as_of`: 1..N, or issued ones if N is unknown.

    The rows are in the order of plans and numbers. Further columns: plan_index, installments,
    purchase_date, and scheduled_date, the due date of a charge that is not issued yet
    (docs/metrics.md §2 and §7, "Moved charge day").

    facts  as `plan_index.index_plans` returns them
    """
    numbers = _charge_numbers(facts.plans, expanded_attempts, as_of)
    scheduled = _months_after("purchase_date", pl.lit(1))
    moves = facts.charge_day_moves.filter(pl.col("moved_date") <= as_of).collect()
    if moves.is_empty():
        return numbers.with_columns(scheduled_date=scheduled)
    return numbers.join(
        _moved_charges(numbers, _first_charges(moves.lazy(), expanded_attempts)),
        on=["plan_index", "number"],
        how="left",  # right: of a plan whose day was not moved, or issued before
        maintain_order="left",
        validate="1:1",
    ).with_columns(scheduled_date=pl.coalesce("scheduled_date", scheduled))


def _charge_numbers(
    plans: pl.LazyFrame, expanded_attempts: pl.LazyFrame, as_of: date
) -> pl.LazyFrame:
    """One row per charge number of a plan bought by `as_of`, in the order of plans and numbers."""
    plans = plans.filter(pl.col("purchase_date") <= as_of).select(
        "plan_index", *PLAN, "installments", "purchase_date"
    )
    numbered = (
        plans.filter(pl.col("installments").is_not_null())
        .with_columns(number=pl.int_ranges(1, pl.col("installments") + 1, dtype=pl.Int32))
        .explode("number")
    )
    with_unknown_n = plans.filter(pl.col("installments").is_null()).collect()
    if with_unknown_n.is_empty():
        return numbered
    issued = expanded_attempts.select("plan_index", "number").unique()
    of_unknown_n = with_unknown_n.lazy().join(issued, on="plan_index", validate="1:m")
    columns = numbered.collect_schema().names()
    return pl.concat([numbered, of_unknown_n.select(columns)]).sort("plan_index", "number")


def _months_after(column: str, first_number: pl.Expr) -> pl.Expr:
    """The date as many months after a column's as the charge is after the first one."""
    return pl.col(column).dt.offset_by(pl.format("{}mo", pl.col("number") - first_number))


def _first_charges(moves: pl.LazyFrame, expanded_attempts: pl.LazyFrame) -> pl.LazyFrame:
    """The moves with `first_moved`: the charge after the highest one issued by that day."""
    issued = expanded_attempts.select("plan_index", "number", "ordered_date")
    was_issued = pl.col("ordered_date") <= pl.col("moved_date")
    return (
        moves.join(issued, on="plan_index", how="left")  # right: nothing issued yet
        .group_by("plan_index", "moved_at", "event_id", "next_charge_date")
        .agg(first_moved=pl.col("number").filter(was_issued).max().fill_null(0) + 1)
    )


def _moved_charges(numbers: pl.LazyFrame, moves: pl.LazyFrame) -> pl.LazyFrame:
    """One row per charge with a moved due date: scheduled_date, by the latest move of it."""
    return (
        numbers.join(moves, on="plan_index", how="inner")
        .filter(pl.col("number") >= pl.col("first_moved"))
        .sort("moved_at", "event_id")
        .group_by("plan_index", "number")
        .agg(pl.col("next_charge_date", "first_moved").last())
        .select(
            *("plan_index", "number"),
            scheduled_date=_months_after("next_charge_date", pl.col("first_moved")),
        )
    )
