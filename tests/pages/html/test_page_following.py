"""The headline, contacts, alerts and currencies of the page follow its filters, as Polars does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from smartinst.analytics.metrics import plan_details
from smartinst.pages.html.script_data import GRAINS
from smartinst.pages.layout.table_view import view_table
from smartinst.pages.reading.report import read_report
from smartinst.report.book import Book, open_book
from smartinst.report.dataset import decoded_frame
from smartinst.report.mime_bundles import KPI, TABLE, DisplayBundle
from smartinst.report.table import Table
from smartinst.settings import Settings, load_settings
from tests.pages.html.test_page_filters import as_controls, filter_sets
from tests.support.chromium import open_page, set_filters
from tests.support.executed import edition_at, write_executed
from tests.support.workspace import AS_OF

SELLER = "nube"
UNCHANGING = {"product", "buyer", "email", "currency", "country", "from", "to", "installments"}
"""Filters that keep the same plans at every date, if the dates are those of the purchase."""

HEADLINE = """() => Object.fromEntries(
  [...document.querySelectorAll('#filtered-headline [data-headline]')]
    .map(e => [e.dataset.headline + ' ' + e.dataset.currency, Number(e.dataset.minor)]))"""
CHANGES = """() => Object.fromEntries(
  [...document.querySelectorAll('#filtered-headline .item, #filtered-headline td')]
    .filter(e => e.querySelector('[data-headline]'))
    .map(e => [
      e.querySelector('[data-headline]').dataset.headline + ' '
        + e.querySelector('[data-headline]').dataset.currency,
      (e.querySelector('.change, .second-line')?.textContent ?? '').trim()]))"""
ROWS = """name => [...document.querySelectorAll(`[data-rows="table-${name}"] tbody tr`)]
  .map(row => [...row.cells].map(cell => cell.textContent.replace(/\\s+/g, '')))"""


@pytest.fixture(scope="module")
def settings(workspace: Path) -> Settings:
    return load_settings(workspace, {})


@pytest.fixture(scope="module")
def page_path(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a seller with 60 plans in several currencies."""
    from smartinst.pages.html.page import render_page

    folder = tmp_path_factory.mktemp("following")
    notebook = write_executed(folder / "seller.ipynb", open_book(SELLER, AS_OF, settings=settings))
    path = notebook.with_suffix(".html")
    path.write_text(render_page(edition_at(notebook)), encoding="utf-8")
    return path


def test_the_page_reads_every_value_of_the_dataset(chromium: Browser, page_path: Path) -> None:
    dataset = read_report(page_path.with_suffix(".ipynb")).dataset
    assert dataset is not None
    page, faults = open_page(chromium, page_path)
    frames = page.evaluate("frames")
    for grain in GRAINS:
        values = decoded_frame(dataset[grain]).to_dict(as_series=False)
        assert len(values) > 0
        assert frames[grain] == values, grain
    packed = page.evaluate("page.data.charges")
    assert "runs" in packed["p"]
    assert "runs" in packed["state"]
    assert faults == []


def filtered_pages(page: Page, settings: Settings, where_sets: list[dict[str, Any]]) -> Any:
    """Sets the page's filters; yields each set with plans, and the book of the same filters."""
    for where in where_sets:
        page.click("#clear")
        set_filters(page, as_controls(where))
        book = open_book(SELLER, AS_OF, where, settings=settings)
        if where and book.rows["plans"].height:
            yield where, book


def all_sets(settings: Settings) -> list[dict[str, Any]]:
    return filter_sets(
        plan_details(open_book(SELLER, AS_OF, settings=settings).rows, lambda _: None)
    )


def key_figures_of(book: Book) -> dict[str, Any]:
    return dict(book.headline().bundle[KPI])


def rows_of(output: DisplayBundle, book: Book) -> list[list[str]]:
    """The texts of a table without spaces; no rows if the book has a sentence instead."""
    if TABLE not in output.bundle:
        return []
    view = view_table(Table.from_json(output.bundle[TABLE]), book.locale)
    return [["".join((cell.text + cell.second_line).split()) for cell in row] for row in view.rows]


def test_the_headline_has_the_amounts_of_a_run_with_the_same_filters(
    chromium: Browser, page_path: Path, settings: Settings
) -> None:
    page, faults = open_page(chromium, page_path)
    assert page.locator("#headline").is_visible()
    compared = 0
    for where, book in filtered_pages(page, settings, all_sets(settings)):
        content = key_figures_of(book)
        amounts = {
            f"{item['name']} {card['currency']}": item["minor"]
            for card in content["currencies"]
            for item in card["items"]
            if item.get("minor") is not None
        } | {f"net {net['currency']}": net["minor"] for net in content["net"] if net["minor"]}
        displayed_texts = page.evaluate(HEADLINE)
        assert {
            name: minor for name, minor in displayed_texts.items() if name in amounts
        } == amounts, where
        assert {name for name in displayed_texts if displayed_texts[name]} <= amounts.keys(), where
        assert not page.locator("#headline").is_visible()
        compared += len(amounts)
    assert compared > 100
    assert faults == []


def test_the_headline_compares_the_same_plans_with_the_earlier_date(
    chromium: Browser, page_path: Path, settings: Settings
) -> None:
    page, _ = open_page(chromium, page_path)
    sets = [
        where
        for where in all_sets(settings)
        if where.keys() <= UNCHANGING and where.get("date_field", "purchase") == "purchase"
    ]
    changes = 0
    for where, book in filtered_pages(page, settings, sets):
        displayed_texts = page.evaluate(CHANGES)
        for card in key_figures_of(book)["currencies"]:
            for item in card["items"]:
                change = item.get("change_minor") or 0
                amount = book.locale.money(abs(change), card["currency"])
                text = f"{'+' if change > 0 else '−'}{amount}" if change else ""
                assert displayed_texts[f"{item['name']} {card['currency']}"] == text, (where, item)
                changes += bool(change)
    assert changes > 5


def test_contacts_and_alerts_are_those_of_a_run_with_the_same_filters(
    chromium: Browser, page_path: Path, settings: Settings
) -> None:
    page, faults = open_page(chromium, page_path)
    empty = page.evaluate("text.nothing.replace(/\\s+/g, '')")
    rows = 0
    for where, book in filtered_pages(page, settings, all_sets(settings)):
        for name, output in (("contacts", book.contacts()), ("alerts", book.alerts())):
            expected_rows = rows_of(output, book)
            if not page.locator(f"[data-rows=table-{name}]").count():
                assert expected_rows == [], (name, where)
                continue
            assert page.evaluate(ROWS, name) == (expected_rows or [[empty]]), (name, where)
            rows += len(expected_rows)
    assert rows > 20
    assert faults == []


def test_only_currencies_that_pass_have_panels(chromium: Browser, page_path: Path) -> None:
    page, faults = open_page(chromium, page_path)
    panels = """() => [...document.querySelectorAll('[data-chart=chart-revenue] text')]
      .map(e => e.textContent).filter(text => /^[A-Z]{3}$/.test(text)).sort()"""
    unfiltered_panels = page.evaluate(panels)
    assert len(unfiltered_panels) > 2
    height = page.locator("[data-chart=chart-revenue] svg").bounding_box()
    set_filters(page, {"currency": "EUR"})
    assert page.evaluate(panels) == ["EUR"]
    narrowed = page.locator("[data-chart=chart-revenue] svg").bounding_box()
    assert height and narrowed and narrowed["height"] < height["height"]
    page.click("#clear")
    set_filters(page, {})
    assert page.evaluate(panels) == unfiltered_panels
    assert faults == []
