"""Chance that an open charge is paid, by a chain of 30-day steps over the states of its plan.

In each step an overdue charge, one that falls due and a later one are paid with the shares of the
last snapshots, and the plan moves to its next state or ends (docs/metrics.md §6.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.book.forecast.open_charges import STATE, STATES
from smartinst.analytics.book.forecast.payment_tables import HORIZON, KIND, weigh, weigh_others
from smartinst.analytics.book.forecast.shrinkage import PARENT_WEIGHT
from smartinst.analytics.book.forecast.windows import MONTH

POOL_WEIGHT: Final = 5
"""Observations that the share of all states counts as in the share of one."""
STEP_COLUMNS: Final = ("day", "matured_date", "stage", "state", "next_state")
STAGES: Final = ("overdue", "due", "later")
"""In a step: overdue when it begins, falling due in it, falling due after it."""


def count_steps(classified: pl.DataFrame, snapshots: Sequence[date]) -> pl.DataFrame:
    """One row per snapshot day, stage, state and next state: charges (`count`) and share paid.

    `next_state` is null if the charge is paid, or its plan has ended or has no open charge.
    """
    states_after = classified.select(
        "plan_index", day=pl.col("day").dt.offset_by(f"-{MONTH}d"), next_state="state"
    ).unique(["plan_index", "day"], maintain_order=True)
    is_due = pl.col("lead") <= MONTH
    is_paid = (pl.col("paid_date") <= pl.col("day").dt.offset_by(f"{MONTH}d")).fill_null(False)
    return (
        classified.filter(
            pl.col("day").is_in(snapshots), ~pl.col("is_overdue") | pl.col("is_confirmed")
        )
        .join(
            states_after,
            on=["plan_index", "day"],
            how="left",
            maintain_order="left",
            validate="m:1",
        )
        .with_columns(
            stage=pl.when("is_overdue")
            .then(pl.lit("overdue"))
            .when(is_due)
            .then(pl.lit("due"))
            .otherwise(pl.lit("later")),
            next_state=pl.when(~is_paid).then("next_state"),
            paid=pl.when(is_paid).then("paid_share").otherwise(0.0),
            matured_date=pl.col("day").dt.offset_by(f"{MONTH}d"),
        )
        .group_by(STEP_COLUMNS, maintain_order=True)
        .agg(pl.col("paid").sum(), count=pl.len().cast(pl.Float64))
    )


@dataclass
class Step:
    """What a 30-day step does to an unpaid charge of a plan in one state: shares of all."""

    paid_share: float
    next_states: dict[str, float]


Chain = dict[str, dict[str, Step]]
"""Stage → state → step."""


def chain_rates(
    steps: pl.DataFrame,
    origins: pl.DataFrame,
    farthest_month: int,
    others: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per origin, kind, horizon, state and month ahead: `chain_rate`.

    others  the steps of other sellers: as many of each stage and state count as the level above
            a share does (`shrinkage.PARENT_WEIGHT`)
    """
    sums = _sums(weigh(steps, origins))
    if others is not None:
        sums = _sums(pl.concat([sums, _as_level_above(_sums(weigh_others(others, origins)))]))
    rows: list[dict[str, Any]] = []
    for (origin,), of_origin in sums.group_by("origin", maintain_order=True):
        chain = _chain(of_origin)
        rows += ({"origin": origin, **row} for row in _rates(chain, farthest_month))
    schema = {
        "origin": pl.Date,
        "kind": pl.String,
        "horizon": pl.String,
        "state": pl.String,
        "months_ahead": pl.Int32,
        "chain_rate": pl.Float64,
    }
    return pl.DataFrame(rows, schema).cast({"kind": KIND, "horizon": HORIZON, "state": STATE})


def _sums(steps: pl.DataFrame) -> pl.DataFrame:
    """One row per origin, stage, state and next state: weighted count and share paid."""
    keys = ("origin", "stage", "state", "next_state")
    return steps.group_by(keys, maintain_order=True).agg(pl.col("count", "paid").sum())


def _as_level_above(sums: pl.DataFrame) -> pl.DataFrame:
    """The moves of other sellers, scaled to PARENT_WEIGHT observations of each stage and state."""
    total = pl.col("count").sum().over("origin", "stage", "state")
    return sums.with_columns(pl.col("count", "paid") * PARENT_WEIGHT / total)


def _chain(sums: pl.DataFrame) -> Chain:
    """The steps of one origin.

    sums  stage, state, next_state, count, paid
    """
    chain: Chain = {}
    for stage in STAGES:
        of_stage = [row for row in sums.iter_rows(named=True) if row["stage"] == stage]
        count = sum(row["count"] for row in of_stage)
        pooled = sum(row["paid"] for row in of_stage) / count if count else 0.0
        chain[stage] = {
            state: _step([row for row in of_stage if row["state"] == state], state, pooled)
            for state in STATES
        }
    return chain


def _step(moves: list[dict[str, Any]], state: str, pooled: float) -> Step:
    """The step of a state; its share paid is shrunk towards that of all states.

    Without any observation the plan stays in its state.
    """
    count, paid = sum(row["count"] for row in moves), sum(row["paid"] for row in moves)
    share = (paid + POOL_WEIGHT * pooled) / (count + POOL_WEIGHT)
    unpaid = count - paid
    if not count:
        return Step(share, {state: 1 - share})
    return Step(
        share,
        {
            row["next_state"]: (1 - share) * row["count"] / unpaid
            for row in moves
            if row["next_state"] is not None
        },
    )


def _rates(chain: Chain, farthest_month: int) -> Iterator[dict[str, Any]]:
    """The chance for each kind, horizon, state and month ahead.

    A future charge's window of 90 days ends two or three steps after that in which it falls due.
    """
    for state in STATES:
        for horizon, steps in (("30", 1), ("90", 3), ("end", 3)):
            chance = _chance(chain, state, ("overdue",) * steps)
            yield _row("overdue", horizon, state, 0, chance)
        for month in range(farthest_month + 1):
            until_due = ("later",) * month + ("due",)
            if month < 1:
                yield _row("future", "30", state, month, _chance(chain, state, until_due))
            if month < 3:
                until_end = until_due + ("overdue",) * (2 - month)
                yield _row("future", "90", state, month, _chance(chain, state, until_end))
            two, three = (
                _chance(chain, state, until_due + ("overdue",) * steps) for steps in (2, 3)
            )
            yield _row("future", "end", state, month, (two + three) / 2)


def _row(kind: str, horizon: str, state: str, month: int, chance: float) -> dict[str, Any]:
    return {
        "kind": kind,
        "horizon": horizon,
        "state": state,
        "months_ahead": month,
        "chain_rate": chance,
    }


def _chance(chain: Chain, state: str, stages: tuple[str, ...]) -> float:
    """The chance that a charge is paid in one of the consecutive steps."""
    unpaid, chance = {state: 1.0}, 0.0
    for stage in stages:
        remaining: dict[str, float] = {}
        for current, share in unpaid.items():
            step = chain[stage][current]
            chance += share * step.paid_share
            for next_state, part in step.next_states.items():
                remaining[next_state] = remaining.get(next_state, 0.0) + share * part
        unpaid = remaining
    return chance
