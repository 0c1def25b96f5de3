"""The documents of `plans --format json` and `metrics --json` (docs/contracts.md §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import BY_NAME, FIGURES
from smartinst.facts import PLAN_STATUSES

Rows = Mapping[str, pl.DataFrame]

PLAN_KEYS: Final = (
    *(
        "seller_id",
        "plan_id",
        "subscriber_code",
        "status",
        "product_id",
        "product",
        "buyer",
        "email",
        "phone",
    ),
    *(
        "country",
        "payment_method",
        "currency",
        "purchase_date",
        "cancellation_date",
        "installments",
    ),
    *(
        "issued_installments",
        "paid_installments",
        "total_minor",
        "collected_minor",
        "overdue_minor",
    ),
    *(
        "to_receive_minor",
        "refunded_minor",
        "released_minor",
        "overdue_installments",
        "days_past_due",
        "has_debt",
    ),
    *("net_collected_minor", "transactions", "whatsapp"),
)
"""The keys of each object of `plans --format json`, in order."""

CONTACT_ORDER: Final = (
    "_has_confirmed_debt",
    "has_debt",
    "currency",
    "days_past_due",
    "overdue_minor",
    "seller_id",
    "plan_id",
)
_DESCENDING: Final = (True, True, False, False, True, False, False)


def contact_order(plans: pl.DataFrame) -> pl.DataFrame:
    """The plans in the order of CONTACT_ORDER (docs/metrics.md §5).

    Plans with confirmed debt first, then those with unconfirmed debt; by currency, then the
    shortest delay, then the largest overdue amount.
    """
    has_confirmed_debt = pl.col("has_debt") & (pl.col("confirmed_minor") > 0)
    return (
        plans.with_columns(_has_confirmed_debt=has_confirmed_debt)
        .sort(CONTACT_ORDER, descending=_DESCENDING, nulls_last=True)
        .drop("_has_confirmed_debt")
    )


def plan_details(
    rows: Rows, whatsapp: Callable[[dict[str, Any]], str | None]
) -> list[dict[str, Any]]:
    """One object per plan, in contact order, with dates as ISO text.

    `whatsapp` returns the link for a plan's row.
    """
    nets = _net_by_plan(rows["nets"])
    codes = _codes_by_plan(rows["attempts"])
    details = []
    for row in contact_order(rows["plans"]).iter_rows(named=True):
        key = (row["seller_id"], row["plan_id"])
        row |= {
            "net_collected_minor": nets.get(key, {}),
            "transactions": codes.get(key, []),
            "whatsapp": whatsapp(row),
        }
        details.append({name: _json_value(row[name]) for name in PLAN_KEYS})
    return details


def _json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _net_by_plan(nets: pl.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """(seller_id, plan_id) → commission currency → net in minor units."""
    sums = nets.group_by("seller_id", "plan_id", "commission_currency").agg(
        pl.col("net_minor").sum()
    )
    net_by_plan: dict[tuple[str, str], dict[str, int]] = {}
    for seller_id, plan_id, currency, minor in sums.sort("commission_currency").iter_rows():
        net_by_plan.setdefault((seller_id, plan_id), {})[currency] = minor
    return net_by_plan


def _codes_by_plan(attempts: pl.DataFrame) -> dict[tuple[str, str], list[str]]:
    """(seller_id, plan_id) → codes of its attempts, by order instant, then code."""
    codes = attempts.group_by("seller_id", "plan_id", maintain_order=True).agg(
        pl.col("transaction")
    )
    return {(seller_id, plan_id): of_plan for seller_id, plan_id, of_plan in codes.iter_rows()}


def metrics_document(rows: Rows, as_of: date) -> dict[str, Any]:
    """Every figure as a list of rows; days overdue as quartiles."""
    tables = {figure.name: figure.fold(rows).to_dicts() for figure in FIGURES if not figure.raw}
    aging = BY_NAME["aging"].fold(rows)
    special_tables = {
        "revenue": _revenue(rows),
        "status_by_installments": _all_statuses(rows),
        "overdue_by_product": rank_overdue_products(rows).to_dicts(),
        "days_overdue": days_overdue(rows, ("installments",)).to_dicts(),
        "days_overdue_by_number": days_overdue(rows, ("number",)).to_dicts(),
        "days_overdue_by_plan": days_overdue_by_plan(rows).to_dicts(),
        "aging": aging.rename({"overdue_charges": "installments"}).to_dicts(),
    }
    return {"as_of": as_of.isoformat(), **tables, **special_tables}


def _revenue(rows: Rows) -> list[dict[str, Any]]:
    """The figure `revenue` with the net of each currency."""
    nets: dict[str, dict[str, int]] = {}
    for currency, commission_currency, minor, _ in BY_NAME["net"].fold(rows).iter_rows():
        nets.setdefault(currency, {})[commission_currency] = minor
    revenue = BY_NAME["revenue"].fold(rows).iter_rows(named=True)
    return [{**row, "net_collected_minor": nets.get(row["currency"], {})} for row in revenue]


def _all_statuses(rows: Rows) -> list[dict[str, Any]]:
    """All 84 rows (N from 1 to 12, seven statuses), zeros included.

    Plans with N unknown or above 12 are in the notes only (docs/metrics.md §7, "Rows").
    """
    counts = {
        (n, status): plans
        for n, status, plans in BY_NAME["status_by_installments"].fold(rows).iter_rows()
    }
    return [
        {"installments": n, "status": status, "plans": counts.get((n, status), 0)}
        for n in range(1, 13)
        for status in PLAN_STATUSES
    ]


def rank_overdue_products(rows: Rows) -> pl.DataFrame:
    """One row per product and currency, by currency, then overdue amount (largest first)."""
    return (
        BY_NAME["overdue_by_product"]
        .fold(rows)
        .sort(
            "currency",
            "overdue_minor",
            "product_id",
            "product",
            descending=[False, True, False, False],
            nulls_last=True,
        )
    )


def days_overdue(rows: Rows, by: tuple[str, ...]) -> pl.DataFrame:
    """Quartiles of the days past due of overdue charges: one row per group of the `by` columns."""
    overdue = rows["charges"].filter("is_overdue").filter(pl.col(name).is_not_null() for name in by)
    return _quartiles(overdue, by)


def days_overdue_by_plan(rows: Rows) -> pl.DataFrame:
    """Quartiles by N of the days past due of each plan's oldest charge, with counts of plans."""
    plans = rows["plans"].filter(pl.col("installments").is_not_null())
    counts = plans.group_by("installments").agg(pl.col("live_plans", "plans_with_debt").sum())
    quartiles = _quartiles(plans.filter("has_debt"), ("installments",))
    return quartiles.join(counts, on="installments", how="left", validate="1:1").sort(
        "installments"
    )


def _quartiles(frame: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Count, minimum, quartiles (linear interpolation) and maximum of days_past_due per group."""
    days = pl.col("days_past_due")

    def quantile(share: float, name: str) -> pl.Expr:
        return days.quantile(share, interpolation="linear").cast(pl.Float64).alias(name)

    return (
        frame.group_by(by)
        .agg(
            pl.len().cast(pl.Int32).alias("count"),
            days.min().alias("min"),
            quantile(0.25, "q1"),
            quantile(0.5, "median"),
            quantile(0.75, "q3"),
            days.max().alias("max"),
        )
        .sort(by)
    )
