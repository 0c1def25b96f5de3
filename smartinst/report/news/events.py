"""Events of a period: plans lost, behind, recovered, charged twice, disputed, sold.

An event is the difference of the plans now and at the date that the report compares with. Nothing
happens on days without data: a charge that fell due on them is unconfirmed, and in no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl

from smartinst.analytics.currency_order import sums_by_currency
from smartinst.analytics.keys import PLAN
from smartinst.report.period import ReportPeriod

Kind = Literal["lost", "behind", "charged_twice", "disputed", "recovered", "sold"]
LOSSES: Final = ("lost", "behind", "charged_twice", "disputed")
MAX_EVENTS: Final = 3
"""Events in a report."""

STILL_PAYING: Final = (
    "In progress",
    "In progress with issues",
    "Completed",
    "Completed with issues",
)
_COMPARED: Final = ("lost_minor", "confirmed_minor", "charged_twice_minor", "disputed_minor")


@dataclass(frozen=True)
class NewsEvent:
    """One kind of event: its plans and their amounts, in minor units by currency.

    weight       the amounts, each divided by the mean plan of its currency: they compare events
    ended_minor  of lost plans: what was overdue before the plans ended
    """

    kind: Kind
    plans: int
    minor: Mapping[str, int]
    weight: float
    ended_minor: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        """Whether the seller loses by it."""
        return self.kind in LOSSES


def news_events(
    plans: pl.DataFrame, earlier_plans: pl.DataFrame, period: ReportPeriod
) -> dict[Kind, NewsEvent]:
    """The events of the period by kind; kinds without plans are left out."""
    compared = _compared_plans(plans, earlier_plans)
    is_current = pl.col("status").is_in(STILL_PAYING) & ~pl.col("has_debt")
    had_debt, has_debt = pl.col("confirmed_minor_before") > 0, pl.col("confirmed_minor") > 0
    is_new = pl.col("purchase_date").is_between(period.start, period.end, closed="right")
    rules: dict[Kind, tuple[pl.Expr, pl.Expr]] = {
        "lost": (_growth("lost_minor") > 0, _growth("lost_minor")),
        "behind": (has_debt & ~had_debt, pl.col("confirmed_minor")),
        "charged_twice": (_growth("charged_twice_minor") > 0, _growth("charged_twice_minor")),
        "disputed": (_growth("disputed_minor") > 0, _growth("disputed_minor")),
        "recovered": (had_debt & ~has_debt & is_current, pl.col("confirmed_minor_before")),
        "sold": (is_new & (pl.col("sold_minor") > 0), pl.col("sold_minor")),
    }
    plans_by_kind = {kind: compared.filter(rule) for kind, (rule, _) in rules.items()}
    return {
        kind: _event(kind, of_kind, rules[kind][1])
        for kind, of_kind in plans_by_kind.items()
        if of_kind.height
    }


def top_events(events: Mapping[Kind, NewsEvent]) -> list[NewsEvent]:
    """At most MAX_EVENTS events, those that move most money: bad ones first, each by weight.

    Sales are news only if nothing else is.
    """
    candidates = [event for kind, event in events.items() if kind != "sold"]
    heaviest = sorted(candidates, key=lambda event: -event.weight)[:MAX_EVENTS]
    ranked = sorted(heaviest, key=lambda event: (not event.is_bad, -event.weight))
    return ranked or [events[kind] for kind in ("sold",) if kind in events]


def _compared_plans(plans: pl.DataFrame, earlier_plans: pl.DataFrame) -> pl.DataFrame:
    """The plans, with the amounts of the earlier date as `…_before`: 0 of plans bought later."""
    earlier_amounts = earlier_plans.select(*PLAN, pl.col(_COMPARED).name.suffix("_before"))
    return (
        plans.join(earlier_amounts, on=PLAN, how="left", validate="1:1")
        .with_columns(pl.col(f"{name}_before").fill_null(0) for name in _COMPARED)
        .with_columns(mean_minor=pl.col("total_minor").mean().over("currency"))
    )


def _growth(name: str) -> pl.Expr:
    return pl.col(name) - pl.col(f"{name}_before")


def _event(kind: Kind, plans: pl.DataFrame, amount: pl.Expr) -> NewsEvent:
    rows = plans.with_columns(minor=amount, ended_minor=pl.col("confirmed_minor_before"))
    weight = rows.select((pl.col("minor") / pl.col("mean_minor")).sum()).item()
    ended_minor = _sums(rows, "ended_minor") if kind == "lost" else {}
    return NewsEvent(kind, plans.height, _sums(rows, "minor"), float(weight or 0), ended_minor)


def _sums(rows: pl.DataFrame, column: str) -> dict[str, int]:
    """Currency → sum, in the order of the currencies; zeros are left out."""
    return {code: minor for code, minor in sums_by_currency(rows, column).items() if minor}
