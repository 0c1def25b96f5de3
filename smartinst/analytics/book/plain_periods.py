"""States of plain plans: no refund, claim, failed first attempt or change of the schedule.

Most plans are plain. Their status depends on a few days of each plan, and on what was paid late.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.events import late_events, running_sum
from smartinst.analytics.book.horizon import days_after, plan_on_day
from smartinst.analytics.keys import PLAN
from smartinst.analytics.plans import status_of
from smartinst.facts import Facts

_DAYS: Final = ("activated_on", "paid_from", "complete_on", "canceled_on")
_COUNTS: Final = ("issues", "past_due_installments")


def exceptional_plans(
    facts: Facts, plans: pl.LazyFrame, versions: pl.LazyFrame, as_of: date
) -> pl.DataFrame:
    """The plan_index of all other plans."""
    is_exceptional = (
        ~pl.col("is_regular")
        | pl.col("reversed_date").is_not_null()
        | pl.col("claim_date").is_not_null()
        | ((pl.col("number") == 1) & pl.col("valid_to").is_not_null())
    )
    failures = facts.attempts.filter(
        pl.col("failed_date").is_not_null(),
        pl.col("ordered_date") <= as_of,
        pl.col("numbers").list.contains(1),
    )
    return (
        pl.concat(
            [
                versions.filter(is_exceptional).select("plan_index"),
                failures.select(PLAN)
                .join(plans.select("plan_index", *PLAN), on=PLAN, validate="m:1")
                .select("plan_index"),
            ]
        )
        .unique()
        .collect()
    )


def plain_states(plans: pl.LazyFrame, versions: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per plan and day on which its state may change, as `periods.daily_states` has it.

    plans, versions  those of plain plans
    """
    of_plan = _days_of_plans(plans, versions).collect().lazy()
    is_unpaid_then = pl.col("paid_from").is_null() | (pl.col("paid_from") > pl.col("late_from"))
    changes = {
        **{name: pl.col(name) > pl.col("purchase_date") for name in _DAYS},
        "purchase_date": pl.lit(True),
        "late_from": is_unpaid_then,
    }
    days = [
        of_plan.filter(is_change).select("plan_index", from_date=name)
        for name, is_change in changes.items()
    ]
    late = versions.filter(pl.col("last_day") < as_of)
    day = pl.col("from_date")
    is_canceled = (pl.col("canceled_on") <= day).fill_null(False)
    paid = pl.when(pl.col("complete_on") <= day).then("installments")
    return (
        pl.concat([*days, *late_events(late)], how="diagonal")
        .filter(day <= as_of)
        .with_columns(_plan_on_day=plan_on_day("from_date"))
        .group_by("_plan_on_day")
        .agg(pl.col("plan_index", "from_date").first(), pl.col(_COUNTS).sum())
        .sort("_plan_on_day")
        .join(of_plan, on="plan_index", how="left", maintain_order="left", validate="m:1")
        .with_columns(*(running_sum(name) for name in _COUNTS))
        .with_columns(
            # between the first and the last payment, any number but 0 and N gives the same status
            paid_installments=paid.when(pl.col("paid_from") <= day).then(1).otherwise(0),
            reversed_installments=pl.lit(0),
            has_issue=pl.col("issues") > 0,
            is_first_failed=pl.lit(False),
        )
        .with_columns(status_of(is_canceled=is_canceled, is_first_late=pl.col("late_from") <= day))
        .select(
            *("plan_index", "from_date", "status"),
            is_activated=(pl.col("activated_on") <= day).fill_null(False),
            is_first_reversed=pl.lit(False),
            end_date=pl.when(pl.col("status") == "Canceled").then("cancellation_date"),
        )
    )


def _days_of_plans(plans: pl.LazyFrame, versions: pl.LazyFrame) -> pl.LazyFrame:
    """One row per plan: its facts, and the days on which its status may change.

    late_from     first day on which charge 1 is past due, or without charges the purchase
    activated_on  charge 1 is paid; paid_from: some charge is paid; complete_on: all are
    canceled_on   the cancellation; no day is before the purchase
    """
    purchase, is_first = pl.col("purchase_date"), pl.col("number") == 1
    sums = (
        versions.filter(pl.col("valid_to").is_null())
        .with_columns(
            _first_due=pl.when(is_first).then("due_date"),
            _first_paid=pl.when(is_first).then("paid_date"),
        )
        .group_by("plan_index")
        .agg(
            pl.col("_first_due", "_first_paid").max(),
            first_payment=pl.col("paid_date").min(),
            last_payment=pl.col("paid_date").max(),
            payments=pl.col("paid_date").count(),
        )
    )
    last_payment = pl.when(pl.col("payments") == pl.col("installments")).then("last_payment")
    late_from = pl.max_horizontal(days_after("_first_due", 1), purchase)
    days = {
        "activated_on": pl.col("_first_paid"),
        "paid_from": pl.col("first_payment"),
        "complete_on": last_payment,
        "canceled_on": pl.col("cancellation_date"),
    }
    return (
        plans.select("plan_index", "installments", "purchase_date", "cancellation_date")
        .join(sums, on="plan_index", how="left", validate="1:1")  # right: no charge
        .with_columns(
            late_from=pl.when(pl.col("_first_due").is_null())
            .then(days_after(purchase, 1))
            .otherwise(late_from),
            **{
                name: pl.when(day.is_not_null()).then(pl.max_horizontal(day, purchase))
                for name, day in days.items()
            },
        )
        .drop("_first_due", "_first_paid", "first_payment", "last_payment", "payments")
    )
