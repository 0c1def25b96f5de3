"""When expected money comes in: by payment date, for the cash calendar (docs/metrics.md §6.1)."""

from __future__ import annotations

import polars as pl

from smartinst.analytics.book.forecast.windows import LAST_CHANCE


def expected_by_payment_date(charges: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """One row per currency and day after the forecast's: expected_minor, a float.

    The days after the due date, or after the forecast's if the charge is overdue, are those of
    past snapshots' charges that were paid within 90 days.

    charges   the charges of the horizon `end`, as `expectations.expect_payments` returns them
    rows      open charges of past snapshots, of which all windows are over
    """
    delays = _delays(rows)
    start = pl.when("is_overdue").then("day").otherwise(pl.max_horizontal("day", "due_date"))
    sums = (
        charges.with_columns(start=start, value=pl.col("amount_minor") * pl.col("expected"))
        .group_by("currency", "day", "start", "is_overdue", maintain_order=True)
        .agg(pl.col("value").sum())
    )
    tomorrow = pl.col("day").dt.offset_by("1d")
    return (
        sums.join(delays, on="is_overdue", how="left")
        .select(
            "currency",
            payment_date=pl.max_horizontal(
                pl.col("start") + pl.duration(days=pl.col("delay").fill_null(0)), tomorrow
            ),
            expected_minor=pl.col("value") * pl.col("share").fill_null(1.0),
        )
        .group_by("currency", "payment_date")
        .agg(pl.col("expected_minor").sum())
        .sort("currency", "payment_date")
    )


def _delays(rows: pl.DataFrame) -> pl.DataFrame:
    """Shares of the payments within 90 days by is_overdue and delay in days; they sum to 1."""
    start = pl.when("is_overdue").then("day").otherwise("due_date")
    return (
        rows.with_columns(
            delay=(pl.col("paid_date") - start).dt.total_days().clip(lower_bound=0).cast(pl.Int32)
        )
        .filter(pl.col("delay") <= LAST_CHANCE)
        .group_by("is_overdue", "delay")
        .agg(paid=pl.col("paid_share").sum())
        .sort("is_overdue", "delay")
        .with_columns(share=pl.col("paid") / pl.col("paid").sum().over("is_overdue"))
        .drop("paid")
    )
