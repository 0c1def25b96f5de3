"""What passes: the panel's filters and the clicked marks, as one Boolean a plan; figures fold what it keeps.

A figure is drawn from the plans that pass everything but its own mark, so that a clicked bar keeps its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import BY_NAME
from smartinst.analytics.filters import apply_filters, check_filters
from smartinst.analytics.sales import Rows
from smartinst.analytics.snapshot import Snapshot

PICKED: Final[dict[str, tuple[str, ...]]] = {
    "status_by_installments": ("installments", "status"),
    "plans_by_country": ("country",),
    "overdue_by_product": ("product_id",),
    "aging": ("bucket",),
}
"""Chart → the columns whose values a clicked mark stands for."""

PLAN_ROW: Final = "plan_row"
_KEY: Final = ["seller_id", "plan_id"]


@dataclass
class View:
    """One seller's rows as of a date, and what of them passes; `where` as `check_filters` returns it."""

    as_of: date
    rows: Rows
    where: dict[str, Any] = field(default_factory=dict)
    picks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Numbers the plans once: a filter is then one look-up a row, not a join of texts."""
        self.plans = self.rows["plans"].with_row_index(PLAN_ROW)
        numbers = self.plans.select(*_KEY, PLAN_ROW)
        overdue = self.rows["charges"].filter("is_overdue")
        self._numbered = {
            "overdue": overdue.join(numbers, on=_KEY, how="inner", maintain_order="left"),
            "nets": self.rows["nets"].join(numbers, on=_KEY, how="inner", maintain_order="left"),
        }
        frames = {
            name: self.rows[name].lazy() for name in ("charges", "nets", "movements", "attempts")
        }
        self._snapshot = Snapshot(self.as_of, self.plans.lazy(), **frames)
        self._panel = self._passing(self.where)
        self._marked: dict[str, pl.Series] = {}

    def filter(self, where: Mapping[str, Any]) -> None:
        """The panel's filters; InputError for one that cannot be meant leaves everything as it was."""
        self.where = check_filters(where)
        self._panel = self._passing(self.where)

    def pick(self, chart: str, marks: list[dict[str, Any]]) -> None:
        """The clicked marks of a chart; empty: none."""
        self.picks.pop(chart, None)
        self._marked.pop(chart, None)
        if marks:
            self.picks[chart] = marks
            self._marked[chart] = self._of_marks(chart, marks)

    @cached_property
    def products(self) -> dict[str, str]:
        """Product id → name, where one is known."""
        return dict(
            self.plans.select("product_id", "product").drop_nulls().unique("product_id").iter_rows()
        )

    def again(self, as_of: date, rows: Rows) -> View:
        """Other rows with the same filters and the marks clicked here; one that no plan of them has is let go."""
        made = View(as_of, rows, dict(self.where))
        for chart, marks in self.picks.items():
            made.pick(chart, [mark for mark in marks if made._of_marks(chart, [mark]).any()])
        return made

    def _passing(self, where: Mapping[str, Any]) -> pl.Series:
        kept = apply_filters(self._snapshot, where).plans.select(PLAN_ROW).collect()[PLAN_ROW]
        return self._flags(kept)

    def _flags(self, kept: pl.Series) -> pl.Series:
        """Row numbers as one Boolean a plan."""
        return pl.zeros(self.plans.height, pl.UInt8, eager=True).scatter(kept, 1).cast(pl.Boolean)

    def _of_marks(self, chart: str, marks: list[dict[str, Any]]) -> pl.Series:
        frame = self._numbered["overdue"] if chart == "aging" else self.plans
        columns = PICKED[chart]
        wanted = pl.any_horizontal(
            pl.all_horizontal(
                pl.col(name).cast(pl.String).eq_missing(pl.lit(_text(mark.get(name)), pl.String))
                for name in columns
            )
            for mark in marks
        )
        return self._flags(frame.filter(wanted)[PLAN_ROW].unique())

    def mask(self, without: str = "") -> pl.Series:
        """One Boolean a plan: passes the filters and every clicked mark but those of the chart `without`."""
        found = self._panel
        for chart, marked in self._marked.items():
            if chart != without:
                found = found & marked
        return found

    def kept(self, without: str = "") -> pl.DataFrame:
        """The plans that pass, in the order of their keys."""
        return self.plans.filter(self.mask(without))

    def fold(self, figure: str, without: str = "") -> pl.DataFrame:
        """A figure's rows over what passes: of plans, nets, or overdue charges."""
        one, mask = BY_NAME[figure], self.mask(without)
        if one.grain == "plans":
            return one.fold({"plans": self.plans.filter(mask)})
        frame = self._numbered["overdue" if one.grain == "charges" else one.grain]
        return one.fold({one.grain: frame.filter(mask.gather(frame[PLAN_ROW]))})

    def whole(self, chart: str) -> pl.DataFrame:
        """A chart's rows over all plans, nothing filtered."""
        if chart == "plans_by_country":
            return _by_country(self.plans)
        one = BY_NAME[chart]
        return one.fold(
            {"plans": self.plans}
            if one.grain == "plans"
            else {"charges": self._numbered["overdue"]}
        )

    def countries(self, without: str = "") -> pl.DataFrame:
        """Plans by the buyer's country, the most first; null where it is not known."""
        return _by_country(self.plans.filter(self.mask(without)))

    def statuses(self) -> dict[str, int]:
        """Plans by status that pass every clicked mark and every filter but that of the status."""
        others = {name: value for name, value in self.where.items() if name != "status"}
        found = self._passing(others) if others != self.where else self._panel
        for marked in self._marked.values():
            found = found & marked
        return dict(
            self.plans.filter(found).group_by(pl.col("status").cast(pl.String)).len().iter_rows()
        )


def _by_country(plans: pl.DataFrame) -> pl.DataFrame:
    counted = plans.group_by("country").agg(pl.col("plans").sum())
    return counted.sort("plans", "country", descending=[True, False], nulls_last=True)


def _text(value: Any) -> str | None:
    """A mark's value as the column's text; JavaScript gives whole numbers as floats."""
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) else str(value)
