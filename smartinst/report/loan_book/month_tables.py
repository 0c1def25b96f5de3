"""Tables of a month beside the month before and the same month a year before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.cohorts.month_sales import SALES_KEYS
from smartinst.i18n.locales import N_, Locale
from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.table import Column

MONTH_LINES: Final = {
    "sold_minor": N_("Sold"),
    "received_minor": N_("Received"),
    "returned_minor": N_("Returned"),
    "lost_minor": N_("Lost"),
    "confirmed_minor": N_("Overdue at the end"),
    "unconfirmed_minor": N_("Overdue, not confirmed"),
    "outstanding_minor": N_("Still to come in at the end"),
    "awaiting_minor": N_("Awaiting the first payment"),
}
"""Column of `month_totals` → its line in the table; the confirmed part of what is overdue."""
GROWTH_IS_BETTER: Final = {
    "sold_minor": True,
    "received_minor": True,
    "returned_minor": False,
    "lost_minor": False,
    "confirmed_minor": False,
}
"""Line → whether it is better if it grows; changes of the other lines have no judgement."""
MONTH_FIGURES: Final = frozenset(("month_totals", *SALES_KEYS))
KEY_COLUMNS: Final = {
    "product": Column("product", N_("Product")),
    "currency": Column("currency", N_("Currency")),
    "installments": Column("installments", N_("Installments"), "integer"),
    "country": Column("country", N_("Country"), "country"),
}
_TIMES: Final = ("now", "before", "year_before")


def month_rows(name: str, tables: LoanBookTables) -> pl.DataFrame:
    """The rows of a figure in MONTH_FIGURES: a column for each month, and changes of amounts."""
    times = dict(zip(map(month_of, tables.compared_days), _TIMES, strict=True))
    frame = tables.frames[name].with_columns(
        time=pl.col("month").replace_strict(times, return_dtype=pl.String)
    )
    if name != "month_totals":
        return _sales(frame, SALES_KEYS[name])
    first_days = (day.replace(day=1) for day in tables.compared_days)
    without_data = [
        time
        for time, day in zip(_TIMES, first_days, strict=True)
        if day > tables.book.horizon.data_through
    ]
    confirmed = pl.col("overdue_minor") - pl.col("unconfirmed_minor")
    return _totals(frame.with_columns(confirmed_minor=confirmed), without_data)


def month_columns(
    name: str, frame: pl.DataFrame, tables: LoanBookTables, locale: Locale
) -> tuple[Column, ...]:
    """The columns of `month_rows` in the reader's language; months without sales are left out."""
    months = {
        time: locale.month(month_of(day))
        for time, day in zip(_TIMES, tables.compared_days, strict=True)
    }
    change = locale.gettext("Change")
    if name == "month_totals":
        amounts = {
            "now": months["now"],
            "before": months["before"],
            "change": change,
            "year_before": months["year_before"],
            "year_change": change,
        }
        lines = {line: locale.gettext(text) for line, text in MONTH_LINES.items()}
        keys: tuple[Column, ...] = (
            _key_column("currency", locale),
            Column("line", locale.gettext("Line"), labels=lines),
        )
    else:
        sold, plans = locale.gettext("Sold, {month}"), locale.gettext("Plans, {month}")
        amounts = {f"sold_{time}": sold.format(month=month) for time, month in months.items()}
        keys = tuple(_key_column(key, locale) for key in SALES_KEYS[name]) + tuple(
            Column(f"plans_{time}", plans.format(month=month), "integer")
            for time, month in months.items()
            if _has_values(frame, f"plans_{time}")
        )
    return keys + tuple(
        Column(
            column,
            label,
            "money",
            "currency",
            growth_is_better=GROWTH_IS_BETTER if column.endswith("change") else None,
        )
        for column, label in amounts.items()
        if _has_values(frame, column)
    )


def _key_column(key: str, locale: Locale) -> Column:
    column = KEY_COLUMNS[key]
    return replace(column, label=locale.gettext(column.label))


def month_of(day: date) -> str:
    """The month of a day, `2026-10`."""
    return day.strftime("%Y-%m")


def _totals(frame: pl.DataFrame, without_data: Collection[str] = ()) -> pl.DataFrame:
    """One row per currency and line that is not zero in every month.

    without_data  months that begin after the data end: what happened in them and what was open at
                  their end is null, not zero
    """
    lines = frame.unpivot(
        list(MONTH_LINES), index=["currency", "time"], variable_name="line", value_name="minor"
    )
    matrix = _pivoted(lines, ["currency", "line"], "minor")
    present = [time for time in _TIMES if matrix[time].count()]
    amounts = matrix.with_columns(pl.col(present).fill_null(0))
    amounts = amounts.filter(pl.any_horizontal(pl.col(present) != 0))
    amounts = amounts.with_columns(pl.lit(None, pl.Int64).alias(time) for time in without_data)
    return amounts.with_columns(
        change=pl.col("now") - pl.col("before"),
        year_change=pl.col("now") - pl.col("year_before"),
    )


def _sales(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """One row per key, most plans of the month first."""
    values = {"plans": "plans", "sold": "sold_minor"}
    matrices = [
        _pivoted(frame, list(keys), column).rename({time: f"{name}_{time}" for time in _TIMES})
        for name, column in values.items()
        if column in frame.columns
    ]
    matrix = matrices[0]
    for next_matrix in matrices[1:]:
        matrix = matrix.join(next_matrix, on=list(keys), validate="1:1", nulls_equal=True)
    return matrix.sort(
        "plans_now",
        "plans_before",
        *keys,
        descending=[True, True, *(False for _ in keys)],
        nulls_last=True,
    )


def _pivoted(frame: pl.DataFrame, keys: list[str], value: str) -> pl.DataFrame:
    """One row per key with a column for each of the three months; null: no row."""
    matrix = frame.select(*keys, "time", value).pivot(
        "time", index=keys, values=value, maintain_order=True
    )
    missing = [
        pl.lit(None, frame.schema[value]).alias(time)
        for time in _TIMES
        if time not in matrix.columns
    ]
    return matrix.with_columns(missing).select(*keys, *_TIMES)


def _has_values(frame: pl.DataFrame, column: str) -> bool:
    return column in frame.columns and frame[column].count() > 0
