"""The loan book as tables: the rows that a report shows, in order and in the reader's language."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from smartinst.i18n.locales import N_, Locale
from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.loan_book.labels import BRIDGE_LABELS
from smartinst.report.loan_book.table_specs import SAMPLE_STAR, TABLE_SPECS, BookTableSpec
from smartinst.report.loan_book.words import BookFigure
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import row_values

ROLE: Final = "loan_book"
"""Role of the tables: each is a sheet of the workbook."""


def book_table(
    figure: BookFigure, tables: LoanBookTables, locale: Locale, caption: str, top: int | None
) -> Table:
    """The table of a figure, the main currency first; the workbook has the rows after `top`."""
    spec = TABLE_SPECS[figure.name]
    frame = tables.frames[figure.frame]
    if frame.height and spec.rows:
        frame = spec.rows(frame, tables.as_of)
    columns = spec.columns
    if figure.name == "bridge":
        columns = _bridge_columns([code for code in tables.currencies if code in frame.columns])
    else:
        frame = _in_order(frame, spec, tables.currencies)
    rows = _cells(frame, columns)
    count = top or spec.top
    return Table(
        figure.name,
        locale.gettext(figure.title),
        tuple(_translated(column, locale) for column in columns),
        rows[:count],
        caption=caption,
        total_rows=len(rows),
        role=ROLE,
        all_rows=rows if len(rows) > count else None,
    )


def _in_order(
    frame: pl.DataFrame, spec: BookTableSpec, currencies: tuple[str, ...]
) -> pl.DataFrame:
    """The rows as the spec sorts them, then by currency, then as in the frame."""
    if not frame.height:
        return frame
    order = {currency: place for place, currency in enumerate(currencies)}
    place = pl.col("currency").replace_strict(order, default=len(order), return_dtype=pl.Int32)
    return frame.sort(
        *(name.removeprefix("-") for name in spec.sort),
        place,
        descending=[*(name.startswith("-") for name in spec.sort), False],
        nulls_last=True,
        maintain_order=True,
    )


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
