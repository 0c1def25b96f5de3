"""How whole a seller's facts are: counts and words for a report's notes."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl
from babel.numbers import list_currencies

from smartinst.facts import BILLING_TYPES, STATUS_STATE, DataQuality
from smartinst.hotmart.parsing.vocabulary import PAYMENT_TYPES
from smartinst.ledger.identity import Identity
from smartinst.ledger.resolve import PLAN, TRANSACTION, day, facts

_KNOWN: Final = {
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
    smart_offers: pl.DataFrame,
    zone: str,
    billing_types: tuple[str, ...],
    identity: Identity | None = None,
) -> DataQuality:
    """The condition of one seller's statements; `identity`: theirs, where it is known already."""
    identity = (
        identity or Identity.of(plans.lazy(), attempts.lazy(), smart_offers.lazy()).collected()
    )
    return DataQuality(
        data_through_date=next(iter(last_days(plans, attempts, zone).values()), None),
        quarantined=quarantined,
        unidentified=_unidentified(plans.lazy(), attempts.lazy(), identity),
        unknown_values=_unknown(attempts),
        events=_counts(events, "event"),
        other_billing_types=_others(plans, attempts, identity, smart_offers, zone, billing_types),
        outside_plan=_outside(plans, attempts, identity, smart_offers, zone, billing_types),
    )


def last_days(plans: pl.DataFrame, attempts: pl.DataFrame, zone: str) -> dict[str, date]:
    """Seller → the last day in their zone of which a dated statement tells; sales/users is undated. Others are left out."""
    dated = attempts.filter(pl.col("source") != "users")
    told = dated.select(
        "seller_id", pl.max_horizontal("observed_at", "ordered_at", "approved_at").alias("at")
    )
    both = pl.concat(
        [told, plans.select("seller_id", pl.col("observed_at").alias("at"))]
    ).drop_nulls()
    last = both.group_by("seller_id").agg(day(pl.col("at").max(), zone))
    return dict(last.iter_rows())


def _unidentified(plans: pl.LazyFrame, attempts: pl.LazyFrame, identity: Identity) -> int:
    """Plans told of by their subscriber code or transaction only, of which nothing says that they are smart ones."""
    tellers = attempts.filter(pl.col("source").is_in(["webhook", "export", "history"]))
    lost = tellers.join(
        identity.plan_by_transaction, on=["seller_id", "transaction"], how="anti"
    ).filter(pl.col("subscriber_code").is_not_null() | pl.col("number").is_not_null())
    coded = plans.filter(pl.col("source").is_in(["webhook", "export"]))
    codes = coded.join(identity.plan_by_code, on=["seller_id", "subscriber_code"], how="anti")
    keys = [
        pl.coalesce("subscriber_code", "transaction").alias("key"),
        pl.col("subscriber_code").alias("key"),
    ]
    found = pl.concat([lost.select(keys[0]), codes.select(keys[1])]).unique().collect()
    return found.height


def _outside(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    identity: Identity,
    smart_offers: pl.DataFrame,
    zone: str,
    billing_types: tuple[str, ...],
) -> int:
    """Attempts of a charge above the N that their plan turned out to have."""
    if not _some_outside(
        plans.lazy(), attempts.lazy(), identity
    ):  # nearly always; the facts cost far more
        return 0
    known = facts(plans, attempts, smart_offers, zone, billing_types, identity)
    of_plan = known.plans.select(*PLAN, "installments")
    outside = pl.col("numbers").list.max() > pl.col("installments")
    counted: int = (
        known.attempts.join(of_plan, on=PLAN, validate="m:1")
        .filter(outside)
        .select(pl.len())
        .collect()
        .item()
    )
    return counted


def _some_outside(plans: pl.LazyFrame, attempts: pl.LazyFrame, identity: Identity) -> bool:
    """Whether a statement of any attempt names a charge above what any statement of its plan says is N."""
    owned = attempts.join(identity.plan_by_transaction, on=TRANSACTION, validate="m:1").select(
        "seller_id",
        pl.col("plan_id_of_transaction").alias("plan_id"),
        "installments",
        pl.max_horizontal("number", pl.col("number_list").list.max()).alias("_highest"),
    )
    said = pl.concat(
        [
            owned,
            identity.identify_plan_statements(plans).select("seller_id", "plan_id", "installments"),
        ],
        how="diagonal",
    )
    widest = said.group_by(PLAN).agg(pl.col("_highest").max(), pl.col("installments").min())
    return (
        not widest.filter(pl.col("_highest") > pl.col("installments")).head(1).collect().is_empty()
    )


def _unknown(attempts: pl.DataFrame) -> dict[str, dict[str, int]]:
    found = {}
    for column, known in _KNOWN.items():
        words = attempts.filter(pl.col(column).is_not_null(), ~pl.col(column).is_in(list(known)))
        if not words.is_empty():
            found[column] = _counts(words, column)
    return found


def _others(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    identity: Identity,
    smart_offers: pl.DataFrame,
    zone: str,
    billing_types: tuple[str, ...],
) -> dict[str, int]:
    """Plans of billing types that were not asked for, by type."""
    types = {
        *plans["billing_type"].drop_nulls().unique(),
        *attempts["billing_type"].drop_nulls().unique(),
    }
    other = tuple(sorted(types - set(billing_types)))
    if not other:
        return {}
    return _counts(
        facts(plans, attempts, smart_offers, zone, other, identity).plans.collect(), "billing_type"
    )


def _counts(rows: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(rows.group_by(column).len().sort(column).iter_rows())
