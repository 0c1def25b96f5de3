"""What charts share: the size at which they are printed, their rows, axes, panels a currency, the house's style."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.figures import Figure
from smartinst.drawing import palette
from smartinst.drawing.fonts import width
from smartinst.i18n.locales import Locale
from smartinst.money import exponent

NARROW: Final = 300
THIRD: Final = 176
WIDE: Final = 640
HEIGHT: Final = 190
PANEL_HEIGHT: Final = 106
ROW: Final = 20
MONTH: Final = 34
"""Sizes in CSS pixels at which charts are printed: one wide one, two narrow ones or three panels across the page."""
MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 600)
APART: Final[dict[str, Any]] = {"labelOverlap": "greedy", "labelSeparation": 5, "labelLimit": 0}
"""Labels of an axis: whole, and none beside one that it would touch. A limit costs a measuring of each label more."""


@dataclass(frozen=True)
class ChartContext:
    """What a chart needs beside its figure: the rows, the language, and the currencies in them.

    `is_apart`: the chart only names its rows, and whoever asked adds them once (Altair copies all of them at every step).
    """

    figure: Figure
    rows: pl.DataFrame
    locale: Locale
    is_apart: bool = False

    @property
    def data(self) -> alt.InlineData | alt.NamedData:
        """The rows under the figure's name; dates as text, so that no zone moves them."""
        if self.is_apart:
            return alt.NamedData(name=self.figure.name)
        return alt.InlineData(values=self.rows.to_dicts(), name=self.figure.name)

    def panels(self, column: str = "currency") -> list[str]:
        """The currencies in the rows, the one with the most rows first."""
        counts = self.rows.group_by(column).len().sort("len", column, descending=[True, False])
        return [one for one in counts[column].to_list() if one is not None]


def expression(mapping: Mapping[str, Any], of: str) -> str:
    """A Vega expression that looks a value up; the value itself where it is not listed."""
    return f"({json.dumps(dict(mapping), ensure_ascii=False)}[{of}] || {of})"


def major(drawing: ChartContext, minor: str, currency: str = "currency") -> str:
    """A Vega expression: minor units to major units by each currency's exponent."""
    powers = {one: 10 ** exponent(one) for one in drawing.panels(currency)}
    return f"datum.{minor} / ({json.dumps(powers)}[datum.{currency}] || 100)"


def month_axis(months: list[str], width: int) -> alt.Axis:
    """As many months named as stand side by side, counted from January: every one, or each second, third, sixth, …"""
    choices = ([one for one in months if _ordinal(one) % step == 0] for step in MONTH_STEPS)
    named = next((some for some in choices if len(some) <= width // MONTH), [])
    return alt.Axis(
        title=None,
        labelExpr="timeFormat(toDate(datum.value + '-01T00:00:00'), '%b %y')",
        labelAngle=0,
        **APART,
        values=named or months[:1],
    )


def _ordinal(month: str) -> int:
    """Months since January of the year 0."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def months_between(found: pl.Series) -> list[str]:
    """Every month from the first to the last, so that a quiet one keeps its place."""
    known = found.drop_nulls().unique().sort().to_list()
    if not known:
        return []
    first, last = _ordinal(known[0]), _ordinal(known[-1])
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, last + 1)]


def money_axis(title: str | None = None) -> alt.Axis:
    return alt.Axis(
        title=title,
        format="~s",
        tickCount=4,
        **APART,
        labelExpr="datum.value === 0 ? '0' : datum.label",
    )


def whole_numbers() -> alt.Axis:
    """An axis of counts: Vega puts ticks at halves where counts are small, whatever the least step; they stay unseen."""
    whole = {"condition": {"test": "datum.value % 1 === 0", "value": 1}, "value": 0}
    return alt.Axis(
        format="d",
        labelLimit=0,
        labelExpr="datum.value % 1 === 0 ? datum.label : ''",
        gridOpacity=whole,
    )


def names_axis(names: Iterable[str], most: int, **more: Any) -> alt.Axis:
    """An axis of names, cut at so many pixels only where one is longer: a limit has each measured once more."""
    longest = max((width(one) for one in names), default=0) * palette.LABEL_SIZE
    return alt.Axis(title=None, labelLimit=most if longest > most else 0, **more)


def installments_axis(locale: Locale) -> alt.X:
    """N on the horizontal axis: all twelve, always."""
    return alt.X(
        "installments:O",
        title=locale.gettext("Installments"),
        scale=alt.Scale(domain=list(range(1, 13))),
        axis=alt.Axis(labelAngle=0, labelLimit=0),
    )


def across_months(column: str, months: list[str], width: int) -> alt.X:
    """A month's column on the horizontal axis: every month of the report keeps its place."""
    return alt.X(f"{column}:O", scale=alt.Scale(domain=months), axis=month_axis(months, width))


def legend(labels: Mapping[str, str], **more: Any) -> alt.Legend:
    """A legend below the chart that tells each value in the reader's words, whole."""
    return alt.Legend(
        title=None,
        orient="bottom",
        labelLimit=0,
        labelExpr=expression(labels, "datum.label"),
        **more,
    )


def panels(
    drawing: ChartContext, draw: Callable[[str, int], Any], column: str = "currency", pairs: int = 2
) -> Any:
    """One small panel a currency, each with its own scale and the currency as its title.

    Two in a row for up to `pairs` currencies, three in a row for more: twelve currencies still fit a page.
    """
    names = drawing.panels(column)
    beside = across(len(names), pairs)
    made = [
        draw(name, (WIDE, NARROW - 20, THIRD)[beside - 1]).properties(title=name) for name in names
    ]
    rows = [alt.hconcat(*made[at : at + beside]) for at in range(0, len(made), beside)]
    return alt.vconcat(*rows).resolve_scale(y="independent") if len(made) > 1 else made[0]


def across(panels: int, pairs: int = 2) -> int:
    """Panels in a row."""
    return min(panels, 2 if panels <= pairs else 3)


def styled(chart: Any, locale: Locale, description: str, usermeta: Mapping[str, Any]) -> Any:
    """The chart in the house's fonts, colours and number formats, with its sentence and its figure noted."""
    return chart.properties(
        usermeta={"smartinst": dict(usermeta)}, description=description
    ).configure(**palette.chart_config(locale))
