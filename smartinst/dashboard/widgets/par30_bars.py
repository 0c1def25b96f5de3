"""PAR30 of the worst sellers as bars: a clicked bar opens its seller, and the seller that is open stays marked."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import altair as alt
import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.dashboard.widgets.linked_charts import PICK, WIDEST
from smartinst.dashboard.widgets.primitives import Chart, Library, Measure
from smartinst.report.portfolio import Portfolio


class WorstSellers:
    """The widget; where there is nothing to draw, the report's sentence. `picked` is called with a seller's id."""

    def __init__(self, portfolio: Portfolio, picked: Callable[[str], None]) -> None:
        self._portfolio, self._picked, self._opened = portfolio, picked, ""
        self._bars: Chart | None = None
        self._turn = 0
        self._measure = Measure()
        self._measure.observe(lambda _change: self._draw(), names="width")
        self._place = widgets.Box()
        self._place.add_class("smartinst-charts")
        self.widget = widgets.VBox([Library(), self._measure, self._place])
        self._draw()

    def of(self, portfolio: Portfolio) -> None:
        """The same chart of the sellers as they are now."""
        self._portfolio = portfolio
        self._draw()

    def mark(self, seller_id: str) -> None:
        """The bars of the seller that is open stand out, wherever it was opened."""
        if seller_id != self._opened:
            self._opened = seller_id
            self._draw()

    def _draw(self) -> None:
        found = self._portfolio.chart()
        if isinstance(found, alt.Chart):
            shown = self._drawn(found)
        else:
            shown = widgets.HTML(
                f'<p class="smartinst-message">{escape(found.bundle["text/plain"])}</p>'
            )
        self._place.children = [shown]

    def _drawn(self, chart: Any) -> Chart:
        """One widget for every drawing: another would blink in the browser."""
        self._turn += 1
        clickable = _clickable(
            chart, min(self._measure.width or WIDEST, WIDEST), self._opened, self._turn
        )
        if self._bars is None:
            self._bars = Chart(clickable, self._portfolio.locale)
        else:
            self._bars.chart = clickable
        self._bars.selections.observe(lambda change: self._clicked(change["new"]), names=PICK)
        return self._bars

    def _clicked(self, selection: Any) -> None:
        for one in (selection.value or [])[-1:]:
            if one["seller_id"] != self._opened:
                self._opened = str(one["seller_id"])  # the browser has marked it
                self._picked(self._opened)


def _clickable(drawn: Any, width: int, opened: str, turn: int) -> Any:
    """The report's chart so many CSS pixels wide, the bars of one seller marked.

    `turn`: a number in the spec, because a widget sends no spec that equals the one before.
    """
    is_shown = any(one["seller_id"] == opened for one in drawn.data.values)
    marked = [{"seller_id": opened}] if is_shown else alt.Undefined
    pick = alt.selection_point(
        name=PICK, fields=["seller_id"], toggle=False, clear=False, value=marked
    )
    fitted = drawn.properties(
        title=drawn.usermeta["smartinst"]["title"],
        width=width,
        usermeta={**drawn.usermeta, "turn": turn},
    )
    return fitted.add_params(pick).encode(opacity=alt.condition(pick, alt.value(1), alt.value(0.3)))
