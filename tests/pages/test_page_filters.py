"""The page of a real run, filtered at random in Chromium: plans, totals, nets and every table are the command's."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from smartinst.analytics.filters import FILTERS
from smartinst.analytics.metrics import plan_details
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.table_view import view_table
from smartinst.report.book import Book, open_book
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
    done = smartinst(
        workspace, "run", "seller", "--seller", SELLER, "--as-of", AS_OF.isoformat(), "--to", "html"
    )
    assert done.returncode == 0, done.stderr
    return next(Path(line) for line in done.stdout.splitlines() if line.endswith(".html"))


@pytest.fixture(scope="module")
def settings(workspace: Path) -> Settings:
    return load_settings(workspace, {})


def wheres(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No filter; each filter by itself; and random ones of two to four together, all of what some plan has."""
    rng = random.Random(20261031)

    def offers(one: dict[str, Any]) -> dict[str, Any]:
        found = {
            "product": rng.choice([one["product_id"], (one["product"] or "x")[2:7].upper()]),
            "status": sorted({one["status"], rng.choice(plans)["status"]}),
            "from": one["purchase_date"],
            "to": "2026-08-20",
            "date_field": rng.choice(["purchase", "due", "paid"]),
            "issued": [one["issued_installments"], rng.choice([None, 9])],
            "installments": [2, max(2, one["installments"] or 2)],
            "transaction": (one["transactions"] or ["none"])[0],
            "buyer": (one["buyer"] or "x")[:3].lower(),
            "email": (one["email"] or "x")[:4].upper(),
            "currency": one["currency"],
            "country": one["country"],
            "payment_method": one["payment_method"],
        }
        return {name: value for name, value in found.items() if value}

    alone = [
        {name: value}
        for name, value in offers(rng.choice(plans)).items()
        if name not in ("date_field", "to")
    ]
    made = [{}, *alone, *({"from": "2026-01-01", "date_field": field} for field in ("due", "paid"))]
    for _ in range(12):
        values = offers(rng.choice(plans))
        names = rng.sample(sorted(values), rng.randint(2, 4))
        if "date_field" in names and not {"from", "to"} & set(names):
            names.append("to")
        if {"from", "to"} <= set(names) and values["from"] > values["to"]:
            names.remove("to")
        made.append({name: values[name] for name in names})
    return made


def as_controls(where: dict[str, Any]) -> dict[str, Any]:
    """`where` as the page's controls are filled."""
    return {
        CONTROLS.get(name, name): (
            "" if value[0] is None else value[0],
            "" if value[1] is None else value[1],
        )
        if name in ("issued", "installments")
        else value
        for name, value in where.items()
    }


def shown_tables(book: Book) -> dict[str, list[list[str]]]:
    """Each figure's table by its title, its cells as the reader's language writes them; empty where there is nothing."""
    made = (
        book.possible_table(),
        book.overdue_by_product.table(top=12),
        book.aging.table(),
        book.debt_by_installments.table(),
        book.refusals.table(),
        book.status_shares(),
        book.revenue.table(),
        book.of_which(),
        book.net_table(),
        book.released(),
        book.revenue_by_month.table(top=30),
        book.revenue_by_country.table(top=25),
    )
    return dict(
        _cells(one, book.locale)
        for one in made
        if isinstance(one, DisplayBundle) and TABLE in one.bundle
    )


def _cells(shown: DisplayBundle, locale: Locale) -> tuple[str, list[list[str]]]:
    made = view_table(Table.from_json(shown.bundle[TABLE]), locale)
    return made.label, [
        [_spaced(cell.text + cell.second_line) for cell in row] for row in made.rows
    ]


def _spaced(text: str) -> str:
    """Spaces that do not break are spaces here."""
    return " ".join(text.split())


def test_every_filter_of_the_table_is_tried(settings: Settings) -> None:
    plans = plan_details(open_book(SELLER, AS_OF, settings=settings).rows, lambda _: None)
    tried = {name for where in wheres(plans) for name in where}
    assert tried == {one.name for one in FILTERS if one.kind != "read"}


def test_the_filtered_page_says_what_the_command_says(
    chromium: Browser, page_path: Path, settings: Settings
) -> None:
    page, faults = open_page(chromium, page_path)
    titles = page.evaluate(TABLES).keys()
    found = plan_details(open_book(SELLER, AS_OF, settings=settings).rows, lambda _: None)
    some = 0
    for where in wheres(found):
        page.click("#clear")
        set_filters(page, as_controls(where))
        book = open_book(SELLER, AS_OF, where, settings=settings)
        plans = plan_details(book.rows, lambda _: None)
        some += bool(plans)
        state = page.evaluate(STATE)
        assert state["ids"] == sorted(plan["plan_id"] for plan in plans), where
        assert {(part, currency): n for part, currency, n in state["totals"] if n} == _totals(
            plans
        ), where
        assert {currency: minor for currency, minor in state["nets"] if minor} == _nets(plans), (
            where
        )
        tables, wanted = page.evaluate(TABLES), shown_tables(book)
        for title in titles:
            nothing = [[book.locale.gettext("Nothing to show here.")]]
            told = [[_spaced(cell) for cell in row] for row in tables[title]]
            assert told == wanted.get(title, nothing), (title, where)
    assert some > 20
    assert len(titles) == 12
    assert faults == []


def test_a_wide_table_on_a_phone_keeps_its_first_column_and_short_heads(
    chromium: Browser, page_path: Path
) -> None:
    page, _ = open_page(chromium, page_path, 390)
    scroll = page.locator("#table-overdue-by-product .scroll")
    assert scroll.locator("thead").evaluate("e => e.offsetHeight") < 90
    first = scroll.locator("tbody td").first
    before = first.bounding_box()
    scroll.evaluate("e => { e.scrollLeft = 150 }")
    assert scroll.evaluate("e => e.scrollLeft") == 150
    assert first.bounding_box() == before


@pytest.mark.parametrize("width", [1280, 390])
def test_every_panel_of_the_page_names_its_bars(
    chromium: Browser, page_path: Path, width: int
) -> None:
    page, faults = open_page(chromium, page_path, width)
    words = page.evaluate(
        "[...document.querySelectorAll('[data-chart=chart-revenue] text')].map(one => one.textContent)"
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
