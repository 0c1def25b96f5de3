"""Versions of charges: due date, amount and payment of each charge as of every day until D.

What a charge looks like as of an earlier day may differ from what it looks like as of D. Before it
is issued, its scheduled date applies instead of the due date of its first attempt, and its amount
is that of another charge; a moved charge day moves the scheduled date. Most charges have one
version.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.charges import charges_as_of, expand_attempts, plan_money
from smartinst.analytics.keys import PLAN
from smartinst.analytics.plan_index import index_plans
from smartinst.analytics.schedule import scheduled_charges
from smartinst.facts import Facts

OF_PLAN: Final = ("plan_index", "currency", "installments", "is_in_book")
COLUMNS: Final = (
    *(*OF_PLAN, "number", "valid_from", "valid_to", "due_date", "last_day", "amount_minor"),
    *("issued_date", "own_issued_date", "unknown_date", "paid_date", "paid_minor"),
    *("forgiven_minor", "is_reversed", "is_partially_refunded", "reversed_date"),
    *("returned_minor", "claim_date", "claim_end_date", "is_regular"),
)
"""valid_from     first day of the version
valid_to       first day of the next version of the charge; null: the last one
last_day       due date plus tolerance; the charge is overdue after it
issued_date    order of its first attempt; own_issued_date: of the first that is no negotiation
unknown_date   order of its first attempt whose state is unknown
is_regular     the plan has one price, a known N, and a charge day that never moved
others         as in analytics/charges.py; null for what happens after D
"""


def charge_versions(
    facts: Facts, plans: pl.DataFrame, charges: pl.DataFrame, as_of: date, late_after_days: int
) -> pl.DataFrame:
    """One row per version of a charge of a plan in `charges` (COLUMNS).

    plans, charges  rows of the snapshot as of `as_of`, with plan_index and is_in_book
    """
    irregular = _irregular_plans(facts, plans, charges)
    if irregular.is_empty():
        return pl.concat(_versions_of_regular(charges.lazy(), late_after_days)).collect()
    regular = charges.lazy().join(irregular.lazy(), on="plan_index", how="anti")
    of_irregular = _with_later_payments(
        _versions_of_irregular(facts, irregular, as_of, late_after_days), charges
    )
    of_regular = _versions_of_regular(regular, late_after_days)
    return pl.concat([*pl.collect_all(of_regular), of_irregular])


def _irregular_plans(facts: Facts, plans: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """The plans with several prices, unknown N or a moved charge day: PLAN and OF_PLAN."""
    own_price, first_price = pl.col("own_minor"), pl.col("first_minor")
    prices = (
        charges.lazy()
        .group_by("plan_index")
        .agg(
            has_own_price=((own_price == first_price) | own_price.is_null()).fill_null(False).all(),
            is_n_known=pl.col("installments").is_not_null().all(),
        )
        .filter(~(pl.col("has_own_price") & pl.col("is_n_known")))
        .select("plan_index")
    )
    of_plans = plans.lazy().select(*PLAN, *OF_PLAN)
    moves = of_plans.join(facts.charge_day_moves, on=PLAN, how="semi").select("plan_index")
    irregular = pl.concat([prices, moves]).unique()
    return of_plans.join(irregular, on="plan_index", how="semi").collect()


def _versions_of_regular(charges: pl.LazyFrame, late_after_days: int) -> list[pl.LazyFrame]:
    """The versions of charges of plans with one price, whose schedule never changes.

    Only the due date can change: when the charge is issued with another one than scheduled.
    """
    is_rescheduled = pl.col("own_due_date") != pl.col("scheduled_date")
    is_later = is_rescheduled & (pl.col("own_issued_date") > pl.col("purchase_date"))
    has_two = is_later.fill_null(False)
    scheduled_last_day = pl.col("scheduled_date").dt.offset_by(f"{late_after_days}d")
    no_date = pl.lit(None, pl.Date)
    scheduled = charges.filter(has_two).with_columns(
        valid_from="purchase_date",
        valid_to="own_issued_date",
        due_date="scheduled_date",
        last_day=scheduled_last_day,
    )
    valid_from = pl.when(has_two).then("own_issued_date").otherwise("purchase_date")
    current = charges.with_columns(valid_from=valid_from, valid_to=no_date)
    is_regular = pl.lit(True)
    return [
        frame.with_columns(is_regular=is_regular).select(COLUMNS) for frame in (scheduled, current)
    ]


def _versions_of_irregular(
    facts: Facts, plans: pl.DataFrame, as_of: date, late_after_days: int
) -> pl.DataFrame:
    """The versions of charges of plans that need the rules of `charges_as_of` at each change.

    Each plan is copied for every day on which it changes, with the facts of that day; the copies
    then go through the same rules as any plan.
    """
    of_plans = plans.lazy()
    copies = _dated_copies(facts, of_plans, as_of)
    dated = index_plans(
        Facts(
            _copy(facts.plans, copies),
            _copy(facts.attempts, copies)
            .filter(pl.col("ordered_date") <= pl.col("valid_from"))
            .with_columns(transaction=pl.format("{}@{}", "transaction", "valid_from"))
            .drop("valid_from"),
            facts.commissions,
            _copy(facts.charge_day_moves, copies).filter(
                pl.col("moved_date") <= pl.col("valid_from")
            ),
        )
    )
    money = _money_of_copies(facts, of_plans, copies, dated.plans, as_of)
    expanded = expand_attempts(dated, money, as_of).collect().lazy()
    charges = charges_as_of(
        scheduled_charges(dated, expanded, as_of), expanded, money, as_of, late_after_days
    )
    return (
        charges.rename({"plan_id": "copy_id"})
        .drop("currency", "installments", "plan_index")
        .join(copies, on=["seller_id", "copy_id"], validate="m:1")
        .join(of_plans, on=PLAN, validate="m:1")
        .with_columns(is_regular=pl.lit(False))
        .select(COLUMNS)
        .collect()
    )


def _money_of_copies(
    facts: Facts, plans: pl.LazyFrame, copies: pl.LazyFrame, of_copies: pl.LazyFrame, as_of: date
) -> pl.LazyFrame:
    """`plan_money` of each copy: that of its plan as of `as_of`, with the copy's plan_index."""
    index = plans.select(*PLAN, "plan_index")
    attempts = facts.attempts.join(index, on=PLAN, validate="m:1")
    return (
        plan_money(attempts, as_of)
        .join(index, on="plan_index", validate="1:1")
        .drop("plan_index")
        .pipe(_copy, copies)
        .drop("valid_from")
        .join(of_copies.select(*PLAN, "plan_index"), on=PLAN, validate="1:1")
        .drop(PLAN)
        .collect()
        .lazy()
    )


def _with_later_payments(versions: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """The versions, each with the payment of its charge even if that came after the version.

    A version knows the facts of its first day only.
    """
    names = ("paid_date", "paid_minor", "forgiven_minor")
    payments = charges.select(
        "plan_index", "number", *(pl.col(name).alias(f"_{name}") for name in names)
    )
    is_later = pl.col("paid_date").is_null() & (pl.col("_paid_date") >= pl.col("valid_to"))
    return (
        versions.join(
            payments,
            on=["plan_index", "number"],
            how="left",  # right: a charge that the plan no longer has
            maintain_order="left",
            validate="m:1",
        )
        .with_columns(
            pl.when(is_later).then(f"_{name}").otherwise(name).alias(name) for name in names
        )
        .select(COLUMNS)
    )


def _dated_copies(facts: Facts, plans: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per plan and day on which it changes: copy_id, valid_from, valid_to."""
    days = pl.concat(
        [
            facts.plans.select(*PLAN, valid_from="purchase_date"),
            facts.attempts.select(*PLAN, valid_from="ordered_date"),
            facts.charge_day_moves.select(*PLAN, valid_from="moved_date"),
        ]
    )
    purchases = facts.plans.select(*PLAN, "purchase_date")
    return (
        days.join(plans, on=PLAN, how="semi")
        .join(purchases, on=PLAN, validate="m:1")
        .with_columns(valid_from=pl.max_horizontal("valid_from", "purchase_date"))
        .filter(pl.col("valid_from") <= as_of)
        .select(*PLAN, "valid_from")
        .unique()
        .sort(*PLAN, "valid_from")
        .with_columns(
            valid_to=pl.col("valid_from").shift(-1).over(PLAN),
            copy_id=pl.format("{}@{}", "plan_id", "valid_from"),
        )
        .collect()
        .lazy()
    )


def _copy(frame: pl.LazyFrame, copies: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a frame for each copy of their plan, with the copy's id and first day."""
    return (
        frame.join(copies.select(*PLAN, "copy_id", "valid_from"), on=PLAN, validate="m:m")
        .drop("plan_id")
        .rename({"copy_id": "plan_id"})
    )
