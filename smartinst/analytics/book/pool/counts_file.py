"""Counts in a file: the tables of PooledCounts one after another, as Arrow IPC."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import polars as pl

from smartinst.analytics.book.pool.counting import KEYS
from smartinst.analytics.pooled_counts import PooledCounts

TABLE: Final = "table"


def write_counts(counts: PooledCounts, path: Path) -> None:
    """Writes the counts; a reader sees the whole file or none. OSError if it cannot be written."""
    tables = [getattr(counts, name).with_columns(pl.lit(name).alias(TABLE)) for name in KEYS]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        pl.concat(tables, how="diagonal").write_ipc(temporary)
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_counts(path: Path) -> PooledCounts:
    """The counts in a file. OSError, or an error of Polars, if it cannot be read."""
    rows = pl.read_ipc(path.read_bytes())
    return PooledCounts(
        **{
            name: rows.filter(pl.col(TABLE) == name).select(*keys, "count", "paid")
            for name, keys in KEYS.items()
        }
    )
