"""The days on which attempts of open plans were ordered: a sync reads these days again.

A plan is open if its status is one of the two "In progress" ones (docs/metrics.md §3).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.snapshot import snapshot
from smartinst.facts import Facts
from smartinst.ledger.columns import PLAN


def open_days(facts: Facts, as_of: date) -> list[date]:
    """The days (UTC) on which attempts of open plans were ordered, in no particular order."""
    attempts = facts.attempts.join(open_plans(facts, as_of), on=PLAN, how="semi")
    days = attempts.select(pl.col("ordered_at").dt.date().unique()).collect()
    return days["ordered_at"].drop_nulls().to_list()


def open_plans(facts: Facts, as_of: date) -> pl.LazyFrame:
    """The keys (seller_id, plan_id) of the plans that are in progress as of a date."""
    return snapshot(facts, as_of).plans.filter("is_live").select(PLAN)
