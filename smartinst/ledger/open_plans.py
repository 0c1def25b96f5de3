"""Open plans, and the days on which their attempts were ordered: a sync reads these days again.

A plan is open if its status is one of the two "In progress" ones (docs/metrics.md §3).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.facts import FULL_REVERSALS, Facts
from smartinst.ledger.columns import ATTEMPT_ORDER, PAYMENT_ORDER, PLAN, is_outside_plan


def open_days(facts: Facts, as_of: date) -> list[date]:
    """The days (UTC) on which attempts of open plans were ordered, in no particular order."""
    attempts = facts.attempts.join(open_plans(facts, as_of), on=PLAN, how="semi")
    days = attempts.select(pl.col("ordered_at").dt.date().unique()).collect()
    return days["ordered_at"].drop_nulls().to_list()


def open_plans(facts: Facts, as_of: date) -> pl.LazyFrame:
    """The keys (seller_id, plan_id) of the plans that are in progress as of a date."""
    plans = facts.plans.filter(pl.col("purchase_date") <= as_of)
    attempts = _attempts_by_charge(plans, facts.attempts.filter(pl.col("ordered_date") <= as_of))
    paid, reversed_ = (pl.col(name).fill_null(0) for name in ("_paid", "_reversed"))
    is_canceled = (pl.col("cancellation_date") <= as_of).fill_null(False)
    is_completed = (paid == pl.col("installments")).fill_null(False)
    is_inactive = (pl.coalesce("_first_due_date", "purchase_date") < as_of) | pl.col(
        "_has_first_failed"
    ).fill_null(False)
    is_active = pl.when(paid == 0).then(~is_inactive).otherwise(reversed_ < paid)
    return (
        plans.join(
            _paid_charges(attempts, as_of), on=PLAN, how="left", validate="1:1"
        )  # right: nothing paid
        .join(
            _first_charges(attempts, as_of), on=PLAN, how="left", validate="1:1"
        )  # right: charge 1 not issued
        .filter(~is_canceled, ~is_completed, is_active)
        .select(PLAN)
    )


def _attempts_by_charge(plans: pl.LazyFrame, attempts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per attempt and charge number that it covers; numbers above N are dropped."""
    return (
        attempts.join(plans.select(*PLAN, "installments"), on=PLAN, how="inner", validate="m:1")
        .explode("numbers")
        .rename({"numbers": "number"})
        .filter(~is_outside_plan(pl.col("number")))
    )


def _paid_charges(attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per plan with a paid charge: `_paid` charges, and those of them refunded in full."""
    is_reversed = (pl.col("reversed_date") <= as_of) & pl.col("reversal").is_in(FULL_REVERSALS)
    return (
        attempts.filter(pl.col("approved_date") <= as_of)
        .sort(PAYMENT_ORDER)
        .group_by(*PLAN, "number")
        .agg(is_reversed.fill_null(False).first().alias("_reversed"))
        .group_by(PLAN)
        .agg(pl.len().alias("_paid"), pl.col("_reversed").sum())
    )


def _first_charges(attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per plan whose charge 1 was issued: its due date, and whether all attempts failed.

    The due date is null if only negotiations cover the charge.
    """
    has_failed = (pl.col("failed_date") <= as_of).fill_null(False)
    due_dates = pl.col("due_date").filter(~pl.col("is_negotiation"))
    return (
        attempts.filter(pl.col("number") == 1)
        .sort(ATTEMPT_ORDER)
        .group_by(PLAN)
        .agg(
            due_dates.first().alias("_first_due_date"), has_failed.all().alias("_has_first_failed")
        )
    )
