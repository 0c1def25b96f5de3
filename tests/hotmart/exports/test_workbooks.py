"""Sales exports as workbooks: sheets, native cells, and files that must not be opened."""

from __future__ import annotations

import resource
import time
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from smartinst.hotmart.exports.columns import label
from smartinst.hotmart.exports.workbook_process import serialize_cell
from smartinst.hotmart.exports.workbooks import parse_workbook
from smartinst.hotmart.parsing.files import parse_body
from smartinst.hotmart.values.outcome import ItemOutcome
from tests.hotmart.exports.test_exports import CELLS

HEADER = [label(column) for column in CELLS]
SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_END = b"</sheetData></worksheet>"
ROW = b"<row><c><v>1</v></c></row>"


def parse(body: bytes, max_file_mb: int = 256) -> list[ItemOutcome]:
    """As ingested; naming `parse_workbook` marks the tests, which start a process."""
    assert callable(parse_workbook)
    return list(parse_body(body, "acme", max_file_mb))


def row(**cells: Any) -> list[Any]:
    return [*{**CELLS, **cells}.values()]


def workbook(sheets: dict[str, Iterable[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for cells in rows:
            sheet.append(cells)
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def with_part(name: str, chunks: Iterable[bytes]) -> bytes:
    """A small workbook with one part replaced or added."""
    source = zipfile.ZipFile(BytesIO(workbook({"Vendas": [HEADER, row()]})))
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            if part != name:
                archive.writestr(part, source.read(part))
        with archive.open(name, "w", force_zip64=True) as part_file:
            for chunk in chunks:
                part_file.write(chunk)
    return body.getvalue()


def attempts(body: bytes) -> list[dict[str, Any]]:
    outcomes = parse(body)
    assert all(outcome.statements for outcome in outcomes), outcomes
    return [outcome.statements.attempts[0] for outcome in outcomes if outcome.statements]


def refusal(body: bytes, max_file_mb: int = 256) -> str:
    (outcome,) = parse(body, max_file_mb)
    assert outcome.is_unreadable
    return outcome.refusal_reason or ""


def test_a_workbook_says_the_same_as_text() -> None:
    text = f"{';'.join(HEADER)}\n{';'.join(row())}\n".encode()
    assert attempts(workbook({"Vendas": [HEADER, row()]})) == attempts(text)


def test_native_cells_are_read_as_numbers_and_dates() -> None:
    cells = {
        "ordered": datetime.fromisoformat("2026-06-10T10:00:00"),
        "approved": datetime.fromisoformat("2026-06-10T10:01:00"),
        "amount": 1234.125,
        "producer_net": 42.5,
        "installments": 3,
        "number": 1.0,
        "phone": 351912345678,
        "country": None,
    }
    (attempt,) = attempts(workbook({"Vendas": [HEADER, row(**cells)]}))
    assert attempt["ordered_at"] == datetime(2026, 6, 10, 13, tzinfo=UTC)
    assert (attempt["amount_minor"], attempt["paid_minor"]) == (123413, 4250)
    assert (attempt["installments"], attempt["number"]) == (3, 1)
    assert (attempt["phone"], attempt["country"]) == ("+351912345678", None)


CELL_TEXTS = [
    (50.0, "50"),
    (1.234, "1.2340"),
    (0.1 + 0.2, "0.3"),
    (351912345678.0, "351912345678"),
    (1e20, "1E+20"),
    (None, ""),
    (datetime.fromisoformat("2026-06-10T09:59:59.999999"), "2026-06-10 10:00:00"),
]


@pytest.mark.parametrize(("cell", "text"), CELL_TEXTS)
def test_the_text_of_a_cell_reads_back_as_its_value(cell: object, text: str) -> None:
    assert serialize_cell(cell) == text


def test_every_sheet_with_a_header_is_read_below_its_titles() -> None:
    body = workbook(
        {
            "Resumo": [["Vendas", 12]],
            "Vendas": [["Relatório"], [], HEADER, row(), [], row(amount="abc")],
            "Gráfico": [["Total", 2]],
            "Vendas (2)": [HEADER, row()],
        }
    )
    assert [(outcome.position, outcome.refusal_reason) for outcome in parse(body)] == [
        ("Vendas, row 4", None),
        ("Vendas, row 6", "Valor de compra sem impostos: not a number"),
        ("Vendas (2), row 2", None),
    ]
    (outcome,) = parse(workbook({"Vendas": [HEADER, row()]}))
    assert outcome.position == "row 2"


def test_a_long_sheet_is_read_to_its_end() -> None:
    rows = [row(transaction=f"HP{number:010}") for number in range(1_200)]
    codes = [attempt["transaction"] for attempt in attempts(workbook({"V": [HEADER, *rows]}))]
    assert codes == [f"HP{number:010}" for number in range(1_200)]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FRENCH = "Code de la transaction;Statut de la transaction;Devise d'achat;Acheteur;Pays".split(";")
MEGABYTE = b" " * (1 << 20)
UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut": (lambda: workbook({"V": [HEADER]})[:-40], "a broken workbook"),
    "XML that ends early": (
        lambda: with_part(SHEET, [SHEET_START, b"<row><c><v>1</v"]),
        "a broken workbook",
    ),
    "a rectangle of 17 billion cells": (
        lambda: with_part(
            SHEET,
            [
                SHEET_START,
                b'<row r="1"><c r="A1"><v>1</v></c></row>',
                b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
                SHEET_END,
            ],
        ),
        "a broken workbook",
    ),
    "a gigabyte of spaces": (
        lambda: with_part(SHEET, [SHEET_START, *[MEGABYTE] * 1024]),
        "a broken workbook",
    ),
    "ten million rows": (
        lambda: with_part(SHEET, [SHEET_START, *[ROW * 40_000] * 300]),
        "a workbook that inflates to more than 250 times its size",
    ),
    "a large picture": (
        lambda: with_part("xl/media/image1.png", [MEGABYTE] * 300),
        "a workbook that inflates to more than 250 times its size",
    ),
    "an archive of files": (lambda: archive("vendas.csv"), "a ZIP archive without a workbook"),
    "an archive in an archive": (lambda: archive("vendas.xlsx"), "a ZIP archive without"),
    "a broken .xls": (lambda: OLE + b"\0" * 5_000, "a broken workbook"),
    "a password": (
        lambda: OLE + b"\0" * 5_000 + "EncryptedPackage".encode("utf-16-le"),
        "a workbook with a password: remove the password and save it again",
    ),
    "no export": (lambda: workbook({"V": [["Name", "Age"]]}), "a workbook without a sales export"),
    "a missing column": (
        lambda: workbook({"V": [HEADER[:-1], row()[:-1]]}),
        "export without the columns Código do assinante: choose the detailed model",
    ),
    "another language": (
        lambda: workbook({"V": [FRENCH]}),
        "a sales export in French: set the account's language",
    ),
}


def archive(name: str) -> bytes:
    body = BytesIO()
    with zipfile.ZipFile(body, "w") as files:
        files.writestr(name, workbook({"V": [HEADER]}))
    return body.getvalue()


@pytest.mark.parametrize(("build", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_workbook_that_cannot_be_read_is_one_refusal_with_its_reason(
    build: Callable[[], bytes], reason: str
) -> None:
    body = build()
    assert len(body) < 4 << 20
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    start_time = time.process_time()
    assert refusal(body).startswith(reason)
    assert time.process_time() - start_time < 20
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(memory, 600 << 10)


def test_a_size_that_the_archive_understates_is_counted() -> None:
    body = bytearray(with_part(SHEET, [SHEET_START, ROW * 400_000, SHEET_END]))
    position = body.rfind(SHEET.encode()) - 46  # of the part's entry in the archive's directory
    assert body[position : position + 4] == b"PK\x01\x02"
    body[position + 24 : position + 28] = (100).to_bytes(4, "little")
    assert refusal(bytes(body), max_file_mb=1) == (
        "a workbook that inflates to more than 4 MB (4 × [limits] max_file_mb)"
    )
