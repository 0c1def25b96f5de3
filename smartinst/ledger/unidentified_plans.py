"""Plans that no page, export with a code, or offer in smart_offers identifies."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.facts import Tally, UnidentifiedPlans
from smartinst.ledger.columns import PLAN_CLUES, SUBSCRIBER, TRANSACTION, rank_words
from smartinst.ledger.identity import Identity

_SOURCES: Final = ("webhook", "export", "history")
_COLUMNS: Final = ("seller_id", "source", "subscriber_code", "email", "product_id", "offer_code")


def unidentified_plans(
    plans: pl.LazyFrame, attempts: pl.LazyFrame, identity: Identity
) -> tuple[UnidentifiedPlans, ...]:
    """One seller's unidentified plans, by the sources that mention them.

    A plan is the transactions of one subscriber code or, without a code, of one buyer and product.
    """
    statements = pl.concat(
        [_attempts(attempts, identity), _plan_statements(plans, identity)], how="diagonal"
    ).collect()
    if statements.is_empty():
        return ()
    by_plan = (
        statements.with_columns(rank_words("source", _SOURCES), _plan())
        .sort("ordered_at", "transaction", nulls_last=True)
        .group_by("_plan", maintain_order=True)
        .agg(
            sources=pl.col("source").sort_by("_source").unique(maintain_order=True).str.join(" "),
            example=pl.coalesce(
                pl.col("subscriber_code").drop_nulls().first(), pl.col("transaction").first()
            ),
            offers=pl.col("offer_code").drop_nulls().unique(),
        )
    )
    by_sources = by_plan.group_by("sources").agg(
        pl.len(), pl.col("example").first(), pl.col("offers").explode().drop_nulls().unique().sort()
    )
    return tuple(
        UnidentifiedPlans(tuple(sources.split()), Tally(count, example), tuple(offers))
        for sources, count, example, offers in by_sources.sort("sources").iter_rows()
    )


def _attempts(attempts: pl.LazyFrame, identity: Identity) -> pl.LazyFrame:
    """Attempt statements of unidentified plans, each with the subscriber code if any has it."""
    code = pl.col("subscriber_code").drop_nulls().first().over(TRANSACTION)
    names_plan = pl.any_horizontal(pl.col(name).is_not_null() for name in PLAN_CLUES)
    return (
        attempts.filter(pl.col("source").is_in(_SOURCES))
        .join(identity.plan_by_transaction, on=TRANSACTION, how="anti")
        .with_columns(subscriber_code=code)
        .filter(names_plan.any().over(TRANSACTION))
        .select(*_COLUMNS, "transaction", "ordered_at")
    )


def _plan_statements(plans: pl.LazyFrame, identity: Identity) -> pl.LazyFrame:
    """Plan statements whose subscriber code identifies no plan."""
    return (
        plans.filter(pl.col("source").is_in(_SOURCES))
        .join(identity.plan_by_code, on=SUBSCRIBER, how="anti")
        .select(_COLUMNS)
    )


def _plan() -> pl.Expr:
    """What identifies a plan here: a subscriber code, also of the same buyer and product.

    Without a code: the buyer and the product, else the transaction.
    """
    buyer = ("email", "product_id")
    code_of_buyer = (
        pl.when(pl.col("email").is_not_null())
        .then(pl.col("subscriber_code").drop_nulls().first().over(buyer))
        .otherwise(None)
    )
    return pl.coalesce(
        "subscriber_code",
        code_of_buyer,
        pl.concat_str("email", pl.col("product_id").fill_null(""), separator="\n"),
        "transaction",
    ).alias("_plan")
