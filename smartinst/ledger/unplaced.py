"""Payments that are in no charge of the facts, and the reasons (facts.UNPLACED_PAYMENTS)."""

from __future__ import annotations

import polars as pl

from smartinst.facts import PAID_STATES, UNPLACED_PAYMENTS
from smartinst.ledger.columns import PLAN, PLAN_CLUES, TRANSACTION, are_outside_plan


def unplaced_payments(
    attempts: pl.LazyFrame,
    plans: pl.LazyFrame,
    statements: pl.LazyFrame,
    billing_types: tuple[str, ...],
) -> pl.LazyFrame:
    """One row per approved payment that is in no charge of a plan of these billing types.

    attempts    every attempt, also those without a plan or `numbers`
    plans       the plans of every billing type
    statements  the attempt statements without a plan: what they say about one
    """
    payments = attempts.filter(
        pl.col("state").is_in(PAID_STATES), pl.col("approved_date").is_not_null()
    )
    of_plans = payments.join(
        plans.select(*PLAN, "installments", "billing_type"), on=PLAN, how="inner", validate="m:1"
    )
    without_plan = payments.join(plans, on=PLAN, how="anti").join(
        _plan_clues(statements), on=TRANSACTION, how="left", validate="1:1"
    )
    has_no_charge = pl.col("numbers").is_null() | are_outside_plan(pl.col("numbers"))
    reasons = [
        of_plans.filter(~pl.col("billing_type").is_in(billing_types)).with_columns(
            pl.lit("other_type").alias("reason")
        ),
        of_plans.filter(pl.col("billing_type").is_in(billing_types) & has_no_charge).with_columns(
            pl.lit("no_charge").alias("reason")
        ),
        without_plan.with_columns(
            pl.when(pl.col("_names_plan").fill_null(True))
            .then(pl.lit("unidentified"))
            .otherwise(pl.lit("single_sale"))
            .alias("reason")
        ),
    ]
    return pl.concat([frame.select(UNPLACED_PAYMENTS.columns.keys()) for frame in reasons])


def _plan_clues(statements: pl.LazyFrame) -> pl.LazyFrame:
    """One row per transaction: its billing type, and whether anything names a plan."""
    names_plan = pl.any_horizontal(pl.col(name).is_not_null() for name in ("plan_id", *PLAN_CLUES))
    return (
        statements.sort("observed_at", "billing_type")
        .group_by(TRANSACTION)
        .agg(
            pl.col("billing_type").last(ignore_nulls=True),
            names_plan.any().alias("_names_plan"),
        )
    )
