"""Run-length encoding of the offline page's columns, which makes the file smaller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any


def pack_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a grain of the dataset, each run-length encoded if that is shorter as JSON.

    `runs` alternates values and how often each is repeated: [7, 7, 7, None] is [7, 3, None, 1].
    If the column also has `of`, the values are indexes into it.
    """
    return {name: _pack(column) for name, column in columns.items()}


def _pack(column: Any) -> Any:
    values, texts = (column["at"], column["of"]) if isinstance(column, dict) else (column, None)
    if not all(value is None or isinstance(value, int | str) for value in values):
        return column
    runs = [part for value, run in groupby(values) for part in (value, sum(1 for _ in run))]
    if len(runs) >= 2 * len(values) or _length(runs) >= _length(values):
        return column
    return {"runs": runs} if texts is None else {"of": texts, "runs": runs}


def _length(values: list[Any]) -> int:
    return len(json.dumps(values, ensure_ascii=False, separators=(",", ":")))
