"""The pivot of a long table by currency for paper: one row per key, currencies side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.table_view import SHORT_TABLE_ROWS
from smartinst.report.table import Column, Row, Table
from smartinst.report.tables.figures import TABLE_SPECS

MAX_CURRENCIES: Final = 6
"""With more currencies, a printed table has no column for each."""


@dataclass(frozen=True)
class _Axes:
    """Indexes of the columns of a pivot: key, currency, amounts, and counts over all currencies.

    One amount has one column per currency. Several amounts have one column each, with its value in
    every currency.
    """

    key: int
    currency: int
    amounts: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def is_list(self) -> bool:
        return len(self.amounts) > 1


def pivot_by_currency(table: Table, locale: Locale) -> Table:
    """The table pivoted as its figure's `CurrencyPivot` declares; unchanged if that saves nothing.

    A pivot of one amount has no other amounts. Every sum is complete: if the table was cut, the
    last key is left out, and a table that was cut but is not sorted by its key is unchanged.
    """
    axes = _axes(table)
    rows = _rows_of_whole_keys(table, axes) if axes else ()
    if axes is None or not rows or any(row[axes.currency] is None for row in rows):
        return table
    keys, currencies = _distinct(rows, axes.key), _currencies(table, rows, axes)
    if not table.sort:
        keys.sort(key=lambda key: (key is None, key))
    fits = axes.is_list or len(currencies) <= MAX_CURRENCIES
    if len(currencies) < 2 or not fits or not _is_shorter(table, axes, len(keys), len(currencies)):
        return table
    pivoted = replace(
        table,
        columns=(
            table.columns[axes.key],
            *_amount_columns(table, axes, currencies),
            *(table.columns[index] for index in axes.counts),
        ),
        rows=tuple(
            _pivoted_row(key, [row for row in rows if row[axes.key] == key], currencies, axes)
            for key in keys
        ),
        figure=None,
        total_rows=0,
    )
    if axes.is_list:
        return pivoted
    amount = table.columns[axes.amounts[0]].label
    caption = locale.gettext("{figure} by currency", figure=amount)
    return replace(pivoted, caption=" · ".join(filter(None, (table.caption, caption))))


def _axes(table: Table) -> _Axes | None:
    """The columns of the figure's pivot; None if it declares none or a column is missing."""
    figure = table.figure or {}
    spec = TABLE_SPECS.get(str(figure.get("name")))
    indexes = {column.name: index for index, column in enumerate(table.columns)}
    pivot = spec.pivot if spec else None
    if pivot is None or not {*figure["by"], *pivot.amounts} <= set(indexes):
        return None
    amounts = tuple(indexes[name] for name in pivot.amounts)
    currency = str(table.columns[amounts[0]].currency_column)
    (key,) = (name for name in figure["by"] if name != currency)
    counts = tuple(index for name, index in indexes.items() if name in pivot.counts)
    return _Axes(indexes[key], indexes[currency], amounts, counts)


def _is_shorter(table: Table, axes: _Axes, key_count: int, currency_count: int) -> bool:
    """Whether the pivot prints fewer cells; the two numbers of a ratio are printed with it."""
    parts = {name for column in table.columns for name in (column.numerator, column.denominator)}
    columns = [column for column in table.columns if column.name not in parts]
    counts = [index for index in axes.counts if table.columns[index] in columns]
    amount_columns = len(axes.amounts) if axes.is_list else currency_count
    return key_count * (1 + amount_columns + len(counts)) < len(table.rows) * len(columns)


def _rows_of_whole_keys(table: Table, axes: _Axes) -> Sequence[Row]:
    """The rows of complete keys; none if the table was cut and is not sorted by its key."""
    if len(table.rows) <= SHORT_TABLE_ROWS:
        return ()
    if table.total_rows <= len(table.rows):
        return table.rows
    if not table.sort or table.sort[0][0] != table.columns[axes.key].name:
        return ()
    cut_key = table.rows[-1][axes.key]
    return [row for row in table.rows if row[axes.key] != cut_key]


def _currencies(table: Table, rows: Iterable[Row], axes: _Axes) -> list[str]:
    """The currencies in the order of the table, the others by code."""
    codes = set(_distinct(rows, axes.currency))
    in_order = [code for code in table.currencies if code in codes]
    return [*in_order, *sorted(codes.difference(in_order))]


def _distinct(rows: Iterable[Row], index: int) -> list[Any]:
    return list(dict.fromkeys(row[index] for row in rows))


def _amount_columns(table: Table, axes: _Axes, currencies: Sequence[str]) -> list[Column]:
    if axes.is_list:
        columns = [table.columns[index] for index in axes.amounts]
        return [replace(column, kind="amounts", currency_column=None) for column in columns]
    return [Column(currency, currency, "money", currency=currency) for currency in currencies]


def _pivoted_row(key: Any, rows: Sequence[Row], currencies: Sequence[str], axes: _Axes) -> Row:
    by_currency = {row[axes.currency]: row for row in rows}
    amounts: list[Any]
    if axes.is_list:
        currency_rows = [
            by_currency[currency] for currency in currencies if currency in by_currency
        ]
        amounts = [
            [(row[index], row[axes.currency]) for row in currency_rows if row[index]]
            for index in axes.amounts
        ]
    else:
        (index,) = axes.amounts
        amounts = [
            by_currency[currency][index] if currency in by_currency else None
            for currency in currencies
        ]
    return (key, *amounts, *(_sum([row[index] for row in rows]) for index in axes.counts))


def _sum(values: Sequence[Any]) -> Any:
    """The sum of counts, or of both numbers of ratios, without None; None if all are None."""
    numbers = [value for value in values if value is not None]
    if numbers and isinstance(numbers[0], list | tuple):
        return [sum(pair[part] or 0 for pair in numbers) for part in (0, 1)]
    return sum(numbers) if numbers else None
