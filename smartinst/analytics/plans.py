"""Plans as of a date: the seven statuses, money, and the rows that every figure is folded from (docs/metrics.md §2–5).

facts ── charges_as_of ──┬── fold_plans ── plans (status, money)
                         └── with_state ── charges (state) ── nets, movements
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from smartinst.analytics.charges import CHARGE, PLAN, charges_as_of, plan_money, tries_as_of
from smartinst.analytics.refusals import refusal_help
from smartinst.facts import PLAN_STATUSES, Facts

LIVE_STATUSES = ("In progress", "In progress with issues")
BUCKETS = ("1-30", "31-60", "61-90", "91+")


@dataclass(frozen=True)
class Snapshot:
    """One or many sellers as of a date: lazy frames, each row one of the grain that its name says.

    plans      a plan: docs/contracts.md §5's fields (but transactions and whatsapp), and the sums and flags of docs/metrics.md §4–5
    charges    a charge, with its state and the parts of its amount
    nets       the producer's net of one kept charge in one commission currency
    movements  money of one charge that came in, or went back, on one day
    attempts   an attempt ordered by `as_of`
    """

    as_of: date
    plans: pl.LazyFrame
    charges: pl.LazyFrame
    nets: pl.LazyFrame
    movements: pl.LazyFrame
    attempts: pl.LazyFrame


def snapshot(
    facts: Facts, as_of: date, *, late_after_days: int = 0, data_through: date | None = None
) -> Snapshot:
    """Everything as of a date (the end of that day in the seller's zone), computed once and held in memory.

    `data_through`: the last day of which the ledger tells; overdue charges due after it are unconfirmed.
    """
    money = _computed(plan_money(facts.attempts, as_of))
    tries = _computed(tries_as_of(facts, money, as_of))
    charges = _computed(charges_as_of(facts.plans, tries, money, as_of, late_after_days))
    folded = _computed(fold_plans(charges).pipe(_with_status, facts.plans, money, as_of))
    detailed = _computed(charges.pipe(with_state, folded, as_of, data_through))
    plans = _computed(folded.pipe(_with_charge_sums, detailed).pipe(_with_flags))
    attempts = facts.attempts.filter(pl.col("ordered_date") <= as_of)
    return Snapshot(
        as_of, plans, detailed, _nets(detailed, facts.commissions), _movements(detailed), attempts
    )


def _computed(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Computed once, for the several others that use it: Polars does not see that it is the same (ten times as long)."""
    return frame.collect().lazy()


def fold_plans(charges: pl.LazyFrame) -> pl.LazyFrame:
    """One row a plan: counts and sums over its charges from which status and money follow without looking back.

    Conditions become columns first: filters inside the aggregation would cost the fold half of its speed.
    """
    first, amount = pl.col("number") == 1, pl.col("amount_minor")
    conditional = charges.with_columns(
        _issue=pl.col("is_late")
        | pl.col("is_reversed")
        | pl.col("is_partially_refunded")
        | pl.col("is_disputed"),
        _first_due_date=pl.when(first).then("due_date"),
        _first_failed=first
        & pl.col("is_issued")
        & (pl.col("attempts") == pl.col("failed_attempts")),
        _first_paid=first & pl.col("is_paid"),
        _past_due_minor=pl.when("is_past_due").then(amount).otherwise(0),
        _past_due_date=pl.when("is_past_due").then("due_date"),
    )
    return conditional.group_by(PLAN).agg(
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


def status(as_of: date) -> pl.Expr:
    """One of PLAN_STATUSES; the first rule of docs/metrics.md §3 that matches. N unknown: never completed."""
    canceled = (pl.col("cancellation_date") <= as_of).fill_null(False)
    none_paid = pl.col("paid_installments") == 0
    all_paid = (pl.col("paid_installments") == pl.col("installments")).fill_null(False)
    is_first_late = pl.coalesce("first_due_date", "purchase_date") < as_of
    ended_unpaid = is_first_late | canceled | pl.col("is_first_failed")
    return (
        pl.when(none_paid & ended_unpaid)
        .then(pl.lit("Inactive"))
        .when(~none_paid & (pl.col("reversed_installments") == pl.col("paid_installments")))
        .then(pl.lit("Refunded"))
        .when(canceled & ~all_paid)
        .then(pl.lit("Canceled"))
        .when(all_paid & pl.col("has_issue"))
        .then(pl.lit("Completed with issues"))
        .when(all_paid)
        .then(pl.lit("Completed"))
        .when(pl.col("has_issue") | (pl.col("past_due_installments") > 0))
        .then(pl.lit("In progress with issues"))
        .otherwise(pl.lit("In progress"))
        .cast(pl.Enum(PLAN_STATUSES))
        .alias("status")
    )


def _product() -> pl.Expr:
    """One name a product: that of the plan bought last, so that a product that was renamed stays one."""
    newest = (
        pl.col("product").sort_by("purchase_date", "plan_id").last().over("seller_id", "product_id")
    )
    return (
        pl.when(pl.col("product_id").is_not_null())
        .then(newest)
        .otherwise("product")
        .alias("product")
    )


def _with_status(
    folded: pl.LazyFrame, plans: pl.LazyFrame, money: pl.LazyFrame, as_of: date
) -> pl.LazyFrame:
    """Adds the plan's own facts, its status and the money that depends on it (docs/metrics.md §4)."""
    live = pl.col("status").is_in(LIVE_STATUSES)
    owes = live & (pl.col("past_due_installments") > 0)
    unpaid = pl.col("total_minor") - pl.col("paid_minor") - pl.col("forgiven_minor")
    return (
        plans.filter(pl.col("purchase_date") <= as_of)
        .with_columns(_product())
        .join(
            money.drop("first_minor"), on=PLAN, how="left", validate="1:1"
        )  # right: no attempt known yet
        .join(
            folded, on=PLAN, how="left", validate="1:1"
        )  # right: N unknown and nothing issued yet
        .pipe(_nothing_where_no_charge)
        .with_columns(status(as_of))
        .with_columns(
            cancellation_date=pl.when(pl.col("cancellation_date") <= as_of).then(
                "cancellation_date"
            ),
            canceled_by=pl.when(pl.col("cancellation_date") <= as_of).then("canceled_by"),
            is_live=live,
            collected_minor=pl.col("paid_minor") - pl.col("refunded_minor"),
            overdue_minor=pl.when(live).then("past_due_minor").otherwise(0),
            to_receive_minor=pl.when(live).then(unpaid - pl.col("past_due_minor")).otherwise(0),
            released_minor=pl.col("forgiven_minor") + pl.when(live).then(0).otherwise(unpaid),
            overdue_installments=pl.when(live).then("past_due_installments").otherwise(0),
            has_debt=owes,
            is_pending_activation=live & (pl.col("paid_installments") == 0),
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


def _nothing_where_no_charge(plans: pl.LazyFrame) -> pl.LazyFrame:
    """0 and false for the sums and flags of a plan without a charge: N is unknown and nothing was issued by the date."""
    sums = pl.selectors.ends_with("_minor", "_installments", "_parts")
    return plans.with_columns(sums.fill_null(0), pl.selectors.boolean().fill_null(False))


def with_state(
    charges: pl.LazyFrame, plans: pl.LazyFrame, as_of: date, data_through: date | None = None
) -> pl.LazyFrame:
    """Adds what a charge has of its plan, its state (docs/metrics.md §2) and the parts of its amount, which add up to it."""
    of_plan = plans.select(
        *(
            *PLAN,
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
    overdue = pl.col("state") == "overdue"
    amount = pl.col("amount_minor")
    told_of = data_through or as_of
    unconfirmed = ~pl.col("is_issued") | (pl.col("due_date") > told_of)
    return (
        charges.join(of_plan, on=PLAN, how="inner", validate="m:1")
        .with_columns(_state())
        .with_columns(
            collected_minor=pl.col("paid_minor") - pl.col("returned_minor"),
            refunded_minor=pl.col("returned_minor"),
            overdue_minor=pl.when(overdue).then(amount).otherwise(0),
            to_receive_minor=pl.when(pl.col("state").is_in(["pending", "scheduled"]))
            .then(amount)
            .otherwise(0),
            released_minor=pl.when(pl.col("state") == "released")
            .then(amount)
            .otherwise("forgiven_minor"),
            days_past_due=pl.when(overdue)
            .then((pl.lit(as_of) - pl.col("due_date")).dt.total_days())
            .otherwise(0)
            .cast(pl.Int32),
            is_unconfirmed=overdue & unconfirmed,
        )
        .with_columns(_released_as(), _bucket())
        .pipe(_with_figure_columns)
    )


def _state() -> pl.Expr:
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
    """lost, not_earned, forgiven, not_activated; null where nothing was released (docs/metrics.md §4)."""
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


def _bucket() -> pl.Expr:
    """The aging bucket of an overdue charge; null while it is not overdue."""
    days = pl.col("days_past_due")
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
        .alias("bucket")
    )


def _with_figure_columns(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds what figures group by and sum: months, counts of 0 or 1, and the parts of the possible values."""
    to_receive = pl.col("to_receive_minor")
    failed = pl.col("failed_attempts") > 0
    overdue = pl.col("state") == "overdue"
    return charges.with_columns(
        month("due_date").alias("due_month"),
        refusal_help("last_refusal").fill_null("unknown").alias("help"),
        overdue_charges=overdue.cast(pl.Int32),
        if_all_paid_minor=pl.col("collected_minor") + pl.col("overdue_minor"),
        later_clean_minor=pl.when("has_debt").then(0).otherwise(to_receive),
        later_debt_minor=pl.when("has_debt").then(to_receive).otherwise(0),
        has_failed=failed,
        failed_charges=failed.cast(pl.Int32),
        failed_minor=pl.when(failed).then("amount_minor").otherwise(0),
        cured_charges=(failed & pl.col("is_paid")).cast(pl.Int32),
        cured_minor=pl.when(failed & pl.col("is_paid")).then("amount_minor").otherwise(0),
        is_overdue=overdue,
    )


def month(column: str) -> pl.Expr:
    """The month of a date as `2026-10`, which sorts and means the same in every zone."""
    return pl.col(column).dt.strftime("%Y-%m")


def _with_charge_sums(plans: pl.LazyFrame, charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds the sums that need a charge's final state.

    fallen_due_minor: of activated plans, what fell due before `as_of` while the plan was not ended.
    """
    earned = (pl.col("released_as") != "not_earned").fill_null(True)

    def released(kind: str) -> pl.Expr:
        return pl.col("released_minor").filter(pl.col("released_as") == kind).sum()

    sums = charges.group_by(PLAN).agg(
        lost_minor=released("lost"),
        not_earned_minor=released("not_earned"),
        not_activated_minor=released("not_activated"),
        disputed_minor=pl.col("collected_minor").filter("is_disputed").sum(),
        charged_back_minor=pl.col("refunded_minor").filter(pl.col("state") == "charged_back").sum(),
        unconfirmed_minor=pl.col("overdue_minor").filter("is_unconfirmed").sum(),
        unconfirmed_installments=pl.col("is_unconfirmed").sum().cast(pl.Int32),
        fallen_due_minor=pl.col("amount_minor")
        .filter("is_activated", "has_fallen_due", earned)
        .sum(),
        charged_twice_minor=pl.col("charged_twice_minor").sum(),
        surplus_minor=pl.col("surplus_minor").sum(),
        unknown_parts=pl.col("is_unknown_part").sum().cast(pl.Int32),
    )
    refusal = (
        charges.filter(pl.col("state") == "overdue")
        .sort(CHARGE)
        .group_by(PLAN)
        .agg(
            last_refusal=pl.col("last_refusal").drop_nulls().last(),
            retry_date=pl.col("retry_date").max(),
            oldest_confirmed_days=pl.col("days_past_due").filter(~pl.col("is_unconfirmed")).max(),
        )
    )
    return (
        plans.join(sums, on=PLAN, how="left", validate="1:1")  # right: a plan without a charge
        .join(refusal, on=PLAN, how="left", validate="1:1")  # right: nothing overdue
        .pipe(_nothing_where_no_charge)
    )


def _with_flags(plans: pl.LazyFrame) -> pl.LazyFrame:
    """Adds the counts that figures sum, each 0 or 1 a plan, and the outstanding balance (docs/metrics.md §6, OB)."""
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
        outstanding_par30_minor=pl.when(pl.col("days_past_due") > 30)
        .then(outstanding)
        .otherwise(0),
        confirmed_minor=pl.col("overdue_minor") - pl.col("unconfirmed_minor"),
        help=refusal_help("last_refusal"),
        if_all_paid_to_date_minor=pl.col("collected_minor") + pl.col("overdue_minor"),
        contracted_minor=pl.col("overdue_minor") + pl.col("to_receive_minor"),
    )


def _nets(charges: pl.LazyFrame, commissions: pl.LazyFrame) -> pl.LazyFrame:
    """One row a kept charge and commission currency: net_minor, spread over the charges of one payer (docs/metrics.md §4).

    Of a partial refund the kept share, rounded half up; spread in proportion to what each charge was paid, the first
    one taking the rest. estimated_minor: the part for which the expected net stood in.
    """
    kept = charges.filter(pl.col("is_paid") & ~pl.col("is_reversed")).select(
        *(*CHARGE, "transaction", "currency", "country", "paid_date", "paid_minor"),
        *("is_partially_refunded", "is_unknown_part", "original_minor", "original_paid_minor"),
    )
    payer = [*PLAN, "transaction", "commission_currency"]
    net, paid, original, rest = (
        pl.col(name).cast(pl.Int128)
        for name in ("net_minor", "paid_minor", "original_minor", "original_paid_minor")
    )
    share = (2 * net * rest + original) // (2 * original)
    is_part = pl.col("is_partially_refunded") & ~pl.col("is_unknown_part")
    all_paid = paid.sum().over(payer)
    part = pl.when(all_paid > 0).then(pl.col("_kept") * paid // all_paid).otherwise(0)
    is_first = pl.col("number") == pl.col("number").min().over(payer)
    left = pl.when(is_first).then(pl.col("_kept") - pl.col("_part").sum().over(payer)).otherwise(0)
    return (
        kept.join(commissions, on=[*PLAN, "transaction"], how="inner", validate="m:m")
        .with_columns(_kept=pl.when(is_part).then(share).otherwise(net))
        .with_columns(_part=part)
        .with_columns(
            month("paid_date").alias("paid_month"),
            net_minor=(pl.col("_part") + left).cast(pl.Int64),
        )
        .select(
            *(
                *CHARGE,
                "currency",
                "country",
                "paid_date",
                "paid_month",
                "commission_currency",
                "net_minor",
            ),
            estimated_minor=pl.when("is_estimated").then("net_minor").otherwise(0),
        )
    )


def _movements(charges: pl.LazyFrame) -> pl.LazyFrame:
    """One row a day on which money of a charge came in or went back: received_minor, returned_minor, movement_date."""
    columns = [*CHARGE, "currency", "country", "movement_date", "received_minor", "returned_minor"]
    received = charges.filter("is_paid").with_columns(
        movement_date="paid_date", received_minor="paid_minor", returned_minor=pl.lit(0, pl.Int64)
    )
    returned = charges.filter(pl.col("returned_minor") > 0).with_columns(
        movement_date="reversed_date", received_minor=pl.lit(0, pl.Int64)
    )
    moved = pl.concat([received.select(columns), returned.select(columns)])
    return moved.with_columns(month("movement_date").alias("movement_month"))
