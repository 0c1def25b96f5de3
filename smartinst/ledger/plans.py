"""Plans, resolved from plan and attempt statements (docs/metrics.md §7)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.facts import PLANS, SOURCES
from smartinst.ledger.columns import PLAN, REST_OF_KEY, local_date, rank_words

_PLAN_SOURCES: Final = (*SOURCES[:-1], "cancellation", SOURCES[-1])
_NEWEST_OF_ATTEMPT: Final = (
    "subscriber_code billing_type product_id product offer_code buyer email phone country "
    "installments"
).split()
_NEWEST_OF_PLAN: Final = (*_NEWEST_OF_ATTEMPT, "adopted_at", "is_suspended", "next_charge_at")


def resolve_plans(
    statements: pl.LazyFrame, identified: pl.LazyFrame, attempts: pl.LazyFrame, zone: str
) -> pl.LazyFrame:
    """One row per plan with a purchase date (facts.PLANS), from identified statements."""
    of_attempts = identified.select(
        "seller_id",
        pl.col("plan_id_of_transaction").alias("plan_id"),
        "source",
        "observed_at",
        "transaction",
        "state",
        *REST_OF_KEY,
        *_NEWEST_OF_ATTEMPT,
    )
    return (
        pl.concat([statements, of_attempts], how="diagonal")
        .with_columns(rank_words("source", _PLAN_SOURCES))
        .sort(
            "observed_at",
            pl.col("canceled_at").is_not_null(),
            "_source",
            "transaction",
            "subscriber_code",
            "state",
            *REST_OF_KEY,
            nulls_last=True,
        )
        .group_by(PLAN)
        .agg(
            *(pl.col(name).last(ignore_nulls=True) for name in _NEWEST_OF_PLAN),
            _cancellation(),
            _canceled_by(),
        )
        .join(
            _first_orders(attempts), on=PLAN, how="left", validate="1:1"
        )  # right: no attempt known yet
        .with_columns(*_derived_columns(zone))
        .filter(pl.col("purchase_date").is_not_null())
        .select(pl.col(name).cast(kind) for name, kind in PLANS.columns.items())
    )


def _cancellation() -> pl.Expr:
    """The cancellation in the newest page or cancellation event; at a tie the one with a date.

    Null: not canceled, or reactivated.
    """
    is_decisive = pl.col("source").is_in(["page", "cancellation"]) & pl.col("transaction").is_null()
    return pl.col("canceled_at").filter(is_decisive).last()


def _canceled_by() -> pl.Expr:
    """Actor of the cancellation, from the newest plan status with one; for canceled plans."""
    status = pl.col("platform_status")
    return (
        pl.when(status.str.starts_with("CANCELED_BY_"))
        .then(status.str.strip_prefix("CANCELED_BY_"))
        .last(ignore_nulls=True)
        .alias("canceled_by")
    )


def _first_orders(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per plan: `_first_order` and `_start_date`.

    `_first_order` is the order date of the first attempt of charge 1, null without one.
    `_start_date` is that of the earliest attempt, minus the months before its charge. Neither is
    after the order date of an attempt that names no charge.
    """
    lowest = pl.col("numbers").list.min()
    start_date = pl.col("ordered_date").dt.offset_by(pl.format("-{}mo", lowest - 1))
    first_order = pl.when(pl.col("_lowest") == 1).then("ordered_date").first(ignore_nulls=True)
    unnumbered = pl.when(pl.col("_lowest").is_null()).then("ordered_date").min()
    return (
        attempts.with_columns(lowest.alias("_lowest"), start_date.alias("_start_date"))
        .sort("ordered_at", "transaction")
        .group_by(PLAN)
        .agg(
            pl.when(first_order.is_not_null())
            .then(pl.min_horizontal(first_order, unnumbered))
            .alias("_first_order"),
            pl.min_horizontal(pl.col("_start_date").first(ignore_nulls=True), unnumbered).alias(
                "_start_date"
            ),
        )
    )


def _derived_columns(zone: str) -> list[pl.Expr]:
    """Instants as dates in the seller's zone, and defaults."""
    return [
        pl.coalesce(local_date(pl.col("adopted_at"), zone), "_first_order", "_start_date").alias(
            "purchase_date"
        ),
        local_date(pl.col("canceled_at"), zone).alias("cancellation_date"),
        pl.when(pl.col("canceled_at").is_not_null()).then("canceled_by").alias("canceled_by"),
        pl.col("is_suspended").fill_null(False),
        local_date(pl.col("next_charge_at"), zone).alias("next_charge_date"),
        # null: known from webhooks alone, by an offer in smart_offers
        pl.col("billing_type").fill_null("SMART_INSTALLMENT"),
    ]
