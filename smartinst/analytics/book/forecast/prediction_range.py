"""The 80 % range of a forecast, learned from the errors of earlier ones (docs/metrics.md §6.2).

Its variance is that of independent plans, of the methods' disagreement, and of a shock that all
plans share. A conformal factor widens or narrows it according to past outcomes and their ranges. A
range uses only the errors of forecasts that were over by its date; those of all currencies of a
seller count, as shares of the expectation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.book.forecast.score import MOST_ORIGINS
from smartinst.analytics.book.forecast.windows import HORIZONS, last_known_day

COVERAGE: Final = 0.8
NORMAL_QUANTILE: Final = 1.2816
"""Standard deviations on each side of the mean that contain 80 % of a normal distribution."""
PRIOR_SHOCK: Final = {"30": 0.05, "90": 0.045, "end": 0.055}
"""Standard deviation of the shock, as a share of the expectation, without past errors."""
PRIOR_ERRORS: Final = 8
"""Past errors that a prior counts as."""
OVERLAP: Final = {"30": 1, "90": 3, "end": 6}
"""Months whose windows overlap: so many consecutive errors count as one."""
FACTOR_LIMITS: Final = (0.6, 2.0)


@dataclass(frozen=True)
class PastError:
    """The outcome of a forecast that is over, as shares of its expectation."""

    origin: date
    closed_date: date
    error: float
    own_variance: float  # of plans, and of the methods' disagreement
    half_width: float  # of the range without its conformal factor


def add_ranges(totals: pl.DataFrame, data_through: date) -> pl.DataFrame:
    """Adds low_minor and high_minor to the rows of `totals.forecast_totals`."""
    rows: list[dict[str, Any]] = []
    shocks: dict[date, float] = {}
    for horizon in HORIZONS:
        past: list[PastError] = []
        of_horizon = totals.filter(pl.col("horizon") == horizon).sort("origin", "currency")
        for row in of_horizon.to_dicts():
            origin = row["origin"]
            known_through = last_known_day(origin, data_through)
            errors = _latest([error for error in past if error.closed_date <= known_through])
            prior = PRIOR_SHOCK[horizon]
            if horizon == "end":
                prior = max(prior / 2, shocks.get(origin, prior) * prior / PRIOR_SHOCK["90"])
            shock = common_shock(errors, prior, OVERLAP[horizon])
            if horizon == "90":
                shocks[origin] = shock
            rows.append(row | _range(row, shock, conformal_factor(errors, OVERLAP[horizon])))
            past += _error(rows[-1], shock)
    bounds = {"low_minor": pl.Float64, "high_minor": pl.Float64}
    schema = pl.Schema([*totals.schema.items(), *bounds.items()])
    return pl.DataFrame(rows, schema)


def _latest(errors: Sequence[PastError]) -> list[PastError]:
    """The errors of the latest dates with any, as many as a score covers."""
    origins = sorted({error.origin for error in errors})[-MOST_ORIGINS:]
    return [error for error in errors if error.origin in origins]


def common_shock(errors: Sequence[PastError], prior: float, overlap: int) -> float:
    """The standard deviation of errors beyond what plans and methods explain.

    An error counts less if the plans alone would explain a large one.
    """
    weights = [prior**2 / (prior**2 + error.own_variance) / overlap for error in errors]
    excess = sum(
        weight * (error.error**2 - error.own_variance)
        for weight, error in zip(weights, errors, strict=True)
    )
    variance = (PRIOR_ERRORS * prior**2 + excess) / (PRIOR_ERRORS + sum(weights))
    return math.sqrt(max(variance, (prior / 3) ** 2))


def conformal_factor(errors: Sequence[PastError], overlap: int) -> float:
    """By what ranges are widened, so that four in five past outcomes would have been inside.

    Few errors change little: the factor is 1 without any.
    """
    ratios = sorted(abs(error.error) / error.half_width for error in errors if error.half_width > 0)
    if not ratios:
        return 1.0
    quantile = pl.Series(ratios).quantile(COVERAGE, "linear") or 0.0
    lowest, highest = FACTOR_LIMITS
    count = len(ratios) / overlap
    shrunk: float = max(quantile, 1e-9) ** (count / (count + PRIOR_ERRORS))
    return min(max(shrunk, lowest), highest)


def _half_width(row: dict[str, Any], shock: float) -> float:
    """Half the width of the range without its factor, in minor units."""
    variance = _own_variance(row) + float(shock * row["expected_minor"]) ** 2
    return NORMAL_QUANTILE * math.sqrt(variance)


def _own_variance(row: dict[str, Any]) -> float:
    return float(row["plan_variance"] + row["disagreement"] ** 2)


def _range(row: dict[str, Any], shock: float, factor: float) -> dict[str, float]:
    """Symmetric around the expectation, and inside what is possible: 0 to all that is owed."""
    half_width = factor * _half_width(row, shock)
    return {
        "low_minor": max(0.0, row["expected_minor"] - half_width),
        "high_minor": min(float(row["contracted_minor"]), row["expected_minor"] + half_width),
    }


def _error(row: dict[str, Any], shock: float) -> list[PastError]:
    expectation = row["expected_minor"]
    if expectation <= 0:
        return []
    return [
        PastError(
            row["origin"],
            row["closed_date"],
            (row["actual_minor"] - expectation) / expectation,
            _own_variance(row) / expectation**2,
            _half_width(row, shock) / expectation,
        )
    ]
