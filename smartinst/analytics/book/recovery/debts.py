"""Plans with confirmed debt on past days, with their class and what became of the debt."""

from __future__ import annotations

from typing import Final

import polars as pl

WINDOW: Final = 30
"""Days after a day in which a payment of something overdue counts."""
DELAYS: Final = (7, 30, 60, 90, 180)
"""Upper limits of the classes of days past due; the last class is open."""
CLASS: Final = ("delay_class", "remedy")
REMEDIES: Final = ("wait", "change_card")
"""What helps after a refusal, of which classes are made; all others are `other`."""


def add_class(plans: pl.DataFrame) -> pl.DataFrame:
    """Adds delay_class and remedy, from `days_past_due` and `help` (null: no refusal)."""
    passed_limits = ((pl.col("days_past_due") > limit).cast(pl.Int32) for limit in DELAYS)
    is_class = pl.col("help").is_in(REMEDIES).fill_null(False)
    return plans.with_columns(
        delay_class=pl.sum_horizontal(passed_limits),
        remedy=pl.when(is_class).then("help").otherwise(pl.lit("other")),
    )


def debts_on_days(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per day and plan with confirmed debt: class, is_paid, is_cured, days_past_due.

    is_paid   something that was overdue on the day was paid within 30 days
    is_cured  all of it was

    rows  as `open_charges.open_charges` returns them
    """
    overdue = rows.filter("is_overdue", "is_confirmed").sort("day", "plan_index", "number")
    window_end = pl.col("day").dt.offset_by(f"{WINDOW}d")
    is_paid = (pl.col("paid_date") <= window_end).fill_null(False)
    refusals = pl.col("help").filter(pl.col("help") != "none")
    return (
        overdue.group_by("day", "plan_index", maintain_order=True)
        .agg(
            days_past_due=pl.col("age").max(),
            help=refusals.last().cast(pl.String),
            is_paid=is_paid.any(),
            is_cured=is_paid.all(),
        )
        .pipe(add_class)
    )
