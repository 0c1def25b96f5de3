"""Lazy frames: rows that are computed once, joins that copy no column."""

from __future__ import annotations

import polars as pl


def collect_once(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Collects a frame that is used several times; Polars would recompute it for each use."""
    return frame.collect().lazy()


def left_join(frame: pl.LazyFrame, rows: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """The frame's rows in their order, with columns of the one row that has their key, if any."""
    return frame.join(rows, on=key, how="left", maintain_order="left", validate="m:1")
