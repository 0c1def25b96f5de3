"""The weekly report of six kinds of sellers, read back from its PDF."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from smartinst.analytics.currency_order import currency_order
from smartinst.i18n.locales import Locale
from smartinst.report.book import Book, open_book
from smartinst.report.mime_bundles import KPI, MEASURES, TABLE
from smartinst.settings import load_settings
from tests.support.internal_words import INTERNAL_WORDS
from tests.support.six_sellers import KINDS, LOCALES
from tests.support.workspace import AS_OF, smartinst

ATTACHED_WORDS = re.compile(r"workbook|planilha|hoja de cálculo|libro|notebook|xlsx", re.IGNORECASE)
NOTHING_CAME = re.compile(r"nothing was received|nada entrou|no entró nada", re.IGNORECASE)


@dataclass(frozen=True)
class Weekly:
    """A report: the text of its pages, the outputs of its notebook, and the book behind it."""

    pages: tuple[str, ...]
    outputs: list[dict[str, Any]]
    book: Book

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pages).replace("\xa0", " ").split())

    def content(self, kind: str) -> list[dict[str, Any]]:
        return [output[kind] for output in self.outputs if kind in output]


@pytest.fixture(scope="session")
def reports(six_sellers: Path) -> dict[str, Weekly]:
    """The weekly report of each of the six sellers, run once."""
    folder = six_sellers
    process = smartinst(
        folder, "run", "seller-weekly", "--all-sellers", "--as-of", AS_OF.isoformat(), "--json"
    )
    settings = load_settings(folder, {})
    return {
        run["seller_id"]: Weekly(
            tuple(page.extract_text() for page in PdfReader(run["artifacts"]["pdf"]).pages),
            _outputs(Path(run["artifacts"]["ipynb"])),
            open_book(run["seller_id"], AS_OF, settings=settings),
        )
        for run in json.loads(process.stdout)
    }


def _outputs(notebook: Path) -> list[dict[str, Any]]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [output["data"] for cell in cells for output in cell.get("outputs", ())]


@pytest.mark.parametrize("name", KINDS)
def test_the_weekly_report_has_at_most_two_pages(name: str, reports: dict[str, Weekly]) -> None:
    most = 1 if name in ("small", "clean", "new") else 2
    assert 1 <= len(reports[name].pages) <= most


@pytest.mark.parametrize("name", KINDS)
def test_no_text_has_internal_words_or_refers_to_what_is_not_attached(
    name: str, reports: dict[str, Weekly]
) -> None:
    text = reports[name].text
    assert [word for word in INTERNAL_WORDS if word in text] == []
    assert ATTACHED_WORDS.findall(text) == []
    assert NOTHING_CAME.findall(text) == []


@pytest.mark.parametrize("name", KINDS)
def test_no_output_lists_currencies_in_another_order(name: str, reports: dict[str, Weekly]) -> None:
    report = reports[name]
    order = currency_order(report.book.rows["plans"])
    (figures,) = report.content(KPI)
    lists = [[card["currency"] for card in figures["currencies"]]]
    for table in report.content(TABLE):
        names = [column["name"] for column in table["columns"]]
        if "currency" in names and table["name"] != "contacts":
            rows = json.loads(table["rows"]) if isinstance(table["rows"], str) else table["rows"]
            lists.append([row[names.index("currency")] for row in rows])
    for codes in lists:
        assert codes == sorted(codes, key=order.index)


@pytest.mark.parametrize("name", KINDS)
def test_the_figures_on_paper_are_those_of_the_book(name: str, reports: dict[str, Weekly]) -> None:
    report, locale = reports[name], Locale(LOCALES[name])
    plans, code = report.book.rows["plans"], currency_order(report.book.rows["plans"])[0]
    of_main = plans.filter(plans["currency"] == code)
    confirmed_minor = int(of_main["confirmed_minor"].sum())
    assert locale.money(confirmed_minor, code).replace("\xa0", " ") in report.text
    measures = [content for content in report.content(MEASURES) if "plans" in content]
    assert measures[0]["confirmed_minor"][code] == confirmed_minor
    tables = report.book.loan_book
    assert tables is not None
    for row in tables.forecast.by_horizon.iter_rows(named=True):
        if row["currency"] == code and row["horizon"] == "30":
            for part in ("low_minor", "expected_minor", "high_minor"):
                assert locale.money(row[part], code).replace("\xa0", " ") in report.text


def test_a_report_of_old_data_begins_with_the_day_on_which_they_end(
    reports: dict[str, Weekly],
) -> None:
    (figures,) = reports["stale"].content(KPI)
    day = Locale("es").date(KINDS["stale"].data_end)
    assert figures["sentence"].startswith("Sin datos después del")
    assert abs(int(day[:2]) - int(re.findall(r"\d\d", figures["sentence"])[0])) <= 1


def test_a_list_of_buyers_says_after_which_day_their_payments_are_unknown(
    reports: dict[str, Weekly],
) -> None:
    assert "quien haya pagado después sigue en la lista" in reports["stale"].text
    assert "quien haya pagado después" not in reports["large"].text


def test_a_report_has_no_section_without_content(reports: dict[str, Weekly]) -> None:
    text = reports["clean"].text
    assert "Calendário de caixa" in text
    for heading in ("Quem contatar primeiro", "Alertas", "Recusas", "Definições"):
        assert heading not in text


def test_the_contacts_say_what_part_of_the_overdue_amounts_they_are(
    reports: dict[str, Weekly],
) -> None:
    (contacts,) = [t for t in reports["large"].content(TABLE) if t["name"] == "contacts"]
    rows = json.loads(contacts["rows"]) if isinstance(contacts["rows"], str) else contacts["rows"]
    assert len(rows) == 10
    assert contacts["caption"].startswith("Estos 10 planes suman")
    for row in rows:
        assert row[0] in " ".join(reports["large"].pages[0].split())
