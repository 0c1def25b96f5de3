"""The output of a frame in a notebook: a table of the report with all its rows.

IPython adds the HTML and the text of the frame's own library, for other viewers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from smartinst.i18n.locales import Locale
from smartinst.report.frames.pandas_columns import pandas_columns
from smartinst.report.frames.polars_values import polars_column
from smartinst.report.frames.python_values import FrameColumn
from smartinst.report.mime_bundles import TABLE
from smartinst.report.reader import Reader
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import COLUMNS, columns

MAX_ROWS: Final = 200_000
MAX_CELLS: Final = 2_000_000
MAX_CHARACTERS: Final = 100_000_000
"""Limits of a frame in an executed notebook, whose workbook takes about 30 seconds."""

LIVE_CELLS: Final = 20_000
LIVE_CHARACTERS: Final = 1_000_000
"""Limits in a live notebook: Jupyter drops outputs of several megabytes."""

ROLE: Final = "dataframe"

SAMPLE_ROWS: Final = 200
SIGNIFICANT_DIGITS: Final = 6
MIN_DECIMALS: Final = 2
MAX_DECIMALS: Final = 10
"""Limits of the decimals in the text of a column's numbers."""

_CODE_NAME: Final = re.compile(
    r"(.*[ _])?(id|code|number|year|month|cep|zip|phone"
    r"|c[óo]digo|n[úu]mero|ano|año|m[êe]s|telefone|tel[ée]fono)",
    re.IGNORECASE,
)
"""Names of columns of years and identifiers, in English, Portuguese and Spanish."""

_TEXT_KINDS: Final = frozenset(("text", "status", "country", "payment", "month", "link"))


def polars_bundle(reader: Reader, frame: pl.DataFrame) -> dict[str, Any] | None:
    """The table of a Polars frame; None for a frame without columns."""
    first_rows = frame.head(max_rows(frame.width, is_live=reader.is_live))
    return _bundle(reader, [polars_column(series) for series in first_rows], frame.height)


def pandas_bundle(reader: Reader, frame: Any) -> dict[str, Any] | None:
    """The table of a pandas frame; None for a frame without columns."""
    height, width = frame.shape
    first_rows = frame.head(max_rows(width + frame.index.nlevels, is_live=reader.is_live))
    return _bundle(reader, pandas_columns(first_rows), height)


def max_rows(width: int, *, is_live: bool) -> int:
    """The maximum number of rows in the output of a frame with `width` columns."""
    cells = LIVE_CELLS if is_live else MAX_CELLS
    return min(MAX_ROWS, max(1, cells // max(1, width)))


def _bundle(reader: Reader, content: Sequence[FrameColumn], height: int) -> dict[str, Any] | None:
    """The output with the first rows of the content, as many as the limit of characters allows."""
    if not content:
        return None
    limit = LIVE_CHARACTERS if reader.is_live else MAX_CHARACTERS
    while True:
        table = frame_table(content, Locale(reader.locale), height)
        document = table.to_json(is_compact=True)
        row_count, length = len(table.rows), len(document["rows"])
        if length <= limit or row_count == 1:
            return {TABLE: document}
        fitting = max(1, min(row_count - 1, row_count * limit // length))
        content = [replace(column, values=column.values[:fitting]) for column in content]


def frame_table(content: Sequence[FrameColumn], locale: Locale, height: int) -> Table:
    """A frame of `height` rows as a table: typed columns, translated headings of known names.

    If the content has fewer rows, its caption says so.
    """
    names = [column.name for column in content]
    typed = [_column(column, names, locale) for column in content]
    rows = tuple(zip(*(column.values for column in content), strict=True))
    caption = ""
    if len(rows) < height:
        caption = locale.gettext(
            "The first {n} of {all} rows.",
            n=locale.number(len(rows)),
            all=locale.number(height),
        )
    return Table("frame", "", tuple(typed), rows, caption, role=ROLE)


def _column(content: FrameColumn, names: Sequence[str], locale: Locale) -> Column:
    """The declared column of this name if its kind fits the values; else one of the values' kind.

    An amount without its currency is a number of minor units, and its heading is the name.
    """
    name, kind = content.name, content.kind
    currency = _currency_column(name, names)
    if name in COLUMNS:
        declared = columns((name,), locale, currency or "currency")[0]
        if declared.kind == "date" and kind == "datetime":
            return replace(declared, kind=kind)
        if _fits(declared.kind, kind) and (declared.kind != "money" or currency):
            return declared
    if name.endswith("_minor") and kind in ("integer", "number") and currency:
        return Column(name, name, "money", currency)
    if kind == "integer" and _CODE_NAME.fullmatch(name):
        kind = "code"
    decimals = _decimals(content.values) if kind == "number" else None
    return Column(name, name, kind, decimals=decimals)


def _currency_column(name: str, names: Sequence[str]) -> str | None:
    """The column with an amount's currency, None if the frame has none."""
    declared = COLUMNS[name].currency_column if name in COLUMNS else None
    return next((column for column in (declared, "currency") if column in names), None)


def _fits(declared: str, kind: str) -> bool:
    match declared:
        case "money":
            return kind in ("integer", "number")
        case "integer" | "days":
            return kind == "integer"
    return declared == kind or (declared in _TEXT_KINDS and kind == "text")


def _decimals(values: Sequence[Any]) -> int:
    """The decimals that the first rows need, with six significant digits of the largest number."""
    numbers = [value for value in values[:SAMPLE_ROWS] if isinstance(value, float)]
    largest = max(map(abs, numbers), default=0.0)
    before_point = math.floor(math.log10(largest)) + 1 if largest else 1
    limit = min(MAX_DECIMALS, max(MIN_DECIMALS, SIGNIFICANT_DIGITS - max(before_point, 0)))
    texts = (f"{number:.{limit}f}" for number in numbers)
    return max((len(text.rstrip("0").partition(".")[2]) for text in texts), default=0)
