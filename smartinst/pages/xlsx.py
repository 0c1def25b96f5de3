"""The workbook: a summary, every plan and installment, a sheet for each figure, the definitions.

It is built from the executed notebook only: rows from its dataset, texts from its tables. It has no
formula cells: totals are values.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.workbook import Workbook

from smartinst.file_writing import write_file
from smartinst.i18n.locales import Locale
from smartinst.pages.markup.html_tables import html_tables
from smartinst.pages.reading.blocks import ForeignHtml, KeyFigures, Prose
from smartinst.pages.reading.report import Report
from smartinst.pages.xlsx_names import SHORT_TITLES
from smartinst.pages.xlsx_rows import (
    RowSheet,
    contact_sheet,
    figure_sheets,
    installment_sheet,
    plan_sheet,
    rows_of,
)
from smartinst.pages.xlsx_sheets import SheetWriter, total_rows
from smartinst.pages.xlsx_summary import SummarySheet
from smartinst.report.table import Table
from smartinst.report.tables.glossary import glossary_table

TEXT_ROLES: Final = ("notes", "glossary", "alerts", "loan_book")
"""Roles of tables that are written even if there is a dataset, which has all other rows."""
LIST_SHEETS: Final = ("plans", "installments")
"""Sheets whose first column stays in view."""


def write_workbook(report: Report, target: Path) -> None:
    """Writes the workbook of a report: its rows, figures and tables.

    A report without dataset and cover, such as an analyst's own notebook, has no summary.
    """
    cover = report.cover
    locale = Locale(str(cover.get("locale", "en")))
    tables = list(_tables(report))
    with _open(target) as book:
        titles = [str(cover[name]) for name in ("seller", "title") if cover.get(name)]
        if cover.get("as_of"):
            titles.append(locale.date(cover["as_of"]))
        book.set_properties({"title": " · ".join(titles)})
        writer = SheetWriter(book, locale, " · ".join(titles))
        is_summarized = bool(report.dataset or cover.get("seller") or not tables)
        summary = writer.add(locale.gettext("Summary")) if is_summarized else None
        if report.dataset:
            _write_dataset(writer, report.dataset, tables)
        _write_tables(writer, tables, has_dataset=report.dataset is not None)
        if summary:
            key_figures = (block for block in report.blocks if isinstance(block, KeyFigures))
            sheet = SummarySheet(summary, writer.cells, locale)
            sheet.write(cover, next(key_figures, None), writer.entries)


def _write_dataset(
    writer: SheetWriter, dataset: Mapping[str, Any], tables: Sequence[Table]
) -> None:
    """The sheets of plans, contacts, installments and figures that have rows."""
    rows, locale = rows_of(dataset), writer.locale
    lists = (
        plan_sheet(rows["plans"], locale),
        contact_sheet(tables, rows, locale),
        installment_sheet(rows, locale),
    )
    for sheet in (*lists, *figure_sheets(rows, tables, locale)):
        if sheet is not None and sheet.table.rows:
            _write_row_sheet(writer, sheet)


def _write_row_sheet(writer: SheetWriter, sheet: RowSheet) -> None:
    table = sheet.table
    writer.write(
        table,
        _sheet_title(table, writer.locale),
        totals=total_rows(table, sheet.sums),
        has_frozen_column=table.name in LIST_SHEETS,
    )


def _write_tables(writer: SheetWriter, tables: Sequence[Table], *, has_dataset: bool) -> None:
    """The tables that are not in the dataset, then the frames of cells."""
    for table in tables:
        is_written = not has_dataset or (table.role in TEXT_ROLES and table.rows)
        if table.role != "dataframe" and is_written:
            writer.write(table, _sheet_title(table, writer.locale))
    frames = [table for table in tables if table.role == "dataframe"]
    for number, table in enumerate(frames, 1):
        locale = writer.locale
        title = locale.gettext("Table {n}", n=locale.number(number))
        writer.write(table, title, table.caption)


def _sheet_title(table: Table, locale: Locale) -> str:
    return locale.gettext(SHORT_TITLES.get(table.name, "")) or table.title


def _tables(report: Report) -> Iterator[Table]:
    """The tables of a report in order, with those in the HTML of other libraries."""
    for block in report.blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, ForeignHtml | Prose):
            yield from html_tables(block.html)


def write_plans(
    details: Iterable[Mapping[str, Any]], names: Sequence[str], target: Path, locale: Locale
) -> None:
    """A workbook of `smartinst plans`: its detail rows with these columns, and the definitions."""
    frame = pl.DataFrame(list(details), infer_schema_length=None, strict=False)
    if not frame.width:
        frame = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    with _open(target) as book:
        writer = SheetWriter(book, locale)
        writer.write(plan_sheet(frame, locale).table, has_frozen_column=True)
        writer.write(glossary_table(locale))


@contextmanager
def _open(target: Path) -> Iterator[Workbook]:
    """A workbook to be filled, which is written at the end of the block; OSError if it cannot be.

    XlsxWriter packs it in memory, out of temporary files of its sheets.
    """
    content = BytesIO()
    with tempfile.TemporaryDirectory(prefix="smartinst-") as temporary:
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
            "tmpdir": temporary,
        }
        book = xlsxwriter.Workbook(content, options)
        yield book
        try:
            book.close()
        except FileCreateError as error:
            raise error.args[0] from None
    write_file(target, content.getvalue())
