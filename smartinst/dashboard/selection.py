"""The plans that match the filters and the marks selected in charts, as one Boolean per plan.

A chart ignores its own marks and displays the plans that match all else, so that the neighbours of
a selected bar stay visible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, reduce
from operator import and_
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import BY_NAME, PLANS_BY_COUNTRY, Figure
from smartinst.analytics.filters import apply_filters, check_filters
from smartinst.analytics.sales import Rows
from smartinst.analytics.snapshot import Snapshot

MARK_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "status_by_installments": ("installments", "status"),
    "plans_by_country": ("country",),
    "overdue_by_product": ("product_id",),
    "aging": ("bucket",),
}
"""Chart → the columns whose values identify one of its marks."""
BOARD_FIGURES: Final[dict[str, Figure]] = {**BY_NAME, PLANS_BY_COUNTRY.name: PLANS_BY_COUNTRY}
"""Name → figure of the report or of the board."""

PLAN_ROW: Final = "plan_row"
_KEY: Final = ["seller_id", "plan_id"]


@dataclass
class Selection:
    """One seller's rows as of a date, and the selection of some of them.

    `where`: filters as `check_filters` returns them. `chart_selections`: chart → selected marks.
    """

    as_of: date
    rows: Rows
    where: dict[str, Any] = field(default_factory=dict)
    chart_selections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Numbers the plans once: a filter is then a look-up by row number, not a join of texts."""
        self.plans = self.rows["plans"].with_row_index(PLAN_ROW)
        numbers = self.plans.select(*_KEY, PLAN_ROW)
        overdue = self.rows["charges"].filter("is_overdue")
        self._numbered_rows = {
            "plans": self.plans,
            "charges": overdue.join(numbers, on=_KEY, how="inner", maintain_order="left"),
            "nets": self.rows["nets"].join(numbers, on=_KEY, how="inner", maintain_order="left"),
        }
        frames = {
            name: self.rows[name].lazy() for name in ("charges", "nets", "movements", "attempts")
        }
        self._snapshot = Snapshot(self.as_of, self.plans.lazy(), **frames)
        self._filter_mask = self._mask_of_filters(self.where)
        self._chart_masks: dict[str, pl.Series] = {}

    def filter(self, where: Mapping[str, Any]) -> None:
        """Replaces the filters; InputError, without any change, if one is invalid."""
        self.where = check_filters(where)
        self._filter_mask = self._mask_of_filters(self.where)

    def select_marks(self, chart: str, marks: list[dict[str, Any]]) -> None:
        """Replaces the selected marks of a chart."""
        self.chart_selections.pop(chart, None)
        self._chart_masks.pop(chart, None)
        if marks:
            self.chart_selections[chart] = marks
            self._chart_masks[chart] = self._mask_of_marks(chart, marks)

    @cached_property
    def products(self) -> dict[str, str]:
        """Product id → name; products without a name are omitted."""
        return dict(
            self.plans.select("product_id", "product").drop_nulls().unique("product_id").iter_rows()
        )

    def with_rows(self, as_of: date, rows: Rows) -> Selection:
        """The same filters and marks over other rows, without marks that no plan has any more."""
        selection = Selection(as_of, rows, dict(self.where))
        for chart, marks in self.chart_selections.items():
            existing = [mark for mark in marks if selection._mask_of_marks(chart, [mark]).any()]
            selection.select_marks(chart, existing)
        return selection

    def _mask_of_filters(self, where: Mapping[str, Any]) -> pl.Series:
        plans = apply_filters(self._snapshot, where).plans
        return self._mask_of_rows(plans.select(PLAN_ROW).collect()[PLAN_ROW])

    def _mask_of_marks(self, chart: str, marks: list[dict[str, Any]]) -> pl.Series:
        """The plans that have any of the marks."""
        has_mark = pl.any_horizontal(
            pl.all_horizontal(
                pl.col(name).cast(pl.String).eq_missing(pl.lit(_text(mark.get(name)), pl.String))
                for name in MARK_COLUMNS[chart]
            )
            for mark in marks
        )
        frame = self._numbered_rows[BOARD_FIGURES[chart].grain]
        return self._mask_of_rows(frame.filter(has_mark)[PLAN_ROW].unique())

    def _mask_of_rows(self, numbers: pl.Series) -> pl.Series:
        """Row numbers of plans as one Boolean per plan."""
        mask = pl.zeros(self.plans.height, pl.UInt8, eager=True).scatter(numbers, 1)
        return mask.cast(pl.Boolean)

    def mask(self, except_chart: str = "") -> pl.Series:
        """One Boolean per plan: passes the filters, and the marks of all charts except one."""
        return self._with_chart_masks(self._filter_mask, except_chart)

    def _with_chart_masks(self, mask: pl.Series, except_chart: str = "") -> pl.Series:
        masks = (self._chart_masks[chart] for chart in self._chart_masks if chart != except_chart)
        return reduce(and_, masks, mask)

    def selected_plans(self) -> pl.DataFrame:
        """The plans that pass the filters and all marks, in the order of their keys."""
        return self.plans.filter(self.mask())

    def fold(self, name: str, except_chart: str = "") -> pl.DataFrame:
        """A figure's rows over the selected plans, their nets or their overdue charges."""
        figure, mask = BOARD_FIGURES[name], self.mask(except_chart)
        frame = self._numbered_rows[figure.grain]
        return figure.fold({figure.grain: frame.filter(mask.gather(frame[PLAN_ROW]))})

    def fold_all(self, name: str) -> pl.DataFrame:
        """A figure's rows over all plans, whatever is selected."""
        figure = BOARD_FIGURES[name]
        return figure.fold({figure.grain: self._numbered_rows[figure.grain]})

    def count_by_status(self) -> dict[str, int]:
        """Status → plans that pass all marks and all filters except that of the status."""
        others = {name: value for name, value in self.where.items() if name != "status"}
        is_same = others == self.where
        mask = self._filter_mask if is_same else self._mask_of_filters(others)
        plans = self.plans.filter(self._with_chart_masks(mask))
        return dict(plans.group_by(pl.col("status").cast(pl.String)).len().iter_rows())


def _text(value: Any) -> str | None:
    """A mark's value as the column's text; JavaScript sends whole numbers as floats."""
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) else str(value)


def rows_of_plans(rows: Rows, plans: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """These plans, and the rows of other grains that `plan_details` needs for them."""
    return {
        "plans": plans,
        **{name: rows[name].join(plans, on=_KEY, how="semi") for name in ("nets", "attempts")},
    }
