"""Shares of small cells, shrunk towards the share of the cell above them (docs/metrics.md §6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

PARENT_WEIGHT: Final = 20
"""Observations that the share of the cell above counts as."""


def shrink(paid: pl.Expr, count: pl.Expr, share_above: pl.Expr) -> pl.Expr:
    """(paid + 20 · share above) ÷ (count + 20)."""
    return (paid + PARENT_WEIGHT * share_above) / (count + PARENT_WEIGHT)


def shrunk_rates(
    cells: pl.DataFrame, roots: Sequence[str], levels: Sequence[str], name: str = "rate"
) -> pl.DataFrame:
    """One row per finest cell: its share, shrunk level by level from the roots down.

    cells  one row per cell and any finer split: the roots, the levels from coarse to fine, `count`
           and `paid` (weighted observations); a cell of count 0 has the share of the cell above it

    The share of a root is not shrunk; a root without observations has no share (null).
    """
    total = pl.col("paid").sum() / pl.col("count").sum()
    rates = cells.group_by(roots, maintain_order=True).agg(
        pl.when(pl.col("count").sum() > 0).then(total).alias(name)
    )
    for depth in range(1, len(levels) + 1):
        keys = [*roots, *levels[:depth]]
        sums = cells.group_by(keys, maintain_order=True).agg(pl.col("count", "paid").sum())
        rates = sums.join(
            rates,
            on=keys[:-1],
            how="inner",
            nulls_equal=True,
            maintain_order="left",
            validate="m:1",
        ).select(*keys, shrink(pl.col("paid"), pl.col("count"), pl.col(name)).alias(name))
    return rates
