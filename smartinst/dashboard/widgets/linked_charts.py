"""The four linked charts: the report's own drawings where it has them, with marks that can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

import altair as alt
import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl

from smartinst.analytics.figures import BY_NAME
from smartinst.dashboard.selection import PICKED, View
from smartinst.dashboard.widgets.chart_marks import MarkList, marks_of
from smartinst.dashboard.widgets.primitives import Chart, Library, Measure
from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.report.charts import tooltips
from smartinst.report.charts.axes import (
    ROW_HEIGHT,
    ChartContext,
    count_axis,
    lookup_expression,
    styled_chart,
)
from smartinst.report.charts.catalog import CHARTS

PICK: Final = "pick"
MOST_COUNTRIES: Final = 10
NARROWEST: Final = 380
WIDEST: Final = 760
GAP: Final = 20
LEGEND: Final = 170
"""CSS pixels: of one chart with its axes, between two, of one status in the legend."""
COUNTED: Final = {
    "status_by_installments": "plans",
    "plans_by_country": "plans",
    "overdue_by_product": "overdue_installments",
    "aging": "overdue_charges",
}
"""Chart → the column that it draws; where it is 0 there is nothing to see."""
UNKNOWN: Final[list[dict[str, Any]]] = [{}]
"""Marks that no chart has: what stands in a spec is not what is on the screen."""


class LinkedCharts:
    """Widgets of the four charts; `picked` is called with a chart's name and its clicked marks."""

    def __init__(
        self, view: View, locale: Locale, picked: Callable[[str, list[dict[str, Any]]], None]
    ) -> None:
        self._view, self._locale, self._picked = view, locale, picked
        self._turn, self._width = 0, NARROWEST
        self._shown: dict[str, Any] = {name: view.picks.get(name) for name in PICKED}
        self.widgets = {name: Chart(self.chart(name), locale) for name in PICKED}
        self._nothing = {name: widgets.HTML(_nothing(name, locale)) for name in PICKED}
        self.lists = {name: self._list(name) for name in PICKED}
        self._grid = widgets.Box(
            [
                widgets.VBox([self._nothing[name], self.widgets[name], self.lists[name].widget])
                for name in PICKED
            ]
        )
        self._grid.add_class("smartinst-charts")
        self._measure = Measure()
        self._measure.observe(lambda change: self.fit(change["new"]), names="width")
        self.widget = widgets.VBox([Library(), self._measure, self._grid])
        for name in PICKED:
            self._listen(name)
            self._show_or_tell(name)

    def of(self, view: View) -> None:
        """The same charts over another view, with other products and countries in it."""
        self._view = view
        self._shown = dict.fromkeys(PICKED, UNKNOWN)

    def fit(self, width: int) -> None:
        """Draws for a place so many CSS pixels wide: as many charts beside each other as it holds, two at most."""
        across = 2 if width >= 2 * NARROWEST + GAP else 1
        fitting = max(min((width - GAP * (across - 1)) // across, WIDEST), 240)
        self._grid.layout.grid_template_columns = f"repeat({across}, minmax(0, 1fr))"
        if fitting != self._width:
            self._width = fitting
            for name in PICKED:
                self._draw_anew(name)

    def chart(self, name: str) -> Any:
        """The chart over what passes everything but its own marks."""
        return linked_chart(name, self._view, self._locale, self._width, self._turn)

    def redraw(self, but: str = "") -> None:
        """Every chart but the one that was clicked: that one shows its marks itself.

        Only the rows change, so only they are put into the drawn spec: drawing anew costs a hundred times as much. Where
        marks came or went the chart begins again: a spec without them lets go of them, and the browser keeps old ones.
        """
        for name, widget in self.widgets.items():
            marks = self._view.picks.get(name)
            if name != but and marks == self._shown[name]:
                values = {"name": name, "values": _rows(name, self._view).to_dicts()}
                widget.spec = {**widget.spec, "data": values}
            elif name != but:
                self._draw_anew(name)
            self._shown[name] = (
                UNKNOWN if name == but else marks
            )  # a clicked chart's spec knows nothing of the click
            self._show_or_tell(name)

    def _draw_anew(self, name: str) -> None:
        self._turn += 1
        self.widgets[name].chart = self.chart(name)
        self._listen(name)

    def _show_or_tell(self, name: str) -> None:
        """An empty chart gives way to a sentence."""
        rows, picked = _rows(name, self._view), self._view.picks.get(name, [])
        counted = rows[COUNTED[name]].sum()
        self.lists[name].show(
            marks_of(rows, PICKED[name], COUNTED[name]), picked, self._view.products
        )
        self.widgets[name].layout.display = "" if counted else "none"
        self._nothing[name].layout.display = "none" if counted else ""

    def _list(self, name: str) -> MarkList:
        return MarkList(
            _title(name, self._locale), self._locale, lambda marks: self._chosen(name, marks)
        )

    def _listen(self, name: str) -> None:
        self.widgets[name].selections.observe(
            lambda change: self._told(name, change["new"]), names=PICK
        )

    def _told(self, name: str, selection: Any) -> None:
        marks = [{field: one.get(field) for field in PICKED[name]} for one in selection.value or []]
        if marks != self._view.picks.get(name, []):
            self._picked(name, marks)

    def _chosen(self, name: str, marks: list[dict[str, Any]]) -> None:
        """Marks of the list, of which the chart itself does not know."""
        self._picked(name, marks)
        self._draw_anew(name)
        self._shown[name] = self._view.picks.get(name)


def _title(name: str, locale: Locale) -> str:
    return (
        locale.gettext("Plans by country")
        if name == "plans_by_country"
        else locale.gettext(BY_NAME[name].title)
    )


def _nothing(name: str, locale: Locale) -> str:
    said = locale.gettext(
        "Nothing to draw: no plan that passes the filters has a share in this chart."
    )
    return f'<div class="smartinst-empty-chart"><strong>{escape(_title(name, locale))}</strong><p>{escape(said)}</p></div>'


def _rows(name: str, view: View) -> pl.DataFrame:
    """What a chart shows: of the countries the ten with the most plans."""
    return (
        view.countries(name).head(MOST_COUNTRIES)
        if name == "plans_by_country"
        else view.fold(name, name)
    )


def linked_chart(name: str, view: View, locale: Locale, width: int, turn: int = 0) -> Any:
    """An Altair chart with clickable marks, drawn for everything that occurs; marks already clicked stay marked.

    `width`: CSS pixels with the axes. `turn`: a number in the spec, because a widget sends no spec that equals the one
    before.
    """
    rows = view.whole(name)
    title = _title(name, locale)
    if name == "plans_by_country" and rows.height > MOST_COUNTRIES:
        title = locale.gettext("Plans by country, the ten with the most")
    drawn = (
        _countries(rows, locale)
        if name == "plans_by_country"
        else CHARTS[name](ChartContext(BY_NAME[name], rows, locale))
    )
    marks = view.picks.get(name)
    pick = alt.selection_point(
        name=PICK,
        fields=list(PICKED[name]),
        toggle="true",
        clear=False,
        value=marks or alt.Undefined,
    )
    _fit_legend(drawn, width)
    clickable = drawn.properties(
        data=alt.InlineData(values=_rows(name, view).to_dicts(), name=name)
    )
    clicked = clickable.add_params(pick)
    clicked = clicked.encode(opacity=alt.condition(pick, alt.value(1), alt.value(0.3)))
    fitted = clicked.properties(
        title=title, width=width, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    return styled_chart(fitted, locale, title, {"title": title, "turn": turn})


def _fit_legend(chart: Any, width: int) -> None:
    """The statuses in as many columns as the place holds."""
    legend = (
        chart.encoding.color.to_dict().get("legend")
        if chart.encoding.color is not alt.Undefined
        else None
    )
    if legend:
        chart.encoding.color["legend"] = alt.Legend(
            **{**legend, "columns": max(width // LEGEND, 1)}
        )


def _country_names(rows: pl.DataFrame, locale: Locale) -> dict[str, str]:
    codes = rows["country"].drop_nulls().to_list()
    return {code: locale.country(code) for code in codes} | {
        "null": locale.gettext("Unknown country")
    }


def _countries(rows: pl.DataFrame, locale: Locale) -> Any:
    return (
        alt.Chart(
            alt.InlineData(values=rows.to_dicts(), name="plans_by_country"),
            height=alt.Step(ROW_HEIGHT),
        )
        .mark_bar(color=palette.NET)
        .encode(
            x=alt.X("plans:Q", title=locale.gettext("Plans"), axis=count_axis()),
            y=alt.Y(
                "country:N",
                sort="-x",
                axis=alt.Axis(
                    title=None,
                    labelLimit=140,
                    labelExpr=lookup_expression(_country_names(rows, locale), "datum.label"),
                ),
            ),
            tooltip=[
                alt.Tooltip("said:N", title=locale.gettext("Country")),
                tooltips.count("plans:Q", locale.gettext("Plans")),
            ],
        )
        .transform_calculate(said=lookup_expression(_country_names(rows, locale), "datum.country"))
    )
