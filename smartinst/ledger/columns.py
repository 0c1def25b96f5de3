"""Keys and expressions that the steps from statements to facts share."""

from __future__ import annotations

from typing import Final

import polars as pl

TRANSACTION: Final = ("seller_id", "transaction")
PLAN: Final = ("seller_id", "plan_id")
SUBSCRIBER: Final = ("seller_id", "subscriber_code")
REST_OF_KEY: Final = ("commission_currency", "number", "currency", "approved_at")
"""Columns that, after time, state and source, order all attempt statements of a transaction."""

ATTEMPT_ORDER: Final = ("ordered_at", "sequence", "transaction")
"""Order of the attempts of a charge or plan (facts.ATTEMPTS)."""

PAYMENT_ORDER: Final = ("approved_at", *ATTEMPT_ORDER)
"""Order of the approved attempts: the first of a charge pays it."""

PLAN_CLUES: Final = ("subscriber_code", "number", "number_list", "billing_type")
"""Columns that only sales of a plan have; a webhook without them may be about any sale."""


def local_date(instant: pl.Expr, zone: str) -> pl.Expr:
    """The date of an instant in a zone."""
    return instant.dt.convert_time_zone(zone).dt.date()


def is_outside_plan(number: pl.Expr) -> pl.Expr:
    """Whether a charge number is above its plan's `installments`; false if these are unknown."""
    return (number > pl.col("installments")).fill_null(False)


def are_outside_plan(numbers: pl.Expr) -> pl.Expr:
    """Whether every charge number of an attempt is above its plan's `installments`.

    Such an attempt pays no charge; a negotiation pays those of its charges that are in the plan.
    """
    return is_outside_plan(numbers.list.min())


def rank_words(column: str, words: tuple[str, ...]) -> pl.Expr:
    """The index in `words` of a column's value, -1 for other values, as column `_<column>`."""
    indexes = {word: index for index, word in enumerate(words)}
    return (
        pl.col(column).replace_strict(indexes, default=-1, return_dtype=pl.Int8).alias(f"_{column}")
    )
