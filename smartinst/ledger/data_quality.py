"""Missing and unknown data in a seller's facts, counted for the notes of a report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import polars as pl
from babel.numbers import list_currencies

from smartinst.billing_types import BILLING_TYPES
from smartinst.facts import (
    FULL_REVERSALS,
    SOURCES,
    STATES,
    STATUS_STATE,
    DataQuality,
    Tally,
    UnknownWord,
)
from smartinst.hotmart.items.event_names import STORED_EVENTS
from smartinst.hotmart.values.vocabulary import PAYMENT_TYPES
from smartinst.ledger.columns import (
    PLAN,
    REST_OF_KEY,
    TRANSACTION,
    are_outside_plan,
    local_date,
    rank_words,
)
from smartinst.ledger.identity import Identity
from smartinst.ledger.resolve import Resolution
from smartinst.ledger.several_payments import tally_shared_codes
from smartinst.ledger.statuses import decided_status, newest_statuses
from smartinst.ledger.unidentified_plans import unidentified_plans

_KNOWN_WORDS: Final = {
    "payment_type": (("payment_type",), PAYMENT_TYPES),
    "billing_type": (("billing_type",), frozenset(BILLING_TYPES)),
    "currency": (("currency", "commission_currency"), frozenset({"", *list_currencies()})),
}
"""Name of an UnknownWord's column → the columns of attempt statements, and their known words."""

_PAYMENT: Final = ("transaction", "ordered_at")


def assess_quality(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    events: pl.DataFrame,
    quarantined: int,
    identity: Identity,
    resolution: Resolution,
    zone: str,
    billing_types: tuple[str, ...],
) -> DataQuality:
    """The data quality of one seller's statements; `identity` and `resolution` are theirs."""
    unidentified = unidentified_plans(plans.lazy(), attempts.lazy(), identity)
    return DataQuality(
        data_through_date=next(iter(last_days(plans, attempts, zone).values()), None),
        quarantined=quarantined,
        unidentified=sum(group.plans.count for group in unidentified),
        unknown_words=_unknown_words(attempts),
        unknown_events=_counts(events.filter(~pl.col("event").is_in(STORED_EVENTS)), "event"),
        other_billing_types=_plans_of_other_types(plans, attempts, resolution, billing_types),
        outside_plan=_attempts_outside(resolution, billing_types),
        rounded=_tally(attempts.filter("is_rounded")),
        undated_refunds=_tally(_undated_refunds(attempts)),
        unidentified_plans=unidentified,
        several_payments=tally_shared_codes(resolution.statements),
    )


def last_days(plans: pl.DataFrame, attempts: pl.DataFrame, zone: str) -> dict[str, date]:
    """Seller → last day (in the zone) of a dated statement; sales/users has no date.

    Sellers without dated statements are missing.
    """
    dated = attempts.filter(pl.col("source") != "users")
    attempt_instants = dated.select(
        "seller_id", pl.max_horizontal("observed_at", "ordered_at", "approved_at").alias("at")
    )
    plan_instants = plans.select("seller_id", pl.col("observed_at").alias("at"))
    instants = pl.concat([attempt_instants, plan_instants]).drop_nulls()
    return dict(
        instants.group_by("seller_id").agg(local_date(pl.col("at").max(), zone)).iter_rows()
    )


def _attempts_outside(resolution: Resolution, billing_types: tuple[str, ...]) -> int:
    """Number of attempts of no charge, since all their numbers are above their plan's N."""
    plans = resolution.plans.filter(pl.col("billing_type").is_in(billing_types))
    attempts = resolution.attempts.join(
        plans.select(*PLAN, "installments"), on=PLAN, validate="m:1"
    )
    return attempts.filter(are_outside_plan(pl.col("numbers"))).height


def _unknown_words(attempts: pl.DataFrame) -> tuple[UnknownWord, ...]:
    """The unknown words of the attempt statements, with the payments that have them."""
    statements = [*_unknown_statuses(attempts), *_other_unknown_words(attempts)]
    if not statements:
        return ()  # the usual case
    groups = pl.concat(statements).group_by("column", "word", "state")
    tallies = {key: _tally(rows) for key, rows in groups}
    return tuple(
        UnknownWord(column, word, state, tallies[column, word, state])
        for column, word, state in sorted(tallies)
    )


def _unknown_statuses(attempts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """One row per statement with an unknown status, and the state of its transaction, if any."""
    is_known = pl.col("status").is_in(list(STATUS_STATE))
    word = pl.coalesce("unknown_status", pl.when(~is_known).then("status"))
    statements = attempts.with_columns(word.alias("word")).filter(pl.col("word").is_not_null())
    if statements.is_empty():
        return
    states = (
        attempts.join(statements, on=TRANSACTION, how="semi")
        .with_columns(rank_words("state", STATES), rank_words("source", SOURCES))
        .sort("observed_at", "_state", "_source", *REST_OF_KEY)
        .group_by(TRANSACTION)
        .agg(newest_statuses())
        .select(*TRANSACTION, decided_status()[1])
    )
    yield (
        statements.drop("state")
        .join(states, on=TRANSACTION, validate="m:1")
        .select(*_PAYMENT, "word", pl.lit("status").alias("column"), "state")
    )


def _other_unknown_words(attempts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """One row per statement with an unknown word in another column; no frame without rows."""
    for column, (columns, known_words) in _KNOWN_WORDS.items():
        for name in columns:
            statements = attempts.filter(
                pl.col(name).is_not_null(), ~pl.col(name).is_in(list(known_words))
            )
            if statements.height:
                yield statements.select(
                    *_PAYMENT,
                    pl.col(name).alias("word"),
                    pl.lit(column).alias("column"),
                    pl.lit("").alias("state"),
                )


def _undated_refunds(attempts: pl.DataFrame) -> pl.DataFrame:
    """Statements of refunds and chargebacks that are known from exports and histories alone.

    These sources do not date a refund: it gets the date of its payment (docs/metrics.md §7).
    """
    refunds = attempts.filter(pl.col("status").is_in(FULL_REVERSALS))
    is_dated = pl.col("reversed_at").is_not_null() | ~pl.col("source").is_in(["export", "history"])
    return refunds.join(refunds.filter(is_dated), on=TRANSACTION, how="anti")


def _tally(statements: pl.DataFrame) -> Tally:
    """The number of transactions of the statements, and the first of them by order date."""
    if statements.is_empty():
        return Tally()
    code = statements.sort("ordered_at", "transaction", nulls_last=True)["transaction"][0]
    return Tally(statements["transaction"].n_unique(), code)


def _plans_of_other_types(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    resolution: Resolution,
    billing_types: tuple[str, ...],
) -> dict[str, int]:
    """Billing type that was not requested → plans of it."""
    types = {
        *plans["billing_type"].drop_nulls().unique(),
        *attempts["billing_type"].drop_nulls().unique(),
    }
    other_types = types - set(billing_types)
    return _counts(
        resolution.plans.filter(pl.col("billing_type").is_in(other_types)), "billing_type"
    )


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    """Word of a column → rows with it."""
    return dict(rows.group_by(column).len().sort(column).iter_rows())
