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
        self._turn = 0
        self._shown = {name: view.picks.get(name) for name in PICKED}
        self.widgets = {name: alt.JupyterChart(self.chart(name)) for name in PICKED}
        for name in PICKED:
            self._listen(name)

    def of(self, view: View) -> None:
        """The same charts over another view, with other products and countries in it."""
        self._view = view
        self._shown = {name: [{}] for name in PICKED}

    def chart(self, name: str) -> Any:
        """The chart over what passes everything but its own marks."""
        return linked_chart(name, self._view, self._words, self._turn)

    def redraw(self, but: str = "") -> None:
        """Every chart but the one that was clicked: that one shows its marks itself.

        Only the rows change, so only they are put into the drawn spec: drawing anew costs a hundred times as much. Where
        marks were let go the chart begins again, because the browser keeps them.
        """
        for name, widget in self.widgets.items():
            marks = self._view.picks.get(name)
            if name != but and marks == self._shown[name]:
                values = {"name": name, "values": _rows(name, self._view).to_dicts()}
                widget.spec = {**widget.spec, "data": values}
            elif name != but:
                self._turn += 1
                widget.chart = self.chart(name)
                self._listen(name)
            self._shown[name] = marks

    def _listen(self, name: str) -> None:
        self.widgets[name].selections.observe(lambda change: self._told(name, change["new"]), names=PICK)

    def _told(self, name: str, selection: Any) -> None:
        marks = [{field: one.get(field) for field in PICKED[name]} for one in selection.value or []]
        if marks != self._view.picks.get(name, []):
            self._picked(name, marks)


def _rows(name: str, view: View) -> pl.DataFrame:
    """What a chart shows: of the countries the ten with the most plans."""
    return view.countries(name).head(MOST_COUNTRIES) if name == "plans_by_country" else view.fold(name, name)


def linked_chart(name: str, view: View, words: Locale, turn: int = 0) -> Any:
    """An Altair chart with clickable marks, drawn for everything that occurs; marks already clicked stay marked.

    `turn`: a number in the spec, because a widget sends no spec that equals the one before.
    """
    rows = view.whole(name)
    title = words.gettext("Plans by country") if name == "plans_by_country" else words.gettext(BY_NAME[name].title)
    drawn = _countries(rows, words) if name == "plans_by_country" else CHARTS[name](Drawing(BY_NAME[name], rows, words))
    marks = view.picks.get(name)
    pick = alt.selection_point(
        name=PICK, fields=list(PICKED[name]), toggle="true", clear=False, value=marks or alt.Undefined
    )
    clickable = drawn.properties(data=alt.InlineData(values=_rows(name, view).to_dicts(), name=name))
    clicked = clickable.add_params(pick).encode(opacity=alt.condition(pick, alt.value(1), alt.value(0.3)))
    return styled(clicked.properties(title=title, width=WIDTH), words, title, {"title": title, "turn": turn})


def _countries(rows: pl.DataFrame, words: Locale) -> Any:
    shown = rows
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
