"""Missing and unknown data in a seller's facts, counted for the notes of a report."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl
from babel.numbers import list_currencies

from smartinst.facts import BILLING_TYPES, STATUS_STATE, DataQuality
from smartinst.hotmart.parsing.vocabulary import PAYMENT_TYPES
from smartinst.ledger.columns import PLAN, TRANSACTION, local_date
from smartinst.ledger.identity import Identity
from smartinst.ledger.resolve import resolve_facts

_KNOWN_WORDS: Final = {
    "status": frozenset(STATUS_STATE),
    "payment_type": PAYMENT_TYPES,
    "billing_type": frozenset(BILLING_TYPES),
    "currency": frozenset(list_currencies()),
    "commission_currency": frozenset(list_currencies()) | {""},
}


def assess_quality(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    events: pl.DataFrame,
    quarantined: int,
    identity: Identity,
    zone: str,
    billing_types: tuple[str, ...],
) -> DataQuality:
    """The data quality of one seller's statements; `identity` is that of the same statements."""
    return DataQuality(
        data_through_date=next(iter(last_days(plans, attempts, zone).values()), None),
        quarantined=quarantined,
        unidentified=_unidentified(plans.lazy(), attempts.lazy(), identity),
        unknown_values=_unknown_values(attempts),
        events=_counts(events, "event"),
        other_billing_types=_plans_of_other_types(plans, attempts, identity, zone, billing_types),
        outside_plan=_attempts_outside(plans, attempts, identity, zone, billing_types),
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


def _unidentified(plans: pl.LazyFrame, attempts: pl.LazyFrame, identity: Identity) -> int:
    """Plans with a subscriber code or transaction only, not identified as Smart Installments."""
    not_pages = attempts.filter(pl.col("source").is_in(["webhook", "export", "history"]))
    unidentified_attempts = not_pages.join(
        identity.plan_by_transaction, on=TRANSACTION, how="anti"
    ).filter(pl.col("subscriber_code").is_not_null() | pl.col("number").is_not_null())
    plans_with_code = plans.filter(pl.col("source").is_in(["webhook", "export"]))
    unidentified_codes = plans_with_code.join(
        identity.plan_by_code, on=["seller_id", "subscriber_code"], how="anti"
    )
    keys = pl.concat(
        [
            unidentified_attempts.select(pl.coalesce("subscriber_code", "transaction")),
            unidentified_codes.select("subscriber_code"),
        ]
    )
    return keys.unique().collect().height


def _attempts_outside(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    identity: Identity,
    zone: str,
    billing_types: tuple[str, ...],
) -> int:
    """Number of attempts with a charge number above their plan's N."""
    if not _has_attempts_outside(plans.lazy(), attempts.lazy(), identity):
        return 0  # the usual case, decided without resolving the facts
    facts = resolve_facts(plans, attempts, identity, zone, billing_types)
    installments = facts.plans.select(*PLAN, "installments")
    is_outside = pl.col("numbers").list.max() > pl.col("installments")
    attempts_outside = facts.attempts.join(installments, on=PLAN, validate="m:1").filter(is_outside)
    return attempts_outside.collect().height


def _has_attempts_outside(plans: pl.LazyFrame, attempts: pl.LazyFrame, identity: Identity) -> bool:
    """Whether any statement has a charge number above the N in any statement of the same plan."""
    of_attempts = attempts.join(
        identity.plan_by_transaction, on=TRANSACTION, validate="m:1"
    ).select(
        "seller_id",
        pl.col("plan_id_of_transaction").alias("plan_id"),
        "installments",
        pl.max_horizontal("number", pl.col("number_list").list.max()).alias("_highest"),
    )
    statements = pl.concat(
        [
            of_attempts,
            identity.identify_plan_statements(plans).select("seller_id", "plan_id", "installments"),
        ],
        how="diagonal",
    )
    bounds = statements.group_by(PLAN).agg(pl.col("_highest").max(), pl.col("installments").min())
    return (
        not bounds.filter(pl.col("_highest") > pl.col("installments")).head(1).collect().is_empty()
    )


def _unknown_values(attempts: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Column → unknown word → attempt statements with it."""
    counts = {}
    for column, known_words in _KNOWN_WORDS.items():
        is_known = pl.col(column).is_in(list(known_words))
        rows = attempts.filter(pl.col(column).is_not_null(), ~is_known)
        if not rows.is_empty():
            counts[column] = _counts(rows, column)
    return counts


def _plans_of_other_types(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    identity: Identity,
    zone: str,
    billing_types: tuple[str, ...],
) -> dict[str, int]:
    """Billing type that was not requested → plans of it."""
    types = {
        *plans["billing_type"].drop_nulls().unique(),
        *attempts["billing_type"].drop_nulls().unique(),
    }
    other_types = tuple(sorted(types - set(billing_types)))
    if not other_types:
        return {}
    facts = resolve_facts(plans, attempts, identity, zone, other_types)
    return _counts(facts.plans.collect(), "billing_type")


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    """Word of a column → rows with it."""
    return dict(rows.group_by(column).len().sort(column).iter_rows())
