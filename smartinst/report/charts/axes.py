"""Parts that charts share: sizes, rows, axes, legends, a panel per currency, and the style."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.currency_order import CURRENCY_COLUMNS, currencies_of
from smartinst.analytics.figures import Figure
from smartinst.drawing import palette
from smartinst.drawing.fonts import text_width
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.i18n.short_forms import compact_units
from smartinst.money import exponent

NARROW_WIDTH: Final = 300
THIRD_WIDTH: Final = 176
WIDE_WIDTH: Final = 640
CHART_HEIGHT: Final = 190
PANEL_HEIGHT: Final = 106
ROW_HEIGHT: Final = 20
MONTH_LABEL_WIDTH: Final = 34
"""Sizes in CSS pixels; one wide chart, two narrow ones or three panels fill a printed page."""
MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 600)
AMOUNT_FORMAT: Final = ",.6~f"
"""Grouped digits, with the decimals that are not zero."""
LABEL_SPACING: Final[dict[str, Any]] = {
    "labelOverlap": "greedy",
    "labelSeparation": 5,
    "labelLimit": 0,
}
"""Labels are never truncated; a label that would overlap another is omitted."""


@dataclass(frozen=True)
class ChartContext:
    """The input of a chart: its figure, the rows, and the language.

    If `names_data`, the chart refers to its rows by name, and the caller adds them once, because
    Altair copies them at every step. `omitted`: currencies of too few plans for a panel.
    """

    figure: Figure
    rows: pl.DataFrame
    locale: Locale
    names_data: bool = False
    omitted: tuple[str, ...] = ()

    @property
    def data(self) -> alt.InlineData | alt.NamedData:
        """The rows under the figure's name; dates as text, so that no time zone shifts them."""
        if self.names_data:
            return alt.NamedData(name=self.figure.name)
        return alt.InlineData(values=self.rows.to_dicts(), name=self.figure.name)

    @cached_property
    def _currencies(self) -> dict[str, list[str]]:
        """Column of currencies → those of the rows."""
        names = [name for name in CURRENCY_COLUMNS if name in self.rows.columns]
        return {name: currencies_of(self.rows, name) for name in names}

    def currencies(self, column: str = "currency") -> list[str]:
        """The currencies of the rows, the main one first."""
        return self._currencies[column]

    def panels(self, column: str = "currency") -> list[str]:
        """The currencies that have a panel: all that are not omitted, or else all."""
        currencies = self.currencies(column)
        return [code for code in currencies if code not in self.omitted] or currencies


def lookup_expression(mapping: Mapping[str, Any], value: str) -> str:
    """A Vega expression that looks up a value; the value itself if it is not in the mapping."""
    return f"({json.dumps(dict(mapping), ensure_ascii=False)}[{value}] || {value})"


def major_units(context: ChartContext, minor: str, currency: str = "currency") -> str:
    """A Vega expression: the column `minor` in major units of each row's currency."""
    powers = {code: 10 ** exponent(code) for code in context.currencies(currency)}
    return f"datum.{minor} / ({json.dumps(powers)}[datum.{currency}] || 100)"


def month_axis(months: list[str], width: int) -> alt.Axis:
    """Month labels as the width allows: every month, or each second, third, … from January."""
    choices = ([month for month in months if _ordinal(month) % step == 0] for step in MONTH_STEPS)
    labels = next((choice for choice in choices if len(choice) <= width // MONTH_LABEL_WIDTH), [])
    return alt.Axis(
        title=None,
        labelExpr="timeFormat(toDate(datum.value + '-01T00:00:00'), '%b %y')",
        labelAngle=0,
        **LABEL_SPACING,
        values=labels or months[:1],
    )


def _ordinal(month: str) -> int:
    """Months since January of the year 0."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def months_between(months: pl.Series) -> list[str]:
    """Every month from the first to the last, including months without rows."""
    present = months.drop_nulls().unique().sort().to_list()
    if not present:
        return []
    ordinals = range(_ordinal(present[0]), _ordinal(present[-1]) + 1)
    return [f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}" for ordinal in ordinals]


def money_axis(locale: Locale) -> alt.Axis:
    """An axis of amounts in major units, abbreviated as in the language: `1.5K`, `1,5 mil`."""
    label = f"format(datum.value, '{AMOUNT_FORMAT}')"
    for divisor, suffix in reversed(compact_units(locale.cldr)):
        amount = f"format(datum.value / {divisor}, '{AMOUNT_FORMAT}') + {json.dumps(suffix)}"
        label = f"abs(datum.value) >= {divisor} ? {amount} : {label}"
    return alt.Axis(title=None, tickCount=4, **LABEL_SPACING, labelExpr=label)


def count_axis() -> alt.Axis:
    """An axis of counts; ticks at fractions, which Vega adds for small counts, are hidden."""
    opacity = {"condition": {"test": "datum.value % 1 === 0", "value": 1}, "value": 0}
    return alt.Axis(
        format=",d",
        labelLimit=0,
        labelExpr="datum.value % 1 === 0 ? datum.label : ''",
        gridOpacity=opacity,
    )


def names_axis(names: Iterable[str], limit: int, **options: Any) -> alt.Axis:
    """An axis of names; the limit in pixels is slow, so it is set only if a name is longer."""
    longest = max((text_width(name) for name in names), default=0) * palette.LABEL_SIZE
    return alt.Axis(title=None, labelLimit=limit if longest > limit else 0, **options)


def installments_axis(locale: Locale) -> alt.X:
    """The number of installments on the horizontal axis: always 1 to 12."""
    return alt.X(
        "installments:O",
        title=locale.gettext("Installments"),
        scale=alt.Scale(domain=list(range(1, 13))),
        axis=alt.Axis(labelAngle=0, labelLimit=0),
    )


def month_x(column: str, months: list[str], width: int) -> alt.X:
    """A column of months on the horizontal axis, with every month of the report."""
    return alt.X(f"{column}:O", scale=alt.Scale(domain=months), axis=month_axis(months, width))


def present_statuses(statuses: pl.Series) -> list[str]:
    """The statuses that a legend names: those that occur, in their order."""
    present = set(statuses)
    return [status for status in PLAN_STATUSES if status in present]


def legend(labels: Mapping[str, str], **options: Any) -> alt.Legend:
    """A legend below the chart, with the label of each value, never truncated."""
    return alt.Legend(
        title=None,
        orient="bottom",
        labelLimit=0,
        labelExpr=lookup_expression(labels, "datum.label"),
        **options,
    )


def currency_panels(
    context: ChartContext, draw: Callable[[str, int], Any], column: str = "currency", pairs: int = 2
) -> Any:
    """One small panel for each currency, with its own scale and the currency as its title.

    Up to `pairs` currencies have two panels in a row, more have three; twelve fit on a page.
    """
    currencies = context.panels(column)
    per_row = panels_in_row(len(currencies), pairs)
    panel_width = (WIDE_WIDTH, NARROW_WIDTH - 20, THIRD_WIDTH)[per_row - 1]
    charts = [draw(code, panel_width) for code in currencies]
    for code, chart in zip(currencies, charts, strict=True):
        chart.title = code
    if len(charts) == 1:
        return charts[0]
    starts = range(0, len(charts), per_row)
    rows = [alt.hconcat(*charts[start : start + per_row]) for start in starts]
    own_scales = alt.Resolve(scale=alt.ScaleResolveMap(y="independent"))
    return alt.vconcat(*rows, resolve=own_scales)


def panels_in_row(panels: int, pairs: int = 2) -> int:
    """Number of panels in a row."""
    return min(panels, 2 if panels <= pairs else 3)


def style_chart(chart: Any, locale: Locale, description: str, usermeta: Mapping[str, Any]) -> Any:
    """The same chart, which gets the report's fonts, colors and number formats, and metadata."""
    chart.usermeta = {"smartinst": dict(usermeta)}
    chart.description = description
    chart.config = alt.Config(**palette.chart_config(locale))
    return chart
