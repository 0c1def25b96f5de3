"""Which of two statements of the same key is kept: a total order, so that any order of arrival ends the same.

Newer first; at a tie a cancellation beats none; then the larger canonical JSON (METRICS §7, "Newest wins"). Keeping the
largest makes the ledger a join-semilattice: merging is idempotent, commutative and associative. Of two equal refusals
the earlier one stays, so that the same file again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from smartinst.facts import ATTEMPT_STATEMENTS, EVENTS, PLAN_STATEMENTS, QUARANTINE, Table

ITEM: Final = "_item"
"""Number of the item that a row came with; ascending in order of arrival, null for a row that was stored before."""

_TIME: Final = {
    PLAN_STATEMENTS.name: pl.col("observed_at").cast(pl.Int64),
    ATTEMPT_STATEMENTS.name: pl.col("observed_at").cast(pl.Int64),
    EVENTS.name: pl.col("occurred_at").cast(pl.Int64),
    QUARANTINE.name: -pl.col("received_at").cast(pl.Int64),
}


@dataclass(frozen=True)
class Merged:
    """What becomes of a table when rows arrive."""

    rows: pl.DataFrame  # every row that stands afterwards, the table's columns
    changed: pl.DataFrame  # the arriving rows that took effect, in the table's columns and `_item`


def merge(table: Table, stored: pl.DataFrame, arriving: pl.DataFrame) -> Merged:
    """Keep the largest statement of each key.

    An arriving row takes effect when it is larger than every row of its key that was there before it, as if the rows
    came one by one; so a row that comes twice takes effect once.
    """
    keys = list(table.key)
    rivals = stored.join(arriving.select(keys).unique(), on=keys, how="semi", nulls_equal=True)
    ranked = _ranked(table, pl.concat([rivals.with_columns(pl.lit(None, pl.Int64).alias(ITEM)), arriving]))
    before = pl.col("_rank").cum_max().shift(1).over(keys)
    judged = ranked.sort(ITEM, maintain_order=True, nulls_last=False).with_columns(
        (pl.col(ITEM).is_not_null() & (before.is_null() | (pl.col("_rank") > before))).alias("_takes_effect")
    )
    columns = list(table.columns)
    largest = judged.sort("_rank", maintain_order=True).unique(keys, keep="last", maintain_order=True).select(columns)
    rest = stored.join(largest, on=keys, how="anti", nulls_equal=True)
    return Merged(pl.concat([rest, largest]), judged.filter("_takes_effect").select(*columns, ITEM))


def _ranked(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `_rank`, equal for equal rows and larger for larger ones."""
    order = [_TIME[table.name].alias("_time"), _is_cancellation(table).alias("_canceled"), canonical(table).alias("_json")]
    ordered = rows.with_columns(order).sort("_time", "_canceled", "_json")
    differs = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in ("_time", "_canceled", "_json"))
    return ordered.with_columns(differs.fill_null(True).cum_sum().alias("_rank")).drop("_time", "_canceled", "_json")


def _is_cancellation(table: Table) -> pl.Expr:
    return pl.col("canceled_at").is_not_null() if "canceled_at" in table.columns else pl.lit(False)


def canonical(table: Table) -> pl.Expr:
    """A row as JSON with its columns in alphabetical order."""
    return pl.struct(sorted(table.columns)).struct.json_encode()
