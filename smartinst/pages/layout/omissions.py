"""Notes on what page and paper leave out, and which of the reader's other files has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.table_view import TableView
from smartinst.report.table import Table

DATASET_ROLES: Final = frozenset(("detail", "contacts"))
WORKBOOK_ROLES: Final = frozenset(
    ("alerts", "notes", "glossary", "dataframe", "loan_book", "recovery")
)
"""Roles of tables whose rows are in a workbook with a dataset: from the dataset, from the table."""


@dataclass(frozen=True)
class Attachments:
    """The files that the reader has beside a page or sheet; its notes name no others.

    `has_dataset`: the workbook has every plan and figure, not only the rows of the tables.
    """

    has_workbook: bool = False
    has_notebook: bool = False
    has_dataset: bool = False

    def has_all_rows(self, table: Table) -> bool:
        """Whether the reader has a workbook with every row of a table (pages/xlsx.py)."""
        if not self.has_workbook:
            return False
        if self.has_dataset and (table.figure or table.role in DATASET_ROLES):
            return True
        is_sheet = not self.has_dataset or table.role in WORKBOOK_ROLES
        return is_sheet and len(table.all_rows or table.rows) >= table.total_rows


NO_ATTACHMENTS: Final = Attachments()


def table_note(table: Table, view: TableView, locale: Locale, attachments: Attachments) -> str:
    """A note on the rows, columns and figures of a table that its view omits; empty if none.

    The note only counts them if the reader has no workbook with them.
    """
    is_pivoted = view.table is not table
    rows = (_pivot_note if is_pivoted else _table_row_note)(table, view, locale, attachments)
    columns = column_note(table.omitted_columns, locale, attachments)
    return "; ".join(filter(None, (rows, columns)))


def _table_row_note(table: Table, view: TableView, locale: Locale, attachments: Attachments) -> str:
    count = max(table.total_rows, len(table.rows)) - len(view.rows)
    if count <= 0:
        return table.more or ""
    if table.role == "contacts":
        return locale.ngettext(
            "and {n} more buyer with debt", "and {n} more buyers with debt", count
        )
    return row_note(count, locale, is_in_workbook=attachments.has_all_rows(table))


def _pivot_note(table: Table, view: TableView, locale: Locale, attachments: Attachments) -> str:
    """A note on a pivoted table, each row of which combines several rows of the table.

    If rows are missing, their number in the pivot is unknown. A pivot of one amount omits figures.
    """
    assert view.table is not None
    count = len(view.rows)
    has_all_rows = count == len(view.table.rows) and len(table.rows) >= table.total_rows
    has_all_figures = any(column.kind == "amounts" for column in view.table.columns)
    if has_all_rows and (has_all_figures or not attachments.has_all_rows(table)):
        return ""
    if attachments.has_all_rows(table):
        return locale.gettext("All rows and figures are in the workbook")
    return locale.ngettext(
        "Only the first {n} row is shown", "Only the first {n} rows are shown", count
    )


def row_note(count: int, locale: Locale, *, is_in_workbook: bool) -> str:
    """A note on the number of omitted rows."""
    if is_in_workbook:
        return locale.ngettext(
            "and {n} more row in the workbook", "and {n} more rows in the workbook", count
        )
    return locale.ngettext("and {n} more row", "and {n} more rows", count)


def column_note(count: int, locale: Locale, attachments: Attachments) -> str:
    """A note on the number of omitted columns; empty if there are none."""
    if not count:
        return ""
    if attachments.has_workbook:
        return locale.ngettext(
            "and {n} more column in the workbook", "and {n} more columns in the workbook", count
        )
    return locale.ngettext("and {n} more column", "and {n} more columns", count)


def line_note(count: int, locale: Locale, attachments: Attachments) -> str:
    """A note on the number of omitted lines of a printed text."""
    if attachments.has_notebook:
        return locale.ngettext(
            "and {n} more line in the notebook", "and {n} more lines in the notebook", count
        )
    return locale.ngettext("and {n} more line", "and {n} more lines", count)
