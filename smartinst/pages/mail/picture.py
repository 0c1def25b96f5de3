"""The picture of a mail: received by month or week in the main currency, readable on a phone.

A report without the amounts for it has a picture of its own first chart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.figures import BY_NAME
from smartinst.drawing import palette
from smartinst.drawing.chart_images import chart_svg, svg_to_png
from smartinst.drawing.fonts import text_width
from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages.reading.blocks import Chart, KeyFigures
from smartinst.pages.reading.report import Report
from smartinst.report.dataset import decoded_frame
from smartinst.report.table import Table

FIGURE: Final = "revenue_by_month"
MAX_WIDTH: Final = 536
MAX_MONTHS: Final = 6
MAX_WEEKS: Final = 6
LABEL_GAP: Final = 8
ROW_HEIGHT: Final = 36
TEXT_SIZE: Final = 18
"""The figure; the width of a mail, in pixels; months and weeks, and sizes in pixels. On a phone the
picture has six tenths of its width, and its text 11 pixels."""
SEMIBOLD_SCALE: Final = 1.06
"""Width of semibold text relative to regular text."""


@dataclass(frozen=True)
class MailPicture:
    """A chart as PNG: its name and width in the mail, its title, and its text alternative.

    dark  the same chart for a mail program in dark mode; None if its colours are not ours
    """

    name: str
    png: bytes
    width: int
    title: str
    sentence: str
    dark: MailPicture | None = None


def mail_picture(report: Report, currency: str, locale: Locale, cid: str) -> MailPicture | None:
    """The picture of a report's main currency; None if there is nothing to draw."""
    name = cid.format(name="chart-1")
    if months := _received_by_month(report, currency):
        title = locale.gettext("Received by month, {currency}", currency=currency)
        bars = [(locale.month(month), minor) for month, minor in months]
        return _picture_of_bars(bars, name, title, currency, locale)
    if weeks := _received_by_week(report):
        title = locale.gettext("Received by week, {currency}", currency=currency)
        bars = [(locale.gettext("to {day}", day=locale.date(day)), minor) for day, minor in weeks]
        return _picture_of_bars(bars, name, title, currency, locale)
    charts = [block for block in report.blocks if isinstance(block, Chart) and block.svg]
    if not charts:
        return None
    chart = charts[0]
    sentence = chart.sentence or chart.title
    return _picture(chart.svg or "", name, chart.title, sentence)


def _picture_of_bars(
    bars: list[tuple[str, int]], name: str, title: str, currency: str, locale: Locale
) -> MailPicture:
    """The picture of an amount for each month or week, with all amounts in its sentence.

    Its light and dark version differ in their colours alone.
    """
    amounts = [f"{label} {locale.money(minor, currency)}" for label, minor in bars]
    sentence = locale.gettext("{title}: {parts}.", title=title, parts="; ".join(amounts))
    svg = chart_svg(_bars(bars, currency, locale))
    dark = _picture(svg, f"dark-{name}", title, sentence, dark=True)
    return replace(_picture(svg, name, title, sentence), dark=dark)


def _picture(svg: str, name: str, title: str, sentence: str, *, dark: bool = False) -> MailPicture:
    try:
        png, width = svg_to_png(svg, MAX_WIDTH, dark=dark)
    except ValueError as error:
        raise ReportError(f"chart {title}: no picture for the mail: {error}") from error
    return MailPicture(name, png, width, title, " ".join(sentence.split()))


def _received_by_month(report: Report, currency: str) -> list[tuple[str, int]]:
    """The last months with money received in a currency, oldest first; amounts in minor units."""
    sums = _revenue_by_month(report)
    if sums is None or not currency:
        return []
    months = sums.filter(
        pl.col("currency").cast(pl.String) == currency, pl.col("received_minor") > 0
    ).sort("movement_month")
    rows = months.select(pl.col("movement_month").cast(pl.String), "received_minor")
    return [(month[:7], minor) for month, minor in rows.tail(MAX_MONTHS).iter_rows()]


def _received_by_week(report: Report) -> list[tuple[date, int]]:
    """The last weeks of the key figures, oldest first, each by its last day; none if all are 0."""
    figures = next((block for block in report.blocks if isinstance(block, KeyFigures)), None)
    period_end = str(report.cover.get("period_end") or "")
    if figures is None or not figures.currencies or not period_end:
        return []
    items = {item["name"]: item for item in figures.currencies[0]["items"]}
    history = list(items.get("received", {}).get("history") or ())[-MAX_WEEKS:]
    last_day = date.fromisoformat(period_end)
    weeks = [
        (last_day - timedelta(weeks=len(history) - 1 - place), int(minor))
        for place, minor in enumerate(history)
        if minor is not None
    ]
    return weeks if any(history) else []


def _revenue_by_month(report: Report) -> pl.DataFrame | None:
    """The rows of the figure, from the dataset, its chart or its table; None without any."""
    if report.dataset and report.dataset.get("movements"):
        movements = decoded_frame(report.dataset["movements"])
        return BY_NAME[FIGURE].fold({"movements": movements})
    for block in report.blocks:
        if isinstance(block, Chart) and (block.figure or {}).get("name") == FIGURE:
            rows = ((block.spec or {}).get("datasets") or {}).get(FIGURE)
            return pl.DataFrame(rows) if rows else None
    tables = [block for block in report.blocks if isinstance(block, Table)]
    return next((rows for rows in map(_whole_figure, tables) if rows is not None), None)


def _whole_figure(table: Table) -> pl.DataFrame | None:
    """All rows of the figure; None for another table, and one that shows a part of the rows."""
    rows = table.all_rows or table.rows
    is_figure = (table.figure or {}).get("name") == FIGURE
    if not is_figure or table.total_rows not in (0, len(rows)):
        return None
    return pl.DataFrame(rows, schema=[column.name for column in table.columns], orient="row")


def _bars(amounts: list[tuple[str, int]], currency: str, locale: Locale) -> dict[str, Any]:
    """A bar for each amount, with its label on its left and the amount on its right."""
    rows = [
        {"label": label, "minor": minor, "amount": locale.money(minor, currency)}
        for label, minor in amounts
    ]
    order = [label for label, _ in amounts]
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color=palette.RECEIVED, size=ROW_HEIGHT - 10, cornerRadiusEnd=2)
        .encode(
            x=alt.X("minor:Q", axis=None),
            y=alt.Y(
                "label:N",
                sort=order,
                axis=alt.Axis(
                    title=None,
                    domain=False,
                    ticks=False,
                    labelFontSize=TEXT_SIZE,
                    labelColor=palette.INK,
                    labelLimit=0,
                    labelPadding=LABEL_GAP,
                ),
            ),
        )
    )
    texts = bars.mark_text(
        align="left", dx=LABEL_GAP, fontSize=TEXT_SIZE, fontWeight=600, color=palette.INK
    ).encode(text="amount:N")
    chart = (bars + texts).properties(width=_bar_width(rows), height=ROW_HEIGHT * len(rows))
    chart = chart.configure(background="transparent").configure_view(stroke=None)
    spec: dict[str, Any] = chart.to_dict()
    return spec


def _bar_width(rows: list[dict[str, Any]]) -> int:
    """The width of the longest bar, between the longest label and its amount."""
    label = max(text_width(row["label"]) for row in rows)
    amount = text_width(max(rows, key=lambda row: row["minor"])["amount"]) * SEMIBOLD_SCALE
    return round(MAX_WIDTH - (label + amount) * TEXT_SIZE - 3 * LABEL_GAP)
