"""Sentences agree with their numbers in any language; filters and names are translated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from smartinst.analytics.figures import BY_NAME
from smartinst.i18n import catalogue
from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.layout.sections import build_layout
from smartinst.pages.reading.blocks import KeyFigures
from smartinst.pages.reading.report import read_report
from smartinst.pages.xlsx import write_workbook
from smartinst.report.book import Book
from smartinst.report.charts.captions import SENTENCES
from smartinst.report.previous import Previous
from smartinst.report.tables.figures import figure_table
from smartinst.settings import Seller
from smartinst.shipped import TEMPLATES
from tests.pages.test_compiler import notebook
from tests.report.test_states import LATE_PLANS, PAID_PLAN, execute_notebook
from tests.support.builders import Attempt, Plan, rows
from tests.support.chromium import open_page, set_filters, wait_until_drawn
from tests.support.executed import COMPLETE_DATA, edition_at, literal_book, write_executed

REFUSED = Plan(2, (Attempt(1, "15 Jan", "15 Jan"), Attempt(2, "19 Apr", status="refused")))
POLISH = """msgid ""
msgstr ""
"Language: pl\\n"
"Plural-Forms: nplurals=3; "
"plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "{n} plan"
msgid_plural "{n} plans"
msgstr[0] "{n} plan"
msgstr[1] "{n} plany"
msgstr[2] "{n} planów"
"""


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Locale]:
    """A language with three plural forms, the only catalogue of its folder."""
    caches = (
        catalogue.available_languages,
        catalogue.translations,
        catalogue.plural_rule,
        catalogue._catalogue,
    )
    path = tmp_path / "pl" / "LC_MESSAGES" / "smartinst.po"
    path.parent.mkdir(parents=True)
    path.write_text(POLISH, encoding="utf-8")
    monkeypatch.setattr(catalogue, "CATALOGUES", tmp_path)
    for cache in caches:
        cache.cache_clear()
    yield Locale("pl")
    for cache in caches:
        cache.cache_clear()


def test_the_script_uses_the_right_one_of_three_plural_forms(
    chromium: Browser, polish: Locale
) -> None:
    forms, places = polish.plural_forms("{n} plan", "{n} plans"), polish.plural_form_indexes()
    script = (TEMPLATES / "page" / "write.js").read_text(encoding="utf-8")
    page = chromium.new_page()
    page.set_content("<p></p>")
    page.add_script_tag(content=script + "\nwindow.writer = writer;")
    words = {"tag": "pl", "plurals": places, "thousands": " ", "minus": "−", "text": {}}
    texts = page.evaluate(
        "([words, forms]) => [1, 3, 5, 22, 112].map(n => createFormats(words).count(forms, n))",
        [words, forms],
    )
    assert texts == ["1 plan", "3 plany", "5 planów", "22 plany", "112 planów"]
    assert texts == [polish.ngettext("{n} plan", "{n} plans", n) for n in (1, 3, 5, 22, 112)]


@pytest.mark.parametrize(
    ("figure", "plans", "text"),
    [
        ("status_by_installments", [PAID_PLAN], "1 plan: Completed 1."),
        ("status_by_installments", [PAID_PLAN, LATE_PLANS[0]], "2 plans: "),
        (
            "refusals",
            [REFUSED],
            "1 installment was refused at least once, paid since: 0; most often: Unknown reason.",
        ),
        ("days_overdue_by_charge", [REFUSED], "One installment is overdue: 1 day late."),
        (
            "days_overdue_by_charge",
            [LATE_PLANS[0]],
            "Half of the 3 overdue installments are 36 days late or more; the oldest is 64",
        ),
    ],
)
def test_a_sentence_agrees_with_its_number(figure: str, plans: list[Plan], text: str) -> None:
    plan_rows = rows(plans)
    totals = BY_NAME[figure].fold(plan_rows)
    assert SENTENCES[figure](plan_rows, totals, Locale("en")).startswith(text)


def test_a_table_of_countries_begins_with_the_most_plans() -> None:
    plans = [
        replace(PAID_PLAN, plan_id=str(number), country=country)
        for number, country in enumerate(("AO", "UY", "UY", "CH", "CH", "CH"))
    ]
    table = figure_table(BY_NAME["revenue_by_country"], rows(plans), Locale("en"), top=2)
    assert [row[0] for row in table.rows] == ["CH", "UY"]
    assert (table.total_rows, table.more) == (3, None)


def test_an_unchanged_key_figure_has_no_note_on_its_change() -> None:
    items = [
        {"name": "lost", "label": "Lost", "minor": 5, "change_minor": change, "note": "since"}
        for change in (0, 5)
    ]
    headline = build_layout(
        [KeyFigures("", ({"currency": "EUR", "items": items},), (), "")], Locale("en")
    ).headline
    assert headline is not None
    assert [item["note"] for item in headline.cards[0]["items"]] == ["", "since"]


def test_the_workbook_has_names_instead_of_codes(tmp_path: Path) -> None:
    path = execute_notebook(tmp_path / "sheets.ipynb", LATE_PLANS[:2], COMPLETE_DATA, "es")
    write_workbook(read_report(path), path.with_suffix(".xlsx"))
    book = openpyxl.load_workbook(path.with_suffix(".xlsx"))
    headings, values = ([cell.value for cell in row] for row in book["Planes"].iter_rows(max_row=2))
    row = dict(zip(headings, values, strict=True))
    assert (row["País"], row["Forma de pago"]) == ("Portugal", "Tarjeta de crédito")
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert "Vencido por producto" in book.sheetnames
    assert book.properties.title == "Acme · Parcelamiento Inteligente · 20/04/2026"


def test_the_cover_has_the_filters_in_the_readers_language(tmp_path: Path) -> None:
    where = {
        "date_field": "due",
        "from": "2026-01-01",
        "issued": [1, 12],
        "installments": [2, None],
    }
    seller = Seller(id="acme", name="Acme", email="owner@acme.example", locale="pt-BR")
    paid_rows = rows([PAID_PLAN])
    book = Book(
        seller,
        date(2026, 4, 20),
        where,
        paid_rows,
        COMPLETE_DATA,
        Previous(date(2026, 4, 13), lambda: paid_rows["plans"], {}),
    )
    filters = edition_at(notebook(tmp_path, book.cover().bundle)).about["filters"]
    assert [(option["label"], option["value"]) for option in filters] == [
        ("Data de", "Vencimento"),
        ("De", "01/01/2026"),
        ("Parcelas emitidas", "1 – 12"),
        ("Parcelas", "2 – …"),
    ]


def test_the_page_counts_the_plans_that_pass(chromium: Browser, tmp_path: Path) -> None:
    path = execute_notebook(tmp_path / "counted.ipynb", LATE_PLANS[:2], COMPLETE_DATA, "en")
    target = path.with_suffix(".html")
    target.write_text(render_page(edition_at(path)), encoding="utf-8")
    page, _ = open_page(chromium, target)
    assert page.locator("#match-count").inner_text() == "2 of 2 plans pass the filters"
    set_filters(page, {"currency": "CHF"})
    assert page.locator("#match-count").inner_text() == "1 of 2 plans passes the filters"


@pytest.mark.parametrize(
    ("formats", "note"),
    [(("html",), "and 7 more rows"), (("html", "xlsx"), "and 7 more rows in the workbook")],
    ids=["alone", "with the workbook"],
)
def test_only_unfiltered_rows_of_a_cut_table_are_in_the_workbook(
    chromium: Browser, tmp_path: Path, formats: tuple[str, ...], note: str
) -> None:
    book = literal_book(LATE_PLANS)
    table = book.overdue_by_product.table(top=5)
    path = write_executed(tmp_path / "cut.ipynb", book, table)
    target = path.with_suffix(".html")
    target.write_text(render_page(edition_at(path, formats=formats)), encoding="utf-8")
    page, _ = open_page(chromium, target)
    omissions = page.locator("[data-table='table-overdue-by-product-2'] .omissions")
    assert omissions.inner_text() == note
    set_filters(page, {"installments": (6, 12)})
    assert omissions.inner_text() == "and 7 more rows"
    set_filters(page, {"currency": "CHF"})
    assert omissions.is_hidden()


def test_a_filtered_chart_has_its_figures_in_its_label(chromium: Browser, tmp_path: Path) -> None:
    path = execute_notebook(tmp_path / "heard.ipynb", LATE_PLANS[:2], COMPLETE_DATA, "en")
    target = path.with_suffix(".html")
    target.write_text(render_page(edition_at(path)), encoding="utf-8")
    page, _ = open_page(chromium, target)
    labels = (
        "[...document.querySelectorAll('.drawing')]"
        ".map(e => [e.dataset.chart.slice(6), e.ariaLabel])"
    )
    unfiltered = dict(page.evaluate(labels))
    set_filters(page, {"currency": "CHF"})
    filtered = {name: label.replace("\u00a0", " ") for name, label in page.evaluate(labels)}
    assert filtered["revenue"] == (
        "Revenue by currency. 1 plan. Collected: CHF 100.00; overdue: CHF 300.00; "
        "to receive: CHF 200.00."
    )
    assert filtered["status-by-installments"].endswith("1 plan: In progress with issues (1).")
    assert filtered["aging"].endswith(
        "Overdue installments: 1-30 days: 1, 31-60 days: 1 and 61-90 days: 1."
    )
    assert filtered["days-overdue-by-charge"].endswith("1 plan. Overdue installments: 3.")
    assert (
        page.locator("#chart-revenue .sentence").inner_text().startswith("1 plan. Collected: CHF")
    )
    page.click("#clear")
    wait_until_drawn(page)
    assert dict(page.evaluate(labels)) == unfiltered
