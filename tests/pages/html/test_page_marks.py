"""What a reader does on the page: bars and rows filter, plans open, links and files are made."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from smartinst.money import exponent
from smartinst.pages.csv_export import escape_formula
from smartinst.pages.html.page import render_page
from smartinst.report.book import Book, open_book
from smartinst.settings import load_settings
from tests.support.chromium import STATE, open_page, set_filters, wait_until_drawn
from tests.support.executed import edition_at, write_executed
from tests.support.workspace import AS_OF

SELLER = "nube"


@pytest.fixture(scope="module")
def book(workspace: Path) -> Book:
    return open_book(SELLER, AS_OF, settings=load_settings(workspace, {}))


@pytest.fixture(scope="module")
def page_path(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    notebook = write_executed(tmp_path_factory.mktemp("marks") / "seller.ipynb", book)
    path = notebook.with_suffix(".html")
    path.write_text(render_page(edition_at(notebook)), encoding="utf-8")
    return path


def ids(page: Page) -> list[str]:
    wait_until_drawn(page)
    return list(page.evaluate(STATE)["ids"])


def plans_with(book: Book, **values: object) -> list[str]:
    """The ids of the plans with these values."""
    return sorted(
        plan["plan_id"]
        for plan in book.rows["plans"].to_dicts()
        if all(plan[name] == value for name, value in values.items())
    )


def test_a_bar_filters_the_rest_and_a_second_click_releases_it(
    chromium: Browser, page_path: Path, book: Book
) -> None:
    page, faults = open_page(chromium, page_path)
    all_ids = ids(page)
    bar = page.locator("[data-chart=chart-status-by-installments] [role=button]").first
    installments, status = bar.evaluate(
        "e => [e.__data__.datum.installments, e.__data__.datum.status]"
    )
    bar.click()
    assert ids(page) == plans_with(book, installments=installments, status=status)
    assert bar.get_attribute("aria-pressed") == "true"
    mark_count = page.locator("[data-chart=chart-status-by-installments] [role=button]").count()
    assert mark_count > 5  # the chart does not follow its own mark
    bar.click()
    assert ids(page) == all_ids
    assert faults == []


def test_bars_are_reached_and_toggled_by_keyboard(chromium: Browser, page_path: Path) -> None:
    page, _ = open_page(chromium, page_path)
    all_ids = ids(page)
    bars = page.locator("[data-chart=chart-aging] [role=button]")
    assert page.locator("[data-chart=chart-aging] [tabindex='0']").count() == 1
    bars.first.focus()
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    assert 0 < len(ids(page)) < len(all_ids)
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == label
    page.keyboard.press("Enter")
    assert ids(page) == all_ids


def test_bars_stay_buttons_when_the_window_gets_narrower(
    chromium: Browser, page_path: Path
) -> None:
    page, faults = open_page(chromium, page_path)
    buttons = page.locator(".drawing [role=button]").count()
    page.set_viewport_size({"width": 1000, "height": 900})
    page.wait_for_timeout(300)
    wait_until_drawn(page)
    assert page.locator(".drawing [role=button]").count() == buttons > 0
    assert page.locator("[aria-hidden=true] [role=button]").count() == 0
    assert faults == []


def test_a_row_of_a_table_filters_the_rest_and_keeps_the_focus(
    chromium: Browser, page_path: Path, book: Book
) -> None:
    page, _ = open_page(chromium, page_path)
    button = page.locator("[data-table=table-status-shares] .row-mark").nth(1)
    button.focus()
    page.keyboard.press("Space")
    assert ids(page) == plans_with(book, status="In progress with issues")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert page.locator("[data-table=table-status-shares] tbody tr").count() == 7
    page.locator("#active-filters .chip").click()
    assert len(ids(page)) == book.rows["plans"].height


def test_marks_of_two_charts_and_a_filter_are_combined(
    chromium: Browser, page_path: Path, book: Book
) -> None:
    page, _ = open_page(chromium, page_path)
    currency = book.rows["plans"]["currency"].cast(str).mode().to_list()[0]
    set_filters(page, {"currency": currency})
    page.locator("[data-chart=chart-overdue-by-product] [role=button]").first.click()
    wait_until_drawn(page)
    page.locator("[data-table=table-status-shares] .row-mark").nth(1).click()
    passing = ids(page)
    plans = [plan for plan in book.rows["plans"].to_dicts() if plan["plan_id"] in passing]
    assert {(p["currency"], p["product_id"], p["status"]) for p in plans} == {
        (currency, plans[0]["product_id"], "In progress with issues")
    }
    assert page.locator("#active-filters .chip").count() == 3


def test_the_back_button_restores_filters_and_marks(chromium: Browser, page_path: Path) -> None:
    page, _ = open_page(chromium, page_path)
    all_ids = ids(page)
    set_filters(page, {"status": ["Completed"]})
    completed = ids(page)
    page.locator("[data-table=table-revenue] .row-mark").first.click()
    ids_of_both_marks = ids(page)
    page.go_back()
    assert ids(page) == completed
    page.go_back()
    assert ids(page) == all_ids
    page.go_forward()
    page.go_forward()
    assert ids(page) == ids_of_both_marks
    second_page, _ = open_page(chromium, page_path)
    second_page.goto(page.url)
    second_page.reload()
    assert ids(second_page) == ids_of_both_marks


def test_typing_is_one_entry_of_the_history(chromium: Browser, page_path: Path) -> None:
    page, _ = open_page(chromium, page_path)
    length = page.evaluate("history.length")
    page.locator("[data-filter=buyer]").focus()
    for letter in "ana":
        page.keyboard.press(letter)
        wait_until_drawn(page)
    assert page.url.endswith("#buyer=ana")
    assert page.evaluate("history.length") == length + 1


@pytest.mark.parametrize(
    "hash_",
    [
        "currency=XXX&status=Gone&from=yesterday&installments.min=-4&unknown=1",
        "status=%E0%A4%A&currency=%",
        "chart-aging=%7B%22a%22%3A1%7D&chart-aging=[[[[&chart-revenue=%5B%22ZZZ%22%5D",
        f"table-revenue={quote(json.dumps(['<img src=x onerror=alert(1)>']))}",
        "__proto__=1&constructor=2",
        "%E0%A4%A",
    ],
)
def test_unknown_values_in_the_address_are_ignored(
    chromium: Browser, page_path: Path, book: Book, hash_: str
) -> None:
    page, faults = open_page(chromium, page_path)
    page.goto(page.url.split("#")[0] + "#" + hash_)
    page.reload()
    assert len(ids(page)) == book.rows["plans"].height
    assert [fault for fault in faults if not fault.startswith("file:")] == []


def test_a_plans_charges_open_below_its_row_by_keyboard(
    chromium: Browser, page_path: Path, book: Book
) -> None:
    page, faults = open_page(chromium, page_path)
    opener = page.locator("#plans .opener").first
    opener.focus()
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    plan_id = page.locator("#plans [data-plan-id]").first.get_attribute("data-plan-id")
    charges = book.rows["charges"].to_dicts()
    plan_charges = [charge for charge in charges if charge["plan_id"] == plan_id]
    rows = page.locator("#plans tr.charges tbody tr")
    assert rows.count() == len(plan_charges)
    first_cells = [cell.inner_text() for cell in rows.first.locator("td").all()]
    assert first_cells[0] == "1"
    assert first_cells[1] == book.locale.date(plan_charges[0]["due_date"])
    assert "".join(first_cells[2].split()) == "".join(
        book.locale.money(plan_charges[0]["amount_minor"], plan_charges[0]["currency"]).split()
    )
    assert first_cells[5] == str(plan_charges[0]["attempts"])
    opener.press("Enter")
    assert rows.count() == 0
    assert len(ids(page)) == book.rows["plans"].height
    assert faults == []


def test_the_csv_has_the_plans_that_pass_with_numbers(
    chromium: Browser, page_path: Path, book: Book
) -> None:
    page, faults = open_page(chromium, page_path)
    set_filters(page, {"status": ["In progress with issues"]})
    with page.expect_download() as download:
        page.click("#save-csv")
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    header, *rows = csv.reader(StringIO(text), delimiter=";")
    plans = {plan["plan_id"]: plan for plan in book.rows["plans"].to_dicts()}
    assert sorted(row[0] for row in rows) == ids(page)
    total = header.index(book.locale.gettext("Total"))
    currency = header.index(book.locale.gettext("Currency"))
    for row in rows:
        amount = Decimal(row[total].replace(",", ".")).scaleb(exponent(row[currency]))
        assert amount == plans[row[0]]["total_minor"]
    assert faults == []


def test_no_cell_of_the_csv_is_a_formula_at_any_separator(
    chromium: Browser, hostile_book: Book, tmp_path: Path
) -> None:
    notebook = write_executed(tmp_path / "seller.ipynb", hostile_book)
    notebook.with_suffix(".html").write_text(render_page(edition_at(notebook)), encoding="utf-8")
    page, _ = open_page(chromium, notebook.with_suffix(".html"))
    text = str(page.evaluate("csvText()")).removeprefix("\ufeff")
    assert text.count("cmd|") > 0
    for separator in ",;\t":
        for row in csv.reader(StringIO(text), delimiter=separator):
            assert [cell for cell in row if re.match(r"\s*[=+@]|\s*-(?!\d)", cell)] == []
    texts = [
        "=1+1",
        "x;=1+1",
        'x,"=1+1',
        "x\t@SUM(1)",
        "a-b@c.d",
        "Ana, Bia",
        "+351912000374",
        "-5",
    ]
    escaped = [escape_formula(value) for value in texts]
    assert page.evaluate("texts => texts.map(escapeFormula)", texts) == escaped


@pytest.mark.parametrize("width", [1280, 390])
def test_the_contents_lead_to_sections_and_keep_the_filters(
    chromium: Browser, page_path: Path, width: int
) -> None:
    page, faults = open_page(chromium, page_path, width)
    page.evaluate("document.getElementById('filters').open = true")
    set_filters(page, {"status": ["Completed"]})
    page.evaluate("document.getElementById('filters').open = false")
    link = page.locator(".contents a").last
    link.click()
    heading = page.locator(str(link.get_attribute("href")))
    assert heading.is_visible()
    assert heading.evaluate("e => e.closest('details').open")
    assert page.url.endswith("#status=Completed")
    assert faults == []


def test_a_phone_begins_with_folded_sections_of_at_most_eight_screens(
    chromium: Browser, page_path: Path
) -> None:
    page, _ = open_page(chromium, page_path, 390)
    assert page.locator("details.section[open]").count() == 0
    assert page.evaluate("document.documentElement.scrollHeight") <= 8 * 844
    page.locator("details.section summary").first.click()
    assert page.locator("details.section[open]").count() == 1
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page_without_script = context.new_page()
    page_without_script.goto(page_path.as_uri())
    assert page_without_script.locator("details.section[open]").count() > 10


def test_products_are_a_list_with_search(chromium: Browser, page_path: Path, book: Book) -> None:
    page, _ = open_page(chromium, page_path)
    field = page.locator("[data-filter=product]")
    values = field.evaluate("e => [...e.list.options].map(option => option.value)")
    assert sorted(values) == sorted(set(book.rows["plans"]["product"].drop_nulls().to_list()))
