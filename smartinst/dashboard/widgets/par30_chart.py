"""PAR30 of the sellers with the highest share, as bars that open a seller's board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.dashboard.templating import message_html
from smartinst.dashboard.widgets.primitives import ContainerWidth, VegaChart, VegaLibrary
from smartinst.dashboard.widgets.selectable_chart import (
    MARK_SELECTION,
    MAX_WIDTH,
    highlight_marks,
)
from smartinst.report.portfolio import Portfolio


class Par30Chart:
    """The widget; if there are no bars, the report's sentence.

    `on_open` is called with the id of the seller whose bar was clicked.
    """

    def __init__(self, portfolio: Portfolio, on_open: Callable[[str], None]) -> None:
        self._portfolio, self._on_open, self._seller_id = portfolio, on_open, ""
        self._bars: VegaChart | None = None
        self._turn = 0
        self._container_width = ContainerWidth()
        self._container_width.observe(lambda _change: self._draw(), names="width")
        self._box = widgets.Box().add_class("smartinst-charts")
        self.widget = widgets.VBox([VegaLibrary(), self._container_width, self._box])
        self._draw()

    def set_portfolio(self, portfolio: Portfolio) -> None:
        """Draws the chart with new figures."""
        self._portfolio = portfolio
        self._draw()

    def highlight(self, seller_id: str) -> None:
        """Highlights the bars of the seller whose board is open."""
        if seller_id != self._seller_id:
            self._seller_id = seller_id
            self._draw()

    def _draw(self) -> None:
        chart = self._portfolio.chart()
        if isinstance(chart, alt.Chart):
            self._box.children = [self._update_bars(chart)]
        else:
            text = chart.bundle["text/plain"]
            self._box.children = [widgets.HTML(message_html(text, self._portfolio.locale))]

    def _update_bars(self, report_chart: Any) -> VegaChart:
        """Reuses one widget, since a new one for each drawing would flicker."""
        self._turn += 1
        chart = self._with_marks(report_chart)
        if self._bars is None:
            self._bars = VegaChart(chart, self._portfolio.locale)
        else:
            self._bars.chart = chart
        self._bars.selections.observe(
            lambda change: self._open(change["new"]), names=MARK_SELECTION
        )
        return self._bars

    def _with_marks(self, chart: Any) -> Any:
        """The report's chart at the width of its container, with the open seller highlighted.

        `turn` changes the spec: a widget does not send a spec that equals the last one.
        """
        has_seller = any(row["seller_id"] == self._seller_id for row in chart.data.values)
        marks = [{"seller_id": self._seller_id}] if has_seller else None
        chart = chart.properties(
            title=chart.usermeta["smartinst"]["title"],
            width=min(self._container_width.width or MAX_WIDTH, MAX_WIDTH),
            usermeta={**chart.usermeta, "turn": self._turn},
        )
        return highlight_marks(chart, ("seller_id",), marks, is_multiple=False)

    def _open(self, vega_selection: Any) -> None:
        for mark in (vega_selection.value or [])[-1:]:
            if mark["seller_id"] != self._seller_id:
                self._seller_id = str(mark["seller_id"])  # the browser already highlights it
                self._on_open(self._seller_id)
