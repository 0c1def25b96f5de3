"""The index of plans: one integer as the key of a plan in all frames as of a date."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from smartinst.analytics.keys import PLAN
from smartinst.facts import Facts


def index_plans(facts: Facts) -> Facts:
    """The facts with `plan_index`, the position of a plan in the order of seller and plan id.

    A join by one integer costs a third of one by two texts. Attempts and moves of unknown plans
    have none. The frames are in memory; plans are in the order of the index.
    """
    plans = facts.plans.sort(PLAN).with_row_index("plan_index").collect().lazy()
    return replace(
        facts,
        plans=plans,
        attempts=_with_index(facts.attempts, plans).collect().lazy(),
        charge_day_moves=_with_index(facts.charge_day_moves, plans).collect().lazy(),
    )


def _with_index(rows: pl.LazyFrame, plans: pl.LazyFrame) -> pl.LazyFrame:
    """The rows in their order: so the join copies no other column."""
    key = plans.select(*PLAN, "plan_index")
    return rows.join(key, on=PLAN, how="left", maintain_order="left", validate="m:1")
