"""The state of each charge as of a date, and the parts of its amount (docs/metrics.md §2)."""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.payments import year_month
from smartinst.analytics.refusals import refusal_help

BUCKETS = ("1-30", "31-60", "61-90", "91+")


def add_charge_states(
    charges: pl.LazyFrame, plans: pl.LazyFrame, as_of: date, data_through: date | None = None
) -> pl.LazyFrame:
    """Adds columns of the plan, the state, and the parts of the amount (docs/metrics.md §2).

    An overdue charge is unconfirmed if it was not issued, fell due after `data_through`, or has an
    attempt whose state is unknown.
    """
    of_plan = plans.select(
        *(
            "plan_index",
            "status",
            "is_live",
            "is_activated",
            "end_date",
            "has_debt",
            "product_id",
            "product",
            "country",
        )
    )
    is_overdue = pl.col("state") == "overdue"
    amount = pl.col("amount_minor")
    is_after_data = pl.col("due_date") > (data_through or as_of)
    unconfirmed = ~pl.col("is_issued") | is_after_data | pl.col("has_unknown_attempt")
    return (
        charges.join(of_plan, on="plan_index", how="left", maintain_order="left", validate="m:1")
        .with_columns(_state())
        .with_columns(
            collected_minor=pl.col("paid_minor") - pl.col("returned_minor"),
            refunded_minor=pl.col("returned_minor"),
            overdue_minor=pl.when(is_overdue).then(amount).otherwise(0),
            to_receive_minor=pl.when(pl.col("state").is_in(["pending", "scheduled"]))
            .then(amount)
            .otherwise(0),
            released_minor=pl.when(pl.col("state") == "released")
            .then(amount)
            .otherwise("forgiven_minor"),
            days_past_due=pl.when(is_overdue)
            .then((pl.lit(as_of) - pl.col("due_date")).dt.total_days())
            .otherwise(0)
            .cast(pl.Int32),
            is_unconfirmed=is_overdue & unconfirmed,
        )
        .with_columns(_released_as())
    )


def _state() -> pl.Expr:
    """One of: the kind of reversal, disputed, paid, released, overdue, pending, scheduled."""
    return (
        pl.when(pl.col("reversal").is_not_null())
        .then("reversal")
        .when("is_disputed")
        .then(pl.lit("disputed"))
        .when("is_paid")
        .then(pl.lit("paid"))
        .when(~pl.col("is_live"))
        .then(pl.lit("released"))
        .when("is_past_due")
        .then(pl.lit("overdue"))
        .when("is_pending")
        .then(pl.lit("pending"))
        .otherwise(pl.lit("scheduled"))
        .alias("state")
    )


def _released_as() -> pl.Expr:
    """One of: lost, not_earned, forgiven, not_activated (docs/metrics.md §4); null otherwise."""
    return (
        pl.when(pl.col("released_minor") == 0)
        .then(None)
        .when("is_paid")
        .then(pl.lit("forgiven"))
        .when(pl.col("status") == "Inactive")
        .then(pl.lit("not_activated"))
        .when(pl.col("end_date") > pl.col("last_day"))
        .then(pl.lit("lost"))
        .otherwise(pl.lit("not_earned"))
        .alias("released_as")
    )


def aging_bucket(days: pl.Expr) -> pl.Expr:
    """The aging bucket for days past due; null if they are 0."""
    return (
        pl.when(days <= 0)
        .then(None)
        .when(days <= 30)
        .then(pl.lit("1-30"))
        .when(days <= 60)
        .then(pl.lit("31-60"))
        .when(days <= 90)
        .then(pl.lit("61-90"))
        .otherwise(pl.lit("91+"))
    )


def add_figure_columns(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds columns that figures group by and sum: months, counts (0 or 1), possible values."""
    to_receive = pl.col("to_receive_minor")
    has_failed = pl.col("failed_attempts") > 0
    is_overdue = pl.col("state") == "overdue"
    return charges.with_columns(
        year_month("due_date").alias("due_month"),
        aging_bucket(pl.col("days_past_due")).alias("bucket"),
        refusal_help("last_refusal").fill_null("unknown").alias("help"),
        overdue_charges=is_overdue.cast(pl.Int32),
        if_all_paid_minor=pl.col("collected_minor") + pl.col("overdue_minor"),
        later_clean_minor=pl.when("has_debt").then(0).otherwise(to_receive),
        later_debt_minor=pl.when("has_debt").then(to_receive).otherwise(0),
        has_failed=has_failed,
        failed_charges=has_failed.cast(pl.Int32),
        failed_minor=pl.when(has_failed).then("amount_minor").otherwise(0),
        cured_charges=(has_failed & pl.col("is_paid")).cast(pl.Int32),
        cured_minor=pl.when(has_failed & pl.col("is_paid")).then("amount_minor").otherwise(0),
        is_overdue=is_overdue,
    )
