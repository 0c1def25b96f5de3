"""Page and paper count what they omit, and name only files that the reader has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smartinst.i18n.locales import Locale
from smartinst.pages.compiler import edition_of
from smartinst.pages.layout.omissions import Attachments, table_note
from smartinst.pages.layout.print_tables import print_table
from smartinst.pages.layout.sections import build_layout
from smartinst.pages.layout.table_view import view_table
from smartinst.pages.mail.body import mail_body
from smartinst.pages.mail.content import MailContext
from smartinst.pages.pdf.render import print_sheet
from smartinst.pages.reading import blocks
from smartinst.pages.reading.report import Report, read_report
from smartinst.report.mime_bundles import KPI
from smartinst.report.table import Column, Table
from tests.pages.test_compiler import notebook, table
from tests.pages.test_currency_pivot import debts, refusals

LOCALE = Locale("en")
ALONE = Attachments(has_notebook=True, has_dataset=True)
WITH_WORKBOOK = Attachments(has_workbook=True)
WITH_DATASET = Attachments(has_workbook=True, has_dataset=True)
LONG = table([["Ana", 1]] * 70)
FIGURE = {"name": "revenue", "by": ["currency"]}


def page_note(content: Table, attachments: Attachments, limit: int | None = None) -> str:
    return table_note(content, view_table(content, LOCALE, limit), LOCALE, attachments)


def sheet_note(content: Table, attachments: Attachments, limit: int | None = None) -> str:
    return table_note(content, print_table(content, LOCALE, limit), LOCALE, attachments)


def test_without_a_workbook_omitted_rows_are_only_counted() -> None:
    assert page_note(LONG, ALONE, 60) == "and 10 more rows"
    assert page_note(LONG, ALONE, 69) == "and 1 more row"
    assert page_note(LONG, ALONE) == ""


def test_with_a_workbook_omitted_rows_are_in_it() -> None:
    assert page_note(LONG, WITH_WORKBOOK, 60) == "and 10 more rows in the workbook"
    assert page_note(LONG, WITH_WORKBOOK, 69) == "and 1 more row in the workbook"
    assert page_note(LONG, WITH_WORKBOOK) == ""


@pytest.mark.parametrize(
    ("content", "attachments", "is_in_workbook"),
    [
        (replace(LONG, total_rows=90), WITH_WORKBOOK, False),
        (replace(LONG, total_rows=90, figure=FIGURE), WITH_WORKBOOK, False),
        (replace(LONG, total_rows=90, figure=FIGURE), WITH_DATASET, True),
        (replace(LONG, total_rows=90, role="detail"), WITH_DATASET, True),
        (replace(LONG, total_rows=90), WITH_DATASET, False),
        (replace(LONG, total_rows=90, role="alerts"), WITH_DATASET, False),
        (
            replace(LONG, total_rows=90, role="alerts", all_rows=LONG.rows + LONG.rows[:20]),
            WITH_DATASET,
            True,
        ),
        (replace(LONG, total_rows=90, role="detail"), ALONE, False),
    ],
    ids=[
        *("cut in the notebook", "a figure without data", "a figure", "the plans"),
        *("a table without a sheet", "cut alerts", "all alerts", "no workbook"),
    ],
)
def test_a_note_names_the_workbook_only_if_the_rows_are_in_it(
    content: Table, attachments: Attachments, is_in_workbook: bool
) -> None:
    place = " in the workbook" if is_in_workbook else ""
    assert page_note(content, attachments) == f"and 20 more rows{place}"


def test_omitted_buyers_are_counted_as_buyers() -> None:
    contacts = replace(LONG, role="contacts", total_rows=71)
    assert page_note(contacts, WITH_DATASET) == "and 1 more buyer with debt"
    assert page_note(contacts, ALONE, 6) == "and 65 more buyers with debt"


def test_an_authors_own_note_is_kept_if_the_table_is_not_cut() -> None:
    annotated = replace(LONG, more="Amounts are estimates.")
    assert page_note(annotated, WITH_WORKBOOK) == "Amounts are estimates."
    assert page_note(annotated, WITH_WORKBOOK, 60) == "and 10 more rows in the workbook"


@pytest.mark.parametrize(
    "sentence", ["and 20 more rows in the XLSX", "e mais 20 linhas no XLSX", "y 20 filas más"]
)
def test_a_notebook_of_an_earlier_version_has_its_count_instead_of_its_sentence(
    sentence: str,
) -> None:
    content = LONG.to_json() | {"more": sentence, "total_rows": 90}
    assert page_note(Table.from_json(content), ALONE) == "and 20 more rows"
    assert page_note(Table.from_json(content), WITH_DATASET) == "and 20 more rows"


def test_rows_and_columns_are_both_counted() -> None:
    names = tuple(Column(f"c{n}", f"c{n}") for n in range(15))
    frame = Table("t", "", names, ((1,) * 15,) * 9, role="dataframe").first_columns(12)
    assert page_note(frame, ALONE, 8) == "and 1 more row; and 3 more columns"
    assert page_note(frame, WITH_DATASET, 8) == (
        "and 1 more row in the workbook; and 3 more columns in the workbook"
    )


def test_a_pivot_without_all_figures_says_that_the_workbook_has_them() -> None:
    content = refusals(("USD", "EUR", "JPY"), range(1, 12))
    assert sheet_note(content, WITH_WORKBOOK) == "All rows and figures are in the workbook"
    assert sheet_note(content, ALONE) == ""


def test_a_pivot_cut_for_lack_of_pages_says_how_many_rows_it_has() -> None:
    content = refusals(("USD", "EUR", "JPY"), range(1, 12))
    assert sheet_note(content, WITH_WORKBOOK, 6) == "All rows and figures are in the workbook"
    assert sheet_note(content, ALONE, 6) == "Only the first 6 rows are shown"


def test_a_pivot_of_all_amounts_has_a_note_only_if_rows_are_missing() -> None:
    content = debts(("USD", "EUR", "JPY"), range(1, 6))
    assert sheet_note(content, WITH_WORKBOOK) == sheet_note(content, ALONE) == ""
    cut = replace(content, rows=content.rows[:-1], sort=(("installments", "asc"),), total_rows=40)
    assert sheet_note(cut, WITH_DATASET) == "All rows and figures are in the workbook"
    assert sheet_note(cut, WITH_WORKBOOK) == "Only the first 4 rows are shown"
    assert sheet_note(cut, ALONE) == "Only the first 4 rows are shown"


@pytest.mark.parametrize(("has_notebook", "place"), [(True, " in the notebook"), (False, "")])
def test_omitted_lines_are_in_the_notebook_if_the_reader_has_it(
    has_notebook: bool, place: str
) -> None:
    printed = blocks.PrintedText("line\n" * 501)
    layout = build_layout([printed], LOCALE, attachments=Attachments(has_notebook=has_notebook))
    assert layout.sections[0].blocks[0].text.endswith(f"and 1 more line{place}")


@pytest.mark.parametrize(("has_workbook", "place"), [(True, " in the workbook"), (False, "")])
def test_omitted_rows_of_another_library_are_in_the_workbook_if_the_reader_has_it(
    has_workbook: bool, place: str
) -> None:
    html = blocks.ForeignHtml(f"<table><tbody>{'<tr><td>x</td></tr>' * 42}</tbody></table>")
    attachments = Attachments(has_workbook=has_workbook)
    layout = build_layout([html], LOCALE, paper=True, attachments=attachments)
    text = layout.sections[0].blocks[0].text
    assert text.endswith(f'<p class="omissions">and 2 more rows{place}</p>')


@pytest.mark.parametrize(
    ("formats", "text"),
    [
        ((), "This chart has no picture."),
        (("pdf", "ipynb"), "This chart has no picture; open the notebook to see it."),
    ],
    ids=["alone", "with the notebook"],
)
def test_a_chart_without_a_picture_refers_to_the_notebook_if_the_reader_has_it(
    formats: tuple[str, ...], text: str
) -> None:
    chart = blocks.Chart("Mine", "", {"mark": "bar"}, None, None, None, True)
    report = Report(Path("mine.ipynb"), (chart,))
    sheet = print_sheet(edition_of(report, formats=formats)).html
    assert f'<p class="empty">{text}</p>' in sheet


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ((), "and 1 more currency"),
        (("weekly.pdf",), "12 more currencies are in the full report."),
    ],
    ids=["nothing attached", "the PDF attached"],
)
def test_a_mail_refers_to_the_full_report_only_if_it_is_attached(
    tmp_path: Path, files: tuple[str, ...], sentence: str
) -> None:
    items = [{"name": "received", "label": "Received", "minor": 100}]
    codes = ("AUD", "BRL", "CAD", "CHF", "CLP", "COP", "EUR", "GBP", "JPY", "MXN", "PEN", "USD")
    currencies = [{"currency": code, "items": items} for code in (*codes, "UYU")]
    path = notebook(tmp_path, {KPI: {"sentence": "", "currencies": currencies}}, locale="en")
    body = mail_body(read_report(path), LOCALE, MailContext("Weekly", "2026-11-02", files))
    for content in (body.html, body.text):
        assert sentence in content
        assert ("full report" in content) == bool(files)
