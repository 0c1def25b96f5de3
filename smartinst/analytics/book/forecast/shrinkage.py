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
    cells: pl.DataFrame,
    roots: Sequence[str],
    levels: Sequence[str],
    name: str = "rate",
    others: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per finest cell: its share, shrunk level by level from the roots down.

    cells   one row per cell and any finer split: the roots, the levels from coarse to fine, `count`
            and `paid` (weighted observations); a cell of count 0 has the share of the cell above it
    others  cells of other sellers, which have the roots and the first levels only. Their share of
            a class, shrunk in the same way, is above the seller's own share of that class

    The share of a root is not shrunk; a root without observations has no share (null).
    """
    above = _rates_of_others(cells, others, roots, levels, name)
    total = pl.col("paid").sum() / pl.col("count").sum()
    rates = cells.group_by(roots, maintain_order=True).agg(
        pl.when(pl.col("count").sum() > 0).then(total).alias(name)
    )
    for depth in range(1, len(levels) + 1):
        keys = [*roots, *levels[:depth]]
        sums = cells.group_by(keys, maintain_order=True).agg(pl.col("count", "paid").sum())
        rates_above = sums.join(
            rates,
            on=keys[:-1],
            how="inner",
            nulls_equal=True,
            maintain_order="left",
            validate="m:1",
        )
        if above is not None and set(keys) == set(above.columns) - {name}:
            rates_above = rates_above.join(
                above,
                on=keys,
                how="left",  # right: the other sellers have no share of this root
                suffix="_above",
                nulls_equal=True,
                maintain_order="left",
                validate="1:1",
            ).with_columns(pl.coalesce(f"{name}_above", name).alias(name))
        share = shrink(pl.col("paid"), pl.col("count"), pl.col(name))
        rates = rates_above.select(*keys, share.alias(name))
    return rates


def _rates_of_others(
    cells: pl.DataFrame,
    others: pl.DataFrame | None,
    roots: Sequence[str],
    levels: Sequence[str],
    name: str,
) -> pl.DataFrame | None:
    """The other sellers' share of each class of `cells` at the finest level that `others` has."""
    if others is None:
        return None
    shared_levels = [level for level in levels if level in others.columns]
    keys = [*roots, *shared_levels]
    sought = cells.select(keys).unique(maintain_order=True)
    no_count = sought.with_columns(count=pl.lit(0.0), paid=pl.lit(0.0))
    rows = pl.concat([others.select(no_count.columns), no_count])
    return shrunk_rates(rows, roots, shared_levels, name)
