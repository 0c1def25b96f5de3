"""The loan book as tables: the rows that a report shows, in order and in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from smartinst.i18n.locales import N_, Locale
from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.loan_book.declaration import BookFigure
from smartinst.report.loan_book.labels import BRIDGE_LABELS
from smartinst.report.loan_book.month_tables import MONTH_FIGURES, month_columns, month_rows
from smartinst.report.loan_book.table_columns import SAMPLE_STAR
from smartinst.report.loan_book.table_specs import TABLE_SPECS
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import row_values

MOST_ROWS: Final = 24
"""Rows on page and paper, if the report names no other number; the workbook has all."""
VALUE_KINDS: Final = ("money", "percent", "integer")
KEYS: Final = ("installments", "number", "over_days", "within_days", "months_on_book")
"""Kinds of columns with values, and the columns of these kinds that say what a row is of."""

ROLE: Final = "loan_book"
"""Role of the tables: each is a sheet of the workbook."""


def book_table(
    figure: BookFigure, tables: LoanBookTables, locale: Locale, caption: str, top: int | None
) -> Table:
    """The table of a figure, the main currency first; the workbook has the rows after `top`."""
    frame, columns = _rows_and_columns(figure, tables, locale)
    if figure.name != "bridge":
        frame, columns = _with_values(frame, columns)
    rows = _cells(frame, columns)
    count = top or MOST_ROWS
    star, meaning = SAMPLE_STAR.label, locale.gettext("* fewer than 30 plans")
    if any(row[-1] == star for row in rows[:count]):
        caption = f"{caption} {meaning}".lstrip()
    elif SAMPLE_STAR in columns:  # only the workbook has rows with a star
        columns = (*columns[:-1], replace(SAMPLE_STAR, label=meaning))
    return Table(
        figure.name,
        locale.gettext(figure.title),
        columns,
        rows[:count],
        caption=caption,
        total_rows=len(rows),
        role=ROLE,
        all_rows=rows if len(rows) > count else None,
    )


def _rows_and_columns(
    figure: BookFigure, tables: LoanBookTables, locale: Locale
) -> tuple[pl.DataFrame, tuple[Column, ...]]:
    """The rows of a figure in order, and its columns in the reader's language."""
    if figure.name in MONTH_FIGURES:
        frame = month_rows(figure.name, tables)
        by_currency = ("currency",) if figure.name == "month_totals" else ()
        columns = month_columns(figure.name, frame, tables, locale)
        return _in_order(frame, by_currency, tables.currencies), columns
    spec = TABLE_SPECS[figure.name]
    frame = tables.frames[figure.frame]
    if frame.height and spec.rows:
        frame = spec.rows(frame, tables.as_of)
    columns = spec.columns
    if figure.name == "bridge":
        columns = _bridge_columns([code for code in tables.currencies if code in frame.columns])
    else:
        frame = _in_order(frame, spec.sort, tables.currencies)
    return frame, tuple(_translated(column, locale) for column in columns)


def _in_order(
    frame: pl.DataFrame, sort: Sequence[str], currencies: tuple[str, ...]
) -> pl.DataFrame:
    """The rows sorted by columns (a leading `-`: downwards), then by currency, as in the frame."""
    if not frame.height:
        return frame
    if "currency" not in frame.columns:
        keys: list[str | pl.Expr] = [name.removeprefix("-") for name in sort]
        is_downwards = [name.startswith("-") for name in sort]
    else:
        order = {currency: place for place, currency in enumerate(currencies)}
        place = pl.col("currency").replace_strict(order, default=len(order), return_dtype=pl.Int32)
        names = sort if "currency" in sort else (*sort, "currency")
        keys = [place if name == "currency" else name.removeprefix("-") for name in names]
        is_downwards = [name.startswith("-") for name in names]
    if not keys:
        return frame
    return frame.sort(keys, descending=is_downwards, nulls_last=True, maintain_order=True)


def _with_values(
    frame: pl.DataFrame, columns: tuple[Column, ...]
) -> tuple[pl.DataFrame, tuple[Column, ...]]:
    """The rows and columns that have some amount, share or number."""
    names = [
        column.name for column in columns if column.kind in VALUE_KINDS and column.name not in KEYS
    ]
    if not frame.height or not names:
        return frame, columns
    rows = frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in names))
    empty = {name for name in names if not rows[name].count()}
    return rows, tuple(column for column in columns if column.name not in empty)


def _cells(frame: pl.DataFrame, columns: tuple[Column, ...]) -> tuple[tuple[object, ...], ...]:
    """The values of the columns; a star marks a rate of few plans."""
    if not frame.height:
        return ()
    if SAMPLE_STAR in columns:
        frame = frame.with_columns(
            is_small=pl.when("is_small").then(pl.lit("*")).otherwise(pl.lit(""))
        )
    return row_values(frame, tuple(column.name for column in columns))


def _translated(column: Column, locale: Locale) -> Column:
    labels = column.labels and {key: locale.gettext(text) for key, text in column.labels.items()}
    return replace(column, label=locale.gettext(column.label), labels=labels)


def _bridge_columns(currencies: list[str]) -> tuple[Column, ...]:
    """The line's name, and its amount in each currency."""
    amounts = (Column(code, code, "money", currency=code) for code in currencies)
    return (Column("line", N_("Line"), labels=BRIDGE_LABELS), *amounts)
