"""Values of a Polars column for JSON; the data type decides their kind."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import polars as pl

from smartinst.report.frames.python_values import (
    FrameColumn,
    digits,
    finite,
    json_text,
    python_column,
)

EXPONENTS: Final = {"ms": -3, "us": -6, "ns": -9}
"""Unit of a duration → power of ten in seconds."""


def polars_column(series: pl.Series) -> FrameColumn:
    """The column of a series, with dates and times of every year, to the nanosecond."""
    data_type = series.dtype
    if data_type == pl.Object:
        return python_column(series.name, series.to_list())
    if data_type.is_integer():
        return FrameColumn(series.name, "integer", series.to_list())
    if data_type.is_float():
        return FrameColumn(series.name, "number", _floats(series))
    if isinstance(data_type, pl.List | pl.Array | pl.Struct):
        return _nested_column(series)
    kind, convert = CONVERSIONS.get(type(data_type).__name__, ("text", _texts))
    return FrameColumn(series.name, kind, convert(series))


def _floats(series: pl.Series) -> list[Any]:
    if series.dtype != pl.Float64:  # 0.1 in 32 bits is 0.1, not 0.10000000149011612
        series = series.cast(pl.String).cast(pl.Float64)
    return list(map(finite, series.to_list()))


def _nested_column(series: pl.Series) -> FrameColumn:
    """Lists of texts are lists; any other nested value is its JSON text."""
    values = series.to_list()
    if getattr(series.dtype, "inner", None) == pl.String:
        return FrameColumn(series.name, "list", values)
    texts = [None if value is None else json_text(value) for value in values]
    return FrameColumn(series.name, "text", texts)


def _texts(series: pl.Series) -> list[Any]:
    return series.cast(pl.String).to_list()


def _iso_texts(series: pl.Series) -> list[Any]:
    return series.dt.to_string("iso:strict").to_list()


def _seconds(series: pl.Series) -> list[Any]:
    exponent = EXPONENTS[series.dtype.time_unit]  # type: ignore[attr-defined]
    counts = series.to_physical().to_list()
    return [None if count is None else digits(Decimal(count).scaleb(exponent)) for count in counts]


def _hexadecimal(series: pl.Series) -> list[Any]:
    return series.bin.encode("hex").to_list()


CONVERSIONS: Final[dict[str, tuple[str, Callable[[pl.Series], list[Any]]]]] = {
    "Boolean": ("boolean", pl.Series.to_list),
    "Decimal": ("decimal", _texts),
    "Date": ("date", _iso_texts),
    "Time": ("time", _iso_texts),
    "Datetime": ("datetime", _iso_texts),
    "Duration": ("duration", _seconds),
    "Binary": ("text", _hexadecimal),
}
"""Data type → kind, and how its values become JSON; any other type is text."""
