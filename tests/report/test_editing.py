"""Every report of six kinds of sellers: words of the reader, files at hand, order of currencies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from smartinst.analytics.currency_order import currency_order
from smartinst.pages.html.page import render_page
from smartinst.report.book import open_book
from smartinst.runs.definitions import read_definition
from smartinst.settings import load_settings
from smartinst.shipped import NOTEBOOKS, REPORTS
from tests.support.chromium import open_page, set_filters
from tests.support.executed import edition_at, execute_in_process
from tests.support.internal_words import INTERNAL_WORDS
from tests.support.report_texts import (
    NOTEBOOK_WORDS,
    NOTHING_CAME,
    XLSX_WORDS,
    ReportTexts,
    amount_lists,
)
from tests.support.six_sellers import KINDS, LOCALES
from tests.support.workspace import AS_OF

REPORTS_OF_SELLERS: Final = ("seller", "seller-weekly", "seller-monthly", "recovery-daily")
ReportOf = Callable[[str, str], ReportTexts]


@pytest.fixture(scope="session")
def report_of(six_sellers: Path, tmp_path_factory: pytest.TempPathFactory) -> ReportOf:
    """Report and seller → the report, executed once."""
    folder, reports = tmp_path_factory.mktemp("edited"), dict[tuple[str, str], ReportTexts]()

    def report(name: str, seller: str) -> ReportTexts:
        if (name, seller) not in reports:
            definition = read_definition(REPORTS / f"{name}.toml")
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(six_sellers)
                path = execute_in_process(
                    NOTEBOOKS / definition.notebook,
                    folder / f"{name}-{seller}.ipynb",
                    seller=seller,
                    as_of=AS_OF.isoformat(),
                    live=False,
                )
            reports[name, seller] = ReportTexts(path, LOCALES.get(seller, "en"))
        return reports[name, seller]

    return report


def attached(name: str) -> tuple[str, ...]:
    """The formats that a shipped report attaches; those that it makes if it is not mailed."""
    definition = read_definition(REPORTS / f"{name}.toml")
    return tuple(definition.delivery.attach) if definition.delivery else definition.formats


@pytest.mark.parametrize("seller", KINDS)
@pytest.mark.parametrize("name", REPORTS_OF_SELLERS)
def test_no_text_has_an_internal_word_or_names_a_file_that_is_not_attached(
    name: str, seller: str, report_of: ReportOf
) -> None:
    report = report_of(name, seller)
    for formats in {("pdf",), attached(name)}:
        texts = {"paper": report.paper(*formats), "mail": report.mail(*formats)}
        if "html" in formats:
            texts["page"] = report.page(*formats)
        for medium, text in texts.items():
            assert [word for word in INTERNAL_WORDS if word in text] == [], medium
            assert NOTHING_CAME.findall(text) == [], medium
            assert NOTEBOOK_WORDS.findall(text) == [], medium
            assert "xlsx" in formats or XLSX_WORDS.findall(text) == [], medium
    assert [word for word in ("÷", "--", "PAR 30") if word in report.chart_texts()] == []


@pytest.mark.parametrize("seller", KINDS)
@pytest.mark.parametrize("name", REPORTS_OF_SELLERS)
def test_no_list_has_its_currencies_in_another_order(
    name: str, seller: str, report_of: ReportOf, six_sellers: Path
) -> None:
    book = open_book(seller, AS_OF, settings=load_settings(six_sellers, {}))
    order = [*currency_order(book.rows["plans"]), "USD"]  # dollars of commissions alone come last
    report = report_of(name, seller)
    lists = [*report.currency_lists(), *amount_lists(report.paper()), *amount_lists(report.mail())]
    for codes in lists:
        assert codes == sorted(codes, key=order.index)
    if seller == "currencies":
        assert max(len(set(codes)) for codes in lists) == 5


def test_the_filtered_page_of_old_data_does_not_say_that_nothing_came_in(
    chromium: Browser, report_of: ReportOf, tmp_path: Path
) -> None:
    path = tmp_path / "stale.html"
    edition = edition_at(report_of("seller", "stale").notebook, formats=("html",))
    path.write_text(render_page(edition), encoding="utf-8")
    page, faults = open_page(chromium, path)
    set_filters(page, {"status": ["In progress with issues"]})
    text = page.locator("#filtered-headline .lead").inner_text()
    assert text.startswith("Sin datos después del")
    assert NOTHING_CAME.findall(text) == []
    assert faults == []


def test_the_sellers_report_names_forty_plans(report_of: ReportOf, six_sellers: Path) -> None:
    book = open_book("currencies", AS_OF, settings=load_settings(six_sellers, {}))
    text = report_of("seller", "currencies").paper()
    named_plans = [plan for plan in book.rows["plans"]["plan_id"] if plan in text]
    assert 40 <= len(named_plans) < 60  # alerts name some more
