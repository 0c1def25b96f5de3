"""Statuses of attempts: stored words in today's vocabulary, and the status that counts."""

from __future__ import annotations

import polars as pl

from smartinst.facts import PAID_STATES, STATUS_STATE
from smartinst.hotmart.values.vocabulary import attempt_state, attempt_status


def update_statuses(statements: pl.DataFrame) -> pl.DataFrame:
    """Attempt statements with canonical statuses for all known words, and the states of these.

    An older version knew fewer words, stored the state of unknown ones as `waiting`, and did not
    look for other proof: dates and commissions that only a payment or its reversal has.
    """
    words = statements["status"].drop_nulls().unique().to_list()
    statuses = {word: attempt_status(word) or word for word in words}
    status = pl.col("status").replace(statuses)
    is_known = status.is_in(list(STATUS_STATE))
    decided = pl.when(is_known).then(status).otherwise(pl.coalesce(_proven_status(), status))
    states = {status: attempt_state(status) for status in {*statuses.values(), *STATUS_STATE}}
    state = decided.replace_strict(states, default=None, return_dtype=pl.String)
    is_proven = status.is_not_null() & ~is_known & _proven_status().is_not_null()
    return statements.with_columns(
        status=pl.when(status.is_not_null()).then(decided),
        state=pl.when(status.is_not_null()).then(state).otherwise("state"),
        unknown_status=pl.coalesce("unknown_status", pl.when(is_proven).then("status")),
    )


def _proven_status() -> pl.Expr:
    """The status that the other columns of a statement prove; null if they prove none."""
    is_commission_paid = (pl.col("source") == "page") & (
        (pl.col("paid_minor") > 0) | (pl.col("original_paid_minor") > 0)
    )
    is_approved = pl.col("approved_at").is_not_null() | is_commission_paid.fill_null(False)
    return (
        pl.when(pl.col("reversed_at").is_not_null())
        .then(pl.lit("refunded"))
        .when(is_approved)
        .then(pl.lit("approved"))
    )


def newest_statuses() -> list[pl.Expr]:
    """Aggregations of an attempt's statements, oldest first: the input of `decided_status`."""
    has_status = pl.col("status").is_not_null()
    is_known = has_status & (pl.col("state") != "unknown")
    return [
        pl.when(condition).then(name).last(ignore_nulls=True).alias(f"{prefix}{name}")
        for prefix, condition in (("", has_status), ("_known_", is_known))
        for name in ("status", "state")
    ]


def decided_status() -> list[pl.Expr]:
    """Status and state of an attempt, from the columns of `newest_statuses`.

    A newer unknown status does not replace a status by which the attempt was paid.
    """
    was_paid = pl.col("_known_state").is_in(PAID_STATES).fill_null(False)
    return [
        pl.when(was_paid).then(f"_known_{name}").otherwise(name).alias(name)
        for name in ("status", "state")
    ]
