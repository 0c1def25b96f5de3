"""The offline page in Chromium: it loads nothing, and its filters follow the rules."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from smartinst.pages.html.page import render_page
from smartinst.report.book import Book
from tests.support.builders import Plan, monthly, paid
from tests.support.chromium import STATE, open_page, set_filters, wait_until_drawn
from tests.support.executed import edition_at, literal_book, write_executed

PARTS = ("collected", "overdue", "to_receive", "refunded", "released")


@pytest.fixture(scope="module")
def hostile(hostile_book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 140 plans with hostile names, and of a chart that no filter can change."""
    forecast = alt.Chart(pl.DataFrame({"month": [1, 2, 3], "value": [1, 4, 9]}), title="Previsão")
    chart = forecast.mark_bar().encode(x="month:O", y="value:Q")
    folder = tmp_path_factory.mktemp("page")
    return write_html(write_executed(folder / "hostile.ipynb", hostile_book, chart))


def write_html(notebook: Path) -> Path:
    path = notebook.with_suffix(".html")
    path.write_text(render_page(edition_at(notebook)), encoding="utf-8")
    return path


def write_page(folder: Path, plans: list[Plan]) -> Path:
    """The page of a seller with these plans."""
    return write_html(write_executed(folder / "seller.ipynb", literal_book(plans)))


def passes(plan: dict[str, Any], filters: dict[str, Any]) -> bool:
    """Whether a plan passes filters (docs/metrics.md §7)."""
    start, end = filters.get("from", ""), filters.get("to", "9999")
    field = filters.get("date-field", "purchase")
    days = {
        "purchase": [plan["purchase_date"]],
        "due": [c["due_date"] for c in plan["charges"] if c["state"] != "released"],
        "paid": [c["paid_date"] for c in plan["charges"] if c["paid_date"]],
    }[field]
    rules = [
        plan["status"] in filters["status"] if "status" in filters else True,
        any(start <= day <= end for day in days) if {"from", "to"} & filters.keys() else True,
        all(
            plan[name.replace("-", "_")] == filters[name]
            for name in ("currency", "country", "payment-method")
            if name in filters
        ),
        all(
            filters[name][0] <= plan[column] <= filters[name][1]
            for name, column in (
                ("issued", "issued_installments"),
                ("installments", "installments"),
            )
            if name in filters
        ),
        filters.get("buyer", "").lower() in (plan["buyer"] or "").lower(),
        filters.get("email", "").lower() in plan["email"].lower(),
        filters["product"].lower() in (plan["product"] or "").lower()
        or filters["product"] == plan["product_id"]
        if "product" in filters
        else True,
        filters["transaction"] in plan["transactions"] if "transaction" in filters else True,
    ]
    return all(rules)


def plain_rows(book: Book) -> list[dict[str, Any]]:
    """Plans with ISO dates, each with its charges and the codes of its transactions."""
    tables = {
        grain: book.rows[grain].with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts()
        for grain in ("plans", "charges", "attempts")
    }
    return [
        plan
        | {"charges": [row for row in tables["charges"] if row["plan_id"] == plan["plan_id"]]}
        | {
            "transactions": [
                row["transaction"]
                for row in tables["attempts"]
                if row["plan_id"] == plan["plan_id"]
            ]
        }
        for plan in tables["plans"]
    ]


def combinations(plans: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    rng = random.Random(11)
    yield {}
    yield {"date-field": "due"}
    yield {"buyer": "</script>"}
    yield {"status": ["Completed", "Refunded"]}
    for _ in range(14):
        plan = rng.choice(plans)
        values = {
            "status": [plan["status"]],
            "currency": plan["currency"],
            "payment-method": plan["payment_method"],
            "installments": (1, plan["installments"]),
            "issued": (plan["issued_installments"], 12),
            "from": plan["purchase_date"],
            "to": "2026-09-15",
            "date-field": rng.choice(["purchase", "due", "paid"]),
            "product": plan["product_id"],
            "email": plan["email"][:4].upper(),
            "transaction": (plan["transactions"] or ["none"])[-1],
        } | ({"country": plan["country"]} if plan["country"] else {})
        yield {name: values[name] for name in rng.sample(sorted(values), rng.randint(1, 3))}


def test_filters_give_the_plans_and_totals_of_the_rules(
    chromium: Browser, hostile: Path, hostile_book: Book
) -> None:
    plans = plain_rows(hostile_book)
    page, faults = open_page(chromium, hostile)
    for filters in combinations(plans):
        page.click("#clear")
        set_filters(page, filters)
        expected = [plan for plan in plans if passes(plan, filters)]
        totals: Counter[tuple[str, str]] = Counter()
        for plan in expected:
            totals["plans", plan["currency"]] += 1
            for part in PARTS:
                totals[part, plan["currency"]] += plan[f"{part}_minor"]
        state = page.evaluate(STATE)
        assert state["ids"] == sorted(plan["plan_id"] for plan in expected), filters
        page_totals = {(figure, currency): n for figure, currency, n in state["totals"] if n}
        assert page_totals == {key: n for key, n in totals.items() if n}, filters
    assert faults == []


def test_charts_follow_the_filters_except_one_that_says_so(
    chromium: Browser, hostile: Path
) -> None:
    page, _ = open_page(chromium, hostile)
    unfiltered = page.evaluate(
        "[...document.querySelectorAll('.drawing')].map(e => [e.dataset.chart, e.innerHTML])"
    )
    set_filters(page, {"currency": "EUR"})
    filtered = dict(
        page.evaluate(
            "[...document.querySelectorAll('.drawing')].map(e => [e.dataset.chart, e.innerHTML])"
        )
    )
    unchanged = [anchor for anchor, svg in unfiltered if filtered[anchor] == svg]
    assert len(unfiltered) == 17
    noted = page.locator("figure:has(figcaption:has-text('sem filtro')) .drawing")
    assert unchanged == noted.evaluate_all("charts => charts.map(e => e.dataset.chart)")
    assert len(unchanged) == 7  # six of the loan book
    assert unchanged[-1] == "chart-previsao"
    assert (
        page.locator("figure:has(#chart-previsao), #chart-previsao")
        .locator(".unfiltered-note")
        .first.is_visible()
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_has_no_faults_and_fits_the_screen(
    chromium: Browser, hostile: Path, width: int, scheme: Any
) -> None:
    page, faults = open_page(chromium, hostile, width, color_scheme=scheme)
    page.evaluate("document.getElementById('filters').open = true")
    overflow = page.evaluate("""() => ({
      page: document.documentElement.scrollWidth - innerWidth,
      controls: [...document.querySelectorAll('[data-filter]')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1).length,
      names: document.querySelectorAll('pwn-canary, #pwned, iframe').length,
    })""")
    assert overflow == {"page": 0, "controls": 0, "names": 0}
    assert faults == []


def test_the_list_is_sorted_by_keyboard_and_its_order_is_announced(
    chromium: Browser, hostile: Path
) -> None:
    page, _ = open_page(chromium, hostile)
    page.locator("th[data-column=overdue_minor] button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    amounts = page.evaluate("""() => [...document.querySelectorAll('#plans tbody tr')].map(r => {
      const i = frames.plans.plan_id.indexOf(r.dataset.planId);
      return [frames.plans.currency[i], frames.plans.overdue_minor[i]]; })""")
    by_currency = [amount for currency, amount in amounts if currency == "EUR"]
    assert by_currency == sorted(by_currency, reverse=True)


def test_the_address_keeps_the_filters(chromium: Browser, hostile: Path) -> None:
    page, _ = open_page(chromium, hostile)
    set_filters(page, {"currency": "EUR", "status": ["Completed"], "installments": (2, 9)})
    ids, address = page.evaluate(STATE)["ids"], page.url
    assert "currency=EUR" in address
    second_page, _ = open_page(chromium, hostile)
    second_page.goto(address)
    second_page.reload()
    wait_until_drawn(second_page)
    assert second_page.evaluate(STATE)["ids"] == ids


def test_printed_it_lists_the_filters_and_has_no_controls(chromium: Browser, hostile: Path) -> None:
    page, _ = open_page(chromium, hostile)
    set_filters(page, {"buyer": "a", "currency": "EUR"})
    page.emulate_media(media="print")
    assert page.locator("#active-filters").is_visible()
    assert not page.locator(".panel").is_visible()
    assert "EUR" in page.locator("#active-filters").inner_text()


def test_printed_the_list_has_headings_on_every_page(chromium: Browser, hostile: Path) -> None:
    page, _ = open_page(chromium, hostile)
    sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(format="A4"))).pages]
    lists = [text for text in sheets if len(re.findall(r"@example\.com", text)) > 5]
    assert len(lists) > 2
    assert all("Forma de" in text for text in lists)


def test_printed_it_shows_whole_texts_and_colours(chromium: Browser, hostile: Path) -> None:
    page, _ = open_page(chromium, hostile)
    page.emulate_media(media="print")
    style = """e => [
      getComputedStyle(e).webkitLineClamp, getComputedStyle(e, '::before').printColorAdjust]"""
    assert page.locator(".table:not(.detail) td.k-text bdi").first.evaluate(style)[0] in (
        "none",
        "3",
    )
    assert (
        page.locator(".table:not(.detail) td.k-text bdi").first.evaluate(
            "e => getComputedStyle(e).display"
        )
        == "inline"
    )
    assert page.locator(".money dt").first.evaluate(style)[1] == "exact"


@pytest.mark.parametrize("plans", [0, 1])
def test_it_works_with_no_or_one_plan(chromium: Browser, tmp_path: Path, plans: int) -> None:
    page, faults = open_page(chromium, write_page(tmp_path, [Plan(3, monthly("Jan"))] * plans))
    assert len(page.evaluate(STATE)["ids"]) == plans
    assert faults == []


def test_a_long_list_is_paged(chromium: Browser, tmp_path: Path) -> None:
    plans = [
        Plan(1, (paid(1, "15 Jan", currency=currency),), plan_id=f"{currency}{number}")
        for number in range(1050)
        for currency in ("JPY", "EUR")
    ]
    page, faults = open_page(chromium, write_page(tmp_path, plans))
    assert len(page.evaluate(STATE)["ids"]) == 500
    assert page.locator("#match-count").inner_text() == "2,100 of 2,100 plans pass the filters"
    page.click("[data-step='1']")
    assert page.locator("#pages span").inner_text() == "501–1,000 of 2,100"
    set_filters(page, {"currency": "JPY"})
    assert page.locator("#match-count").inner_text() == "1,050 of 2,100 plans pass the filters"
    assert faults == []


def test_the_page_of_a_thousand_plans_has_less_than_three_megabytes(tmp_path: Path) -> None:
    plans = [Plan(12, monthly("Jan", "Feb", "Mar"), plan_id=str(number)) for number in range(1000)]
    assert write_page(tmp_path, plans).stat().st_size < 3_000_000


def test_without_javascript_it_shows_images_and_the_first_rows(
    chromium: Browser, hostile: Path
) -> None:
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(hostile.as_uri())
    assert page.locator("figure img").count() == 17
    assert page.locator("#table-detail tbody tr").count() >= 60
