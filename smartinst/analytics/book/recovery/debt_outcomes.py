"""What became of past debts and of the charges after them, as observations of the queue's chances.

PAYS                  a plan with debt pays something overdue within 30 days
CONTINUES_AFTER_CURE  a charge due 31 to 60 days later is paid within 30 days of its date, all that
                      was overdue having been paid within 30 days
CONTINUES_OTHERWISE   the same, if not all of it was paid
"""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.forecast.windows import MONTH
from smartinst.analytics.book.recovery.debts import CLASS, WINDOW, debts_on_days

PAYS: Final = "pays"
CONTINUES_AFTER_CURE: Final = "continues_after_cure"
CONTINUES_OTHERWISE: Final = "continues_otherwise"
POOLED_COLUMNS: Final = ("outcome", "day", "matured_date", *CLASS)
COLUMNS: Final = (*POOLED_COLUMNS, "count", "paid")


def debt_outcomes(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per observation: columns COLUMNS; `count` is 1, `paid` 0 or 1.

    rows  as `open_charges.open_charges` returns them
    """
    debts = debts_on_days(rows)
    outcome = (
        pl.when("is_cured")
        .then(pl.lit(CONTINUES_AFTER_CURE))
        .otherwise(pl.lit(CONTINUES_OTHERWISE))
    )
    return pl.concat(
        [
            _observations(debts, pl.lit(PAYS), WINDOW),
            _observations(_later_charges(rows, debts), outcome, 2 * MONTH + WINDOW),
        ]
    )


def _observations(rows: pl.DataFrame, outcome: pl.Expr, days: int) -> pl.DataFrame:
    """The rows as observations of is_paid whose window lasts some days."""
    return rows.select(
        outcome.alias("outcome"),
        "day",
        pl.col("day").dt.offset_by(f"{days}d").alias("matured_date"),
        *CLASS,
        pl.lit(1.0).alias("count"),
        pl.col("is_paid").cast(pl.Float64).alias("paid"),
    )


def _later_charges(rows: pl.DataFrame, debts: pl.DataFrame) -> pl.DataFrame:
    """One row per charge that falls due 31 to 60 days after a debt, with the debt's class."""
    window_end = pl.col("due_date").dt.offset_by(f"{WINDOW}d")
    is_paid = (pl.col("paid_date") <= window_end).fill_null(False)
    later_charges = rows.filter(
        ~pl.col("is_overdue"), pl.col("lead") > MONTH, pl.col("lead") <= 2 * MONTH
    ).select("day", "plan_index", is_paid=is_paid)
    of_debts = debts.select("day", "plan_index", "is_cured", *CLASS)
    return later_charges.join(of_debts, on=["day", "plan_index"], validate="m:1")
