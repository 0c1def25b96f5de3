"""The columns of a pandas frame, read by its public methods only: pandas is no dependency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from smartinst.report.frames.polars_values import polars_column
from smartinst.report.frames.python_values import MIDNIGHT, FrameColumn, python_column

SEPARATOR: Final = " · "
"""Between the levels of a column's name."""


def pandas_columns(frame: Any) -> list[FrameColumn]:
    """The levels of the index, unless it only numbers the rows, and the columns."""
    names = map(column_name, frame.columns)
    columns = (frame.iloc[:, position] for position in range(frame.shape[1]))
    return [*_index_columns(frame.index), *map(_column, names, columns)]


def column_name(name: Any) -> str:
    """The name of a column or series as text; levels are joined; None is empty."""
    if isinstance(name, tuple):
        return SEPARATOR.join(filter(None, map(column_name, name)))
    return "" if name is None else str(name)


def _index_columns(index: Any) -> Iterator[FrameColumn]:
    """Columns of the index, named as by `reset_index`."""
    if type(index).__name__ == "RangeIndex" and index.name is None:
        return
    for level, name in enumerate(index.names):
        default = "index" if index.nlevels == 1 else f"level_{level}"
        yield _column(column_name(name) or default, index.get_level_values(level))


def _column(name: str, values: Any) -> FrameColumn:
    """The column of a series or an index level; values that pandas counts as missing are null.

    Instants that all are midnight, without a zone, are dates: pandas has no other type for them.
    """
    missing = values.isna().tolist()
    listed = [
        None if is_missing else value
        for value, is_missing in zip(values.tolist(), missing, strict=True)
    ]
    if str(values.dtype).lower() == "float32":
        return polars_column(pl.Series(name, listed, dtype=pl.Float32))
    column = python_column(name, listed)
    is_date = column.kind == "datetime" and all(
        text is None or text.endswith(MIDNIGHT) for text in column.values
    )
    if not is_date:
        return column
    return FrameColumn(
        name, "date", [text and text.removesuffix(MIDNIGHT) for text in column.values]
    )
