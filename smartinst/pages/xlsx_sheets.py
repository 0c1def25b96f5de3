"""Sheets of the workbook: a frozen head with filters, typed rows, totals, a set-up for print."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.pages.xlsx_cells import WRAPPED_LENGTH, CellWriter
from smartinst.pages.xlsx_names import SheetNames
from smartinst.report.table import Column, Row, Table

MAX_ROWS: Final = 1_000_000
MIN_WIDTH: Final = 6
MAX_WIDTH: Final = 44
MAX_HEADING: Final = 14
"""Limits of rows in a sheet, and of a column's and a heading's width in characters."""

MAX_TEXT_WIDTH: Final = 90
"""Width of a column of sentences, which are wrapped."""
MAX_PRINTED_WIDTH: Final = 215
"""Width of the columns on paper; further columns are on the screen only, so that it is legible."""

LINE_HEIGHT: Final = 15
MAX_LINES: Final = 8
"""Points of a line, and the most lines of a row."""
A4: Final = 9
SENTENCE_ROLES: Final = ("notes", "glossary")
NUMBER_KINDS: Final = ("money", "integer", "days", "percent", "number", "decimal", "code")


@dataclass(frozen=True)
class SheetEntry:
    """A sheet in the list of the first one: its name, its title, and the number of its rows."""

    name: str
    title: str
    row_count: int


@dataclass
class SheetWriter:
    """Writes sheets with typed cells, and lists them; formats are created once.

    running  the text at the head of each printed page
    """

    book: Workbook
    locale: Locale
    running: str = ""
    names: SheetNames = field(default_factory=SheetNames)
    entries: list[SheetEntry] = field(default_factory=list)
    cells: CellWriter = field(init=False)

    def __post_init__(self) -> None:
        self.cells = CellWriter(self.book, self.locale)

    def add(self, title: str) -> Worksheet:
        """An empty sheet with a set-up for print."""
        sheet = self.book.add_worksheet(self.names.add(title, self.locale.gettext("Table")))
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        running = f"{self.running} · {sheet.name}" if self.running else sheet.name
        sheet.set_header(f"&L&9{running.replace('&', '&&')[:200]}")
        sheet.set_footer("&R&9&P / &N")
        return sheet

    def write(
        self,
        table: Table,
        sheet_title: str = "",
        note: str = "",
        totals: Sequence[Row] = (),
        *,
        has_frozen_column: bool = False,
    ) -> None:
        """A sheet with all rows of a table, its totals, and a note below them."""
        rows = (table.all_rows or table.rows)[:MAX_ROWS]
        sheet = self.add(sheet_title or table.title)
        self.entries.append(SheetEntry(sheet.name, table.title or sheet.name, len(rows)))
        widths = self._write_head(sheet, table.columns)
        for line, row in enumerate(rows, 1):
            self._write_row(sheet, line, table, row, widths)
        for line, row in enumerate(totals, len(rows) + 2):
            self._write_row(sheet, line, table, row, widths, is_total=True)
        self._set_widths(sheet, table, widths, len(rows) + len(totals) + 1)
        sheet.freeze_panes(1, int(has_frozen_column))
        sheet.repeat_rows(0)
        if rows and table.columns:
            sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)
        if note:
            line = len(rows) + 2 + (len(totals) + 1 if totals else 0)
            sheet.write_string(line, 0, note, self.cells.format("note", {}))

    def _set_widths(
        self, sheet: Worksheet, table: Table, widths: Sequence[int], last_line: int
    ) -> None:
        """Sets the widths of the columns, and which of them are printed."""
        final = [min(max(width + 3, MIN_WIDTH), text_width(table)) for width in widths]
        for index, width in enumerate(final):
            sheet.set_column(index, index, width)
        printed_columns = sum(total <= MAX_PRINTED_WIDTH for total in accumulate(final))
        if 0 < printed_columns < len(final):
            sheet.print_area(0, 0, last_line, printed_columns - 1)

    def _write_head(self, sheet: Worksheet, columns: Sequence[Column]) -> list[int]:
        """Writes the headings; returns the widths that the columns need for them."""
        for index, column in enumerate(columns):
            align = "right" if column.kind in NUMBER_KINDS else "left"
            head = self.cells.format(
                f"head {align}",
                {
                    "bold": True,
                    "bottom": 1,
                    "text_wrap": True,
                    "valign": "vcenter",
                    "bg_color": palette.SURFACE,
                    "align": align,
                    "indent": int(align == "left"),
                },
            )
            sheet.write_string(0, index, column.label, head)
        return [heading_width(column.label) for column in columns]

    def _write_row(
        self,
        sheet: Worksheet,
        line: int,
        table: Table,
        row: Row,
        widths: list[int],
        *,
        is_total: bool = False,
    ) -> None:
        longest = 0
        for index, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            if value is None:
                continue
            currency = table.currency(column, row) if column.kind == "money" else ""
            place = (line, index)
            width = self.cells.write(sheet, place, column, value, currency, is_total=is_total)
            widths[index] = max(widths[index], width)
            longest = max(longest, width)
        if longest > WRAPPED_LENGTH:
            line_count = -(-longest // text_width(table))
            sheet.set_row(line, LINE_HEIGHT * min(line_count, MAX_LINES))
        if is_total:
            self._write_total_label(sheet, line, row)

    def _write_total_label(self, sheet: Worksheet, line: int, row: Row) -> None:
        """Writes the label of a row of totals, and the line above its empty cells."""
        layout = {"bold": True, "top": 1, "align": "left", "indent": 1}
        emphasis = self.cells.format("total", layout)
        for index, value in enumerate(row):
            if value is None:
                sheet.write_blank(line, index, None, emphasis)
        if row[0] is None:
            sheet.write_string(line, 0, self.locale.gettext("Total, all rows"), emphasis)


def text_width(table: Table) -> int:
    """The largest width of a column, in characters."""
    return MAX_TEXT_WIDTH if table.role in SENTENCE_ROLES else MAX_WIDTH


def heading_width(label: str) -> int:
    """The width of a heading, wrapped between words, with its filter button."""
    longest = max((len(word) for word in label.split()), default=0)
    return max(longest, min(len(label), MAX_HEADING)) + 2


def total_rows(table: Table, sums: Collection[str]) -> list[Row]:
    """Sums of the rows of each currency that has several; of a ratio both numbers are summed.

    sums  columns that can be added up
    """
    if not {column.name for column in table.columns} & set(sums):
        return []
    units = {column.currency_column for column in table.columns} - {None}
    unit_indexes = [index for index, column in enumerate(table.columns) if column.name in units]
    groups: dict[Row, list[Row]] = {}
    for row in table.all_rows or table.rows:
        groups.setdefault(tuple(row[index] for index in unit_indexes), []).append(row)
    return [
        tuple(
            rows[0][index] if index in unit_indexes else _sum(column, rows, index, sums)
            for index, column in enumerate(table.columns)
        )
        for rows in groups.values()
        if len(rows) > 1
    ]


def _sum(column: Column, rows: Sequence[Row], index: int, sums: Collection[str]) -> Any:
    """The total of a column; None if its values cannot be added up."""
    values = [row[index] for row in rows if row[index] is not None]
    if column.name in sums:
        return sum(values)
    if column.kind == "percent" and column.numerator and column.within is None:
        return [sum(value[0] for value in values), sum(value[1] for value in values)]
    return None
