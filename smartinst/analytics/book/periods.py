"""Periods of plans: the status of each plan on every day until D (docs/metrics.md §3, §6.0).

Every day on which something that decides the status begins or ends is an event with a change of a
count. The sums of the changes are the counts from which `analytics.plans` decides the status.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

import polars as pl

from smartinst.analytics.book.events import events, late_events, running_sum
from smartinst.analytics.book.horizon import days_after, plan_on_day
from smartinst.analytics.book.plain_periods import exceptional_plans, plain_states
from smartinst.analytics.keys import PLAN
from smartinst.analytics.lazy_frames import collect_once
from smartinst.analytics.plans import LIVE_STATUSES, status_of
from smartinst.facts import Facts

ENDED_STATUSES: Final = ("Canceled", "Refunded")
COMPLETED_STATUSES: Final = ("Completed", "Completed with issues")

_COUNTS: Final = (
    *("paid_installments", "reversed_installments", "issues", "past_due_installments"),
    *("first_paid", "first_reversed", "first_past_due", "first_present"),
    *("first_attempts", "first_failures"),
)


def status_periods(
    facts: Facts, plans: pl.DataFrame, versions: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """One row per period of a plan in which its status stays the same.

    from_date          first day; the first period begins with the purchase
    to_date            first day of the next period; null: the period of D
    status, is_live, is_ended, is_completed
    is_activated       charge 1 was ever paid
    is_first_reversed  the payment of charge 1 was returned in full
    end_date           the day on which an ended plan ended (docs/metrics.md §6.0); else null

    plans     plan_index, PLAN, installments, purchase_date, cancellation_date
    versions  plan_index and versions.COLUMNS
    """
    exceptional = exceptional_plans(facts, plans.lazy(), versions.lazy(), as_of)
    of_plain = [_of_plans(frame, exceptional, "anti") for frame in (plans, versions)]
    states = [plain_states(of_plain[0], of_plain[1], as_of)]
    if exceptional.height:
        others = [_of_plans(frame, exceptional, "semi") for frame in (plans, versions)]
        states.append(daily_states(facts, others[0], others[1], as_of))
    is_same_plan = pl.col("plan_index") == pl.col("plan_index").shift(-1)
    return (
        pl.concat(pl.collect_all(states))
        .lazy()
        .sort("plan_index", maintain_order=True)
        .filter(_is_change())
        .with_columns(
            to_date=pl.when(is_same_plan).then(pl.col("from_date").shift(-1)),
            is_live=pl.col("status").is_in(LIVE_STATUSES),
            is_ended=pl.col("status").is_in(ENDED_STATUSES),
            is_completed=pl.col("status").is_in(COMPLETED_STATUSES),
        )
        .select(
            *("plan_index", "from_date", "to_date", "status", "is_live", "is_ended"),
            *("is_completed", "is_activated", "is_first_reversed", "end_date"),
        )
        .collect()
    )


def _of_plans(
    frame: pl.DataFrame, plans: pl.DataFrame, how: Literal["semi", "anti"]
) -> pl.LazyFrame:
    """The rows of these plans, or of all others."""
    if plans.is_empty():
        return frame.lazy()
    return collect_once(frame.lazy().join(plans.lazy(), on="plan_index", how=how))


def daily_states(
    facts: Facts, plans: pl.LazyFrame, versions: pl.LazyFrame, as_of: date
) -> pl.LazyFrame:
    """One row per plan and day with an event, in this order: the plan's state at its end.

    plan_index, from_date, status, is_activated, is_first_reversed, end_date
    """
    return (
        _daily_counts(facts, plans, versions, as_of)
        .with_columns(_status())
        .select(
            *("plan_index", "from_date", "status"),
            is_activated=pl.col("first_paid") > 0,
            is_first_reversed=pl.col("first_reversed") > 0,
            end_date=_end_date(),
        )
    )


def _daily_counts(
    facts: Facts, plans: pl.LazyFrame, versions: pl.LazyFrame, as_of: date
) -> pl.LazyFrame:
    """One row per plan and day with an event: the counts at the end of the day, the plan's facts.

    last_reversed_date is the latest reversal by that day.
    """
    of_plan = plans.select("plan_index", "installments", "purchase_date", "cancellation_date")
    purchase = pl.col("purchase_date")
    reversals = versions.filter(pl.col("reversed_date").is_not_null())
    reversal_day = pl.max_horizontal("reversed_date", "valid_from")
    events = [
        *_events_of_versions(versions),
        *_events_of_first_attempts(facts, plans, as_of),
        reversals.select("plan_index", "reversed_date", from_date=reversal_day),
        of_plan.select("plan_index", from_date=purchase),
        of_plan.select("plan_index", from_date=days_after(purchase, 1)),
        of_plan.filter(pl.col("cancellation_date").is_not_null()).select(
            "plan_index", from_date=pl.max_horizontal("cancellation_date", purchase)
        ),
    ]
    return (
        pl.concat(events, how="diagonal")
        .filter(pl.col("from_date") <= as_of)
        .with_columns(_plan_on_day=plan_on_day("from_date"))
        .group_by("_plan_on_day")
        .agg(
            pl.col("plan_index", "from_date").first(),
            pl.col(_COUNTS).sum(),
            pl.col("reversed_date").max(),
        )
        .sort("_plan_on_day")
        .join(of_plan, on="plan_index", how="left", maintain_order="left", validate="m:1")
        .with_columns(
            *(running_sum(name) for name in _COUNTS),
            last_reversed_date=pl.col("reversed_date").cum_max().forward_fill().over("plan_index"),
        )
        .with_columns(
            has_issue=pl.col("issues") > 0,
            is_first_failed=(pl.col("first_attempts") > 0)
            & (pl.col("first_attempts") == pl.col("first_failures")),
        )
    )


def _events_of_versions(versions: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """Changes of counts: +1 when a state of a charge begins, -1 when it ends."""
    never = pl.lit(None, pl.Date)
    paid, reversed_date = pl.col("paid_date"), pl.col("reversed_date")
    fully = versions.filter("is_reversed")
    disputes = versions.filter(pl.col("claim_date").is_not_null() & paid.is_not_null())
    claim_begin = pl.max_horizontal("claim_date", "paid_date")
    claim_end = pl.min_horizontal("claim_end_date", "reversed_date")
    yield from events(versions, "paid_installments", paid, never)
    yield from events(fully, "reversed_installments", reversed_date, never)
    yield from events(versions, "issues", reversed_date, never)
    yield from late_events(versions)
    yield from events(disputes, "issues", claim_begin, claim_end)
    is_first = pl.col("number") == 1
    yield from events(versions.filter(is_first), "first_paid", paid, never)
    yield from events(fully.filter(is_first), "first_reversed", reversed_date, never)
    first_charges = versions.filter(is_first)
    yield from events(first_charges, "first_present", pl.col("valid_from"), never)
    yield from events(first_charges, "first_past_due", days_after("due_date", 1), never)


def _events_of_first_attempts(
    facts: Facts, plans: pl.LazyFrame, as_of: date
) -> Iterator[pl.LazyFrame]:
    """Attempts of charge 1, and their failures."""
    attempts = (
        facts.attempts.filter(pl.col("numbers").list.contains(1), pl.col("ordered_date") <= as_of)
        .select(*PLAN, "ordered_date", "failed_date")
        .join(plans.select("plan_index", *PLAN, "purchase_date"), on=PLAN, validate="m:1")
        .with_columns(ordered_date=pl.max_horizontal("ordered_date", "purchase_date"))
    )
    unit = pl.lit(1, pl.Int32)
    yield attempts.select("plan_index", from_date="ordered_date", first_attempts=unit)
    failed = attempts.filter(pl.col("failed_date").is_not_null())
    failure_date = pl.max_horizontal("failed_date", "ordered_date")
    yield failed.select("plan_index", from_date=failure_date, first_failures=unit)


def _status() -> pl.Expr:
    """The status by the counts of a day, as of its end."""
    day = pl.col("from_date")
    is_first_late = (
        pl.when(pl.col("first_present") > 0)
        .then(pl.col("first_past_due") > 0)
        .otherwise(pl.col("purchase_date") < day)
    )
    is_canceled = (pl.col("cancellation_date") <= day).fill_null(False)
    return status_of(is_canceled=is_canceled, is_first_late=is_first_late)


def _end_date() -> pl.Expr:
    """The cancellation date; of a refunded plan the earlier of it and its latest reversal."""
    cancellation = pl.when(pl.col("cancellation_date") <= pl.col("from_date")).then(
        "cancellation_date"
    )
    return (
        pl.when(pl.col("status") == "Refunded")
        .then(pl.min_horizontal(cancellation, "last_reversed_date"))
        .when(pl.col("status") == "Canceled")
        .then(cancellation)
    )


def _is_change() -> pl.Expr:
    """Whether a day differs from the plan's day with an event before it."""
    columns = ("plan_index", "status", "is_activated", "is_first_reversed", "end_date")
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in columns)
