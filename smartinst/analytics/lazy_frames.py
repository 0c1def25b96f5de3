"""Lazy frames whose rows are computed once."""

from __future__ import annotations

import polars as pl


def collect_once(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Collects a frame that is used several times; Polars would recompute it for each use."""
    return frame.collect().lazy()
