"""Assignment of statements to plans (docs/metrics.md §7, "Billing types").

A page (GET subscriptions/transactions) contains a plan's id, subscriber code and transactions. Any
other statement belongs to the plan of a page with the same plan id, else with the same transaction,
else to the only one with the same subscriber code. If no page contains the plan, the subscriber
code of an export is the plan's id; so is the code of a webhook if the webhook has the billing type
of a plan or one of the code's offers is in the seller's smart_offers. All other statements are
unidentified.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from smartinst.billing_types import BILLING_TYPES
from smartinst.ledger.columns import PLAN, SUBSCRIBER, TRANSACTION


@dataclass(frozen=True)
class Identity:
    """Lookup tables from transactions and subscriber codes to plans: lazy frames, computed once."""

    plan_by_transaction: pl.LazyFrame  # seller_id, transaction, plan_id_of_transaction
    plan_by_code: pl.LazyFrame  # seller_id, subscriber_code, plan_id_of_code
    page_plans: pl.LazyFrame  # seller_id, plan_id: every plan in a page

    @classmethod
    def from_statements(
        cls, plans: pl.LazyFrame, attempts: pl.LazyFrame, smart_offers: pl.LazyFrame
    ) -> Identity:
        """The lookups for some sellers' statements; `smart_offers` has (seller_id, offer_code)."""
        pages = plans.filter(pl.col("source") == "page").select(
            "seller_id", "plan_id", "subscriber_code"
        )
        codes = _codes(pages, plans, attempts, smart_offers)
        page_plans = pages.select(PLAN).unique()
        frames = pl.collect_all([_transactions(attempts, codes), codes, page_plans])
        return cls(*(frame.lazy() for frame in frames))

    def identify_plan_statements(self, plans: pl.LazyFrame) -> pl.LazyFrame:
        """Plan statements with the `plan_id` of their plan, without unidentified ones."""
        page_plans = self.page_plans.with_columns(pl.col("plan_id").alias("_page_plan_id"))
        return (
            plans.join(page_plans, on=PLAN, how="left", validate="m:1")  # right: in no page
            .join(
                self.plan_by_code, on=SUBSCRIBER, how="left", validate="m:1"
            )  # right: code not identified
            .with_columns(pl.coalesce("_page_plan_id", "plan_id_of_code").alias("plan_id"))
            .filter(pl.col("plan_id").is_not_null())
            .drop("_page_plan_id", "plan_id_of_code")
        )


def _codes(
    pages: pl.LazyFrame, plans: pl.LazyFrame, attempts: pl.LazyFrame, smart_offers: pl.LazyFrame
) -> pl.LazyFrame:
    """The plan of each code: its only page plan, or the code itself if no page has the code."""
    by_page = _only_plan(pages)
    by_transaction = _only_plan(_codes_by_transaction(attempts)).join(
        by_page, on=SUBSCRIBER, how="anti"
    )
    by_source = _codes_that_are_ids(plans, attempts, smart_offers).with_columns(
        pl.col("subscriber_code").alias("plan_id_of_code"), pl.lit(1, pl.UInt32).alias("_plans")
    )
    from_pages = pl.concat([by_page, by_transaction])
    return (
        pl.concat([from_pages, by_source.join(from_pages, on=SUBSCRIBER, how="anti")])
        .filter(pl.col("_plans") == 1)
        .drop("_plans")
    )


def _only_plan(pairs: pl.LazyFrame) -> pl.LazyFrame:
    return (
        pairs.filter(pl.col("subscriber_code").is_not_null())
        .group_by(SUBSCRIBER)
        .agg(
            pl.col("plan_id").max().alias("plan_id_of_code"),
            pl.col("plan_id").n_unique().alias("_plans"),
        )
    )


def _codes_by_transaction(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """Codes of webhooks and exports, with the plan to which a page assigns their transaction."""
    not_pages = attempts.filter(pl.col("source") != "page").select(
        "seller_id", "transaction", "subscriber_code"
    )
    return not_pages.join(_by_page(attempts), on=TRANSACTION, validate="m:1").rename(
        {"plan_id_of_transaction": "plan_id"}
    )


def _codes_that_are_ids(
    plans: pl.LazyFrame, attempts: pl.LazyFrame, smart_offers: pl.LazyFrame
) -> pl.LazyFrame:
    """Codes in an export, and codes of webhooks with a plan's billing type or a smart offer."""
    with_code = attempts.filter(pl.col("subscriber_code").is_not_null())
    is_plan = (pl.col("source") == "export") | (
        (pl.col("source") == "webhook") & pl.col("billing_type").is_in(BILLING_TYPES)
    )
    typed = with_code.filter(is_plan).select(SUBSCRIBER)
    columns = (*SUBSCRIBER, "offer_code")
    offers = pl.concat(
        [
            frame.filter(pl.col("source") == "webhook").select(columns)
            for frame in (with_code, plans)
        ]
    )
    smart = offers.join(smart_offers, on=["seller_id", "offer_code"], how="semi").select(SUBSCRIBER)
    return pl.concat([typed, smart]).filter(pl.col("subscriber_code").is_not_null()).unique()


def _by_page(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """The plan of each transaction in a page, by the newest page."""
    pages = attempts.filter(pl.col("source") == "page", pl.col("plan_id").is_not_null())
    plan_id = pl.col("plan_id").sort_by("observed_at", "plan_id").last()
    return pages.group_by(TRANSACTION).agg(plan_id.alias("plan_id_of_transaction"))


def _transactions(attempts: pl.LazyFrame, codes: pl.LazyFrame) -> pl.LazyFrame:
    """The plan of each transaction: by a page, else by its newest subscriber code."""
    by_page = _by_page(attempts)
    code = (
        pl.col("subscriber_code").sort_by("observed_at", "subscriber_code").last(ignore_nulls=True)
    )
    by_code = (
        attempts.group_by(TRANSACTION)
        .agg(code)
        .join(by_page, on=TRANSACTION, how="anti")
        .join(codes, on=SUBSCRIBER, validate="m:1")
        .select(
            "seller_id", "transaction", pl.col("plan_id_of_code").alias("plan_id_of_transaction")
        )
    )
    return pl.concat([by_page, by_code])
