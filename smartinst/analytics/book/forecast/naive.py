"""The two naive forecasts beside which ours is scored (docs/metrics.md §6.2)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.loan_book import LoanBook

TRAILING_DAYS: Final = 90


def trailing_ratios(book: LoanBook, origins: pl.DataFrame) -> pl.DataFrame:
    """One row per origin and currency: received in the last 90 days ÷ fallen due in them.

    Charges k ≥ 2 of book plans that had not ended on or before the due date, or paid before.
    """
    due, paid = pl.col("due_date"), pl.col("paid_date")
    is_ended = (pl.col("cancellation_date") <= due).fill_null(False)
    cancellations = book.plans.lazy().select("plan_index", "cancellation_date")
    charges = (
        book.charges.lazy()
        .filter("is_in_book", pl.col("number") >= 2)
        .join(cancellations, on="plan_index", validate="m:1")
    )
    starts = pl.col("origin").dt.offset_by(f"-{TRAILING_DAYS}d")

    def sums(day: pl.Expr, amount: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        return (
            rows.select("currency", day=day, amount=amount)
            .group_by("currency", "day")
            .agg(pl.col("amount").sum())
            .join(origins.lazy().select("origin"), how="cross")
            .filter(pl.col("day") > starts, pl.col("day") <= pl.col("origin"))
            .group_by("origin", "currency")
            .agg(pl.col("amount").sum())
        )

    receipts = sums(paid, "paid_minor", charges.filter(paid.is_not_null()))
    fallen_due = sums(
        due, "amount_minor", charges.filter(~is_ended | (paid < pl.col("cancellation_date")))
    )
    return (
        fallen_due.filter(pl.col("amount") > 0)
        .join(receipts, on=["origin", "currency"], how="left", suffix="_received")
        .select(
            "origin",
            "currency",
            trailing_ratio=pl.col("amount_received").fill_null(0) / pl.col("amount"),
        )
        .collect()
    )
