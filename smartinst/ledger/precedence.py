"""Which of two statements of the same key is kept: a total order, so that any order of arrival ends the same.

Newer first; at a tie a cancellation beats none; then the larger canonical JSON (docs/metrics.md §7, "Newest wins"). Keeping the
largest makes the ledger a join-semilattice: merging is idempotent, commutative and associative. Of two equal refusals
the earlier one stays, so that the same file again changes nothing.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.facts import ATTEMPT_STATEMENTS, EVENTS, PLAN_STATEMENTS, QUARANTINE, TableSchema

ITEM: Final = "_item"
"""Number of the item that a row came with, ascending in order of arrival."""

_TIME: Final = {
    PLAN_STATEMENTS.name: pl.col("observed_at").cast(pl.Int64),
    ATTEMPT_STATEMENTS.name: pl.col("observed_at").cast(pl.Int64),
    EVENTS.name: pl.col("occurred_at").cast(pl.Int64),
    QUARANTINE.name: -pl.col("received_at").cast(pl.Int64),
}
_ORDER: Final = ("_time", "_canceled", "_json")


def keep_newest(table: TableSchema, rows: pl.DataFrame) -> pl.DataFrame:
    """One row a key: the largest."""
    keys = list(table.key)
    twice = pl.struct(keys).is_duplicated()
    again = rows.filter(twice)
    if again.is_empty():
        return rows
    kept = _ordered(table, again).unique(keys, keep="last", maintain_order=True).drop(_ORDER)
    return pl.concat([rows.filter(~twice), kept])


def effective_rows(
    table: TableSchema, stored: pl.DataFrame, arriving: pl.DataFrame
) -> pl.DataFrame:
    """The arriving rows (with `_item`) that are larger than every row of their key that was there before them.

    As if the rows came one by one: a row that comes twice takes effect once.
    """
    keys = list(table.key)
    rivals = stored.join(arriving.select(keys).unique(), on=keys, how="semi", nulls_equal=True)
    both = pl.concat(
        [rivals.with_columns(pl.lit(None, pl.Int64).alias(ITEM)), arriving], how="diagonal"
    )
    ranked = (
        _ordered(table, both)
        .with_columns(_rank())
        .sort(ITEM, nulls_last=False, maintain_order=True)
    )
    before = pl.col("_rank").cum_max().shift(1).over(keys)
    takes = pl.col(ITEM).is_not_null() & (before.is_null() | (pl.col("_rank") > before))
    return ranked.filter(takes).select(*table.columns, ITEM)


def canonical(table: TableSchema) -> pl.Expr:
    """A row as JSON with its columns in alphabetical order."""
    return pl.struct(sorted(table.columns)).struct.json_encode()


def _ordered(table: TableSchema, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows from the smallest to the largest, with what orders them."""
    canceled = (
        pl.col("canceled_at").is_not_null() if "canceled_at" in table.columns else pl.lit(False)
    )
    order = (
        _TIME[table.name].alias("_time"),
        canceled.alias("_canceled"),
        canonical(table).alias("_json"),
    )
    return rows.with_columns(order).sort(_ORDER)


def _rank() -> pl.Expr:
    """Equal for equal rows and larger for larger ones, over ordered rows."""
    differs = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in _ORDER)
    return differs.fill_null(True).cum_sum().alias("_rank")
