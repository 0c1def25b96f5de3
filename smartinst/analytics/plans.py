"""Plans as of a date: counts and sums of charges, statuses and money (docs/metrics.md §3–4)."""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.refusals import refusal_help
from smartinst.facts import PLAN_STATUSES

LIVE_STATUSES = ("In progress", "In progress with issues")


def fold_plans(charges: pl.LazyFrame) -> pl.LazyFrame:
    """One row per plan: the counts and sums of its charges from which status and money follow.

    Conditions become columns first, because filters inside the aggregation halve its speed.
    """
    is_first, amount = pl.col("number") == 1, pl.col("amount_minor")
    conditional = charges.with_columns(
        _issue=pl.col("is_late")
        | pl.col("is_reversed")
        | pl.col("is_partially_refunded")
        | pl.col("is_disputed"),
        _first_due_date=pl.when(is_first).then("due_date"),
        _first_failed=is_first
        & pl.col("is_issued")
        & (pl.col("attempts") == pl.col("failed_attempts")),
        _first_paid=is_first & pl.col("is_paid"),
        _past_due_minor=pl.when("is_past_due").then(amount).otherwise(0),
        _past_due_date=pl.when("is_past_due").then("due_date"),
    )
    return conditional.group_by("plan_index").agg(
        issued_installments=pl.col("is_issued").sum().cast(pl.Int32),
        paid_installments=pl.col("is_paid").sum().cast(pl.Int32),
        reversed_installments=pl.col("is_reversed").sum().cast(pl.Int32),
        past_due_installments=pl.col("is_past_due").sum().cast(pl.Int32),
        has_issue=pl.col("_issue").any(),
        is_first_failed=pl.col("_first_failed").any(),
        is_activated=pl.col("_first_paid").any(),
        first_due_date=pl.col("_first_due_date").max(),
        oldest_due_date=pl.col("_past_due_date").min(),
        last_reversed_date=pl.col("reversed_date").max(),
        total_minor=amount.sum(),
        paid_minor=pl.col("paid_minor").sum(),
        refunded_minor=pl.col("returned_minor").sum(),
        forgiven_minor=pl.col("forgiven_minor").sum(),
        past_due_minor=pl.col("_past_due_minor").sum(),
    )


def plan_status(as_of: date) -> pl.Expr:
    """One of PLAN_STATUSES, by the first matching rule of docs/metrics.md §3.

    A plan with unknown N is never completed.
    """
    return status_of(
        is_canceled=(pl.col("cancellation_date") <= as_of).fill_null(False),
        is_first_late=pl.coalesce("first_due_date", "purchase_date") < as_of,
    )


def status_of(*, is_canceled: pl.Expr, is_first_late: pl.Expr) -> pl.Expr:
    """`plan_status` of counts as of any date, given what depends on that date.

    is_first_late  whether charge 1 is past due, or the purchase if charge 1 is not known
    """
    is_unpaid = pl.col("paid_installments") == 0
    is_fully_paid = (pl.col("paid_installments") == pl.col("installments")).fill_null(False)
    is_inactive = is_first_late | is_canceled | pl.col("is_first_failed")
    return (
        pl.when(is_unpaid & is_inactive)
        .then(pl.lit("Inactive"))
        .when(~is_unpaid & (pl.col("reversed_installments") == pl.col("paid_installments")))
        .then(pl.lit("Refunded"))
        .when(is_canceled & ~is_fully_paid)
        .then(pl.lit("Canceled"))
        .when(is_fully_paid & pl.col("has_issue"))
        .then(pl.lit("Completed with issues"))
        .when(is_fully_paid)
        .then(pl.lit("Completed"))
        .when(pl.col("has_issue") | (pl.col("past_due_installments") > 0))
        .then(pl.lit("In progress with issues"))
        .otherwise(pl.lit("In progress"))
        .cast(pl.Enum(PLAN_STATUSES))
        .alias("status")
    )


def add_status(
    folded_charges: pl.LazyFrame, plans: pl.LazyFrame, money: pl.LazyFrame, as_of: date
) -> pl.LazyFrame:
    """Adds the plan's facts, its status, and money that depends on it (docs/metrics.md §4).

    The plans are in the order of their index.
    """
    is_live = pl.col("status").is_in(LIVE_STATUSES)
    has_debt = is_live & (pl.col("past_due_installments") > 0)
    unpaid = pl.col("total_minor") - pl.col("paid_minor") - pl.col("forgiven_minor")
    return (
        plans.filter(pl.col("purchase_date") <= as_of)
        .with_columns(_product_name())
        .pipe(_left_join, money.drop("first_minor"))  # right: no attempt known yet
        .pipe(_left_join, folded_charges)  # right: N unknown and nothing issued yet
        .pipe(_zero_if_no_charge)
        .with_columns(plan_status(as_of))
        .with_columns(
            cancellation_date=pl.when(pl.col("cancellation_date") <= as_of).then(
                "cancellation_date"
            ),
            canceled_by=pl.when(pl.col("cancellation_date") <= as_of).then("canceled_by"),
            is_live=is_live,
            collected_minor=pl.col("paid_minor") - pl.col("refunded_minor"),
            overdue_minor=pl.when(is_live).then("past_due_minor").otherwise(0),
            to_receive_minor=pl.when(is_live).then(unpaid - pl.col("past_due_minor")).otherwise(0),
            released_minor=pl.col("forgiven_minor") + pl.when(is_live).then(0).otherwise(unpaid),
            overdue_installments=pl.when(is_live).then("past_due_installments").otherwise(0),
            has_debt=has_debt,
            is_pending_activation=is_live & (pl.col("paid_installments") == 0),
        )
        .with_columns(
            days_past_due=pl.when("has_debt")
            .then((pl.lit(as_of) - pl.col("oldest_due_date")).dt.total_days())
            .otherwise(0)
            .cast(pl.Int32),
            end_date=pl.when(pl.col("status") == "Refunded")
            .then(pl.min_horizontal("cancellation_date", "last_reversed_date"))
            .otherwise("cancellation_date"),
        )
    )


def _left_join(plans: pl.LazyFrame, of_plans: pl.LazyFrame) -> pl.LazyFrame:
    return plans.join(of_plans, on="plan_index", how="left", maintain_order="left", validate="1:1")


def _product_name() -> pl.Expr:
    """One name per product, from its latest plan, so that a renamed product is not split."""
    latest_name = (
        pl.col("product").sort_by("purchase_date", "plan_id").last().over("seller_id", "product_id")
    )
    return (
        pl.when(pl.col("product_id").is_not_null())
        .then(latest_name)
        .otherwise("product")
        .alias("product")
    )


def _zero_if_no_charge(plans: pl.LazyFrame) -> pl.LazyFrame:
    """Replaces nulls for a plan without charges (N unknown, nothing issued yet) by 0 and false."""
    sums = pl.selectors.ends_with("_minor", "_installments", "_parts")
    return plans.with_columns(sums.fill_null(0), pl.selectors.boolean().fill_null(False))


def add_charge_sums(plans: pl.LazyFrame, charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds sums that need the state of each charge.

    confirmed_charged_minor: what the card is charged for the confirmed overdue charges.
    fallen_due_minor: charges of activated plans that fell due before `as_of` and before the plan
    ended.
    """
    is_earned = (pl.col("released_as") != "not_earned").fill_null(True)

    def released(kind: str) -> pl.Expr:
        return pl.col("released_minor").filter(pl.col("released_as") == kind).sum()

    sums = charges.group_by("plan_index").agg(
        lost_minor=released("lost"),
        not_earned_minor=released("not_earned"),
        not_activated_minor=released("not_activated"),
        disputed_minor=pl.col("collected_minor").filter("is_disputed").sum(),
        charged_back_minor=pl.col("refunded_minor").filter(pl.col("state") == "charged_back").sum(),
        unconfirmed_minor=pl.col("overdue_minor").filter("is_unconfirmed").sum(),
        unconfirmed_installments=pl.col("is_unconfirmed").sum().cast(pl.Int32),
        unknown_installments=(pl.col("is_unconfirmed") & pl.col("has_unknown_attempt"))
        .sum()
        .cast(pl.Int32),
        confirmed_charged_minor=pl.col("charged_minor")
        .filter(pl.col("state") == "overdue", ~pl.col("is_unconfirmed"))
        .sum(),
        fallen_due_minor=pl.col("amount_minor")
        .filter("is_activated", "has_fallen_due", is_earned)
        .sum(),
        charged_twice_minor=pl.col("charged_twice_minor").sum(),
        surplus_minor=pl.col("surplus_minor").sum(),
        unknown_parts=pl.col("is_unknown_part").sum().cast(pl.Int32),
    )
    overdue = (
        charges.filter(pl.col("state") == "overdue")
        .sort("plan_index", "number")
        .group_by("plan_index")
        .agg(
            last_refusal=pl.col("last_refusal").drop_nulls().last(),
            retry_date=pl.col("retry_date").max(),
            oldest_confirmed_days=pl.col("days_past_due").filter(~pl.col("is_unconfirmed")).max(),
        )
    )
    return (
        plans.pipe(_left_join, sums)  # right: a plan without a charge
        .pipe(_left_join, overdue)  # right: nothing overdue
        .pipe(_zero_if_no_charge)
    )


def add_counts(plans: pl.LazyFrame) -> pl.LazyFrame:
    """Adds counts (0 or 1) that figures sum, and the outstanding balance (docs/metrics.md §6)."""
    outstanding = (
        pl.when("is_activated")
        .then(pl.col("overdue_minor") + pl.col("to_receive_minor"))
        .otherwise(0)
    )
    return plans.with_columns(
        plans=pl.lit(1, pl.Int32),
        live_plans=pl.col("is_live").cast(pl.Int32),
        plans_with_debt=pl.col("has_debt").cast(pl.Int32),
        sold_minor=pl.when("is_activated").then("total_minor").otherwise(0),
        outstanding_minor=outstanding,
        outstanding_par30_minor=pl.when(pl.col("oldest_confirmed_days") > 30)
        .then(outstanding)
        .otherwise(0),
        confirmed_minor=pl.col("overdue_minor") - pl.col("unconfirmed_minor"),
        help=refusal_help("last_refusal"),
        if_all_paid_to_date_minor=pl.col("collected_minor") + pl.col("overdue_minor"),
        contracted_minor=pl.col("overdue_minor") + pl.col("to_receive_minor"),
    )
