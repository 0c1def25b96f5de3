"""One or many sellers as of a date: the rows that every figure is folded from (docs/metrics.md §2–5).

facts ── charges_as_of ──┬── plans (status, money)
                         └── charge_states ── charges (state) ── payments (nets, movements)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from smartinst.analytics.charge_states import add_states
from smartinst.analytics.charges import charges_as_of, plan_money, tries_as_of
from smartinst.analytics.payments import movements_of_charges, nets_of_charges
from smartinst.analytics.plans import add_charge_sums, add_counts, fold_plans, with_status
from smartinst.facts import Facts


@dataclass(frozen=True)
class Snapshot:
    """One or many sellers as of a date: lazy frames, each row one of the grain that its name says.

    plans      a plan: docs/contracts.md §5's fields (but transactions and whatsapp), and the sums
    and flags of docs/metrics.md §4–5 charges    a charge, with its state and the parts of its
    amount nets       the producer's net of one kept charge in one commission currency movements
    money of one charge that came in, or went back, on one day attempts   an attempt ordered by
    `as_of`
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
    money = _collect_once(plan_money(facts.attempts, as_of))
    tries = _collect_once(tries_as_of(facts, money, as_of))
    charges = _collect_once(charges_as_of(facts.plans, tries, money, as_of, late_after_days))
    folded = _collect_once(fold_plans(charges).pipe(with_status, facts.plans, money, as_of))
    detailed = _collect_once(charges.pipe(add_states, folded, as_of, data_through))
    plans = _collect_once(folded.pipe(add_charge_sums, detailed).pipe(add_counts))
    attempts = facts.attempts.filter(pl.col("ordered_date") <= as_of)
    return Snapshot(
        as_of,
        plans,
        detailed,
        nets_of_charges(detailed, facts.commissions),
        movements_of_charges(detailed),
        attempts,
    )


def _collect_once(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Computed once, for the several others that use it: Polars does not see that it is the same (ten times as long)."""
    return frame.collect().lazy()
