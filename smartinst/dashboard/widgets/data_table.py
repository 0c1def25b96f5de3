"""The detail table: the browser asks for the rows it shows, Polars sorts and slices them; nothing is loaded."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import anywidget
import polars as pl
import traitlets

from smartinst.analytics.filters import fold_text
from smartinst.analytics.metrics import PLAN_KEYS
from smartinst.dashboard.theme import styles
from smartinst.dashboard.widgets.primitives import STATIC
from smartinst.i18n.locales import N_, Locale
from smartinst.pages.csv_export import to_csv
from smartinst.report.table import Column
from smartinst.report.tables.columns import COLUMNS as REPORT_COLUMNS
from smartinst.report.tables.columns import LIVE_COLUMNS
from smartinst.report.value_text import format_value

PIECE: Final = 1_000_000
"""Bytes of one message: Jupyter drops what brings more than three times that within its window of three seconds."""

OWN_COLUMNS: Final = {
    "action": Column("action", N_("Action")),
    "link": Column("link", N_("WhatsApp")),
    "purchase_date": Column("purchase_date", N_("Purchase"), "date"),
}
COLUMNS: Final = tuple(OWN_COLUMNS.get(name) or REPORT_COLUMNS[name] for name in LIVE_COLUMNS)
"""The columns of the live table; `action` is only there if there is an action."""
Take = Callable[[list[str]], tuple[str, list[dict[str, Any]]]]
"""Ids of plans (none: everything that passes) → a file's name, and the plans as `plan_details` has them."""
MOST_ROWS: Final = 200
"""So many rows one request brings at most."""
_RIGHT: Final = ("money", "integer", "days", "percent")
_SAID: Final = {"status": Locale.status, "country": Locale.country, "payment": Locale.payment_type}
"""Kinds of columns that show a word of the catalogue instead of the value."""


class Table(anywidget.AnyWidget):
    """Rows on request, in the order of any column; `opened` and `selected` are ids of rows.

    `key` is the column of the ids, `ours` the columns that no frame has, `opens` the one whose cells are buttons, `named`
    what the rows are.
    """

    _esm = "".join((STATIC / name).read_text(encoding="utf-8") for name in ("take.js", "grid.js"))
    _css = styles()
    columns: Any = traitlets.List().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)
    is_ticked = traitlets.Bool(False).tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)
    order: Any = traitlets.Dict({"column": "", "descending": False}).tag(sync=True)
    wanted: Any = traitlets.Dict({"start": 0, "count": 40}).tag(sync=True)
    page: Any = traitlets.Dict({"start": 0, "rows": []}).tag(sync=True)
    selected: Any = traitlets.List().tag(sync=True)
    opened = traitlets.Unicode("").tag(sync=True)

    key = ""
    ours: tuple[str, ...] = ()
    opens = ""
    named = N_("Detail")

    def __init__(
        self, locale: Locale, columns: tuple[Column, ...], shown: str, *, is_ticked: bool = False
    ) -> None:
        super().__init__(
            columns=self._headings(columns, locale),
            labels={
                "lang": locale.tag,
                "named": locale.gettext(self.named),
                "shown": shown,
                "none": locale.gettext("No plans match."),
                "select": locale.gettext("Select"),
                "all": "0",
                "key": self.key.replace("_", "-"),
                "separator": locale.separators()["thousands"],
            },
            is_ticked=is_ticked,
        )
        self._locale, self._columns = locale, columns
        self._frame, self._sorted = pl.DataFrame(), pl.DataFrame()
        self.observe(self._resort, names="order")
        self.observe(self._answer, names="wanted")

    def _headings(self, columns: tuple[Column, ...], locale: Locale) -> list[dict[str, Any]]:
        return [
            {
                "name": one.name,
                "label": locale.gettext(one.label),
                "right": one.kind in _RIGHT,
                "sorts": one.name not in self.ours,
                "opens": one.name == self.opens,
            }
            for one in columns
        ]

    def show(self, frame: pl.DataFrame, everything: int) -> None:
        """Other rows; what was selected and no longer passes is selected no more."""
        with self.hold_sync():  # one message: the browser draws once
            self._frame = frame
            known = set(frame[self.key].to_list()) if self.selected else set()
            self.labels = {**self.labels, "all": str(everything)}
            self.selected = [one for one in self.selected if one in known]
            self.total = frame.height
            self._resort()

    def cells(self, row: dict[str, Any]) -> list[str]:
        """What a row shows, column by column."""
        return [
            format_value(
                column,
                row.get(column.name),
                self._locale,
                str(row.get(column.currency_column or "") or ""),
            )
            for column in self._columns
        ]

    def _resort(self, _change: Any = None) -> None:
        known = {one.name: one for one in self._columns if one.name not in self.ours}
        column = known.get(self.order.get("column"))
        self._sorted = self._frame
        if column is not None and self._frame.height:
            self._sorted = _ordered(
                self._frame, column, self.key, bool(self.order.get("descending")), self._locale
            )
        self._answer()

    def _answer(self, _change: Any = None) -> None:
        start = max(int(self.wanted.get("start", 0)), 0)
        count = min(max(int(self.wanted.get("count", 40)), 1), MOST_ROWS)
        rows = [
            {"id": one[self.key], "status": one.get("status"), "cells": self.cells(one)}
            for one in self._sorted.slice(start, count).iter_rows(named=True)
        ]
        with self.hold_sync():
            self.page = {"start": start, "rows": rows}
            self.version += 1


class Grid(Table):
    """The plans, what became of actions on them, and the link to each buyer; what is ticked can be taken out."""

    key, ours, opens, named = "plan_id", ("action", "link"), "plan_id", N_("Plans")

    def __init__(
        self, locale: Locale, link: Callable[[dict[str, Any]], str | None], take: Take
    ) -> None:
        self._link, self._take, self._told = link, take, dict[str, str]()
        self._packed: tuple[Any, str, list[bytes]] = ("", "", [])
        shown = locale.gettext(
            "Rows {first} to {last} of {total} plans, of {all} in all; {selected} selected"
        )
        super().__init__(locale, COLUMNS, shown, is_ticked=True)
        self.labels = {
            **self.labels,
            "take": locale.gettext("Download as CSV ({count})"),
            "copy": locale.gettext("Copy ({count})"),
            "copied": locale.gettext("Copied: it can be pasted into a spreadsheet."),
        }
        self.on_msg(self._asked)

    def tell(self, actions: dict[str, str]) -> None:
        """What became of actions, by plan; the column is there once there is one."""
        self._told = actions
        with self.hold_sync():
            self._columns = tuple(one for one in COLUMNS if actions or one.name != "action")
            self.columns = self._headings(self._columns, self._locale)
            self._answer()

    def _asked(self, _widget: Any, asked: dict[str, Any], _buffers: Any) -> None:
        """The browser takes the plans, piece by piece; the first request packs them."""
        at = int(asked["at"])
        if at == 0:
            try:
                name, details = self._take(list(self.selected))
            except Exception as error:  # the button would wait for ever
                self.send(
                    {"request": asked["request"], "error": str(error) or type(error).__name__}
                )
                raise
            self._packed = (asked["request"], name, packed(details, PLAN_KEYS, asked["separator"]))
        request, name, pieces = self._packed
        if request == asked["request"] and at < len(pieces):
            self.send({"request": request, "name": name, "of": len(pieces)}, [pieces[at]])

    def cells(self, row: dict[str, Any]) -> list[str]:
        """A plan's cells."""
        return super().cells(
            {**row, "action": self._told.get(row["plan_id"], ""), "link": self._link(row) or ""}
        )


def _ordered(
    frame: pl.DataFrame, column: Column, key: str, is_descending: bool, locale: Locale
) -> pl.DataFrame:
    """The rows as a reader would order what the column shows, empty ones last; money within each currency."""
    value, said = pl.col(column.name), _SAID.get(column.kind)
    if said is not None:
        occurring = frame[column.name].cast(pl.String).drop_nulls().unique().to_list()
        shown = {one: said(locale, one) for one in occurring}
        value = value.cast(pl.String).replace_strict(shown, return_dtype=pl.String, default=None)
    if frame.schema[column.name] == pl.String or said is not None:
        value = fold_text(value)
    within = [pl.col(column.currency_column)] if column.currency_column else []
    descending = [*(False for _ in within), is_descending, False]
    return frame.sort(*within, value, pl.col(key), descending=descending, nulls_last=True)


def packed(
    details: Sequence[Mapping[str, Any]], names: Sequence[str], separator: str
) -> list[bytes]:
    """The plans' separated values as `smartinst plans --format csv` writes them, compressed; at least one piece."""
    whole = gzip.compress(
        to_csv(details, names, separator).encode("utf-8"), compresslevel=6, mtime=0
    )
    return [whole[start : start + PIECE] for start in range(0, len(whole), PIECE)]
