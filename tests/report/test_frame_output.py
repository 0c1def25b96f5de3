"""A frame that a cell displays: typed columns and all its rows, in page, PDF and workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
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
from smartinst.report.display import install
from smartinst.report.frames.frame_output import (
    LIVE_CELLS,
    LIVE_CHARACTERS,
    MAX_CELLS,
    MAX_ROWS,
    frame_table,
    max_rows,
)
from smartinst.report.frames.polars_values import polars_column
from smartinst.report.mime_bundles import TABLE
from smartinst.report.reader import Reader
from smartinst.report.table import Table
from smartinst.report.value_text import format_value
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
EVENING = datetime.fromisoformat("2026-11-30T21:00")
MARCH = datetime.fromisoformat("2026-03-09")
READER = Reader("es", "Europe/Madrid", is_live=False)


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    install(shell, READER)
    yield shell
    InteractiveShell.clear_instance()


def bundle(shell: InteractiveShell, value: Any) -> dict[str, Any]:
    assert shell.display_formatter is not None
    data: dict[str, Any] = shell.display_formatter.format(value)[0]  # type: ignore[no-untyped-call]
    return data


def table_of(frame: pl.DataFrame, tag: str = "en") -> Table:
    return frame_table([polars_column(series) for series in frame], Locale(tag), frame.height)


def workbook_rows(folder: Path, *outputs: dict[str, Any]) -> list[list[list[Any]]]:
    """The cells of each sheet of an executed notebook's workbook."""
    path = notebook(folder, *outputs, locale="es")
    write_workbook(read_report(path), folder / "mine.xlsx")
    sheets = openpyxl.load_workbook(folder / "mine.xlsx").worksheets
    return [[list(row) for row in sheet.iter_rows()] for sheet in sheets]


def test_other_viewers_see_the_frame_as_polars_displays_it(shell: InteractiveShell) -> None:
    data = bundle(shell, FRAME)
    assert set(data) == {TABLE, "text/html", "text/plain"}
    assert data["text/html"] == FRAME._repr_html_()
    assert json.loads(json.dumps(data[TABLE], allow_nan=False)) == data[TABLE]


def test_the_rows_in_a_notebook_are_one_text_and_read_as_they_were(
    shell: InteractiveShell,
) -> None:
    content = bundle(shell, FRAME)[TABLE]
    assert isinstance(content["rows"], str)
    dated = FRAME.with_columns(purchase_date=pl.lit("2026-03-09"))
    assert list(Table.from_json(content).rows) == dated.rows()


def test_a_lazy_frame_is_left_to_polars(shell: InteractiveShell) -> None:
    assert TABLE not in bundle(shell, FRAME.lazy())


def test_a_series_is_a_frame_of_one_column(shell: InteractiveShell) -> None:
    table = Table.from_json(bundle(shell, FRAME["purchase_date"])[TABLE])
    assert [column.label for column in table.columns] == ["Fecha de compra"]
    assert len(table.rows) == 250


def test_a_frame_with_too_many_rows_says_which_are_there(shell: InteractiveShell) -> None:
    table = Table.from_json(bundle(shell, pl.select(n=pl.int_range(MAX_ROWS + 1)))[TABLE])
    assert len(table.rows) == MAX_ROWS
    assert table.caption == "Las primeras 200.000 filas de un total de 200.001."


def test_a_wide_or_a_live_frame_has_fewer_rows() -> None:
    assert max_rows(100, is_live=False) == MAX_CELLS // 100
    assert max_rows(10, is_live=True) == LIVE_CELLS // 10
    assert max_rows(10 * MAX_CELLS, is_live=True) == 1


def test_a_frame_of_long_texts_has_fewer_rows(shell: InteractiveShell) -> None:
    install(shell, Reader("es", is_live=True))
    frame = pl.DataFrame({"text": ["x" * 100_000] * 15})
    content = bundle(shell, frame)[TABLE]
    assert len(content["rows"]) <= LIVE_CHARACTERS
    assert content["caption"] == "Las primeras 9 filas de un total de 15."
    longest = bundle(shell, pl.DataFrame({"text": ["x" * 2 * LIVE_CHARACTERS]}))[TABLE]
    assert len(Table.from_json(longest).rows) == 1


def test_a_mean_of_amounts_is_rounded_as_text_and_exact_in_the_workbook(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"overdue_minor": [12345.5, None], "currency": ["EUR", "EUR"]})
    table = table_of(frame)
    assert format_value(table.columns[0], 12345.5, Locale("en"), "EUR") == "€123.46"
    (rows,) = workbook_rows(tmp_path, bundle(shell, frame))
    assert (rows[1][0].value, rows[1][0].number_format) == (123.455, '#,##0.00"\xa0€"')


def test_columns_are_typed_and_known_names_have_headings() -> None:
    columns = table_of(FRAME, "es").columns
    assert [(column.label, column.kind) for column in columns] == [
        ("Comprador", "text"),
        ("Moneda", "text"),
        ("Vencido", "money"),
        ("Fecha de compra", "date"),
        ("score", "number"),
        ("mine", "integer"),
    ]


def test_an_amount_without_its_currency_is_a_number_of_minor_units() -> None:
    (column,) = table_of(FRAME.select("overdue_minor"), "es").columns
    assert (column.label, column.kind) == ("overdue_minor", "integer")


@pytest.mark.parametrize("name", ["year", "Plan ID", "order_number", "código", "ano"])
def test_years_and_identifiers_are_not_grouped(name: str) -> None:
    table = table_of(pl.DataFrame({name: [2026]}))
    assert format_value(table.columns[0], 2026, Locale("en")) == "2026"
    (sold,) = table_of(pl.DataFrame({"sold": [2026]})).columns
    assert format_value(sold, 2026, Locale("en")) == "2,026"


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("values", "data_type", "kind", "texts"),
    [
        ([1234, 2**70], pl.Int128, "integer", ["1.234", "1.180.591.620.717.411.303.424"]),
        ([1.5, 1234.0], pl.Float64, "number", ["1,5", "1.234,0"]),
        ([0.25, 1234567.891], pl.Float64, "number", ["0,25", "1.234.567,89"]),
        ([0.1, 2.0], pl.Float32, "number", ["0,1", "2,0"]),
        ([3e-12, -4e20], pl.Float64, "number", ["3e−12", "−4e+20"]),
        ([NAN, -INFINITY, INFINITY], pl.Float64, "number", ["NaN", "−∞", "∞"]),
        ([Decimal("1234.50"), None], pl.Decimal(10, 2), "decimal", ["1.234,50", ""]),
        ([True, False], pl.Boolean, "boolean", ["sim", "não"]),
        ([EVENING], pl.Datetime, "datetime", ["30/11/2026 21:00"]),
        (
            [EVENING.replace(second=5, microsecond=70)],
            pl.Datetime("ns"),
            "datetime",
            ["30/11/2026 21:00:05.00007"],
        ),
        ([EVENING], pl.Datetime("ms", "UTC"), "datetime", ["30/11/2026 21:00\xa0UTC"]),
        ([time(9, 5)], pl.Time, "time", ["09:05"]),
        (
            [timedelta(days=3, hours=2), -timedelta(seconds=1.5), timedelta(days=1)],
            pl.Duration,
            "duration",
            ["3 dias 02:00:00", "−00:00:01.5", "1 dia"],
        ),
        ([["a", "b"], None], pl.List(pl.String), "list", ["a, b", ""]),
        ([[1, 2]], pl.List(pl.Int64), "text", ["[1, 2]"]),
        ([[1, 2]], pl.Array(pl.Int64, 2), "text", ["[1, 2]"]),
        ([{"a": 1, "b": [None]}], None, "text", ['{"a": 1, "b": [null]}']),
        ([b"\x00\xff"], pl.Binary, "text", ["00ff"]),
        (["x"], pl.Categorical, "text", ["x"]),
        (["x"], pl.Enum(["x"]), "text", ["x"]),
        ([None], pl.Null, "text", [""]),
        (
            [1, 0.5, "a", True, date(2026, 3, 9), Decimal("0.10")],
            pl.Object,
            "mixed",
            ["1", "0,50", "a", "sim", "09/03/2026", "0,10"],
        ),
    ],
    ids=str,
)
def test_each_type_has_its_kind_and_its_text(
    values: list[Any], data_type: Any, kind: str, texts: list[str]
) -> None:
    table = table_of(pl.DataFrame({"c": pl.Series(values, dtype=data_type)}), "pt-BR")
    (column,) = Table.from_json(json.loads(json.dumps(table.to_json()))).columns
    assert column.kind == kind
    assert [format_value(column, row[0], Locale("pt-BR")) for row in table.rows] == texts


def test_years_that_python_lacks_are_texts_and_zones_keep_their_offset() -> None:
    frame = pl.select(
        far=pl.date(20_000, 1, 1),
        local=pl.lit(EVENING).dt.replace_time_zone("America/Sao_Paulo"),
    )
    table = table_of(frame)
    texts = [
        format_value(*pair, Locale("en")) for pair in zip(table.columns, table.rows[0], strict=True)
    ]
    assert texts == ["+20000-01-01", "Nov 30, 2026 21:00\xa0−03:00"]


def test_the_workbook_has_typed_cells(shell: InteractiveShell, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "flag": [True],
            "when": [EVENING],
            "zoned": pl.Series([EVENING], dtype=pl.Datetime("us", "UTC")),
            "time": [time(9, 5)],
            "took": [timedelta(days=1, hours=2)],
            "exact": [Decimal("1234.50")],
            "ratio": [0.123456789],
            "whole": [5.0],
            "year": [2026],
            "id": [9_007_199_254_740_993],
            "nan": [NAN],
            "back": [-timedelta(hours=1)],
            "old": [date(1850, 1, 1)],
            "long": ["x" * 40_000],
        }
    )
    ((_, cells),) = workbook_rows(tmp_path, bundle(shell, frame))
    assert [(cell.value, cell.number_format) for cell in cells[:-1]] == [
        (True, "General"),
        (EVENING, "yyyy-mm-dd hh:mm:ss"),
        (EVENING, 'yyyy-mm-dd hh:mm:ss "UTC"'),
        (time(9, 5), "hh:mm:ss"),
        (timedelta(days=1, hours=2), "[h]:mm:ss"),
        (1234.5, "#,##0.00"),
        (0.123456789, "General"),
        (5, "General"),
        (2026, "0"),
        ("9007199254740993", "@"),
        ("NaN", "@"),
        ("−01:00:00", "@"),
        ("1850-01-01", "@"),
    ]
    assert cells[-1].value == "x" * 32_766 + "…"


def test_a_column_of_mixed_types_has_each_cell_of_its_own_type(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    values = [1, 0.5, "a", False, date(2026, 3, 9), None]
    frame = pl.DataFrame({"c": pl.Series(values, dtype=pl.Object)})
    (rows,) = workbook_rows(tmp_path, bundle(shell, frame))
    read = [row[0].value for row in rows[1:]]
    assert read == [1, 0.5, "a", False, MARCH]


def test_the_sheet_of_a_cut_frame_ends_with_a_note(tmp_path: Path) -> None:
    table = frame_table([polars_column(FRAME["mine"])], Locale("es"), 1_000)
    (rows,) = workbook_rows(tmp_path, {TABLE: table.to_json()})
    assert [row[0].value for row in rows[-3:]] == [
        7,
        None,
        "Las primeras 250 filas de un total de 1.000.",
    ]


def test_page_paper_and_workbook_show_the_rows(shell: InteractiveShell, tmp_path: Path) -> None:
    outputs = [bundle(shell, FRAME.head(20)), bundle(shell, FRAME)]
    path = notebook(tmp_path, *outputs, markdown="## One", locale="es")
    edition = edition_at(path, formats=("xlsx",))
    page, paper = render_page(edition), print_sheet(edition).html
    assert page.count("Buyer 019") == paper.count("Buyer 019") == 2
    assert "1.234,19" in page
    assert ("Buyer 199" in page, "Buyer 200" in page) == (True, False)
    assert ("Buyer 039" in paper, "Buyer 040" in paper) == (True, False)
    assert "y 50 filas más en la hoja de cálculo" in page
    assert "y 210 filas más en la hoja de cálculo" in paper
    few, many = workbook_rows(tmp_path, *outputs)
    assert (len(few), len(many)) == (21, 251)
    assert [cell.value for cell in many[250]] == [
        *("Buyer 249", "EUR", 1236.49),
        *(MARCH, 0.5, 7),
    ]
