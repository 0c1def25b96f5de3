"""A report of nothing, of one plan, without debt, and in twelve currencies is whole, and says what is missing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import page as pdfua
import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.reading.report import read_report
from smartinst.pages.xlsx import write_workbook
from smartinst.report.book import Book
from smartinst.report.charts.mime_renderer import install
from smartinst.report.dataset import dataset
from smartinst.report.headline import Previous
from smartinst.report.mime_bundles import DATASET, dataset_output
from smartinst.report.tables.notes import no_plans_reason
from smartinst.settings import Seller
from smartinst.shipped import NOTEBOOKS
from tests.support.builders import Attempt, Plan, monthly, paid, rows
from tests.support.chromium import STATE, open_page, set_filters
from tests.support.executed import edition_at

SHIPPED = NOTEBOOKS / "seller.ipynb"
CURRENCIES = ("BRL", "CHF", "CLP", "COP", "EUR", "GBP", "JPY", "KWD", "MXN", "PEN", "PYG", "USD")
KNOWN = DataQuality(date(2026, 4, 19), 0, 0, {}, {}, {})
UNKNOWN = DataQuality(None, 0, 0, {}, {}, {})
RECOVERY = DataQuality(date(2026, 4, 19), 0, 0, {}, {}, {"SMART_RECOVERY": 3})

CLEAN = Plan(3, monthly("Jan", "Feb", "Mar"))
LATE = [
    Plan(6, (paid(1, "15 Jan", currency=one), Attempt(2, "15 Feb", currency=one)), plan_id=str(at))
    for at, one in enumerate(CURRENCIES)
]


def executed(path: Path, plans: Iterable[Plan], condition: DataQuality, locale: str) -> Path:
    """The shipped notebook's parts shown by a book of these plans, saved as if it had been executed."""
    install()
    made = list(plans)
    seller = Seller(id="acme", name="Acme", email="owner@acme.example", locale=locale)
    before = Previous(date(2026, 4, 13), rows(made, "13 Apr"), {})
    book = Book(seller, date(2026, 4, 20), {}, rows(made), condition, before)
    cells: list[dict[str, Any]] = []
    for cell in json.loads(SHIPPED.read_text(encoding="utf-8"))["cells"]:
        last = "".join(cell["source"]).splitlines()[-1]
        if cell["cell_type"] == "markdown":
            cells.append({"cell_type": "markdown", "metadata": {}, "source": cell["source"]})
        elif last.startswith("book."):
            shown = eval(last, {"book": book})._repr_mimebundle_()
            output = {"output_type": "display_data", "metadata": {}, "data": shown}
            cells.append(
                {
                    "cell_type": "code",
                    "metadata": {},
                    "source": last,
                    "execution_count": 1,
                    "outputs": [output],
                }
            )
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}),
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("plans", "condition", "locale", "said"),
    [
        ([], UNKNOWN, "en", "No sales of this seller are known yet"),
        ([], RECOVERY, "pt-BR", "--billing-type SMART_RECOVERY"),
        ([CLEAN], KNOWN, "es", "Nadie"),
        (LATE, KNOWN, "en", "KWD"),
    ],
    ids=["no plans", "only smart recovery", "one plan without debt", "twelve currencies"],
)
def test_a_report_of_any_size_is_clean_accessible_and_says_what_is_missing(
    tmp_path: Path, plans: list[Plan], condition: DataQuality, locale: str, said: str
) -> None:
    compiled = edition_at(executed(tmp_path / "state.ipynb", plans, condition, locale))
    sheet = tmp_path / "state.pdf"
    sheet.write_bytes(render_pdf(compiled, strict=True))
    verdict = pdfua.validate_pdf(str(sheet), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(one) for one in verdict.failures[:3]]
    subprocess.run(["qpdf", "--check", sheet], check=True, capture_output=True)
    pages = [page.extract_text() for page in PdfReader(BytesIO(sheet.read_bytes())).pages]
    assert said in " ".join(" ".join(pages).split())
    assert len(pages) <= 20
    assert all(len(text.split()) > 20 for text in pages), "a page that is nearly blank"


def test_a_page_that_holds_only_the_newest_plans_still_totals_all_of_them(
    chromium: Browser, tmp_path: Path
) -> None:
    path = executed(tmp_path / "many.ipynb", LATE, KNOWN, "en")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cut = dataset_output(dataset(rows(LATE), date(2026, 4, 20), lambda _: None, max_plans=5))
    shown = next(cell for cell in notebook["cells"] if cell["source"] == "book.dataset()")
    shown["outputs"][0]["data"] = cut._repr_mimebundle_()
    path.write_text(json.dumps(notebook), encoding="utf-8")
    write_workbook(read_report(path), path.with_suffix(".xlsx"))
    assert openpyxl.load_workbook(path.with_suffix(".xlsx"))["Plans"].max_row == 1 + len(LATE)
    assert set(cut.bundle) == {DATASET, "text/plain"}, "the rows are there once"
    target = path.with_suffix(".html")
    target.write_text(render_page(edition_at(path)), encoding="utf-8")
    page, faults = open_page(chromium, target)
    state, charts = page.evaluate(STATE), page.locator(".drawing svg").count()
    assert len(state["ids"]) == 5
    assert {
        currency: n for part, currency, n in state["totals"] if part == "plans"
    } == dict.fromkeys(CURRENCIES, 1)
    assert (
        page.locator("#passing").inner_text()
        == "12 plans in all; the list and the filters cover the 5 newest"
    )
    set_filters(page, {"currency": "PEN"})
    assert (
        page.locator("#passing").inner_text()
        == "1 of the 5 newest plans passes the filters; there are 12 in all"
    )
    assert [one for one in page.evaluate(STATE)["totals"] if one[0] == "plans" and one[2]] == [
        ["plans", "PEN", 1]
    ]
    assert charts >= 7
    assert faults == []


@pytest.mark.parametrize(
    ("where", "condition", "said"),
    [
        ({}, UNKNOWN, "No sales of this seller are known yet"),
        ({}, KNOWN, "No Smart Installments plan is known up to this date."),
        ({"currency": "CHF"}, KNOWN, "No plan passes the filters of this report."),
        (
            {},
            RECOVERY,
            "There are plans of other kinds: SMART_RECOVERY 3; to show them: --billing-type SMART_RECOVERY.",
        ),
    ],
    ids=["nothing ingested", "no plan yet", "filtered away", "other kinds"],
)
def test_what_is_missing_is_said(
    where: Mapping[str, Any], condition: DataQuality, said: str
) -> None:
    assert said in no_plans_reason(rows([])["plans"], where, condition, Locale("en"))


def test_nothing_is_missing_where_there_is_a_plan() -> None:
    assert no_plans_reason(rows(CLEAN)["plans"], {}, RECOVERY, Locale("en")) == ""
