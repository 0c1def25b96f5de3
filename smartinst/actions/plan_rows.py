"""The rows of one plan, from which a proposal is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from smartinst.analytics.sales import Sales
from smartinst.errors import InputError
from smartinst.facts import BILLING_TYPES
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Seller, Settings


@dataclass(frozen=True)
class PlanRows:
    """One plan with its charges, ordered by number, and its attempts."""

    plan: dict[str, Any]
    charges: pl.DataFrame
    attempts: pl.DataFrame


def read_plan_rows(settings: Settings, seller: Seller, plan_id: str, as_of: date) -> PlanRows:
    """The rows of a plan of any billing type; the seller is read once."""
    facts, quality = Ledger(settings.ledger).read_with_quality(seller, BILLING_TYPES)
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
