"""A table whose rows the browser requests as it scrolls; Polars sorts and slices them."""

from __future__ import annotations

from typing import Any, Final

import anywidget
import polars as pl
import traitlets

from smartinst.analytics.filters import fold_text
from smartinst.dashboard.theme import styles
from smartinst.dashboard.widgets.primitives import STATIC
from smartinst.i18n.locales import N_, Locale
from smartinst.report.table import Column
from smartinst.report.value_text import format_value

MAX_ROWS: Final = 200
"""The most rows in one reply."""
_NUMBER_KINDS: Final = ("money", "integer", "days", "percent")
_CATALOGUE_NAMES: Final = {
    "status": Locale.status,
    "country": Locale.country,
    "payment": Locale.payment_type,
}
"""Column kind → the translated name that is displayed instead of the value."""


class DataTable(anywidget.AnyWidget):
    """Rows on request, sorted by any column; `open_row` and `selected` are ids of rows.

    `key`: the column of the ids. `computed_columns`: columns that are not in the frame.
    `open_column`: the column whose cells are buttons. `name`: accessible name of the table.
    """

    _esm = "".join(
        (STATIC / script).read_text(encoding="utf-8")
        for script in ("table_export.js", "data_table.js")
    )
    _css = styles()
    columns: Any = traitlets.List().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)
    is_selectable = traitlets.Bool(False).tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)
    order: Any = traitlets.Dict({"column": "", "descending": False}).tag(sync=True)
    row_range: Any = traitlets.Dict({"start": 0, "count": 40}).tag(sync=True)
    page: Any = traitlets.Dict({"start": 0, "rows": []}).tag(sync=True)
    selected: Any = traitlets.List().tag(sync=True)
    open_row = traitlets.Unicode("").tag(sync=True)

    key = ""
    computed_columns: tuple[str, ...] = ()
    open_column = ""
    css_class = "smartinst-main-table"
    name = N_("Detail")

    def __init__(
        self,
        locale: Locale,
        columns: tuple[Column, ...],
        status: str,
        *,
        is_selectable: bool = False,
    ) -> None:
        super().__init__(
            columns=self._headings(columns, locale),
            labels={
                "lang": locale.tag,
                "name": locale.gettext(self.name),
                "status": status,
                "none": locale.gettext("No plans match."),
                "select": locale.gettext("Select"),
                "all": "0",
                "key": self.key.replace("_", "-"),
                "separator": locale.separators()["thousands"],
            },
            is_selectable=is_selectable,
        )
        self.add_class(self.css_class)
        self._locale, self._columns = locale, columns
        self._frame = self._sorted_frame = pl.DataFrame()
        self.observe(self._sort, names="order")
        self.observe(self._send_rows, names="row_range")

    def _headings(self, columns: tuple[Column, ...], locale: Locale) -> list[dict[str, Any]]:
        return [
            {
                "name": column.name,
                "label": locale.gettext(column.label),
                "is_number": column.kind in _NUMBER_KINDS,
                "is_sortable": column.name not in self.computed_columns,
                "opens_row": column.name == self.open_column,
            }
            for column in columns
        ]

    def show(self, frame: pl.DataFrame, unfiltered_count: int) -> None:
        """Replaces the rows; deselects rows that no longer exist."""
        with self.hold_sync():  # one message: the browser draws once
            self._frame = frame
            ids = set(frame[self.key].to_list()) if self.selected else set()
            self.labels = {**self.labels, "all": str(unfiltered_count)}
            self.selected = [row_id for row_id in self.selected if row_id in ids]
            self.total = frame.height
            self._sort()

    def cells(self, row: dict[str, Any]) -> list[str]:
        """The texts of a row, column by column."""
        return [
            format_value(
                column,
                row.get(column.name),
                self._locale,
                str(row.get(column.currency_column or "") or ""),
            )
            for column in self._columns
        ]

    def _sort(self, _change: Any = None) -> None:
        sortable = {
            column.name: column
            for column in self._columns
            if column.name not in self.computed_columns
        }
        column = sortable.get(self.order.get("column"))
        self._sorted_frame = self._frame
        if column is not None and self._frame.height:
            self._sorted_frame = _sort_frame(
                self._frame, column, self.key, bool(self.order.get("descending")), self._locale
            )
        self._send_rows()

    def _send_rows(self, _change: Any = None) -> None:
        start = max(int(self.row_range.get("start", 0)), 0)
        count = min(max(int(self.row_range.get("count", 40)), 1), MAX_ROWS)
        rows = [
            {"id": row[self.key], "status": row.get("status"), "cells": self.cells(row)}
            for row in self._sorted_frame.slice(start, count).iter_rows(named=True)
        ]
        with self.hold_sync():
            self.page = {"start": start, "rows": rows}
            self.version += 1


def _sort_frame(
    frame: pl.DataFrame, column: Column, key: str, is_descending: bool, locale: Locale
) -> pl.DataFrame:
    """The rows sorted by displayed text or number, empty ones last; money within its currency."""
    value, name_of = pl.col(column.name), _CATALOGUE_NAMES.get(column.kind)
    if name_of is not None:
        codes = frame[column.name].cast(pl.String).drop_nulls().unique().to_list()
        names = {code: name_of(locale, code) for code in codes}
        value = value.cast(pl.String).replace_strict(names, return_dtype=pl.String, default=None)
    if frame.schema[column.name] == pl.String or name_of is not None:
        value = fold_text(value)
    groups = [pl.col(column.currency_column)] if column.currency_column else []
    descending = [*(False for _ in groups), is_descending, False]
    return frame.sort(*groups, value, pl.col(key), descending=descending, nulls_last=True)
