"""The total order of statements with the same key: the largest is kept, in any order of arrival.

The newer statement is larger; of two equally new ones the one with a cancellation, then the one
with the larger canonical JSON (docs/metrics.md §7, "Newest wins"). Keeping the largest makes the
ledger a join-semilattice: merging is idempotent, commutative and associative. Of two equal
quarantine rows the resolved one is kept, else the earlier, so that ingesting a file again changes
nothing.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.statements import (
    ATTEMPT_STATEMENTS,
    ERASED_KEYS,
    EVENTS,
    PLAN_STATEMENTS,
    QUARANTINE,
    TableSchema,
)

ITEM: Final = "_item"
"""Column: number of the item that contained the row, ascending in order of arrival."""

_TIME: Final = {
    PLAN_STATEMENTS.name: pl.col("observed_at").cast(pl.Int64),
    ATTEMPT_STATEMENTS.name: pl.col("observed_at").cast(pl.Int64),
    EVENTS.name: pl.col("occurred_at").cast(pl.Int64),
    QUARANTINE.name: pl.when(pl.col("resolved_at").is_null())
    .then(-pl.col("received_at").cast(pl.Int64))
    .otherwise(pl.lit(0)),
    ERASED_KEYS.name: -pl.col("erased_at").cast(pl.Int64),
}
_ORDER: Final = ("_time", "_canceled", "_json")


def keep_largest(table: TableSchema, rows: pl.DataFrame) -> pl.DataFrame:
    """One row per key: the largest."""
    keys = list(table.key)
    is_duplicate = pl.struct(keys).is_duplicated()
    duplicates = rows.filter(is_duplicate)
    if duplicates.is_empty():
        return rows
    largest = (
        _sort_by_precedence(table, duplicates)
        .unique(keys, keep="last", maintain_order=True)
        .drop(_ORDER)
    )
    return pl.concat([rows.filter(~is_duplicate), largest])


def effective_rows(
    table: TableSchema, stored_rows: pl.DataFrame, arriving_rows: pl.DataFrame
) -> pl.DataFrame:
    """The arriving rows (with `_item`) that are larger than every earlier row of their key.

    The result is that of writing the rows one by one: of two equal rows only the first is returned.
    """
    keys = list(table.key)
    rivals = stored_rows.join(
        arriving_rows.select(keys).unique(), on=keys, how="semi", nulls_equal=True
    )
    candidates = pl.concat(
        [rivals.with_columns(pl.lit(None, pl.Int64).alias(ITEM)), arriving_rows], how="diagonal"
    )
    ranked = (
        _sort_by_precedence(table, candidates)
        .with_columns(_rank())
        .sort(ITEM, nulls_last=False, maintain_order=True)
    )
    largest_before = pl.col("_rank").cum_max().shift(1).over(keys)
    is_effective = pl.col(ITEM).is_not_null() & (
        largest_before.is_null() | (pl.col("_rank") > largest_before)
    )
    return ranked.filter(is_effective).select(*table.columns, ITEM)


def canonical(table: TableSchema) -> pl.Expr:
    """A row as JSON with its columns in alphabetical order."""
    return pl.struct(sorted(table.columns)).struct.json_encode()


def _sort_by_precedence(table: TableSchema, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows from the smallest to the largest, with the columns that order them."""
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
    """The rank of sorted rows: equal for equal rows, larger for larger ones."""
    differs = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in _ORDER)
    return differs.fill_null(True).cum_sum().alias("_rank")
