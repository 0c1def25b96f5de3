"""Every report of six kinds of sellers: words of the reader, files at hand, order of currencies."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser
from pypdf import PageObject, PdfReader

from smartinst.analytics.currency_order import currency_order
from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.reading.report import read_report
from smartinst.pages.xlsx_rows import contact_sheet, rows_of
from smartinst.report.book import open_book
from smartinst.report.mime_bundles import KPI, TABLE
from smartinst.report.table import Table
from smartinst.runs.definitions import read_definition
from smartinst.settings import load_settings
from smartinst.shipped import NOTEBOOKS, REPORTS
from tests.support.chromium import open_page, set_filters
from tests.support.executed import edition_at, execute_in_process, outputs_at
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
EACH_REPORT: Final = (
    *((name, seller) for name in REPORTS_OF_SELLERS for seller in KINDS),
    ("portfolio", "all"),
)
OPERATORS_WORDS: Final = {"portfolio": ("PAR30", "live plans")}
"""Terms of the operator, who reads no seller's report but this one."""
PAGE_HEIGHT: Final = 842
FOOTER_HEIGHT: Final = 48
"""Points: of an A4 page, and of the part of it with the page number."""


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


@pytest.mark.parametrize(("name", "seller"), EACH_REPORT)
def test_no_text_has_an_internal_word_or_names_a_file_that_is_not_attached(
    name: str, seller: str, report_of: ReportOf
) -> None:
    report, allowed = report_of(name, seller), OPERATORS_WORDS.get(name, ())
    for formats in {("pdf",), attached(name)}:
        texts = {"paper": report.paper(*formats), "mail": report.mail(*formats)}
        if "html" in formats:
            texts["page"] = report.page(*formats)
        for medium, text in texts.items():
            assert [word for word in INTERNAL_WORDS if word in text and word not in allowed] == []
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


@pytest.mark.parametrize(
    ("name", "seller"),
    [
        ("seller-weekly", "stale"),
        ("seller-weekly", "currencies"),
        ("seller-monthly", "small"),
        ("seller-monthly", "currencies"),
        ("recovery-daily", "large"),
    ],
)
def test_no_page_except_the_last_is_less_than_half_full(
    name: str, seller: str, report_of: ReportOf
) -> None:
    edition = edition_at(report_of(name, seller).notebook, formats=attached(name))
    *pages, _ = PdfReader(BytesIO(render_pdf(edition))).pages
    assert pages
    for number, page in enumerate(pages, 1):
        assert lowest_line(page) < PAGE_HEIGHT / 2, f"page {number}"


def lowest_line(page: PageObject) -> float:
    """How high above the edge of the page its last line stands, in points."""
    heights: list[float] = []
    page.extract_text(
        visitor_text=lambda text, cm, tm, *_: (
            heights.append(tm[5] * cm[3] + cm[5]) if text.strip() else None
        )
    )
    return min(height for height in heights if height > FOOTER_HEIGHT)


@pytest.mark.parametrize("name", ["seller", "seller-weekly"])
def test_a_period_without_data_has_no_amounts(name: str, report_of: ReportOf) -> None:
    (figures,) = outputs_at(report_of(name, "stale").notebook, KPI)
    items = {item["name"]: item for item in figures["currencies"][0]["items"]}
    assert items["received"]["minor"] is None
    assert items["overdue"]["minor"] > 0
    if name == "seller-weekly":
        weeks = [None if value is None else "known" for value in items["received"]["history"]]
        assert weeks == [*["known"] * 7, *[None] * 5]


def test_only_buyers_in_reais_are_offered_a_pix(report_of: ReportOf) -> None:
    text = report_of("seller-weekly", "currencies").paper()
    assert "Offer another way to pay" in text
    assert "Pix" not in text


@pytest.mark.parametrize("seller", ["currencies", "stale"])
def test_every_report_names_the_same_buyers_and_what_to_do(
    report_of: ReportOf, seller: str
) -> None:
    weekly = _contacts(report_of("seller-weekly", seller).notebook)
    dashboard = _contacts(report_of("seller", seller).notebook)
    monthly = read_report(report_of("seller-monthly", seller).notebook)
    assert monthly.dataset is not None
    sheet = contact_sheet([], rows_of(monthly.dataset), Locale(LOCALES[seller]))
    assert sheet is not None
    assert len(weekly) > 5
    assert dashboard == weekly
    assert _what_to_do(sheet.table)[:10] == weekly


def _contacts(notebook: Path) -> list[tuple[str, str, int]]:
    tables = [Table.from_json(content) for content in outputs_at(notebook, TABLE)]
    return _what_to_do(next(table for table in tables if table.role == "contacts"))


def _what_to_do(table: Table) -> list[tuple[str, str, int]]:
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    return [(str(row["buyer"]), str(row["action"]), row["overdue_minor"]) for row in rows]


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
