"""The workbook: a summary with links, plans, contacts and installments, figures with totals."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from smartinst.analytics.figures import FIGURES
from smartinst.i18n.locales import Locale
from smartinst.pages.reading.report import read_report
from smartinst.pages.xlsx import write_workbook
from smartinst.pages.xlsx_names import MAX_NAME, SHORT_TITLES, SheetNames, shorten
from smartinst.report import mime_bundles
from smartinst.report.loan_book.words import BOOK_FIGURES
from smartinst.report.table import Column, Table
from smartinst.report.tables.figures import possible_table
from tests.support.builders import Attempt, Plan, paid
from tests.support.executed import literal_book, write_cells, write_executed

REFUSED: Final = Attempt(2, "15 Feb", status="refused", refusal="INSUFFICIENT FUNDS")
PLANS: Final = (
    Plan(3, (Attempt(1, "15 Jan", "15 Jan"), REFUSED), plan_id="101", buyer="=cmd|'/C calc'!A0"),
    Plan(
        2,
        (Attempt(1, "15 Jan", "15 Jan", minor=5000), Attempt(2, "15 Feb", "20 Feb", minor=5000)),
        plan_id="102",
    ),
    Plan(2, (Attempt(1, "15 Jan", "15 Jan", minor=980, currency="JPY"),), plan_id="103"),
)
"""10 EUR of plan 101 and 980 yen of plan 103 are overdue as of 20 April 2026."""

Write = Callable[..., openpyxl.Workbook]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the workbook of literal plans in a language, and opens it."""

    def written(locale: str = "en", plans: tuple[Plan, ...] = PLANS) -> openpyxl.Workbook:
        notebook = write_executed(tmp_path / f"{locale}.ipynb", literal_book(plans, locale))
        target = tmp_path / f"{locale}.xlsx"
        write_workbook(read_report(notebook), target)
        return openpyxl.load_workbook(target)

    return written


def data_rows(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows within the filters of a sheet, by heading."""
    head, *rows = sheet[sheet.auto_filter.ref]
    return [{name.value: cell.value for name, cell in zip(head, row, strict=True)} for row in rows]


def total_values(sheet: Worksheet, label: str = "Total, all rows") -> list[list[Any]]:
    """The values of the rows of totals, without empty cells."""
    rows = sheet.iter_rows(values_only=True)
    return [[value for value in row[1:] if value is not None] for row in rows if row[0] == label]


def test_the_first_sheet_says_who_when_and_what_and_links_to_all_sheets(write: Write) -> None:
    book = write("pt-BR")
    summary = book.worksheets[0]
    texts = [str(value) for row in summary.iter_rows(values_only=True) for value in row if value]
    assert summary.title == "Resumo"
    assert texts[:3] == [
        "Acme",
        "Parcelamento Inteligente",
        "Posição em segunda-feira, 20 de abril de 2026 · dados até 19 de abril de 2026",
    ]
    links = {
        cell.value: cell.hyperlink.location
        for row in summary.iter_rows()
        for cell in row
        if cell.hyperlink
    }
    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[1:]}


def test_the_first_sheet_has_the_headline_and_its_confirmed_amounts_by_currency(
    write: Write,
) -> None:
    summary = write()["Summary"]
    rows = [[cell for cell in row if cell.value is not None] for row in summary.iter_rows()]
    head = next(row for row in rows if row and row[0].value == "Key figures")
    amounts = {row[0].value: row[1:] for row in rows if row}
    overdue = {
        currency.value: (cell.value, cell.number_format)
        for currency, cell in zip(head[1:], amounts["Overdue"], strict=True)
    }
    assert overdue == {"EUR": (100, '"€"#,##0.00'), "JPY": (0, '"¥"#,##0')}


def test_a_row_of_installments_has_dates_state_attempts_refusal_and_amount(write: Write) -> None:
    rows = [row for row in data_rows(write()["Installments"]) if row["Plan"] == "101"]
    assert [(row["Installment"], row["of"], row["State"], row["Amount"]) for row in rows] == [
        (1, 3, "Paid", 100),
        (2, 3, "Past due", 100),
        (3, 3, "Past due", 100),
    ]
    paid, refused, _ = rows
    assert (paid["Due date"], paid["Paid on"]) == (datetime(2026, 1, 15), datetime(2026, 1, 15))  # noqa: DTZ001
    assert (paid["Overdue"], paid["Last refusal"], paid["Remedy"]) == (None, None, None)
    assert (refused["Overdue"], refused["Attempts"], refused["Days past due"]) == (100, 1, 64)
    assert (refused["Last refusal"], refused["Remedy"]) == (
        "Insufficient funds",
        "Wait for the retry",
    )


def test_installments_add_up_to_the_totals_of_their_plans(write: Write) -> None:
    book = write()
    totals: dict[str, float] = {}
    for row in data_rows(book["Installments"]):
        totals[row["Plan"]] = totals.get(row["Plan"], 0) + row["Amount"]
    assert totals == {row["Plan"]: row["Total"] for row in data_rows(book["Plans"])}


def test_contacts_are_all_buyers_with_confirmed_debt_with_a_link(write: Write) -> None:
    sheet = write()["Contact first"]
    assert [row["Buyer"] for row in data_rows(sheet)] == ["=cmd|'/C calc'!A0"]
    links = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert [cell.value for cell in links] == ["Write on WhatsApp"]
    assert links[0].hyperlink.target.startswith("https://wa.me/351912000777?text=")


def test_totals_are_values_of_each_currency_with_several_rows(write: Write) -> None:
    book = write()
    (totals,) = total_values(book["Plans"])
    assert totals == ["EUR", 400, 200, 200, 0, 0, 0, 2]
    assert sorted(total_values(book["Installments"])) == [
        ["EUR", 400, 200],
        ["JPY", 1960, 980],
    ]
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]


def test_the_total_of_a_ratio_is_the_ratio_of_the_sums(write: Write) -> None:
    other = Plan(1, (Attempt(1, "15 Jan", "15 Jan"),), plan_id="104", product_id="8", product="B")
    sheet = write(plans=(PLANS[0], other))["Overdue by product"]
    head, *rows = sheet[sheet.auto_filter.ref]
    index = [cell.value for cell in head].index("Overdue (% of what fell due)")
    assert sorted(row[index].value for row in rows) == [0, pytest.approx(2 / 3)]
    (total,) = [row for row in sheet.iter_rows(values_only=True) if row[0] == "Total, all rows"]
    assert total[index] == pytest.approx(200 / 400)


@pytest.mark.parametrize(("locale", "language"), [("en", "409"), ("pt-BR", "416"), ("es", "C0A")])
def test_a_month_is_a_date_with_its_name_in_the_readers_language(
    write: Write, locale: str, language: str
) -> None:
    title = Locale(locale).gettext("Money in and out by month")
    cell = write(locale)[title]["A2"]
    assert (cell.value, cell.number_format) == (
        datetime(2026, 1, 1),  # noqa: DTZ001 - Excel has no zones
        f"[$-{language}]mmm yyyy",
    )


def test_every_sheet_is_set_up_for_print(write: Write) -> None:
    for sheet in write("es").worksheets:
        assert sheet.page_setup.orientation == "landscape", sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.oddFooter.right.text == "&P / &N"
        assert sheet.title in sheet.oddHeader.left.text
        assert "· 20/04/2026 ·" in sheet.oddHeader.left.text
        if sheet.auto_filter.ref:
            assert sheet.print_title_rows == "$1:$1"


@pytest.mark.parametrize("tag", ["en", "pt-BR", "es"])
def test_every_figure_has_a_whole_name_for_its_sheet(tag: str) -> None:
    locale, names = Locale(tag), SheetNames()
    for figure in (*FIGURES, *BOOK_FIGURES):
        title = locale.gettext(SHORT_TITLES.get(figure.name, figure.title))
        assert names.add(title) == title


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Buyers who have paid something after a reminder", "Buyers who have paid something…"),
        ("Sales: 2026/27 [draft]?", "Sales 2026 27 draft"),
        ("'quoted'", "quoted"),
        ("Donaudampfschifffahrtsgesellschaften", "Donaudampfschifffahrtsgesellsc…"),
        ("", "Table"),
    ],
)
def test_a_name_is_cut_between_words_only(title: str, name: str) -> None:
    assert SheetNames().add(title, "Table") == name


def test_equal_titles_get_numbers_and_whole_words() -> None:
    names, title = SheetNames(), "Refused charges by month of year"
    added = [names.add(title), names.add(title.upper()), names.add(title)]
    assert added == [
        "Refused charges by month of…",
        "REFUSED CHARGES BY MONTH OF… 2",
        "Refused charges by month of… 3",
    ]
    assert names.add("History") == "History 2"
    assert max(map(len, added)) <= MAX_NAME


def test_an_emoji_counts_twice_as_in_excel() -> None:
    assert shorten("🎓" * 16) == "🎓" * 15 + "…"


def test_a_currency_with_three_decimals_keeps_them(write: Write) -> None:
    plan = Plan(1, (Attempt(1, "15 Jan", "15 Jan", minor=12_345, currency="KWD"),))
    sheet = write("pt-BR", (plan,))["Planos"]
    amounts = [cell for cell in sheet[2] if cell.number_format == '"KWD\xa0"#,##0.000']
    assert amounts[0].value == 12.345


def test_a_report_without_plans_has_a_summary_and_the_definitions(write: Write) -> None:
    book = write(plans=())
    assert book.sheetnames[0] == "Summary"
    assert "Definitions" in book.sheetnames
    assert "Contact first" not in book.sheetnames
    assert "Plans" not in book.sheetnames


def test_a_sheet_without_rows_is_neither_written_nor_listed(write: Write) -> None:
    assert "Overdue by delay" in write().sheetnames
    book = write(plans=(Plan(1, (paid(1, "15 Jan"),)),))
    assert "Plans" in book.sheetnames
    assert "Overdue by delay" not in book.sheetnames
    assert [sheet.title for sheet in book.worksheets[1:] if sheet.max_row < 2] == []


def test_texts_that_look_like_formulas_are_texts(write: Write) -> None:
    book = write()
    cells = [
        cell
        for sheet in book
        for row in sheet
        for cell in row
        if re.match(r"=cmd", str(cell.value))
    ]
    assert len(cells) > 3
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}


def test_the_recovery_queue_is_one_sheet_in_its_order_with_what_to_do(tmp_path: Path) -> None:
    columns = (
        Column("rank", "No.", "integer"),
        Column("buyer", "Buyer"),
        Column("currency", "Currency"),
        Column("overdue_minor", "Overdue", "money", "currency"),
        Column("whatsapp", "WhatsApp", "link"),
    )
    link = "https://wa.me/351912000777"
    groups = [
        Table(
            f"recovery_{name}",
            title,
            columns,
            ((rank, f"Buyer {rank}", "EUR", 100 * rank, link),),
            role="recovery",
        )
        for name, title, rank in (("ask", "Ask what happened", 2), ("card", "Other card", 1))
    ]
    outputs = [mime_bundles.table_output(table, Locale("en")) for table in groups]
    notebook = write_executed(tmp_path / "queue.ipynb", literal_book(PLANS), *outputs)
    write_workbook(read_report(notebook), tmp_path / "queue.xlsx")
    book = openpyxl.load_workbook(tmp_path / "queue.xlsx")
    rows = data_rows(book["Contact first"])
    assert [(row["No."], row["Buyer"], row["What to do"], row["Overdue"]) for row in rows] == [
        (1, "Buyer 1", "Other card", 1),
        (2, "Buyer 2", "Ask what happened", 2),
    ]
    assert total_values(book["Contact first"]) == [["EUR", 3]]
    assert "Ask what happened" not in book.sheetnames


def test_the_summary_has_counts_beside_amounts(tmp_path: Path) -> None:
    cards = [
        {
            "currency": currency,
            "items": [
                {"name": "overdue", "label": "Overdue", "minor": 1_200},
                {"name": "to_contact", "label": "Plans to write about", "count": count},
            ],
        }
        for currency, count in (("EUR", 13), ("USD", 9))
    ]
    content = {"sentence": "", "currencies": cards, "net": []}
    headline = mime_bundles.DisplayBundle({mime_bundles.KPI: content, "text/plain": ""})
    cover = literal_book(PLANS).cover()
    notebook = write_cells(tmp_path / "recovery.ipynb", cover, headline)
    write_workbook(read_report(notebook), tmp_path / "recovery.xlsx")
    summary = openpyxl.load_workbook(tmp_path / "recovery.xlsx")["Summary"]
    rows = {row[0].value: [cell.value for cell in row[1:3]] for row in summary.iter_rows()}
    assert rows["Overdue"] == [12, 12]
    assert rows["Plans to write about"] == [13, 9]


def test_possible_values_have_the_forecast_of_the_report(tmp_path: Path) -> None:
    book = literal_book(PLANS)
    table = possible_table(book.rows, book.locale, {"EUR": 12_345})
    output = mime_bundles.table_output(table, book.locale)
    notebook = write_executed(tmp_path / "monthly.ipynb", book, output)
    write_workbook(read_report(notebook), tmp_path / "monthly.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "monthly.xlsx")["Possible values to be received"]
    assert {row["Currency"]: row["Expected"] for row in data_rows(sheet)} == {
        "EUR": 123.45,
        "JPY": None,
    }


def test_a_table_without_a_title_has_a_sheet_named_after_its_content(tmp_path: Path) -> None:
    table = Table("cash_calendar", "", (Column("window", "When"),), (("May 2026",),))
    notebook = write_cells(
        tmp_path / "weekly.ipynb",
        literal_book(PLANS, "pt-BR").cover(),
        mime_bundles.table_output(table, Locale("pt-BR")),
    )
    write_workbook(read_report(notebook), tmp_path / "weekly.xlsx")
    names = openpyxl.load_workbook(tmp_path / "weekly.xlsx").sheetnames
    assert names == ["Resumo", "Calendário de caixa"]
