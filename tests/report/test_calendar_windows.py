"""A cash calendar has all its windows; the axes of its chart are in the reader's language."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import polars as pl
import pytest

from smartinst.drawing.chart_images import chart_svg
from smartinst.i18n.locales import Locale
from smartinst.report.charts.axes import style_chart
from smartinst.report.loan_book.calendar_windows import WINDOWS, every_window
from smartinst.report.loan_book.chart_rows import BookChart
from smartinst.report.loan_book.forecast_charts import calendar_chart

AS_OF = date(2026, 11, 1)


def calendar(*rows: tuple[str, date, date, int], has_forecast: bool = False) -> pl.DataFrame:
    """The rows of a cash calendar with amounts."""
    columns = ["currency", "from_date", "to_date", "contracted_minor"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    amount = pl.col("contracted_minor") if has_forecast else pl.lit(None, pl.Int64)
    return frame.with_columns(amount.alias("expected_minor"))


LATE = ("EUR", date(2026, 11, 23), date(2026, 11, 29), 150_000)


def test_a_calendar_has_four_weeks_and_six_months_even_without_amounts() -> None:
    windows = every_window(calendar(LATE), AS_OF)
    assert windows["from_date"].to_list() == [
        *(date(2026, 11, day) for day in (2, 9, 16, 23, 30)),
        date(2026, 12, 1),
        *(date(2027, month, 1) for month in (1, 2, 3, 4)),
    ]
    assert windows["to_date"].to_list()[3:6] == [
        date(2026, 11, 29),
        date(2026, 11, 30),
        date(2026, 12, 31),
    ]
    assert windows["contracted_minor"].to_list() == [0, 0, 0, 150_000, 0, 0, 0, 0, 0, 0]
    assert windows["expected_minor"].null_count() == WINDOWS


def test_each_currency_has_the_windows_up_to_the_last_amount() -> None:
    far = ("BRL", date(2027, 6, 1), date(2027, 6, 30), 900)
    windows = every_window(calendar(far, LATE, has_forecast=True), AS_OF)
    assert windows.group_by("currency", maintain_order=True).len().rows() == [
        ("BRL", WINDOWS + 2),
        ("EUR", WINDOWS + 2),
    ]
    assert not windows["expected_minor"].null_count()
    assert every_window(calendar(), AS_OF).height == 0


@pytest.mark.parametrize(
    ("tag", "amounts", "first_day"),
    [
        ("en", ["0", "500", "1K", "1.5K"], "Nov 2"),
        ("es", ["0", "500", "1 mil", "1,5 mil"], "2 nov"),
        ("pt-BR", ["0", "500", "1 mil", "1,5 mil"], "2 de nov"),
    ],
)
def test_axes_are_in_the_language(tag: str, amounts: list[str], first_day: str) -> None:
    locale = Locale(tag)
    rows = every_window(calendar(LATE), AS_OF)
    chart = calendar_chart(BookChart("cash_calendar", rows, ("EUR",), locale))
    labels = axis_labels(style_chart(chart, locale, "", {}))
    assert first_day in labels
    assert list(dict.fromkeys(label for label in labels if label in amounts)) == amounts


def axis_labels(chart: Any) -> list[str]:
    """The texts of the labels of the axes."""
    svg = chart_svg(chart.to_dict())
    groups = re.findall(r'<g class="mark-text role-axis-label".*?</g>', svg, re.DOTALL)
    texts = [re.findall(r">([^<>]+)</text>", group) for group in groups]
    return [text.replace("\u00a0", " ") for group in texts for text in group]
