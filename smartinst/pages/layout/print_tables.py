"""Tables for paper: fewer columns, and rows up to a limit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from smartinst.analytics.currency_order import CURRENCY_COLUMNS
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.column_widths import fit_to_page
from smartinst.pages.layout.currency_pivot import pivot_by_currency
from smartinst.pages.layout.table_view import TableView, view_table
from smartinst.report.table import Column, Table

CLIP: Final = 90
CLIPS: Final = {"notes": None, "glossary": None, "detail": 30}
"""Role of a table → maximum characters of a text; None: no limit. CLIP for other roles."""

FIGURE_KEYS: Final = 12
UNBOUNDED_KINDS: Final = ("month", "country")
DETAIL_ROWS: Final = 40
RECOVERY_ROWS: Final = 50
"""Limits of months or countries in a figure's table, and of rows in the detail; rows of a recovery
table for each row that another table may have: it has all, unless the sheet would be too long."""

UNPRINTED_COLUMNS: Final = {"detail": ("email", "payment_method")}
"""Role → columns that are not printed, so that a row fits on one line."""


def has_one_currency(tables: Iterable[Table]) -> bool:
    """Whether all amounts of a report's own tables have the same currency."""
    codes = {
        row[index]
        for table in tables
        if table.role != "dataframe"
        for index, column in enumerate(table.columns)
        if column.name in CURRENCY_COLUMNS
        for row in table.rows
    }
    return len(codes) == 1


def print_table(
    table: Table, locale: Locale, limit: int | None = None, *, has_one_currency: bool = False
) -> TableView:
    """The table for a sheet; a long one by currency is pivoted.

    The currency has no column if the amounts include it and there is another key, or if the report
    `has_one_currency`; nor have the two counts of a ratio, which are printed with the ratio, and
    links if there are none.
    """
    table = pivot_by_currency(table, locale)
    max_rows = _max_rows(table)
    if limit is not None:
        max_rows = min(max_rows, limit * (RECOVERY_ROWS if table.role == "recovery" else 1))
    ratios = [column for column in table.columns if _is_ratio_of_counts(column, table)]
    counts = {name for ratio in ratios for name in (ratio.numerator, ratio.denominator) if name}
    return fit_to_page(
        view_table(
            table,
            locale,
            limit=max_rows,
            clip=CLIPS.get(table.role, CLIP),
            excluded={
                *UNPRINTED_COLUMNS.get(table.role, ()),
                *_repeated_currencies(table),
                *_empty_links(table),
                *(CURRENCY_COLUMNS if has_one_currency and table.role != "dataframe" else ()),
                *counts,
            },
            combined=[ratio.name for ratio in ratios],
        )
    )


def _max_rows(table: Table) -> int:
    """Maximum rows on paper: those of the first twelve months or countries; all for other keys."""
    if table.role == "detail":
        return DETAIL_ROWS
    keys = [index for index, column in enumerate(table.columns) if column.kind in UNBOUNDED_KINDS]
    if not table.figure or not keys:
        return len(table.rows)
    values: set[object] = set()
    for number, row in enumerate(table.rows):
        values.add(row[keys[0]])
        if len(values) > FIGURE_KEYS:
            return number
    return len(table.rows)


def _is_ratio_of_counts(column: Column, table: Table) -> bool:
    counts = {candidate.name for candidate in table.columns if candidate.kind == "integer"}
    return (
        column.kind == "percent"
        and column.numerator != column.denominator
        and {column.numerator, column.denominator} <= counts
    )


def _repeated_currencies(table: Table) -> set[str]:
    """Currency columns whose values all amounts include, except a table's first column."""
    keys = {column.name for column in table.columns} & set((table.figure or {}).get("by", ()))
    currencies = {column.currency_column for column in table.columns if column.currency_column}
    return currencies - {table.columns[0].name} if keys - currencies else set()


def _empty_links(table: Table) -> set[str]:
    """Columns of links without any link, such as WhatsApp if no plan has debt."""
    return {
        column.name
        for index, column in enumerate(table.columns)
        if column.kind == "link" and all(row[index] is None for row in table.rows)
    }
