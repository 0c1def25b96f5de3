"""The columns that identify a plan and a charge of it."""

from __future__ import annotations

import polars as pl

PLAN = ["seller_id", "plan_id"]
CHARGE = [*PLAN, "number"]


def charge_key() -> pl.Expr:
    """A plan's index (`plan_index.index_plans`) and a charge number as one integer."""
    return pl.col("plan_index").cast(pl.Int64) * 2**32 + pl.col("number")
