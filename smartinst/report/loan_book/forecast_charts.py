"""Charts of the forecast: the expected receivable, and past forecasts beside what came in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.drawing import palette
from smartinst.i18n.locales import N_
from smartinst.i18n.short_forms import day_and_month
from smartinst.report.charts.axes import (
    LABEL_SPACING,
    legend,
    lookup_expression,
    money_axis,
    month_x,
    months_between,
)
from smartinst.report.loan_book.calendar_windows import WINDOWS
from smartinst.report.loan_book.chart_rows import BookChart, Row, fixed_color, major
from smartinst.report.loan_book.labels import HORIZON_NAMES

CALENDAR_PARTS: Final = {"weeks": N_("By week"), "months": N_("By month")}
"""Parts of the cash calendar, with scales of their own: a month is not compared with a week."""
PARTS_GAP: Final = 60
SHORTEST_MONTH: Final = 28
_RANGE: Final = ("low_minor", "expected_minor", "high_minor")


def expected_chart(chart: BookChart) -> Any:
    """Bars of what is contracted and what is expected in three horizons, with the range."""
    locale = chart.locale
    kinds = {"contracted": locale.gettext("Contracted"), "expected": locale.gettext("Expected")}
    labels = {name: locale.gettext(text) for name, text in HORIZON_NAMES.items()}
    panel_chart = _with_amounts(chart, "contracted", kinds, lambda row: labels[row["horizon"]])

    def panel(data: alt.InlineData, width: int) -> Any:
        base = alt.Chart(data, width=width, height=chart.height).encode(
            x=alt.X(
                "horizon:N",
                scale=alt.Scale(domain=list(labels)),
                axis=alt.Axis(
                    title=None,
                    labelAngle=0,
                    labelLimit=0,
                    labelExpr=lookup_expression(labels, "datum.value"),
                ),
            ),
            tooltip=alt.Tooltip("_tooltip:N"),
        )
        bars = (
            base.transform_fold(list(kinds), as_=["kind", "amount"])
            .mark_bar()
            .encode(
                y=alt.Y("amount:Q", axis=money_axis(chart.locale)),
                xOffset=alt.XOffset("kind:N", scale=alt.Scale(domain=list(kinds))),
                color=fixed_color("kind", kinds, (palette.SLATE, palette.GREEN)),
            )
        )
        ranges = (
            base.transform_calculate(kind="'expected'")
            .mark_rule(color=palette.INK, strokeWidth=1.5)
            .encode(
                y=alt.Y("low:Q"),
                y2="high:Q",
                xOffset=alt.XOffset("kind:N", scale=alt.Scale(domain=list(kinds))),
            )
        )
        return alt.layer(bars, ranges)

    return panel_chart.panels(panel)


def past_forecasts_chart(chart: BookChart) -> Any:
    """The range and the forecast of past month-ends, and a point for what came in."""
    locale = chart.locale
    kinds = {"expected": locale.gettext("Forecast"), "actual": locale.gettext("Received")}
    rows = chart.rows.select(
        "currency",
        pl.col("origin").dt.offset_by("1d").dt.strftime("%Y-%m").alias("month"),
        *_RANGE,
        "actual_minor",
    )
    months = months_between(rows["month"])
    panel_chart = chart.with_rows(rows)
    panel_chart = _with_amounts(
        panel_chart, "actual", kinds, lambda row: locale.month(row["month"])
    )

    def panel(data: alt.InlineData, width: int) -> Any:
        base = alt.Chart(data, width=width, height=chart.height).encode(
            x=month_x("month", months, width), tooltip=alt.Tooltip("_tooltip:N")
        )
        ranges = base.mark_bar(color=palette.GRID, size=9).encode(
            y=alt.Y("low:Q", axis=money_axis(chart.locale)), y2="high:Q"
        )
        points = (
            base.transform_fold(list(kinds), as_=["kind", "amount"])
            .mark_point(filled=True, size=36, opacity=1)
            .encode(
                y=alt.Y("amount:Q", axis=money_axis(chart.locale)),
                color=fixed_color("kind", kinds, (palette.BLUE, palette.ORANGE)),
                shape=alt.Shape(
                    "kind:N",
                    scale=alt.Scale(domain=list(kinds), range=["square", "circle"]),
                    legend=legend(kinds),
                ),
            )
        )
        return alt.layer(ranges, points)

    return panel_chart.panels(panel)


def calendar_chart(chart: BookChart) -> Any:
    """Bars of what is contracted and expected: the next weeks, and beside them the months.

    The days between the last week and the next month are in the first part.

    Without any forecast, it has what is contracted alone.
    """
    locale = chart.locale
    kinds = {"contracted": locale.gettext("Contracted"), "expected": locale.gettext("Expected")}
    rows = chart.rows.sort("from_date").group_by("currency", maintain_order=True).head(WINDOWS)
    if rows["expected_minor"].null_count() == rows.height:
        del kinds["expected"]
    names = [f"{kind}_minor" for kind in kinds]
    rows = rows.select("currency", "from_date", "to_date", *names).with_columns(
        major(name, chart.currencies).alias(name.removesuffix("_minor")) for name in names
    )

    def window(row: Row) -> str:
        return f"{locale.date(row['from_date'])} – {locale.date(row['to_date'])}"

    def tooltip(row: Row) -> str:
        amounts = (
            "–" if row[name] is None else locale.money(row[name], row["currency"]) for name in names
        )
        lines = (f"{kind}: {amount}" for kind, amount in zip(kinds.values(), amounts, strict=True))
        return "\n".join((window(row), *lines))

    days = sorted(rows["from_date"].unique())
    labels = {
        "weeks": {day.isoformat(): day_and_month(day, locale.cldr) for day in days},
        "months": {day.isoformat(): locale.month(f"{day:%Y-%m}") for day in days},
    }
    panel_chart = chart.with_rows(rows).texts("_tooltip", tooltip)
    panel_chart = panel_chart.texts("part", _calendar_part)
    panel_chart = panel_chart.with_rows(
        panel_chart.rows.with_columns(pl.col("from_date", "to_date").dt.to_string("iso"))
    )
    starts = {
        part: panel_chart.rows.filter(pl.col("part") == part)["from_date"].unique().sort().to_list()
        for part in CALENDAR_PARTS
    }

    def bars(data: alt.InlineData, part: str, width: int) -> Any:
        return (
            alt.Chart(
                data, width=width, height=chart.height, title=locale.gettext(CALENDAR_PARTS[part])
            )
            .transform_filter(f"datum.part === '{part}'")
            .transform_fold(list(kinds), as_=["kind", "amount"])
            .mark_bar()
            .encode(
                x=alt.X(
                    "from_date:O",
                    scale=alt.Scale(domain=starts[part]),
                    axis=alt.Axis(
                        title=locale.gettext("First day") if part == "weeks" else None,
                        labelAngle=0,
                        labelExpr=lookup_expression(labels[part], "datum.value"),
                        **LABEL_SPACING,
                    ),
                ),
                y=alt.Y("amount:Q", axis=money_axis(chart.locale)),
                xOffset=alt.XOffset("kind:N", scale=alt.Scale(domain=list(kinds))),
                color=fixed_color("kind", kinds, (palette.SLATE, palette.GREEN)[: len(kinds)]),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    def panel(data: alt.InlineData, width: int) -> Any:
        parts = [part for part in CALENDAR_PARTS if starts[part]]
        plot_width = (width - PARTS_GAP * (len(parts) - 1)) // len(parts)
        charts = [bars(data, part, plot_width) for part in parts]
        return alt.hconcat(*charts, bounds="flush", spacing=PARTS_GAP).resolve_scale(color="shared")

    return panel_chart.panels(panel, 1)


def _calendar_part(row: Row) -> str:
    """The part of the chart for a window: `months` for a whole month, `weeks` for shorter ones."""
    days = (row["to_date"] - row["from_date"]).days + 1
    return "months" if row["from_date"].day == 1 and days >= SHORTEST_MONTH else "weeks"


def _with_amounts(
    chart: BookChart, compared: str, kinds: dict[str, str], heading: Callable[[Row], str]
) -> BookChart:
    """The chart with the range, the forecast and `compared` in major units, and a tooltip."""
    locale, names = chart.locale, (*_RANGE, f"{compared}_minor")

    def tooltip(row: Row) -> str:
        lower, middle, upper, amount = (locale.money(row[name], row["currency"]) for name in names)
        return (
            f"{heading(row)}\n{kinds['expected']}: {middle} ({lower} – {upper})\n"
            f"{kinds[compared]}: {amount}"
        )

    amounts = (major(name, chart.currencies).alias(name.removesuffix("_minor")) for name in names)
    rows = chart.rows.with_columns(amounts)
    return chart.with_rows(rows).texts("_tooltip", tooltip)
