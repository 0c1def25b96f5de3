"""One or many sellers as of a date: the rows that figures sum (docs/metrics.md §2–5).

facts ── charges_as_of ──┬── plans (status, money)
                         └── charge_states ── charges (state) ── payments (nets, movements)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from smartinst.analytics.charge_states import add_charge_states, add_figure_columns
from smartinst.analytics.charges import charges_as_of, expand_attempts, plan_money
from smartinst.analytics.lazy_frames import collect_once
from smartinst.analytics.payments import movements_of_charges, nets_of_charges
from smartinst.analytics.plan_index import index_plans
from smartinst.analytics.plans import add_charge_sums, add_counts, add_status, fold_plans
from smartinst.analytics.schedule import scheduled_charges
from smartinst.facts import Facts


@dataclass(frozen=True)
class Snapshot:
    """One or many sellers as of a date: lazy frames, named after what a row represents.

    All but `attempts` and `movements` have plan_index (`plan_index.index_plans`).

    plans      a plan, with the sums and flags of docs/metrics.md §4–5
    charges    a charge, with its state and the parts of its amount
    nets       the producer's net of a kept charge in one commission currency
    movements  money of a charge, received or returned on one day
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
    """All rows as of the end of a day in the seller's zone, computed once and kept in memory.

    `data_through`: last day with data; overdue charges that fell due after it are unconfirmed.
    """
    indexed = index_plans(facts)
    money = collect_once(plan_money(indexed.attempts, as_of))
    expanded_attempts = collect_once(expand_attempts(indexed, money, as_of))
    scheduled = scheduled_charges(indexed, expanded_attempts, as_of)
    charges = collect_once(
        charges_as_of(scheduled, expanded_attempts, money, as_of, late_after_days)
    )
    statuses = collect_once(fold_plans(charges).pipe(add_status, indexed.plans, money, as_of))
    states = collect_once(charges.pipe(add_charge_states, statuses, as_of, data_through))
    plans = collect_once(statuses.pipe(add_charge_sums, states).pipe(add_counts))
    attempts = facts.attempts.filter(pl.col("ordered_date") <= as_of)
    return Snapshot(
        as_of,
        plans,
        add_figure_columns(states).drop("is_payment_shared"),
        nets_of_charges(states, facts.commissions),
        movements_of_charges(states),
        attempts,
    )
