"""From statements to facts: one row a plan, an attempt, a commission; "newest wins" (docs/metrics.md §7).

    attempt statements ─┬─ identity.of_attempts ─ newest of each transaction ─ ATTEMPTS, COMMISSIONS
    plan statements  ───┴─ identity.of_plans ──── newest of each plan ──────── PLANS

Every step takes lazy frames and returns one. Statements of a key are unique at rest, so (observed_at, state, source,
commission currency) orders the statements of a transaction totally.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.facts import ATTEMPTS, COMMISSIONS, PLANS, SLIP_PAYMENT_TYPES, SOURCES, STATES, Facts
from smartinst.ledger.identity import Identity

TRANSACTION: Final = ("seller_id", "transaction")
PLAN: Final = ("seller_id", "plan_id")
_PLAN_SOURCES: Final = (*SOURCES[:-1], "cancellation", SOURCES[-1])


def facts(
    plan_statements: pl.DataFrame,
    attempt_statements: pl.DataFrame,
    smart_offers: pl.DataFrame,
    zone: str,
    billing_types: tuple[str, ...],
    identity: Identity | None = None,
) -> Facts:
    """The facts of sellers that share a time zone; `smart_offers` has their (seller_id, offer_code).

    `identity`: of the same statements, where it is known already.

    Collected step by step: one plan of all steps, each used by several others, takes Polars ten times as long.
    """
    plans, attempts = plan_statements.lazy(), attempt_statements.lazy()
    identity = identity or Identity.of(plans, attempts, smart_offers.lazy()).collected()
    owned = (
        attempts.join(identity.plan_by_transaction, on=TRANSACTION, validate="m:1").collect().lazy()
    )  # others stay out
    made = _attempts(owned, zone).collect().lazy()
    known = _plans(identity.identify_plan_statements(plans), owned, made, zone)
    kept = known.filter(pl.col("billing_type").is_in(billing_types)).collect().lazy()
    mine = kept.select(PLAN)
    return Facts(
        plans=kept,
        attempts=made.join(mine, on=PLAN, how="semi").collect().lazy(),
        commissions=_commissions(owned).join(mine, on=PLAN, how="semi").collect().lazy(),
    )


# --- attempts ---------------------------------------------------------------------------------------------------------


def _attempts(owned: pl.LazyFrame, zone: str) -> pl.LazyFrame:
    return (
        owned.with_columns(_rank("state", STATES), _rank("source", SOURCES))
        .sort("observed_at", "_state", "_source", "commission_currency")
        .group_by(TRANSACTION)
        .agg(*_newest_of_attempt(), *_claims())
        .with_columns(_settled_approval(), _numbers())
        .filter(pl.col("numbers").list.len() > 0)
        .with_columns(_dates(zone))
        .with_columns(_failed_date())
        .select(*_attempt_columns())
    )


def _rank(column: str, words: tuple[str, ...]) -> pl.Expr:
    """The place of a column's word among words, in `_<column>`."""
    places = {word: at for at, word in enumerate(words)}
    return (
        pl.col(column).replace_strict(places, default=-1, return_dtype=pl.Int8).alias(f"_{column}")
    )


_SAID: Final = (
    "number number_list transaction_type sequence started_at ordered_at approved_at reversed_at expires_at "
    "payment_type refusal has_retry retry_at currency amount_minor original_minor original_paid_minor guarantee_ends_at"
).split()


def _newest_of_attempt() -> list[pl.Expr]:
    says_status = pl.col("status").is_not_null()
    reversed_now = says_status & (pl.col("state") == "reversed")
    by_webhook = pl.when(reversed_now & (pl.col("source") == "webhook")).then("observed_at")
    return [
        pl.col("plan_id_of_transaction").first().alias("plan_id"),
        *(pl.col(name).last(ignore_nulls=True) for name in _SAID),
        pl.col("status").last(ignore_nulls=True),
        pl.when(says_status).then("state").last(ignore_nulls=True).alias("state"),
        by_webhook.last(ignore_nulls=True).alias("_reversal_by_webhook"),
        pl.when(reversed_now)
        .then("observed_at")
        .last(ignore_nulls=True)
        .alias("_reversal_observed"),
    ]


def _claims() -> list[pl.Expr]:
    claimed = (pl.col("state") == "claimed") & pl.col("status").is_not_null()
    last = pl.col("observed_at").filter(claimed).max()
    return [
        pl.col("observed_at")
        .filter(claimed & (pl.col("source") == "webhook"))
        .max()
        .alias("_protested_at"),
        last.alias("_claimed_at"),
        pl.col("observed_at")
        .filter(
            (pl.col("state") == "paid")
            & pl.col("status").is_not_null()
            & (pl.col("observed_at") > last)
        )
        .min()
        .alias("_claim_ended_at"),
    ]


def _settled_approval() -> pl.Expr:
    """Null while waiting or failed; the order's instant where a paid attempt gives no date."""
    paid = pl.col("state").is_in(["paid", "claimed", "reversed"])
    return (
        pl.when(paid)
        .then(pl.coalesce("approved_at", "ordered_at", "started_at"))
        .alias("approved_at")
    )


def _numbers() -> pl.Expr:
    own = pl.when(pl.col("number").is_not_null()).then(pl.concat_list("number"))
    return pl.coalesce(pl.col("number_list").list.unique().list.sort(), own).alias("numbers")


def _dates(zone: str) -> list[pl.Expr]:
    slip = pl.col("payment_type").is_in(SLIP_PAYMENT_TYPES) & pl.col("expires_at").is_not_null()
    reversed_at = pl.coalesce("reversed_at", "_reversal_by_webhook", "_reversal_observed")
    claim = pl.coalesce("_protested_at", "approved_at", "ordered_at", "_claimed_at")
    return [
        day(pl.coalesce("ordered_at", "started_at", "approved_at"), zone).alias("ordered_date"),
        day(pl.when(slip).then("expires_at"), zone).alias("_slip_date"),
        day(
            pl.coalesce(
                pl.when(slip).then("expires_at"), "started_at", "ordered_at", "approved_at"
            ),
            zone,
        ).alias("due_date"),
        day(pl.col("approved_at"), zone).alias("approved_date"),
        day(pl.when(pl.col("state") == "reversed").then(reversed_at), zone).alias("reversed_date"),
        day(pl.when(pl.col("_claimed_at").is_not_null()).then(claim), zone).alias("claim_date"),
        day(pl.col("_claim_ended_at"), zone).alias("claim_end_date"),
        day(pl.col("retry_at"), zone).alias("retry_date"),
        day(pl.col("guarantee_ends_at"), zone).alias("guarantee_ends_date"),
    ]


def _failed_date() -> pl.Expr:
    lapsed = pl.col("_slip_date").dt.offset_by("1d")
    refused = pl.when(pl.col("state") == "failed").then("ordered_date")
    return (
        pl.when(pl.col("approved_at").is_null())
        .then(pl.coalesce(lapsed, refused))
        .alias("failed_date")
    )


def day(instant: pl.Expr, zone: str) -> pl.Expr:
    """The date of an instant in a zone."""
    return instant.dt.convert_time_zone(zone).dt.date()


def _attempt_columns() -> list[pl.Expr]:
    several = (pl.col("numbers").list.len() > 1) | pl.col("transaction_type").is_in(
        ["NEGOTIATION", "ANTICIPATION"]
    )
    derived = {
        "is_negotiation": several.fill_null(False),
        "sequence": pl.col("sequence").fill_null(1),
        "status": pl.col("status").fill_null(""),
        "state": pl.col("state").fill_null(STATES[0]),
        "ordered_at": pl.coalesce("ordered_at", "started_at", "approved_at"),
        "reversal": pl.when(pl.col("state") == "reversed").then("status"),
    }
    return [
        derived.get(name, pl.col(name)).cast(kind).alias(name)
        for name, kind in ATTEMPTS.columns.items()
    ]


# --- commissions ------------------------------------------------------------------------------------------------------


def _commissions(owned: pl.LazyFrame) -> pl.LazyFrame:
    """The newest of each currency, of the best source that names any: a page, else an export, else webhooks."""
    best = _rank("source", ("webhook", "export", "page"))
    named = owned.filter(
        pl.col("commission_currency") != "", pl.col("source").is_in(["webhook", "export", "page"])
    )
    chosen = named.with_columns(best, _rank("state", STATES)).filter(
        pl.col("_source") == pl.col("_source").max().over(TRANSACTION)
    )
    paid = pl.when(pl.col("paid_minor") != 0).then("paid_minor")
    return (
        chosen.sort("observed_at", "_state")
        .group_by(*TRANSACTION, "commission_currency")
        .agg(
            pl.col("plan_id_of_transaction").first().alias("plan_id"),
            pl.col("paid_minor").last(ignore_nulls=True),
            pl.col("expected_minor").last(ignore_nulls=True),
        )
        .with_columns(
            pl.coalesce(paid, "expected_minor", "paid_minor").alias("net_minor"),
            paid.is_null().alias("is_estimated"),
        )
        .filter(pl.col("net_minor").is_not_null())
        .select(COMMISSIONS.columns.keys())
    )


# --- plans ------------------------------------------------------------------------------------------------------------

_PLAN_SAID: Final = (
    "subscriber_code billing_type product_id product offer_code buyer email phone country installments "
    "adopted_at is_suspended next_charge_at"
).split()
_ATTEMPT_SAID: Final = "subscriber_code billing_type product_id product offer_code buyer email phone country installments".split()


def _plans(
    statements: pl.LazyFrame, owned: pl.LazyFrame, attempts: pl.LazyFrame, zone: str
) -> pl.LazyFrame:
    of_attempts = owned.select(
        "seller_id",
        pl.col("plan_id_of_transaction").alias("plan_id"),
        "source",
        "observed_at",
        "transaction",
        *_ATTEMPT_SAID,
    )
    return (
        pl.concat([statements, of_attempts], how="diagonal")
        .with_columns(_rank("source", _PLAN_SOURCES))
        .sort(
            "observed_at",
            pl.col("canceled_at").is_not_null(),
            "_source",
            "transaction",
            "subscriber_code",
            nulls_last=True,
        )
        .group_by(PLAN)
        .agg(
            *(pl.col(name).last(ignore_nulls=True) for name in _PLAN_SAID),
            _cancellation(),
            _canceled_by(),
        )
        .join(
            _first_orders(attempts), on=PLAN, how="left", validate="1:1"
        )  # right: no attempt known yet
        .with_columns(*_plan_derived(zone))
        .filter(pl.col("purchase_date").is_not_null())
        .select(pl.col(name).cast(kind) for name, kind in PLANS.columns.items())
    )


def _cancellation() -> pl.Expr:
    """The newest word of a page (null: not canceled any more) or of a cancellation; at a tie a date beats none."""
    decides = pl.col("source").is_in(["page", "cancellation"]) & pl.col("transaction").is_null()
    return pl.col("canceled_at").filter(decides).last()


def _canceled_by() -> pl.Expr:
    """Who canceled, by the newest plan status that says so; it counts only while the plan is canceled."""
    word = pl.col("platform_status")
    return (
        pl.when(word.str.starts_with("CANCELED_BY_"))
        .then(word.str.strip_prefix("CANCELED_BY_"))
        .last(ignore_nulls=True)
        .alias("canceled_by")
    )


def _first_orders(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """The order date of charge 1's first attempt, else the earliest attempt's less the months before its charge."""
    lowest = pl.col("numbers").list.min()
    back = pl.col("ordered_date").dt.offset_by(pl.format("-{}mo", lowest - 1))
    return (
        attempts.with_columns(lowest.alias("_lowest"), back.alias("_back"))
        .sort("ordered_at", "transaction")
        .group_by(PLAN)
        .agg(
            pl.when(pl.col("_lowest") == 1)
            .then("ordered_date")
            .first(ignore_nulls=True)
            .alias("_first_order"),
            pl.col("_back").first(),
        )
    )


def _plan_derived(zone: str) -> list[pl.Expr]:
    return [
        pl.coalesce(day(pl.col("adopted_at"), zone), "_first_order", "_back").alias(
            "purchase_date"
        ),
        day(pl.col("canceled_at"), zone).alias("cancellation_date"),
        pl.when(pl.col("canceled_at").is_not_null()).then("canceled_by").alias("canceled_by"),
        pl.col("is_suspended").fill_null(False),
        day(pl.col("next_charge_at"), zone).alias("next_charge_date"),
        pl.col("billing_type").fill_null(
            "SMART_INSTALLMENT"
        ),  # known from its webhooks, by an offer of smart_offers
    ]
