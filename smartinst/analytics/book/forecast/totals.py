"""Sums of expectations by origin, currency and horizon, with what is uncertain about them."""

from __future__ import annotations

from typing import Final

import polars as pl

KEYS: Final = ("origin", "currency", "horizon")
DEPENDENCE: Final = 0.5
"""Correlation of the outcomes of a plan's charges."""
DISAGREEMENT: Final = 0.5
"""Share of the difference of the two methods that counts as one standard deviation."""


def forecast_totals(charges: pl.DataFrame, ratios: pl.DataFrame) -> pl.DataFrame:
    """One row per origin, currency and horizon.

    contracted_minor  all charges in the horizon; all_pay_minor: those of them that are not overdue
    expected_minor    a float; plan_variance: of independent plans; disagreement: a deviation
    trailing_minor    the naive forecast; null if nothing fell due in the 90 days before
    actual_minor      received by closed_date, the end of the last window

    charges  as `expectations.expect_payments` returns them
    ratios   as `naive.trailing_ratios` returns them
    """
    amount, share = pl.col("amount_minor"), pl.col("expected")
    deviation = amount * (share * (1 - share)).clip(lower_bound=0).sqrt()
    of_plans = charges.group_by(*KEYS, "plan_index", maintain_order=True).agg(
        contracted_minor=amount.sum(),
        all_pay_minor=amount.filter(~pl.col("is_overdue")).sum(),
        expected_minor=(amount * share).sum(),
        difference=(amount * (pl.col("table_rate") - pl.col("chain_rate"))).sum(),
        plan_variance=DEPENDENCE * deviation.sum() ** 2 + (1 - DEPENDENCE) * (deviation**2).sum(),
        actual_minor=pl.col("actual_minor").sum(),
        closed_date=pl.col("window_end").max(),
    )
    sums = ("contracted_minor", "all_pay_minor", "expected_minor", "plan_variance", "actual_minor")
    return (
        of_plans.group_by(KEYS, maintain_order=True)
        .agg(
            pl.col(*sums).sum(),
            disagreement=DISAGREEMENT * pl.col("difference").sum().abs(),
            closed_date=pl.col("closed_date").max(),
            plans=pl.len(),
        )
        .join(ratios, on=["origin", "currency"], how="left", maintain_order="left", validate="m:1")
        .with_columns(trailing_minor=pl.col("all_pay_minor") * pl.col("trailing_ratio"))
        .drop("trailing_ratio")
        .with_columns(pl.col("horizon").cast(pl.String))
    )
