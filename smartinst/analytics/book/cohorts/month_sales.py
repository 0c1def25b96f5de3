"""The plans sold in some months, by product, number of installments and country."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.payments import year_month

SALES_KEYS: Final = {
    "sales_by_product": ("product", "currency"),
    "sales_by_installments": ("installments",),
    "sales_by_country": ("country",),
}
"""Table → what its rows are of; amounts need a currency among the keys."""


def month_sales(book: LoanBook, name: str, last_days: Sequence[date]) -> pl.DataFrame:
    """One row per key (SALES_KEYS) and month that ends on one of the days.

    plans       bought in the month up to the day, and activated by D
    sold_minor  their totals; only if the currency is a key
    """
    keys = SALES_KEYS[name]
    amounts = [pl.col("sold_minor").sum()] if "currency" in keys else []
    months = [
        book.plans.lazy()
        .filter(
            "is_activated",
            pl.col("purchase_date").is_between(day.replace(day=1), day),
        )
        .with_columns(last_day=pl.lit(day))
        for day in last_days
    ]
    return (
        pl.concat(months)
        .filter(pl.col("currency").is_not_null())
        .group_by(*keys, "last_day")
        .agg(pl.len().cast(pl.Int32).alias("plans"), *amounts)
        .select(*keys, year_month("last_day").alias("month"), "plans", pl.exclude(*keys, "plans"))
        .sort("month", *keys, nulls_last=True)
        .collect()
    )
