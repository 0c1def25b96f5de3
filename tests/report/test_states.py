"""A report is complete without plans, with one plan, without debt, and in twelve currencies."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import page as pdfua
import polars as pl
import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from smartinst.analytics.reconciliation import Reconciliation
from smartinst.facts import DataQuality, Tally, UnidentifiedPlans
from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.reading.report import read_report
from smartinst.pages.xlsx import write_workbook
from smartinst.report.dataset import dataset
from smartinst.report.mime_bundles import DATASET, dataset_output
from smartinst.report.tables.notes import no_plans_reason
from tests.support.builders import Attempt, Plan, monthly, paid, rows
from tests.support.chromium import STATE, open_page, set_filters
from tests.support.executed import COMPLETE_DATA, edition_at, literal_book, write_executed

CURRENCIES = ("BRL", "CHF", "CLP", "COP", "EUR", "GBP", "JPY", "KWD", "MXN", "PEN", "PYG", "USD")
UNIDENTIFIED = replace(
    COMPLETE_DATA,
    unidentified=2,
    unidentified_plans=(UnidentifiedPlans(("webhook",), Tally(2, "CODE1"), ("offer001",)),),
)
NO_DATA = DataQuality(None, 0, 0, (), {}, {})
DATA_TO_SATURDAY = replace(COMPLETE_DATA, data_through_date=date(2026, 4, 18))
OTHER_TYPES = DataQuality(date(2026, 4, 19), 0, 0, (), {}, {"SMART_RECOVERY": 3})

PAID_PLAN = Plan(3, monthly("Jan", "Feb", "Mar"))
LATE_PLANS = [
    Plan(
        6,
        (paid(1, "15 Jan", currency=currency), Attempt(2, "15 Feb", currency=currency)),
        plan_id=str(number),
    )
    for number, currency in enumerate(CURRENCIES)
]


def execute_notebook(
    path: Path, plans: Iterable[Plan], data_quality: DataQuality, locale: str
) -> Path:
    """The shipped notebook, executed for a seller with these plans."""
    return write_executed(path, literal_book(plans, locale, data_quality))


@pytest.mark.parametrize(
    ("plans", "data_quality", "locale", "text"),
    [
        ([], NO_DATA, "en", "No sales of this seller are known yet"),
        ([], OTHER_TYPES, "pt-BR", "Recuperador Inteligente (3)"),
        ([PAID_PLAN], DATA_TO_SATURDAY, "es", "Sin datos después del"),
        (LATE_PLANS, COMPLETE_DATA, "en", "KWD"),
    ],
    ids=["no plans", "only smart recovery", "one plan without debt", "twelve currencies"],
)
def test_a_report_of_any_size_is_valid_accessible_and_names_what_it_lacks(
    tmp_path: Path, plans: list[Plan], data_quality: DataQuality, locale: str, text: str
) -> None:
    edition = edition_at(execute_notebook(tmp_path / "state.ipynb", plans, data_quality, locale))
    sheet = tmp_path / "state.pdf"
    sheet.write_bytes(render_pdf(edition, strict=True))
    verdict = pdfua.validate_pdf(str(sheet), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(failure) for failure in verdict.failures[:3]]
    subprocess.run(["qpdf", "--check", sheet], check=True, capture_output=True)
    pages = [page.extract_text() for page in PdfReader(BytesIO(sheet.read_bytes())).pages]
    assert text in " ".join(" ".join(pages).split())
    assert len(pages) <= 20
    assert all(len(page.split()) > 20 for page in pages), "a nearly blank page"


def test_a_page_with_only_the_newest_plans_totals_all_of_them(
    chromium: Browser, tmp_path: Path
) -> None:
    path = execute_notebook(tmp_path / "many.ipynb", LATE_PLANS, COMPLETE_DATA, "en")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cut = dataset_output(dataset(rows(LATE_PLANS), date(2026, 4, 20), lambda _: None, max_plans=5))
    outputs = [output for cell in notebook["cells"] for output in cell["outputs"]]
    (output,) = [output for output in outputs if DATASET in output["data"]]
    output["data"] = cut._repr_mimebundle_()
    path.write_text(json.dumps(notebook), encoding="utf-8")
    write_workbook(read_report(path), path.with_suffix(".xlsx"))
    assert openpyxl.load_workbook(path.with_suffix(".xlsx"))["Plans"].max_row == 1 + len(LATE_PLANS)
    assert set(cut.bundle) == {DATASET, "text/plain"}, "the rows must be in the output once"
    target = path.with_suffix(".html")
    target.write_text(render_page(edition_at(path)), encoding="utf-8")
    page, faults = open_page(chromium, target)
    state, charts = page.evaluate(STATE), page.locator(".drawing svg").count()
    assert len(state["ids"]) == 5
    assert {
        currency: n for part, currency, n in state["totals"] if part == "plans"
    } == dict.fromkeys(CURRENCIES, 1)
    assert (
        page.locator("#match-count").inner_text()
        == "12 plans in all; the list and the filters cover the 5 newest"
    )
    set_filters(page, {"currency": "PEN"})
    assert (
        page.locator("#match-count").inner_text()
        == "1 of the 5 newest plans passes the filters; there are 12 in all"
    )
    assert [
        total for total in page.evaluate(STATE)["totals"] if total[0] == "plans" and total[2]
    ] == [["plans", "PEN", 1]]
    assert charts >= 7
    assert faults == []


@pytest.mark.parametrize(
    ("where", "data_quality", "text"),
    [
        ({}, NO_DATA, "No sales of this seller are known yet"),
        ({}, COMPLETE_DATA, "No Smart Installments plan is known up to this date."),
        ({"currency": "CHF"}, COMPLETE_DATA, "No plan passes the filters of this report."),
        (
            {},
            OTHER_TYPES,
            "There are plans of other billing types: Smart Recovery (3). The person who operates "
            "these reports can send you a report of them.",
        ),
        ({}, UNIDENTIFIED, "2 plans (the first: CODE1) are known from webhooks alone"),
    ],
    ids=["nothing ingested", "no plan yet", "filtered away", "other kinds", "unidentified"],
)
def test_a_report_without_plans_has_the_reason(
    where: Mapping[str, Any], data_quality: DataQuality, text: str
) -> None:
    reason = no_plans_reason(rows([])["plans"], where, data_quality, Reconciliation(), Locale("en"))
    assert text in reason


def test_a_report_without_any_price_has_nothing_to_draw() -> None:
    """A seller whose only event is a refund without a price."""
    refund = paid(1, "15 Jan", reversed="20 Jan", minor=0)
    book = literal_book([Plan(None, (refund,))])
    without_currency = pl.lit(None, pl.String).alias("currency")
    book.rows["plans"] = book.rows["plans"].with_columns(without_currency)
    assert book.revenue.frame()["plans"].to_list() == [1]
    assert "nothing to show" in str(book.revenue.chart())


def test_a_report_with_a_plan_has_no_reason() -> None:
    plans = rows(PAID_PLAN)["plans"]
    assert no_plans_reason(plans, {}, OTHER_TYPES, Reconciliation(), Locale("en")) == ""
