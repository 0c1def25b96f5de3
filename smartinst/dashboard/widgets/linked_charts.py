"""The four linked charts: marks selected in one chart filter the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.dashboard.selection import MARK_COLUMNS, Selection
from smartinst.dashboard.templating import render_html
from smartinst.dashboard.widgets.chart_marks import MarkList, list_marks
from smartinst.dashboard.widgets.primitives import ContainerWidth, VegaChart, VegaLibrary
from smartinst.dashboard.widgets.selectable_chart import (
    MARK_SELECTION,
    MAX_WIDTH,
    chart_rows,
    chart_title,
    selectable_chart,
)
from smartinst.i18n.locales import Locale

MIN_WIDTH: Final = 380
GAP: Final = 20
"""CSS pixels: the minimum width of one of two charts in a row, and the gap between them."""
COUNT_COLUMNS: Final = {
    "status_by_installments": "plans",
    "plans_by_country": "plans",
    "overdue_by_product": "overdue_installments",
    "aging": "overdue_charges",
}
"""Chart → the column with the counts that it displays; a mark with count 0 is invisible."""
UNKNOWN_MARKS: Final[list[dict[str, Any]]] = [{}]
"""A value unequal to any marks: the browser's marks differ from those in the spec."""


class LinkedCharts:
    """Widgets of the four charts; `on_select` gets a chart's name and its selected marks."""

    def __init__(
        self,
        selection: Selection,
        locale: Locale,
        on_select: Callable[[str, list[dict[str, Any]]], None],
    ) -> None:
        self._selection, self._locale, self._on_select = selection, locale, on_select
        self._turn, self._width = 0, MIN_WIDTH
        self._spec_marks: dict[str, Any] = {
            name: selection.chart_selections.get(name) for name in MARK_COLUMNS
        }
        self.widgets = {name: VegaChart(self._build(name), locale) for name in MARK_COLUMNS}
        titles = {name: chart_title(name, locale) for name in MARK_COLUMNS}
        self._empty_notices = {
            name: widgets.HTML(render_html("empty_chart", locale, title=title))
            for name, title in titles.items()
        }
        self.mark_lists = {
            name: MarkList(title, locale, partial(self._select_in_list, name))
            for name, title in titles.items()
        }
        self._box = widgets.Box(
            [
                widgets.VBox(
                    [self._empty_notices[name], self.widgets[name], self.mark_lists[name].widget]
                )
                for name in MARK_COLUMNS
            ]
        ).add_class("smartinst-charts")
        self._container_width = ContainerWidth()
        self._container_width.observe(lambda change: self.fit(change["new"]), names="width")
        self.widget = widgets.VBox([VegaLibrary(), self._container_width, self._box])
        for name in MARK_COLUMNS:
            self._observe_marks(name)
            self._update(name)

    def set_selection(self, selection: Selection) -> None:
        """Switches to other rows, products and countries; the next `redraw` displays them."""
        self._selection = selection
        self._spec_marks = dict.fromkeys(MARK_COLUMNS, UNKNOWN_MARKS)

    def fit(self, container_width: int) -> None:
        """Fits the charts to the width of the container (CSS pixels): one or two in a row."""
        columns = 2 if container_width >= 2 * MIN_WIDTH + GAP else 1
        width = max(min((container_width - GAP * (columns - 1)) // columns, MAX_WIDTH), 240)
        self._box.layout.grid_template_columns = f"repeat({columns}, minmax(0, 1fr))"
        if width != self._width:
            self._width = width
            for name in MARK_COLUMNS:
                self._rebuild(name)

    def _build(self, name: str) -> Any:
        return selectable_chart(name, self._selection, self._locale, self._width, self._turn)

    def redraw(self, except_chart: str = "") -> None:
        """Redraws all charts except the clicked one, which displays its marks itself.

        If a chart's marks are those of its spec, only the rows in the spec are replaced, which is a
        hundred times as fast. Otherwise the spec is rebuilt; the browser would keep old marks.
        """
        for name, widget in self.widgets.items():
            marks = self._selection.chart_selections.get(name)
            if name == except_chart:
                self._spec_marks[name] = UNKNOWN_MARKS
            elif marks == self._spec_marks[name]:
                rows = chart_rows(name, self._selection).to_dicts()
                widget.spec = {**widget.spec, "data": {"name": name, "values": rows}}
            else:
                self._rebuild(name)
            self._update(name)

    def _rebuild(self, name: str) -> None:
        self._turn += 1
        self.widgets[name].chart = self._build(name)
        self._spec_marks[name] = self._selection.chart_selections.get(name)
        self._observe_marks(name)

    def _update(self, name: str) -> None:
        """Updates a chart's list of marks, and replaces an empty chart with a notice."""
        rows, count_column = chart_rows(name, self._selection), COUNT_COLUMNS[name]
        self.mark_lists[name].show(
            list_marks(rows, MARK_COLUMNS[name], count_column),
            self._selection.chart_selections.get(name, []),
            self._selection.products,
        )
        is_empty = not rows[count_column].sum()
        self.widgets[name].layout.display = "none" if is_empty else ""
        self._empty_notices[name].layout.display = "" if is_empty else "none"

    def _observe_marks(self, name: str) -> None:
        self.widgets[name].selections.observe(
            lambda change: self._select_in_chart(name, change["new"]), names=MARK_SELECTION
        )

    def _select_in_chart(self, name: str, vega_selection: Any) -> None:
        marks = [
            {column: mark.get(column) for column in MARK_COLUMNS[name]}
            for mark in vega_selection.value or []
        ]
        if marks != self._selection.chart_selections.get(name, []):
            self._on_select(name, marks)

    def _select_in_list(self, name: str, marks: list[dict[str, Any]]) -> None:
        """Selects marks that the browser does not display as selected yet."""
        self._on_select(name, marks)
        self._rebuild(name)
