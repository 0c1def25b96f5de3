"""Columns of printed tables are as wide as their texts, so that as few rows as possible wrap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.column_widths import MIN_TEXT_EMS, PAGE_WIDTH, TYPE_SIZES
from smartinst.pages.layout.print_tables import print_table
from smartinst.pages.pdf import render
from smartinst.pages.pdf.weasyprint_import import import_weasyprint
from smartinst.report.mime_bundles import TABLE
from smartinst.report.table import Column, Table
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at

COLUMNS = (
    Column("plan_id", "Plan"),
    Column("status", "Status", "status"),
    Column("buyer", "Buyer"),
    Column("product", "Product"),
    Column("total_minor", "Total", "money", "currency"),
    Column("due", "Due date", "date"),
    Column("overdue_installments", "Overdue installments", "integer"),
    Column("whatsapp", "WhatsApp", "link"),
    Column("currency", "Currency", "hidden"),
)
LONG_NAME = "Maximiliano Albuquerque Sousa"


def plans(buyers: list[str]) -> Table:
    """A detail table with one plan for each buyer."""
    rows = tuple(
        (
            f"{8786675645000000 + number}",
            "In progress with issues",
            buyer,
            "Confeitaria Artesanal",
            107_700 + number,
            "2026-01-31",
            number,
            "https://wa.me/1",
            "BRL",
        )
        for number, buyer in enumerate(buyers)
    )
    return Table("plans", "Plans", COLUMNS, rows, role="detail")


@pytest.mark.parametrize(
    ("buyers", "density"),
    [
        (["Ana Sousa"] * 20, "dense"),
        (["Ana Sousa"] * 19 + [LONG_NAME], "snug"),
        ([LONG_NAME] * 20, "dense"),
        (["Ana Sousa"] * 4 + [LONG_NAME], "dense"),
    ],
    ids=["no text wraps", "few wrap in a small type", "most wrap", "a short table is not small"],
)
def test_the_type_is_small_only_if_rows_of_a_long_table_then_fit_on_one_line(
    buyers: list[str], density: str
) -> None:
    assert print_table(plans(buyers), Locale("pt-BR")).density == density


@pytest.mark.parametrize("product", ["Kit 3 em 1: Bolo, Pão e Mel", "a b c d e f g h i j k l m"])
def test_a_text_of_short_words_does_not_become_a_column_of_words(product: str) -> None:
    amounts = tuple(Column(f"a{number}_minor", "A", "money", "currency") for number in range(8))
    columns = (Column("product", "Product"), *amounts, Column("currency", "Currency", "hidden"))
    table = Table("sales", "Sales", columns, ((product, *[12_345_678] * 8, "BRL"),) * 20)
    view = print_table(table, Locale("pt-BR"))
    assert view.density == "denser"
    assert view.head[0].share / 100 * PAGE_WIDTH > MIN_TEXT_EMS * TYPE_SIZES["denser"]


def test_only_rows_with_the_longest_names_wrap(tmp_path: Path) -> None:
    table = plans(["Ana Sousa"] * 19 + [LONG_NAME])
    rows = list(printed_rows(tmp_path, table))
    assert [max(map(len, row)) for row in rows] == [1] * 19 + [2]


@pytest.mark.parametrize("role", ["detail", "contacts", "alerts", "figure", "dataframe"])
@pytest.mark.parametrize("start", [1, 2, 5])
def test_texts_of_a_table_that_fits_have_one_line_within_their_cells(
    role: str, start: int, tmp_path: Path
) -> None:
    rows = tuple(row[start:] for row in plans(["Vítor Távora", "Ana Sousa", "AV Wátson"]).rows)
    table = Table("t", "T", COLUMNS[start:], rows, role=role)
    for row in printed_rows(tmp_path, table):
        for lines in row:
            assert [overflow <= 0.01 for overflow in lines] == [True]


def printed_rows(folder: Path, table: Table) -> Iterator[list[list[float]]]:
    """For each row, cell and line: how far its text reaches beyond its cell, in CSS pixels."""
    from weasyprint.formatting_structure import boxes

    path = notebook(folder, {TABLE: table.to_json()}, markdown="## One", locale="pt-BR")
    weasyprint = import_weasyprint()
    document = render.lay_out_sheet(weasyprint, render.print_sheet(edition_at(path)))

    def texts_beyond(line: Any, cell: Any) -> float:
        edge = cell.content_box_x() + cell.width
        texts = [box for box in line.descendants() if isinstance(box, boxes.TextBox)]
        return float(max(text.position_x + text.width - edge for text in texts))

    for page in document.pages:
        for row in page._page_box.descendants():
            if isinstance(row, boxes.TableRowBox) and row.children[0].element_tag == "td":
                yield [
                    [
                        texts_beyond(box, cell)
                        for box in cell.descendants()
                        if isinstance(box, boxes.LineBox)
                    ]
                    for cell in row.children
                ]


@pytest.mark.parametrize(("role", "has_dots"), [("detail", False), ("figure", True)])
def test_a_status_on_paper_is_an_element_only_if_it_has_a_dot(
    role: str, has_dots: bool, tmp_path: Path
) -> None:
    table = replace(plans(["Ana"]), role=role)
    path = notebook(tmp_path, {TABLE: table.to_json()}, markdown="## One", locale="pt-BR")
    html = render.print_sheet(edition_at(path)).html
    assert ('<span class="status' in html) is has_dots
    assert "Em andamento com pendências" in html
