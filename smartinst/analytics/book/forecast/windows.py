"""Horizons of the forecast: charges in them and ends of windows (docs/metrics.md §6.2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

MONTH: Final = 30
"""Days of a step of the roll chain, and of a month ahead."""
HORIZONS: Final = ("30", "90", "end")
LAST_CHANCE: Final = 90
"""Days after its due date, or after the forecast's if it is overdue, in which a charge is paid."""


def months_ahead() -> pl.Expr:
    """0 for a charge due within 30 days, 1 within 60, and so on."""
    return ((pl.col("lead") - 1) // MONTH).alias("months_ahead")


def is_in_horizon(horizon: str) -> pl.Expr:
    """Whether a charge is overdue, or falls due within the horizon."""
    if horizon == "end":
        return pl.lit(True)
    return pl.col("is_overdue") | (pl.col("lead") <= int(horizon))


def window_end(horizon: str) -> pl.Expr:
    """The last day on which a payment of the charge counts."""
    if horizon != "end":
        return pl.col("day").dt.offset_by(f"{horizon}d")
    from_due = pl.max_horizontal("day", "due_date").dt.offset_by(f"{LAST_CHANCE}d")
    return (
        pl.when("is_overdue")
        .then(pl.col("day").dt.offset_by(f"{LAST_CHANCE}d"))
        .otherwise(from_due)
    )


def paid_in_window(horizon: str, value: str) -> pl.Expr:
    """A column's value if the charge is paid by the end of its window, else 0."""
    is_paid = (pl.col("paid_date") <= window_end(horizon)).fill_null(False)
    return pl.when(is_paid).then(value).otherwise(0)


def last_known_day(origin: date, data_through: date) -> date:
    """The last day on which a window that is over may end (docs/metrics.md §6.0)."""
    return min(origin - timedelta(days=1), data_through)
