"""The four linked charts: the report's own drawings where it has them, with marks that can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.figures import BY_NAME
from smartinst.explore.view import PICKED, View
from smartinst.locale import Locale
from smartinst.report import palette
from smartinst.report.charts import CHARTS, Drawing, expression, styled

PICK: Final = "pick"
MOST_COUNTRIES: Final = 10
WIDTH: Final = 330
"""CSS pixels; a container's own width is not known while a widget is being put into the page."""


class LinkedCharts:
    """Widgets of the four charts; `picked` is called with a chart's name and its clicked marks."""

    def __init__(self, view: View, words: Locale, picked: Callable[[str, list[dict[str, Any]]], None]) -> None:
        alt.JupyterChart.enable_offline()
        self._view, self._words, self._picked = view, words, picked
        self._drawn: dict[str, Any] = {}
        self.widgets = {name: alt.JupyterChart(self.chart(name)) for name in PICKED}
        for name in PICKED:
            self._listen(name)

    def of(self, view: View) -> None:
        """The same charts over another view."""
        self._view = view

    def chart(self, name: str) -> Any:
        """The chart over what passes everything but its own marks."""
        return linked_chart(name, self._view, self._words)

    def redraw(self, but: str = "") -> None:
        """Every chart but the one that was clicked: that one shows its marks itself."""
        for name, widget in self.widgets.items():
            if name != but:
                widget.chart = self.chart(name)
                self._listen(name)

    def _listen(self, name: str) -> None:
        self.widgets[name].selections.observe(lambda change: self._told(name, change["new"]), names=PICK)

    def _told(self, name: str, selection: Any) -> None:
        marks = [{field: one.get(field) for field in PICKED[name]} for one in selection.value or []]
        if marks != self._view.picks.get(name, []):
            self._picked(name, marks)


def linked_chart(name: str, view: View, words: Locale) -> Any:
    """An Altair chart with clickable marks; marks already clicked stay marked."""
    rows = view.countries(name) if name == "plans_by_country" else view.fold(name, name)
    title = words.gettext("Plans by country") if name == "plans_by_country" else words.gettext(BY_NAME[name].title)
    drawn = _countries(rows, words) if name == "plans_by_country" else CHARTS[name](Drawing(BY_NAME[name], rows, words))
    marks = view.picks.get(name)
    pick = alt.selection_point(
        name=PICK, fields=list(PICKED[name]), toggle="true", clear=False, value=marks or alt.Undefined
    )
    clicked = drawn.add_params(pick).encode(opacity=alt.condition(pick, alt.value(1), alt.value(0.3)))
    return styled(clicked.properties(title=title, width=WIDTH), words, title, {"title": title})


def _countries(rows: pl.DataFrame, words: Locale) -> Any:
    shown = rows.head(MOST_COUNTRIES)
    names = {code: words.country(code) for code in shown["country"].drop_nulls().to_list()} | {
        "null": words.gettext("Unknown country")
    }
    return (
        alt.Chart(alt.InlineData(values=shown.to_dicts(), name="plans_by_country"), height=150)
        .mark_bar(color=palette.NET)
        .encode(
            x=alt.X("plans:Q", title=words.gettext("Plans"), axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y(
                "country:N",
                sort="-x",
                axis=alt.Axis(title=None, labelLimit=140, labelExpr=expression(names, "datum.label")),
            ),
            tooltip=["country:N", "plans:Q"],
        )
    )
