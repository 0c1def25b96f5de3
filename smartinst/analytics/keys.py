"""The columns that identify a plan and a charge of it."""

from __future__ import annotations

PLAN = ["seller_id", "plan_id"]
CHARGE = [*PLAN, "number"]
