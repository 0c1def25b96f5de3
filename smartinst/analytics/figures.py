"""The table of figures: each a sum of per-plan contributions, declared once (docs/contracts.md §2, docs/metrics.md §5).

Polars folds a figure here with group_by and sum; the offline page's script folds the same rows in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import polars as pl

from smartinst.analytics.filters import apply_filters
from smartinst.analytics.snapshot import Snapshot
from smartinst.errors import ReportError

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
    """Rows of a grain (those where a column is true), grouped, summed.

    Raw: the rows themselves, for a box plot.
    """

    name: str
    title: str
    grain: Grain
    by: tuple[str, ...]
    sums: tuple[str, ...]
    where: str | None = None
    raw: bool = False

    def fold(self, rows: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """One row a group whose sums are not all zero, sorted by its keys.

        Raw: one row a row of the grain.
        """
        frame = rows[self.grain]
        if self.where:
            frame = frame.filter(pl.col(self.where))
        if self.raw:
            return frame.select(*self.by, *self.sums).sort(*self.by, *self.sums)
        totals = frame.group_by(self.by).agg(pl.col(self.sums).sum())
        some = pl.any_horizontal(pl.col(name) != 0 for name in self.sums)
        return totals.filter(some).sort(self.by, nulls_last=True)

    def declaration(self) -> dict[str, Any]:
        """As JSON, for the page's script."""
        return asdict(self)


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
        "Refusals by what helps",
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
"""A figure of the live board alone: no document, report or page contains it."""


def collect_rows(snapshot: Snapshot, where: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The rows of every grain after the filters, each sorted by its key.

    InputError for what cannot be collected.
    """
    kept = apply_filters(snapshot, where)
    names = ("plans", "charges", "nets", "movements", "attempts")
    frames = pl.collect_all([getattr(kept, name) for name in names])
    keys = {
        "plans": ("seller_id", "plan_id"),
        "charges": ("seller_id", "plan_id", "number"),
        "nets": ("seller_id", "plan_id", "number", "commission_currency"),
        "movements": ("seller_id", "plan_id", "number", "movement_date", "received_minor"),
        "attempts": ("seller_id", "plan_id", "ordered_at", "transaction"),
    }
    return {name: frame.sort(keys[name]) for name, frame in zip(names, frames, strict=True)}


def check_identity(rows: Mapping[str, pl.DataFrame]) -> None:
    """Total = collected + refunded + overdue + to_receive + released, plan by plan.

    ReportError names the first break.

    The parts are summed from the charges' states, apart from the plan's own fold, and none may be
    negative.
    """
    key = ["seller_id", "plan_id"]
    of_charges = (
        rows["charges"]
        .group_by(key)
        .agg(pl.col("amount_minor", *PARTS).sum().name.suffix("_of_charges"))
    )
    both = rows["plans"].join(
        of_charges, on=key, how="left", validate="1:1"
    )  # right: no charge issued, N unknown
    charged = {name: pl.col(f"{name}_of_charges").fill_null(0) for name in ("amount_minor", *PARTS)}
    closes = (
        (pl.col("total_minor") == pl.sum_horizontal(PARTS))
        & (pl.col("total_minor") == charged["amount_minor"])
        & pl.all_horizontal((pl.col(name) == charged[name]) & (pl.col(name) >= 0) for name in PARTS)
    )
    broken = both.filter(~closes).sort(key)
    if broken.height:
        first = broken.row(0, named=True)
        parts = ", ".join(
            f"{name} {first[name]} (charges: {first[f'{name}_of_charges']})" for name in PARTS
        )
        raise ReportError(
            f"seller {first['seller_id']}, plan {first['plan_id']}: total {first['total_minor']} does not close with "
            f"{parts}; {broken.height} plans do not close; nothing was written"
        )
