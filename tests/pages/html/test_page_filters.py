"""The page of a real run, filtered at random in Chromium, has the figures of the commands."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Browser

from smartinst.analytics.currency_order import in_currency_order
from smartinst.analytics.figures import BY_NAME
from smartinst.analytics.filter_table import FILTERS
from smartinst.analytics.metrics import plan_details
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.table_view import view_table
from smartinst.report.book import Book, open_book
from smartinst.report.bound_figure import BoundFigure
from smartinst.report.mime_bundles import TABLE, DisplayBundle
from smartinst.report.table import Table
from smartinst.settings import Settings, load_settings
from tests.support.chromium import STATE, TABLES, open_page, set_filters
from tests.support.workspace import AS_OF, smartinst

SELLER = "nube"
PARTS = ("collected", "overdue", "to_receive", "refunded", "released")
CONTROLS = {"to": "to", "date_field": "date-field", "payment_method": "payment-method"}


@pytest.fixture(scope="module")
def page_path(workspace: Path) -> Path:
    """The page of one seller's real run."""
    result = smartinst(
        workspace, "run", "seller", "--seller", SELLER, "--as-of", AS_OF.isoformat(), "--to", "html"
    )
    assert result.returncode == 0, result.stderr
    return next(Path(line) for line in result.stdout.splitlines() if line.endswith(".html"))


@pytest.fixture(scope="module")
def settings(workspace: Path) -> Settings:
    return load_settings(workspace, {})


def filter_sets(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No filter, each filter alone, and random sets of two to four, with values of a plan."""
    rng = random.Random(20261031)

    def values_of(plan: dict[str, Any]) -> dict[str, Any]:
        values = {
            "product": rng.choice([plan["product_id"], (plan["product"] or "x")[2:7].upper()]),
            "status": sorted({plan["status"], rng.choice(plans)["status"]}),
            "from": plan["purchase_date"],
            "to": "2026-08-20",
            "date_field": rng.choice(["purchase", "due", "paid"]),
            "issued": [plan["issued_installments"], rng.choice([None, 9])],
            "installments": [2, max(2, plan["installments"] or 2)],
            "transaction": (plan["transactions"] or ["none"])[0],
            "buyer": (plan["buyer"] or "x")[:3].lower(),
            "email": (plan["email"] or "x")[:4].upper(),
            "currency": plan["currency"],
            "country": plan["country"],
            "payment_method": plan["payment_method"],
        }
        return {name: value for name, value in values.items() if value}

    single = [
        {name: value}
        for name, value in values_of(rng.choice(plans)).items()
        if name not in ("date_field", "to")
    ]
    sets = [
        {},
        *single,
        *({"from": "2026-01-01", "date_field": field} for field in ("due", "paid")),
    ]
    for _ in range(12):
        values = values_of(rng.choice(plans))
        names = rng.sample(sorted(values), rng.randint(2, 4))
        if "date_field" in names and not {"from", "to"} & set(names):
            names.append("to")
        if {"from", "to"} <= set(names) and values["from"] > values["to"]:
            names.remove("to")
        sets.append({name: values[name] for name in names})
    return sets


def as_controls(where: dict[str, Any]) -> dict[str, Any]:
    """The values of the page's controls for a `where`."""
    return {
        CONTROLS.get(name, name): (
            "" if value[0] is None else value[0],
            "" if value[1] is None else value[1],
        )
        if name in ("issued", "installments")
        else value
        for name, value in where.items()
    }


def in_report_order(book: Book, report_plans: pl.DataFrame) -> Book:
    """The book with currencies in the order of the report, as the page has them with filters."""
    names = pl.col(r"^(commission_)?currency$").cast(pl.String)
    rows = {
        grain: in_currency_order(frame.with_columns(names), report_plans)
        for grain, frame in book.rows.items()
    }
    return replace(book, rows=rows)


def expected_tables(book: Book) -> dict[str, list[list[str]]]:
    """Title → cells of each figure's table; a figure without rows has no table.

    The page keeps its headings, so revenue has the title that it has with several currencies.
    """
    outputs = (
        book.possible_table(),
        book.overdue_by_product.table(top=12),
        book.aging.table(),
        book.debt_by_installments.table(),
        book.refusals.table(),
        book.status_shares(),
        BoundFigure(BY_NAME["revenue"], book.rows, book.locale).table(),
        book.of_which(),
        book.net_table(),
        book.released(),
        book.revenue_by_month.table(top=30),
        book.revenue_by_country.table(top=25),
    )
    return dict(
        _cells(output, book.locale)
        for output in outputs
        if isinstance(output, DisplayBundle) and TABLE in output.bundle
    )


def _cells(output: DisplayBundle, locale: Locale) -> tuple[str, list[list[str]]]:
    view = view_table(Table.from_json(output.bundle[TABLE]), locale)
    return view.label, [
        [_plain_spaces(cell.text + cell.second_line) for cell in row] for row in view.rows
    ]


def _plain_spaces(text: str) -> str:
    """The text with plain spaces for no-break ones."""
    return " ".join(text.split())


def test_every_declared_filter_is_used_here(settings: Settings) -> None:
    plans = plan_details(open_book(SELLER, AS_OF, settings=settings).rows, lambda _: None)
    names = {name for where in filter_sets(plans) for name in where}
    assert names == {declared.name for declared in FILTERS if declared.kind != "read"}


def test_the_filtered_page_has_the_figures_of_the_command(
    chromium: Browser, page_path: Path, settings: Settings
) -> None:
    page, faults = open_page(chromium, page_path)
    titles = page.evaluate(TABLES).keys()
    all_plans = plan_details(open_book(SELLER, AS_OF, settings=settings).rows, lambda _: None)
    unfiltered_plans = open_book(SELLER, AS_OF, settings=settings).rows["plans"]
    sets_with_plans = 0
    for where in filter_sets(all_plans):
        page.click("#clear")
        set_filters(page, as_controls(where))
        book = open_book(SELLER, AS_OF, where, settings=settings)
        plans = plan_details(book.rows, lambda _: None)
        sets_with_plans += bool(plans)
        state = page.evaluate(STATE)
        assert state["ids"] == sorted(plan["plan_id"] for plan in plans), where
        assert {(part, currency): n for part, currency, n in state["totals"] if n} == _totals(
            plans
        ), where
        assert {currency: minor for currency, minor in state["nets"] if minor} == _nets(plans), (
            where
        )
        tables = page.evaluate(TABLES)
        run_tables = expected_tables(in_report_order(book, unfiltered_plans))
        for title in titles:
            no_rows = [[book.locale.gettext("Nothing to show here.")]]
            cells = [[_plain_spaces(cell) for cell in row] for row in tables[title]]
            assert cells == run_tables.get(title, no_rows), (title, where)
    assert sets_with_plans > 20
    assert len(titles) == 12
    assert faults == []


def test_a_wide_table_on_a_phone_scrolls_beside_its_first_column(
    chromium: Browser, page_path: Path
) -> None:
    page, _ = open_page(chromium, page_path, 390)
    scroll = page.locator("#table-overdue-by-product .scroll")
    assert scroll.locator("thead").evaluate("e => e.offsetHeight") < 90
    cell = scroll.locator("tbody td").first
    box = cell.bounding_box()
    scroll.evaluate("e => { e.scrollLeft = 150 }")
    assert scroll.evaluate("e => e.scrollLeft") == 150
    assert cell.bounding_box() == box


def test_on_a_phone_wide_tables_show_that_they_go_on_and_charts_fit(
    chromium: Browser, page_path: Path
) -> None:
    page, faults = open_page(chromium, page_path, 390)
    page.evaluate("for (const section of sections) section.open = true")
    page.evaluate("(async () => { await nextTask(); await drawing; })()")
    page.wait_for_function("charts.every(chart => !needsFit(chart))")
    page.evaluate("async () => { await drawing; }")
    shades = page.evaluate("""() => [...document.querySelectorAll('.table > .scroll')]
      .filter(e => e.scrollWidth > e.clientWidth + 1)
      .map(e => [e.closest('.table').className, getComputedStyle(e).backgroundImage])""")
    assert {"table loan_book", "table figure"} <= {name for name, _ in shades}
    assert all("gradient" in image for _, image in shades)
    widths = page.evaluate("""() => charts.filter(chart => !chart.host.hidden)
      .map(chart => [chart.anchor, svgWidth(chart), chart.host.clientWidth])""")
    assert [chart for chart in widths if chart[1] > chart[2]] == []
    assert faults == []


@pytest.mark.parametrize("width", [1280, 390])
def test_every_panel_of_a_chart_labels_its_bars(
    chromium: Browser, page_path: Path, width: int
) -> None:
    page, faults = open_page(chromium, page_path, width)
    words = page.evaluate(
        "[...document.querySelectorAll('[data-chart=chart-revenue] text')].map(e => e.textContent)"
    )
    currencies = [word for word in words if len(word) == 3 and word.isalpha() and word.isupper()]
    assert len(currencies) > 1
    assert Counter(words)["Vencido"] == len(currencies)
    assert faults == []


def _totals(plans: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    sums: Counter[tuple[str, str]] = Counter()
    for plan in plans:
        sums["plans", plan["currency"]] += 1
        for part in PARTS:
            sums[part, plan["currency"]] += plan[f"{part}_minor"]
    return {key: n for key, n in sums.items() if n}


def _nets(plans: list[dict[str, Any]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for plan in plans:
        sums.update(plan["net_collected_minor"])
    return {currency: minor for currency, minor in sums.items() if minor}
