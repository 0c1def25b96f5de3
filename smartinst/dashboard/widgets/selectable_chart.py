"""Altair charts with selectable marks: the report's drawings, and plans by country."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.dashboard.selection import BOARD_FIGURES, MARK_COLUMNS, Selection
from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.report.charts import tooltips
from smartinst.report.charts.axes import (
    ROW_HEIGHT,
    ChartContext,
    count_axis,
    lookup_expression,
    style_chart,
)
from smartinst.report.charts.catalog import CHARTS

MARK_SELECTION: Final = "marks"
"""Name of the Vega parameter with the selected marks."""
MAX_COUNTRIES: Final = 10
MAX_WIDTH: Final = 760
LEGEND_COLUMN: Final = 170
"""CSS pixels: the maximum width of a chart with its axes, and the width of a legend entry."""


def selectable_chart(
    name: str, selection: Selection, locale: Locale, width: int, turn: int = 0
) -> Any:
    """A chart whose scales cover all plans, with the selected marks highlighted.

    `width`: CSS pixels, including the axes. `turn`: a number in the spec, so that a new drawing
    is sent: a widget does not send a spec that equals the last one.
    """
    chart = _draw(name, selection, locale)
    _fit_legend(chart, width)
    title = chart_title(name, locale)
    if name == "plans_by_country" and selection.fold_all(name).height > MAX_COUNTRIES:
        title = locale.gettext("Plans by country, the ten with the most")
    chart = chart.properties(
        data=alt.InlineData(values=chart_rows(name, selection).to_dicts(), name=name),
        title=title,
        width=width,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    marks = selection.chart_selections.get(name)
    chart = highlight_marks(chart, MARK_COLUMNS[name], marks, is_multiple=True)
    return style_chart(chart, locale, title, {"title": title, "turn": turn})


def highlight_marks(
    chart: Any, columns: tuple[str, ...], marks: list[dict[str, Any]] | None, *, is_multiple: bool
) -> Any:
    """The chart with selectable marks; if any is selected, the others are faded."""
    parameter = alt.selection_point(
        name=MARK_SELECTION,
        fields=list(columns),
        toggle="true" if is_multiple else False,
        clear=False,
        value=marks or alt.Undefined,
    )
    return chart.add_params(parameter).encode(
        opacity=alt.condition(parameter, alt.value(1), alt.value(0.3))
    )


def chart_title(name: str, locale: Locale) -> str:
    """The title of a chart's figure in the reader's language."""
    return locale.gettext(BOARD_FIGURES[name].title)


def chart_rows(name: str, selection: Selection) -> pl.DataFrame:
    """The rows that a chart displays; for countries, only those with the most plans."""
    rows = selection.fold(name, except_chart=name)
    if name != "plans_by_country":
        return rows
    order = rows.sort("plans", "country", descending=[True, False], nulls_last=True)
    return order.head(MAX_COUNTRIES)


def _draw(name: str, selection: Selection, locale: Locale) -> Any:
    rows = selection.fold_all(name)
    if name == "plans_by_country":
        return _draw_countries(rows, locale)
    return CHARTS[name](ChartContext(BOARD_FIGURES[name], rows, locale))


def _fit_legend(chart: Any, width: int) -> None:
    """Sets the number of legend columns that fit into the width."""
    color = chart.encoding.color
    legend = color.to_dict().get("legend") if color is not alt.Undefined else None
    if legend:
        color["legend"] = alt.Legend(**{**legend, "columns": max(width // LEGEND_COLUMN, 1)})


def _draw_countries(rows: pl.DataFrame, locale: Locale) -> Any:
    codes = rows["country"].drop_nulls().to_list()
    names = {code: locale.country(code) for code in codes}
    names["null"] = locale.gettext("Unknown country")
    axis = alt.Axis(title=None, labelLimit=140, labelExpr=lookup_expression(names, "datum.label"))
    return (
        alt.Chart(alt.InlineData(values=[], name="plans_by_country"), height=alt.Step(ROW_HEIGHT))
        .mark_bar(color=palette.NET)
        .encode(
            x=alt.X("plans:Q", title=locale.gettext("Plans"), axis=count_axis()),
            y=alt.Y("country:N", sort="-x", axis=axis),
            tooltip=[
                alt.Tooltip("said:N", title=locale.gettext("Country")),
                tooltips.count("plans:Q", locale.gettext("Plans")),
            ],
        )
        .transform_calculate(said=lookup_expression(names, "datum.country"))
    )
