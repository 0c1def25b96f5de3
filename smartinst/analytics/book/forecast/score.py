"""The score of past forecasts, beside two naive ones (docs/metrics.md §6.2)."""

from __future__ import annotations

from typing import Final

import polars as pl

FEWEST_ORIGINS: Final = 3
"""Fewer origins make no score: the forecast is "not yet scored"."""
MOST_ORIGINS: Final = 12

OUTCOMES: Final = {
    "origin": pl.Date,
    "currency": pl.String,
    "horizon": pl.String,
    "low_minor": pl.Int64,
    "expected_minor": pl.Int64,
    "high_minor": pl.Int64,
    "all_pay_minor": pl.Int64,
    "trailing_minor": pl.Int64,  # null: nothing fell due in the 90 days before
    "actual_minor": pl.Int64,
}
"""Columns of a forecast that is over: a month-end, a currency, a horizon."""


def score(outcomes: pl.DataFrame) -> pl.DataFrame:
    """One row per currency and horizon, over the latest twelve month-ends of `outcomes`.

    origins, wape, bias, inside, width, wape_all_pay, wape_trailing; all but `origins` are null
    below three of them, or if nothing came in. wape_trailing is null if one origin has no ratio.
    """
    actual, bounds = pl.col("actual_minor"), (pl.col("low_minor"), pl.col("high_minor"))
    rates = {
        "wape": _wape("expected_minor"),
        "bias": (pl.col("expected_minor") - actual).sum() / actual.sum(),
        "inside": actual.is_between(*bounds).mean(),
        "width": (bounds[1] - bounds[0]).sum() / actual.sum(),
        "wape_all_pay": _wape("all_pay_minor"),
        "wape_trailing": pl.when(~pl.col("trailing_minor").has_nulls()).then(
            _wape("trailing_minor")
        ),
    }
    is_scored = (pl.len() >= FEWEST_ORIGINS) & (actual.sum() > 0)
    return (
        outcomes.sort("origin")
        .group_by("currency", "horizon", maintain_order=True)
        .tail(MOST_ORIGINS)
        .group_by("currency", "horizon", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int32).alias("origins"),
            *(pl.when(is_scored).then(rate).alias(name) for name, rate in rates.items()),
        )
        .sort("currency", "horizon")
    )


def outcomes_to_measure(outcomes: pl.DataFrame) -> list[list[str | int | None]]:
    """The outcomes that a score covers, as lists of values for the measures of a run."""
    latest = outcomes.sort("origin").group_by("currency", "horizon").tail(MOST_ORIGINS)
    rows = latest.select(OUTCOMES.keys()).sort("currency", "horizon", "origin").iter_rows()
    return [[origin.isoformat(), *values] for origin, *values in rows]


def outcomes_from_measure(measure: list[list[str | int | None]]) -> pl.DataFrame:
    """The outcomes of an earlier run, from its measures (`outcomes_to_measure`)."""
    text = pl.DataFrame(measure, {**OUTCOMES, "origin": pl.String}, orient="row")
    return text.with_columns(pl.col("origin").str.to_date())


def _wape(forecast: str) -> pl.Expr:
    """Σ|A − F| ÷ Σ A."""
    actual = pl.col("actual_minor")
    return (actual - pl.col(forecast)).abs().sum() / actual.sum()
