"""The filtered headline compares what may be compared, and says where the data end."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from smartinst.facts import DataQuality
from smartinst.pages.html.page import render_page
from smartinst.report.mime_bundles import KPI
from tests.support.builders import Plan, monthly
from tests.support.chromium import open_page, set_filters
from tests.support.executed import edition_at, literal_book, write_executed

PLANS = (
    Plan(3, monthly("Jan", "Feb"), buyer="Rita"),
    Plan(3, monthly("Jan", "Feb", "Mar", "Apr", currency="GBP"), plan_id="2", buyer="Paulo"),
    *(
        Plan(
            3,
            monthly("Apr", currency=currency, minor=30_000),
            purchased=date(2026, 4, 15),
            plan_id=plan_id,
            buyer="Rita",
        )
        for plan_id, currency in (("3", "EUR"), ("4", "USD"), ("5", "GBP"))
    ),
)
"""EUR and GBP are older than the week of the report, 13 to 19 April 2026; USD is not. Rita's first
plan in GBP was bought in the week."""

ITEMS = """() => [...document.querySelectorAll('#filtered-headline .item')].map(item => {
  const text = name => item.querySelector(name)?.textContent.trim() ?? '';
  const {headline, currency} = item.querySelector('[data-headline]').dataset;
  return [`${headline} ${currency}`, text('.change'), text('.below')];
})"""
SENTENCES = """() => [...document.querySelectorAll(
  '#filtered-headline .lead, #filtered-headline .news li'
)].map(e => [e.className, e.textContent])"""


def filtered(
    chromium: Browser, folder: Path, buyer: str, data_through: date
) -> tuple[dict[str, tuple[str, str]], list[list[str]], dict[str, Any]]:
    """The items and the sentences of the page of a buyer's plans, and the run's of these plans."""
    quality = DataQuality(data_through, 0, 0, (), {}, {})
    notebook = write_executed(folder / "seller.ipynb", literal_book(PLANS, data_quality=quality))
    path = notebook.with_suffix(".html")
    path.write_text(render_page(edition_at(notebook)), encoding="utf-8")
    page, faults = open_page(chromium, path)
    set_filters(page, {"buyer": buyer})
    items = {name: (change, words) for name, change, words in page.evaluate(ITEMS)}
    sentences = page.evaluate(SENTENCES)
    assert faults == []
    plans = [plan for plan in PLANS if plan.buyer == buyer]
    return items, sentences, literal_book(plans, data_quality=quality).headline().bundle[KPI]


def test_a_currency_first_sold_in_the_period_is_not_compared_if_filtered(
    chromium: Browser, tmp_path: Path
) -> None:
    items, _, run = filtered(chromium, tmp_path, "Rita", date(2026, 4, 19))
    assert items["received EUR"] == ("+€300.00 · better", "")
    assert items["received USD"] == items["received GBP"] == ("", "")
    changes = {
        f"{item['name']} {card['currency']}": bool(item["change_minor"])
        for card in run["currencies"]
        for item in card["items"]
    }
    assert {name: bool(change) for name, (change, _) in items.items()} == changes


def test_balances_of_a_period_without_data_say_when_they_were_known_if_filtered(
    chromium: Browser, tmp_path: Path
) -> None:
    items, _, run = filtered(chromium, tmp_path, "Rita", date(2026, 4, 12))
    day_by_item = {
        f"{item['name']} {card['currency']}": item.get("below", "")
        for card in run["currencies"]
        for item in card["items"]
    }
    assert {name: words for name, (_, words) in items.items()} == day_by_item
    assert day_by_item["overdue EUR"] == "as known on Apr 12, 2026"


@pytest.mark.parametrize(("day", "is_last"), [(18, True), (17, False)])
def test_a_missing_last_day_is_said_after_the_news_if_filtered(
    day: int, is_last: bool, chromium: Browser, tmp_path: Path
) -> None:
    _, sentences, run = filtered(chromium, tmp_path, "Rita", date(2026, 4, day))
    assert [item["kind"] for item in run["news"]].index("no_data") == is_last
    end = f"No data after Apr {day}, 2026: the figures end on that day."
    places = [place for place, (_, text) in enumerate(sentences) if text.startswith(end)]
    assert places == [len(sentences) - 1 if is_last else 0]
    assert len(sentences) > 1
    if is_last:
        assert sentences[-1] == ["neutral", end]
