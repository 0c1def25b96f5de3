"""Keys and expressions that the steps from statements to facts share."""

from __future__ import annotations

from typing import Final

import polars as pl

TRANSACTION: Final = ("seller_id", "transaction")
PLAN: Final = ("seller_id", "plan_id")
REST_OF_KEY: Final = ("commission_currency", "number", "currency", "approved_at")
"""After time, state and source, what orders the attempt statements of a transaction totally."""
PLAN_CLUES: Final = ("subscriber_code", "number", "number_list", "billing_type")
"""Columns that only sales of a plan have; a webhook without them may be about any sale."""


def local_date(instant: pl.Expr, zone: str) -> pl.Expr:
    """The date of an instant in a zone."""
    return instant.dt.convert_time_zone(zone).dt.date()


def rank_words(column: str, words: tuple[str, ...]) -> pl.Expr:
    """The index in `words` of a column's value, -1 for other values, as column `_<column>`."""
    indexes = {word: index for index, word in enumerate(words)}
    return (
        pl.col(column).replace_strict(indexes, default=-1, return_dtype=pl.Int8).alias(f"_{column}")
    )
