"""The workbook: every plan, a sheet for each figure, and the definitions. No formula cells.

It is built from the executed notebook only: rows from its dataset, texts from its tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter
from xlsxwriter.workbook import Workbook

from smartinst.analytics.figures import FIGURES
from smartinst.i18n.locales import Locale
from smartinst.pages.markup.html_tables import html_tables
from smartinst.pages.reading.blocks import ForeignHtml, Prose
from smartinst.pages.reading.report import Report
from smartinst.pages.xlsx_cells import CellWriter
from smartinst.report.dataset import decoded_frame
from smartinst.report.table import Column, Row, Table
from smartinst.report.tables.columns import WORKBOOK_COLUMNS, columns, row_values
from smartinst.report.tables.figures import figure_columns, with_ratios
from smartinst.report.tables.glossary import glossary_table

MAX_ROWS: Final = 1_000_000
MAX_WIDTH: Final = 60
"""Limits of rows in a sheet, and of a column's width in characters."""

TEXT_ROLES: Final = ("notes", "glossary", "alerts", "loan_book")
"""Roles of tables that are written even if there is a dataset, which has all other rows."""


def write_workbook(report: Report, target: Path) -> None:
    """Writes the workbook of a report: its rows, figures and tables; if it has none, its title."""
    cover = report.cover
    locale = Locale(str(cover.get("locale", "en")))
    tables = list(_tables(report))
    rows = rows_of(report.dataset) if report.dataset else {}
    with _open(target) as book:
        titles = [str(cover[name]) for name in ("seller", "title", "as_of") if cover.get(name)]
        book.set_properties({"title": " · ".join(titles)})
        writer = _Writer(book, locale)
        if rows:
            writer.plans(rows["plans"])
            for figure in FIGURES:
                totals = figure.fold(rows)
                frame = totals if figure.raw else with_ratios(totals, figure)
                writer.frame(locale.gettext(figure.title), figure_columns(figure, locale), frame)
        for table in tables:
            if table.role != "dataframe" and (not rows or table.role in TEXT_ROLES):
                writer.table(table.title, table)
        frames = [table for table in tables if table.role == "dataframe"]
        for number, table in enumerate(frames, 1):
            writer.table(locale.gettext("Table {n}", n=locale.number(number)), table)
        if not writer.names:
            writer.about(cover)


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
    with _open(target) as book:
        writer = _Writer(book, locale)
        writer.plans(frame if frame.width else pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
        glossary = glossary_table(locale)
        writer.table(glossary.title, glossary)


def rows_of(dataset: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The frames of a dataset output, by grain."""
    frames = {
        grain: decoded_frame(dataset[grain]) for grain in ("plans", "charges", "nets", "movements")
    }
    flags = {figure.where for figure in FIGURES if figure.where}
    frames["charges"] = frames["charges"].with_columns(
        pl.col(name).cast(pl.Boolean) for name in sorted(flags)
    )
    return frames


def _open(target: Path) -> Workbook:
    """A workbook to be filled; OSError at once if its folder does not exist."""
    target.touch()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    return xlsxwriter.Workbook(str(target), options)


@dataclass
class _Writer:
    """Writes sheets with typed cells; formats are created once."""

    book: Workbook
    locale: Locale
    names: set[str] = field(default_factory=set)
    cells: CellWriter = field(init=False)

    def __post_init__(self) -> None:
        self.cells = CellWriter(self.book, self.locale)

    def plans(self, plans: pl.DataFrame) -> None:
        """One row per plan."""
        names = tuple(name for name in WORKBOOK_COLUMNS if name in plans.columns)
        self.frame(self.locale.gettext("Plans"), columns(names, self.locale), plans)

    def frame(self, title: str, columns: tuple[Column, ...], frame: pl.DataFrame) -> None:
        """A sheet with these columns of a frame."""
        self.sheet(title, columns, row_values(frame, tuple(column.name for column in columns)))

    def table(self, title: str, table: Table) -> None:
        """A sheet with all rows of a table."""
        rows = table.all_rows or table.rows
        is_cut = table.role == "dataframe" and bool(table.caption)
        self.sheet(title, table.columns, rows, table.caption if is_cut else "")

    def about(self, report: Mapping[str, Any]) -> None:
        """A sheet with the report's title, seller and date."""
        rows = [
            (name, str(report[name])) for name in ("title", "seller", "as_of") if report.get(name)
        ]
        title = dict(rows).get("title", "Report")
        self.sheet(title, (Column("about"), Column("says")), rows)

    def sheet(
        self, title: str, columns: tuple[Column, ...], rows: Sequence[Row], note: str = ""
    ) -> None:
        """One sheet: a frozen head with filters, columns as wide as their content, and a note."""
        sheet = self.book.add_worksheet(self._name(title))
        head = self.cells.format(
            "head", {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.label, head)
        table = Table("", title, columns, ())
        widths = [min(len(column.label), 14) for column in columns]
        for line, row in enumerate(rows[:MAX_ROWS], 1):
            for index, (column, value) in enumerate(zip(columns, row, strict=True)):
                if value is not None:
                    currency = table.currency(column, row)
                    width = self.cells.write(sheet, line, index, column, value, currency)
                    widths[index] = max(widths[index], width)
        for index, width in enumerate(widths):
            sheet.set_column(index, index, min(width + 2, MAX_WIDTH))
        sheet.freeze_panes(1, 0)
        if rows and columns:
            sheet.autofilter(0, 0, min(len(rows), MAX_ROWS), len(columns) - 1)
        if note:
            sheet.write_string(min(len(rows), MAX_ROWS) + 2, 0, note)

    def _name(self, title: str) -> str:
        """A unique name of a sheet: at most 31 characters, as Excel requires, cut between words."""
        base = re.sub(r"[\[\]:*?/\\']", " ", title).strip() or "Sheet"
        if len(base) > 31:
            base = f"{base[:30].rsplit(' ', 1)[0]}…"
        name, index = base, 2
        while name.casefold() in self.names:
            name, index = f"{base[:28]} {index}", index + 1
        self.names.add(name.casefold())
        return name
