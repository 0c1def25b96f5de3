"""The rows of one plan, from which a proposal is made, and the payments among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from smartinst.actions.calls import NEGOTIATION_LASTS
from smartinst.analytics.sales import Sales
from smartinst.billing_types import BILLING_TYPES
from smartinst.errors import InputError
from smartinst.ledger.presence import open_ledger
from smartinst.settings import Seller, Settings


@dataclass(frozen=True)
class PlanRows:
    """One plan with its charges, ordered by number, and its attempts."""

    plan: dict[str, Any]
    charges: pl.DataFrame
    attempts: pl.DataFrame


def read_plan_rows(settings: Settings, seller: Seller, plan_id: str, as_of: date) -> PlanRows:
    """The rows of a plan of any billing type; the seller is read once."""
    facts, quality = open_ledger(settings).read_with_quality(seller, BILLING_TYPES)
    sales = Sales(seller, facts, quality, {}, settings.rules.late_after_days)
    rows = sales.rows(as_of)
    is_plan = pl.col("plan_id") == plan_id
    plans = rows["plans"].filter(is_plan)
    if not plans.height:
        raise InputError(
            f"seller {seller.id} has no plan {plan_id!r}; "
            f"smartinst plans --seller {seller.id} lists them"
        )
    charges, attempts = (rows[name].filter(is_plan) for name in ("charges", "attempts"))
    return PlanRows(plans.row(0, named=True), charges.sort("number"), attempts)


def refundable_payments(charges: pl.DataFrame) -> pl.DataFrame:
    """One row per transaction whose money the seller has: transaction, numbers, paid_minor.

    `numbers` are the charges that it paid; `paid_minor` is the sum of their amounts.
    """
    paid = charges.filter(pl.col("state").cast(pl.String).is_in(["paid", "disputed"]))
    payments = paid.group_by("transaction").agg(
        pl.col("number").sort().alias("numbers"), pl.col("paid_minor").sum()
    )
    return payments.sort(pl.col("numbers").list.first(), "transaction")


def payable_transactions(attempts: pl.DataFrame, numbers: list[int], as_of: date) -> dict[int, str]:
    """Charge → the transaction that a buyer may still pay; a new one could result in two payments.

    A slip without an expiry date is assumed to be payable for as long as a negotiation.
    """
    ends = pl.coalesce("failed_date", pl.col("ordered_date") + NEGOTIATION_LASTS)
    is_open = (pl.col("state").cast(pl.String) == "waiting") & (ends > as_of)
    payable = attempts.filter(is_open).explode("numbers").filter(pl.col("numbers").is_in(numbers))
    return dict(payable.sort("ordered_at").select("numbers", "transaction").iter_rows())
