"""The output of a Polars frame in a notebook: a table of the report and Polars' own HTML."""

from __future__ import annotations

import math
import sys
from functools import partial
from typing import Any, Final

import polars as pl

from smartinst.i18n.locales import Locale
from smartinst.report.mime_bundles import TABLE
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import COLUMNS, columns

MAX_ROWS: Final = 50_000
"""For a frame with more rows, only Polars' own output is displayed: its first and last rows."""

ROLE: Final = "dataframe"

_TEXT_KINDS: Final = frozenset(("text", "status", "country", "payment", "month", "link"))


def install(locale: Locale) -> None:
    """Adds a table of the report to the output of every Polars frame of this notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type(pl.DataFrame, partial(_bundle, locale))


def _bundle(locale: Locale, frame: pl.DataFrame) -> dict[str, Any] | None:
    """The table only; IPython adds the HTML and the text of Polars."""
    if frame.height > MAX_ROWS or not frame.width:
        return None
    return {TABLE: frame_table(frame, locale).to_json()}


def frame_table(frame: pl.DataFrame, locale: Locale) -> Table:
    """A frame as a table: all rows, typed columns, translated headings of known names."""
    typed = tuple(_column(name, frame, locale) for name in frame.columns)
    rows = tuple(
        tuple(_json_value(value, column.kind) for value, column in zip(row, typed, strict=True))
        for row in frame.iter_rows()
    )
    return Table("frame", "", typed, rows, role=ROLE)


def _column(name: str, frame: pl.DataFrame, locale: Locale) -> Column:
    """The declared column of this name if its kind fits the values; else one by the data type.

    An amount without its currency is a number of minor units, and its heading is the name.
    """
    kind = _kind(frame.schema[name])
    currency = _currency_column(name, frame)
    if name in COLUMNS:
        declared = columns((name,), locale, currency or "currency")[0]
        if _fits(declared.kind, kind) and (declared.kind != "money" or currency):
            return declared
    if name.endswith("_minor") and kind in ("integer", "number") and currency:
        return Column(name, name, "money", currency)
    return Column(name, name, kind)


def _currency_column(name: str, frame: pl.DataFrame) -> str | None:
    """The column with an amount's currency, None if the frame has none."""
    declared = COLUMNS[name].currency_column if name in COLUMNS else None
    return next((column for column in (declared, "currency") if column in frame.columns), None)


def _fits(declared: str, kind: str) -> bool:
    match declared:
        case "money":
            return kind in ("integer", "number")
        case "integer" | "days":
            return kind == "integer"
    return declared == kind or (declared in _TEXT_KINDS and kind == "text")


def _kind(data_type: pl.DataType) -> str:
    if data_type == pl.Date:
        return "date"
    if data_type.is_integer():
        return "integer"
    if data_type.is_numeric():
        return "number"
    return "list" if data_type == pl.List(pl.String) else "text"


def _json_value(value: Any, kind: str) -> Any:
    """A value for JSON: ISO dates, whole minor units, None for a number that is not finite."""
    if value is None or isinstance(value, bool):
        return value
    match kind:
        case "money" | "number":
            if not math.isfinite(value):
                return None
            return round(value) if kind == "money" else float(value)
        case "date":
            return value.isoformat()
        case "integer" | "days" | "list":
            return value
    return str(value)
