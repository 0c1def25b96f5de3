"""Statuses of attempts: stored words in today's vocabulary, and the status that counts."""

from __future__ import annotations

import polars as pl

from smartinst.hotmart.values.vocabulary import attempt_state, attempt_status


def update_statuses(statements: pl.DataFrame) -> pl.DataFrame:
    """Attempt statements with canonical statuses for all known words, and the states of these.

    An older version knew fewer words, and stored the state of unknown ones as `waiting`.
    """
    words = statements["status"].drop_nulls().unique().to_list()
    statuses = {word: attempt_status(word) or word for word in words}
    states = {word: attempt_state(status) for word, status in statuses.items()}
    state = pl.col("status").replace_strict(states, default=None, return_dtype=pl.String)
    return statements.with_columns(
        status=pl.col("status").replace(statuses), state=pl.coalesce(state, "state")
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
    was_paid = pl.col("_known_state").is_in(["paid", "claimed", "reversed"]).fill_null(False)
    return [
        pl.when(was_paid).then(f"_known_{name}").otherwise(name).alias(name)
        for name in ("status", "state")
    ]
