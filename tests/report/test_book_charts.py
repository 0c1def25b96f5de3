"""Charts of the book need no check of the schema, unless the notebook has changed them."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import pytest
from altair.utils.schemapi import SchemaBase, SchemaValidationError, debug_mode

from smartinst.i18n.locales import Locale
from smartinst.report.book import Book, open_book
from smartinst.report.charts import catalog
from smartinst.report.charts.book_charts import chart_spec, is_unmodified, unchecked_building
from smartinst.report.charts.catalog import CHARTS
from smartinst.report.charts.mime_renderer import chart_bundle
from smartinst.report.loan_book.chart_rows import BookChart
from smartinst.report.loan_book.forecast_charts import calendar_chart
from smartinst.report.mime_bundles import VEGALITE
from smartinst.settings import load_settings
from tests.support.builders import Plan, monthly, paid
from tests.support.executed import literal_book
from tests.support.workspace import AS_OF, SELLERS


@pytest.fixture(scope="module", params=SELLERS)
def book(request: pytest.FixtureRequest, workspace: Path) -> Book:
    return open_book(request.param, AS_OF, settings=load_settings(workspace, {}))


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_of_the_book_is_valid(name: str, book: Book) -> None:
    chart = getattr(book, name).chart()
    assert is_unmodified(chart)
    assert chart_spec(chart) == chart_spec(chart) == chart.to_dict(validate=True)
    assert is_unmodified(chart)


def test_a_currency_without_an_amount_has_no_panel() -> None:
    euros = Plan(3, monthly("Jan", "Feb", "Mar"))
    paid_yen = Plan(1, (paid(1, "15 Jan", currency="JPY"),), plan_id="2")
    open_euros = Plan(12, monthly("Jan", "Feb", "Mar"), plan_id="3")
    book = literal_book([euros, paid_yen, open_euros])
    assert "JPY" in str(book.revenue.chart().to_dict()["vconcat"])
    assert book.possible_by_month.chart().to_dict()["title"] == "EUR"


def test_a_calendar_without_a_forecast_has_no_legend_for_it() -> None:
    assert _legend_of_calendar(None) == ["contracted"]
    assert _legend_of_calendar(900) == ["contracted", "expected"]


def _legend_of_calendar(expected_minor: int | None) -> list[str]:
    rows = pl.DataFrame(
        {
            "currency": ["EUR"],
            "from_date": [date(2026, 12, 1)],
            "to_date": [date(2026, 12, 7)],
            "contracted_minor": [1_000],
            "expected_minor": pl.Series([expected_minor], dtype=pl.Int64),
        }
    )
    chart = calendar_chart(BookChart("cash_calendar", rows, ("EUR",), Locale("en"))).to_dict()
    assert ("Expected" in str(chart)) is (expected_minor is not None)
    (weeks,) = chart["hconcat"]
    return list(weeks["encoding"]["color"]["scale"]["domain"])


def test_a_calendar_has_weeks_and_months_in_parts_of_their_own() -> None:
    days = [
        (date(2026, 11, 2), date(2026, 11, 8)),
        (date(2026, 11, 30), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 2, 1), date(2027, 2, 28)),
    ]
    rows = pl.DataFrame(
        {
            "currency": "EUR",
            "from_date": [first for first, _ in days],
            "to_date": [last for _, last in days],
            "contracted_minor": 1_000,
            "expected_minor": pl.Series([None] * len(days), dtype=pl.Int64),
        }
    )
    chart = calendar_chart(BookChart("cash_calendar", rows, ("EUR",), Locale("es"))).to_dict()
    domains = {part["title"]: part["encoding"]["x"]["scale"]["domain"] for part in chart["hconcat"]}
    assert domains == {
        "Por semana": ["2026-11-02", "2026-11-30"],
        "Por mes": ["2026-12-01", "2027-02-01"],
    }


def test_a_legend_names_the_statuses_that_occur_and_a_single_month_is_in_a_table() -> None:
    book = literal_book([Plan(3, monthly("Jan", "Feb", "Mar"))])
    legend = book.status_by_installments.chart().to_dict()["encoding"]["color"]["legend"]
    assert legend["values"] == ["Completed"]
    assert not book.revenue_by_month.has_one_month
    paid_once = literal_book([Plan(1, (paid(1, "15 Jan"),))])
    assert paid_once.revenue_by_month.has_one_month
    assert not paid_once.status_by_installments.has_one_month


def test_revenue_of_one_currency_is_not_titled_by_currency() -> None:
    euros = Plan(3, monthly("Jan", "Feb", "Mar"))
    francs = Plan(1, (paid(1, "15 Jan", currency="CHF"),), plan_id="2")
    assert literal_book([euros]).revenue.figure.title == "Revenue"
    assert literal_book([euros, francs]).revenue.figure.title == "Revenue by currency"


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_the_same_as_with_copies_of_all_parts(
    name: str, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    light = getattr(book, name).chart().to_dict()
    monkeypatch.setattr(catalog, "unchecked_building", nullcontext)
    assert getattr(book, name).chart().to_dict() == light


def test_building_leaves_altair_as_it_was() -> None:
    copy = SchemaBase.copy
    with pytest.raises(ZeroDivisionError), unchecked_building():
        1 / 0  # noqa: B018
    assert SchemaBase.copy is copy


def test_other_threads_copy_completely_while_one_builds(book: Book) -> None:
    chart = book.status_by_installments.chart()
    with ThreadPoolExecutor(1) as thread:
        with unchecked_building():
            assert chart.copy().encoding is chart.encoding
            copy = thread.submit(chart.copy).result()
        assert copy.encoding is not chart.encoding


def test_threads_that_display_charts_leave_altair_as_it_was(book: Book) -> None:
    charts = [getattr(book, name).chart() for name in CHARTS]
    specs = [chart_spec(chart) for chart in charts]
    copy, interval = SchemaBase.copy, sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(chart_spec, charts * 3)) == specs * 3
    finally:
        sys.setswitchinterval(interval)
    assert SchemaBase.copy is copy
    with pytest.raises(SchemaValidationError):
        alt.Axis(labelAngle="steep")  # type: ignore[arg-type]


def change_title_in_place(chart: Any) -> Any:
    chart.title = [5]
    return chart


def change_axis_in_place(chart: Any) -> Any:
    chart.encoding.x["axis"]["labelAngle"] = "steep"
    return chart


def change_width_of_a_copy(chart: Any) -> Any:
    copy = chart.copy()
    copy.width = "narrow"
    return copy


@pytest.mark.parametrize(
    "change", [change_title_in_place, change_axis_in_place, change_width_of_a_copy]
)
def test_a_changed_chart_is_checked(change: Any, book: Book) -> None:
    with debug_mode(False):
        chart = change(book.status_by_installments.chart())
    assert not is_unmodified(chart)
    with pytest.raises(SchemaValidationError):
        chart_bundle(chart)


def test_a_changed_chart_is_displayed(book: Book) -> None:
    chart = book.status_by_installments.chart().properties(title="My title")
    assert not is_unmodified(chart)
    assert chart_bundle(chart)[VEGALITE]["title"] == "My title"


def test_a_frame_of_the_notebook_becomes_the_data_of_a_chart(book: Book) -> None:
    chart = book.aging.chart()
    chart.data = pl.DataFrame({"bucket": ["1-30"], "overdue_charges": [5]})
    spec = chart_bundle(chart)[VEGALITE]
    assert spec["datasets"][spec["data"]["name"]] == [{"bucket": "1-30", "overdue_charges": 5}]


def test_rows_that_a_notebook_has_replaced_are_shown_as_altair_shows_them(book: Book) -> None:
    chart = book.overdue_by_product.chart()
    (name,) = chart.datasets
    chart.datasets = {name: [{"overdue": pl.Series([1, 2]), "due": date(2026, 11, 22)}]}
    (row,) = chart_bundle(chart)[VEGALITE]["datasets"][name]
    assert row == {"overdue": [1, 2], "due": {"year": 2026, "month": 11, "date": 22}}
    chart.datasets = {name: [{"overdue": 1, "due": alt.Undefined}]}
    (row,) = chart_bundle(chart)[VEGALITE]["datasets"][name]
    assert row == {"overdue": 1}
