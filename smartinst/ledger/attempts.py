"""Attempts and commissions, resolved from attempt statements (docs/metrics.md §7)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.facts import (
    ATTEMPTS,
    COMMISSIONS,
    PAID_STATES,
    SLIP_PAYMENT_TYPES,
    SOURCES,
    STATES,
)
from smartinst.ledger.columns import REST_OF_KEY, TRANSACTION, local_date, rank_words
from smartinst.ledger.statuses import decided_status, newest_statuses

_NEWEST_COLUMNS: Final = (
    "number number_list transaction_type sequence started_at ordered_at approved_at reversed_at "
    "expires_at payment_type refusal has_retry retry_at currency amount_minor total_minor "
    "original_minor original_paid_minor guarantee_ends_at "
    "fee_currency fee_total_minor fee_fixed_minor fee_percentage"
).split()


def resolve_attempts(statements: pl.LazyFrame, zone: str) -> pl.LazyFrame:
    """One row per attempt (facts.ATTEMPTS).

    `plan_id` is null if no plan is identified, `numbers` if no statement names a charge; an attempt
    without a status and charge (of sales/users alone) has no row.
    """
    return (
        statements.with_columns(rank_words("state", STATES), rank_words("source", SOURCES))
        .sort("observed_at", "_state", "_source", *REST_OF_KEY)
        .group_by(TRANSACTION)
        .agg(*_newest_values(), *_claims())
        .with_columns(decided_status())
        .with_columns(_approval(), _numbers())
        .filter(pl.col("numbers").is_not_null() | pl.col("status").is_not_null())
        .with_columns(_dates(zone))
        .with_columns(_failed_date())
        .select(*_attempt_columns())
    )


def _newest_values() -> list[pl.Expr]:
    """The newest value of each column, and the instant at which a reversal was observed."""
    has_status = pl.col("status").is_not_null()
    is_reversed = has_status & (pl.col("state") == "reversed")
    by_webhook = pl.when(is_reversed & (pl.col("source") == "webhook")).then("observed_at")
    return [
        pl.col("plan_id_of_transaction").first().alias("plan_id"),
        *(pl.col(name).last(ignore_nulls=True) for name in _NEWEST_COLUMNS),
        *newest_statuses(),
        by_webhook.last(ignore_nulls=True).alias("_reversal_by_webhook"),
        pl.when(is_reversed)
        .then("observed_at")
        .last(ignore_nulls=True)
        .alias("_reversal_observed"),
        pl.when(has_status).then("observed_at").first(ignore_nulls=True).alias("_first_observed"),
    ]


def _claims() -> list[pl.Expr]:
    """Instants of the latest dispute, and of the first later statement that it is paid again."""
    is_claimed = (pl.col("state") == "claimed") & pl.col("status").is_not_null()
    last_claimed_at = pl.col("observed_at").filter(is_claimed).max()
    return [
        pl.col("observed_at")
        .filter(is_claimed & (pl.col("source") == "webhook"))
        .max()
        .alias("_protested_at"),
        last_claimed_at.alias("_claimed_at"),
        pl.col("observed_at")
        .filter(
            (pl.col("state") == "paid")
            & pl.col("status").is_not_null()
            & (pl.col("observed_at") > last_claimed_at)
        )
        .min()
        .alias("_claim_ended_at"),
    ]


def _approval() -> pl.Expr:
    """Instant of approval, else of the order, else of the first statement.

    Null if the attempt is not known as paid.
    """
    is_paid = pl.col("state").is_in(PAID_STATES)
    return (
        pl.when(is_paid)
        .then(pl.coalesce("approved_at", "ordered_at", "started_at", "_first_observed"))
        .alias("approved_at")
    )


def _numbers() -> pl.Expr:
    """The charge numbers that the attempt covers, ascending; null without any."""
    single = pl.when(pl.col("number").is_not_null()).then(pl.concat_list("number"))
    number_list = pl.when(pl.col("number_list").list.len() > 0).then("number_list")
    return pl.coalesce(number_list.list.unique().list.sort(), single).alias("numbers")


def _dates(zone: str) -> list[pl.Expr]:
    """Instants as dates in the seller's zone."""
    is_slip = pl.col("payment_type").is_in(SLIP_PAYMENT_TYPES) & pl.col("expires_at").is_not_null()
    reversed_at = pl.coalesce("reversed_at", "_reversal_by_webhook", "_reversal_observed")
    claimed_at = pl.coalesce("_protested_at", "approved_at", "ordered_at", "_claimed_at")
    return [
        local_date(_ordered_at(), zone).alias("ordered_date"),
        local_date(pl.when(is_slip).then("expires_at"), zone).alias("_slip_date"),
        local_date(
            pl.coalesce(pl.when(is_slip).then("expires_at"), pl.col("started_at"), _ordered_at()),
            zone,
        ).alias("due_date"),
        local_date(pl.col("approved_at"), zone).alias("approved_date"),
        local_date(pl.when(pl.col("state") == "reversed").then(reversed_at), zone).alias(
            "reversed_date"
        ),
        local_date(pl.when(pl.col("_claimed_at").is_not_null()).then(claimed_at), zone).alias(
            "claim_date"
        ),
        local_date(pl.col("_claim_ended_at"), zone).alias("claim_end_date"),
        local_date(pl.col("retry_at"), zone).alias("retry_date"),
        local_date(pl.col("guarantee_ends_at"), zone).alias("guarantee_ends_date"),
    ]


def _ordered_at() -> pl.Expr:
    """Instant of the order, else of the charge's start or approval, else of the first statement."""
    return pl.coalesce("ordered_at", "started_at", "approved_at", "_first_observed")


def _failed_date() -> pl.Expr:
    """The day after an unpaid slip expired, else the order date of a refused card.

    Null if the attempt did not fail, and if its state is unknown.
    """
    expired = pl.when(pl.col("state") != "unknown").then(pl.col("_slip_date").dt.offset_by("1d"))
    refused = pl.when(pl.col("state") == "failed").then("ordered_date")
    return (
        pl.when(pl.col("approved_at").is_null())
        .then(pl.coalesce(expired, refused))
        .alias("failed_date")
    )


def _attempt_columns() -> list[pl.Expr]:
    """The columns of facts.ATTEMPTS."""
    is_negotiation = (pl.col("numbers").list.len() > 1) | pl.col("transaction_type").is_in(
        ["NEGOTIATION", "ANTICIPATION"]
    )
    derived = {
        "is_negotiation": is_negotiation.fill_null(False),
        "sequence": pl.col("sequence").fill_null(1),
        "status": pl.col("status").fill_null(""),
        "state": pl.col("state").fill_null(STATES[0]),
        "ordered_at": _ordered_at(),
        "reversal": pl.when(pl.col("state") == "reversed").then("status"),
    }
    return [
        derived.get(name, pl.col(name)).cast(kind).alias(name)
        for name, kind in ATTEMPTS.columns.items()
    ]


def resolve_commissions(identified: pl.LazyFrame) -> pl.LazyFrame:
    """One row per attempt and commission currency (facts.COMMISSIONS).

    The newest values of the best source that has any commission: a page, else an export, else
    webhooks.
    """
    sources = ("webhook", "export", "page")
    with_commission = identified.filter(
        pl.col("commission_currency") != "", pl.col("source").is_in(sources)
    )
    of_best_source = with_commission.with_columns(
        rank_words("source", sources), rank_words("state", STATES)
    ).filter(pl.col("_source") == pl.col("_source").max().over(TRANSACTION))
    paid = pl.when(pl.col("paid_minor") != 0).then("paid_minor")
    return (
        of_best_source.sort("observed_at", "_state", *REST_OF_KEY)
        .group_by(*TRANSACTION, "commission_currency")
        .agg(
            pl.col("plan_id_of_transaction").first().alias("plan_id"),
            pl.col("paid_minor").last(ignore_nulls=True),
            pl.col("expected_minor").last(ignore_nulls=True),
            pl.col("conversion_rate").last(ignore_nulls=True),
        )
        .with_columns(
            pl.coalesce(paid, "expected_minor", "paid_minor").alias("net_minor"),
            paid.is_null().alias("is_estimated"),
        )
        .filter(pl.col("net_minor").is_not_null())
        .select(COMMISSIONS.columns.keys())
    )
