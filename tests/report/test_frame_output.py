"""A frame that a cell displays: typed columns and all its rows, in page, PDF and workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import print_sheet
from smartinst.pages.reading.report import read_report
from smartinst.pages.xlsx import write_workbook
from smartinst.report.frame_output import MAX_ROWS, frame_table, install
from smartinst.report.mime_bundles import TABLE
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at

FRAME = pl.DataFrame(
    {
        "buyer": [f"Buyer {n:03}" for n in range(250)],
        "currency": ["EUR"] * 250,
        "overdue_minor": range(123_400, 123_650),
        "purchase_date": [date(2026, 3, 9)] * 250,
        "score": [0.5] * 250,
        "mine": [7] * 250,
    }
)


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    install(Locale("es"))
    yield shell
    InteractiveShell.clear_instance()


def bundle(shell: InteractiveShell, value: Any) -> dict[str, Any]:
    assert shell.display_formatter is not None
    data: dict[str, Any] = shell.display_formatter.format(value)[0]  # type: ignore[no-untyped-call]
    return data


def test_other_viewers_see_the_frame_as_polars_displays_it(shell: InteractiveShell) -> None:
    data = bundle(shell, FRAME)
    assert set(data) == {TABLE, "text/html", "text/plain"}
    assert data["text/html"] == FRAME._repr_html_()
    assert len(data[TABLE]["rows"]) == FRAME.height
    assert json.loads(json.dumps(data[TABLE], allow_nan=False)) == data[TABLE]


def test_a_lazy_or_a_very_long_frame_is_left_to_polars(shell: InteractiveShell) -> None:
    assert TABLE not in bundle(shell, FRAME.lazy())
    assert TABLE not in bundle(shell, pl.select(pl.int_range(MAX_ROWS + 1)))


def test_columns_are_typed_and_known_names_have_headings() -> None:
    columns = frame_table(FRAME, Locale("es")).columns
    assert [(column.label, column.kind) for column in columns] == [
        ("Comprador", "text"),
        ("Moneda", "text"),
        ("Vencido", "money"),
        ("Fecha de compra", "date"),
        ("score", "number"),
        ("mine", "integer"),
    ]


def test_an_amount_without_its_currency_is_a_number_of_minor_units() -> None:
    (column,) = frame_table(FRAME.select("overdue_minor"), Locale("es")).columns
    assert (column.label, column.kind) == ("overdue_minor", "integer")


def test_values_that_json_lacks_become_text_or_null() -> None:
    frame = pl.DataFrame(
        {
            "nan": [float("nan")],
            "struct": [{"a": 1}],
            "duration": [date(2026, 1, 2) - date(2026, 1, 1)],
            "list": [["a", "b"]],
            "numbers": [[1, 2]],
            "flag": [True],
            "binary": [b"x"],
            "missing": [None],
            "overdue_minor": [1234.6],
            "currency": ["EUR"],
        }
    )
    (row,) = frame_table(frame, Locale("en")).rows
    assert row == (
        *(
            None,
            "{'a': 1}",
            "1 day, 0:00:00",
            ["a", "b"],
            "[1, 2]",
            True,
            "b'x'",
            None,
            1235,
            "EUR",
        ),
    )


def test_page_paper_and_workbook_show_the_rows(shell: InteractiveShell, tmp_path: Path) -> None:
    outputs = [bundle(shell, FRAME.head(20)), bundle(shell, FRAME)]
    path = notebook(tmp_path, *outputs, markdown="## One", locale="es")
    edition = edition_at(path)
    page, paper = render_page(edition), print_sheet(edition).html
    assert page.count("Buyer 019") == paper.count("Buyer 019") == 2
    assert "1.234,19" in page
    assert ("Buyer 199" in page, "Buyer 200" in page) == (True, False)
    assert ("Buyer 039" in paper, "Buyer 040" in paper) == (True, False)
    assert "y 50 más en el XLSX" in page
    assert "y 210 más en el XLSX" in paper
    write_workbook(read_report(path), tmp_path / "mine.xlsx")
    book = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    few, many = (book[name] for name in book.sheetnames)
    assert (few.max_row, many.max_row) == (21, 251)
    assert [cell.value for cell in many[251]] == [
        *("Buyer 249", "EUR", 1236.49),
        *(many["D251"].value, 0.5, 7),
    ]
    assert many["D251"].value.date() == date(2026, 3, 9)
