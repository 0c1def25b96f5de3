"""The table of figures: sums of rows, declared once (docs/contracts.md §2, docs/metrics.md §5).

Here Polars computes them with group_by and sum; the script of the offline page does the same with
the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import polars as pl

from smartinst.analytics.filters import apply_filters
from smartinst.analytics.snapshot import Snapshot
from smartinst.errors import ReportError
from smartinst.i18n.locales import N_

Grain = Literal["plans", "charges", "nets", "movements"]
PARTS: Final = (
    "collected_minor",
    "refunded_minor",
    "overdue_minor",
    "to_receive_minor",
    "released_minor",
)


@dataclass(frozen=True)
class Figure:
    """A figure: rows of a grain, grouped and summed.

    by     columns to group by
    sums   columns to sum
    where  Boolean column of the rows to use; None: all rows
    raw    if true, the rows themselves instead of sums, for a box plot
    """

    name: str
    title: str
    grain: Grain
    by: tuple[str, ...]
    sums: tuple[str, ...]
    where: str | None = None
    raw: bool = False

    def fold(self, rows: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """One row per group whose sums are not all zero, sorted by its keys; if raw, the rows."""
        frame = rows[self.grain]
        if self.where:
            frame = frame.filter(pl.col(self.where))
        if self.raw:
            return frame.select(*self.by, *self.sums).sort(*self.by, *self.sums)
        totals = frame.group_by(self.by).agg(pl.col(self.sums).sum())
        is_not_zero = pl.any_horizontal(pl.col(name) != 0 for name in self.sums)
        return totals.filter(is_not_zero).sort(self.by, nulls_last=True)

    def titled_for(self, rows: Mapping[str, pl.DataFrame]) -> Figure:
        """The figure with the title that it has if all plans are in one currency."""
        if self.name in ONE_CURRENCY_TITLES and rows["plans"]["currency"].n_unique() < 2:
            return replace(self, title=ONE_CURRENCY_TITLES[self.name])
        return self

    def declaration(self) -> dict[str, Any]:
        """The declaration as JSON, for the script of the page."""
        return asdict(self)


ONE_CURRENCY_TITLES: Final = {"revenue": N_("Revenue")}

FIGURES: Final = (
    Figure(
        "revenue",
        "Revenue by currency",
        "plans",
        ("currency",),
        (
            *(
                "plans",
                "total_minor",
                "collected_minor",
                "overdue_minor",
                "to_receive_minor",
                "refunded_minor",
            ),
            *("released_minor", "sold_minor", "lost_minor", "not_earned_minor", "forgiven_minor"),
            *("not_activated_minor", "disputed_minor", "charged_back_minor", "unconfirmed_minor"),
        ),
    ),
    Figure(
        "net",
        "Net by currency",
        "nets",
        ("currency", "commission_currency"),
        ("net_minor", "estimated_minor"),
    ),
    Figure(
        "status_by_installments",
        "Plans by installments and status",
        "plans",
        ("installments", "status"),
        ("plans",),
    ),
    Figure(
        "revenue_by_month",
        "Received and returned by month",
        "movements",
        ("movement_month", "currency"),
        ("received_minor", "returned_minor"),
    ),
    Figure(
        "net_by_month",
        "Net by month",
        "nets",
        ("paid_month", "commission_currency"),
        ("net_minor", "estimated_minor"),
    ),
    Figure(
        "revenue_by_country",
        "Revenue by country",
        "plans",
        ("country", "currency"),
        ("collected_minor", "plans", "live_plans", "plans_with_debt"),
    ),
    Figure(
        "net_by_country",
        "Net by country",
        "nets",
        ("country", "commission_currency"),
        ("net_minor",),
    ),
    Figure(
        "overdue_by_product",
        "Products with the most overdue installments",
        "plans",
        ("product_id", "product", "currency"),
        (
            *(
                "overdue_minor",
                "overdue_installments",
                "plans_with_debt",
                "live_plans",
                "lost_minor",
            ),
            *("fallen_due_minor", "outstanding_minor", "outstanding_par30_minor"),
        ),
    ),
    Figure(
        "days_overdue_by_charge",
        "Days overdue by installments",
        "charges",
        ("installments",),
        ("days_past_due",),
        where="is_overdue",
        raw=True,
    ),
    Figure(
        "debt_by_installments",
        "Plans with debt by installments",
        "plans",
        ("installments", "currency"),
        ("live_plans", "plans_with_debt", "overdue_minor", "lost_minor"),
    ),
    Figure(
        "aging",
        "Aging of overdue charges",
        "charges",
        ("currency", "bucket"),
        ("overdue_minor", "overdue_charges"),
        where="is_overdue",
    ),
    Figure(
        "refusals",
        "Refusals by remedy",
        "charges",
        ("help", "currency"),
        ("failed_charges", "failed_minor", "cured_charges", "cured_minor"),
        where="has_failed",
    ),
    Figure(
        "possible",
        "Possible values to be received",
        "plans",
        ("currency",),
        ("if_all_paid_to_date_minor", "contracted_minor"),
    ),
    Figure(
        "possible_by_month",
        "Possible values to be received by due month",
        "charges",
        ("due_month", "currency"),
        ("if_all_paid_minor", "overdue_minor", "later_clean_minor", "later_debt_minor"),
    ),
)

BY_NAME: Final = {figure.name: figure for figure in FIGURES}

PLANS_BY_COUNTRY: Final = Figure(
    "plans_by_country", "Plans by country", "plans", ("country",), ("plans",)
)
"""A figure of the live board only, not of documents, reports and pages."""


ROW_KEYS: Final = {
    "plans": ("plan_index",),
    "charges": ("plan_index", "number"),
    "nets": ("plan_index", "number", "commission_currency"),
    "movements": ("seller_id", "plan_id", "number", "movement_date", "received_minor"),
    "attempts": ("seller_id", "plan_id", "ordered_at", "transaction"),
}
"""Grain → the key of its rows; plan_index has the order of seller_id and plan_id."""


def collect_rows(snapshot: Snapshot, where: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The rows of every grain after the filters, each sorted by its key, without plan_index."""
    filtered = apply_filters(snapshot, where)
    sorted_rows = [getattr(filtered, name).sort(key) for name, key in ROW_KEYS.items()]
    frames = pl.collect_all([rows.drop("plan_index", strict=False) for rows in sorted_rows])
    return dict(zip(ROW_KEYS, frames, strict=True))


def collect_plans(snapshot: Snapshot, where: Mapping[str, Any]) -> pl.DataFrame:
    """The plans of `collect_rows`, without computing the other rows."""
    plans = apply_filters(snapshot, where).plans
    return plans.sort(ROW_KEYS["plans"]).drop("plan_index").collect()


def check_identity(rows: Mapping[str, pl.DataFrame]) -> None:
    """ReportError unless the total of each plan is the sum of PARTS.

    The sums of the plan's charges, which are computed separately, must be the same, and none may be
    negative. The error names the first plan that fails.
    """
    key = ["seller_id", "plan_id"]
    of_charges = (
        rows["charges"]
        .group_by(key)
        .agg(pl.col("amount_minor", *PARTS).sum().name.suffix("_of_charges"))
    )
    plans = rows["plans"].join(
        of_charges, on=key, how="left", validate="1:1"
    )  # right: no charge issued, N unknown
    charged = {name: pl.col(f"{name}_of_charges").fill_null(0) for name in ("amount_minor", *PARTS)}
    closes = (
        (pl.col("total_minor") == pl.sum_horizontal(PARTS))
        & (pl.col("total_minor") == charged["amount_minor"])
        & pl.all_horizontal((pl.col(name) == charged[name]) & (pl.col(name) >= 0) for name in PARTS)
    )
    broken_plans = plans.filter(~closes).sort(key)
    if broken_plans.height:
        plan = broken_plans.row(0, named=True)
        parts = ", ".join(
            f"{name} {plan[name]} (charges: {plan[f'{name}_of_charges']})" for name in PARTS
        )
        raise ReportError(
            f"seller {plan['seller_id']}, plan {plan['plan_id']}: total {plan['total_minor']} "
            f"differs from the sum of {parts}; plans with such a fault: {broken_plans.height}; "
            "nothing was written"
        )
