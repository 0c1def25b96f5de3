"""Rules of the forecast with numbers worked by hand (docs/metrics.md §6.4)."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from smartinst.analytics.book.forecast.prediction_range import (
    PastError,
    common_shock,
    conformal_factor,
)
from smartinst.analytics.book.forecast.score import (
    OUTCOMES,
    outcomes_from_measure,
    outcomes_to_measure,
    score,
)
from smartinst.analytics.book.forecast.shrinkage import shrunk_rates

MONTH_ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


def outcomes(origins: int = 3) -> pl.DataFrame:
    """The three forecasts of the worked example."""
    rows = {
        "origin": MONTH_ENDS,
        "currency": ["EUR"] * 3,
        "horizon": ["30"] * 3,
        "low_minor": [80, 105, 70],
        "expected_minor": [100, 120, 80],
        "high_minor": [110, 135, 95],
        "all_pay_minor": [120, 150, 120],
        "trailing_minor": [90, 130, 116],
        "actual_minor": [90, 130, 100],
    }
    return pl.DataFrame(rows, OUTCOMES).head(origins)


def test_a_small_cell_is_drawn_towards_its_product_and_that_towards_all() -> None:
    cells = pl.DataFrame(
        {
            "origin": ["now"] * 3,
            "product": ["a", "a", "b"],
            "installments": ["3", "6", "3"],
            "paid": [8.0, 62.0, 185.0],
            "count": [10.0, 90.0, 200.0],
        }
    )
    rates = shrunk_rates(cells, ["origin"], ["product", "installments"])
    cell = rates.filter(pl.col("product") == "a", pl.col("installments") == "3")
    of_product = shrunk_rates(cells, ["origin"], ["product"]).filter(pl.col("product") == "a")
    assert shrunk_rates(cells, ["origin"], [])["rate"].item() == pytest.approx(0.85)
    assert of_product["rate"].item() == pytest.approx(0.725)
    assert cell["rate"].item() == pytest.approx(0.75)


def test_a_class_without_observations_has_the_share_above_it() -> None:
    cells = pl.DataFrame(
        {"origin": [1, 1], "product": ["a", "b"], "paid": [6.0, 0.0], "count": [8.0, 0.0]}
    )
    rates = shrunk_rates(cells, ["origin"], ["product"])
    assert rates.filter(pl.col("product") == "b")["rate"].item() == pytest.approx(0.75)


def test_the_score_of_three_forecasts() -> None:
    (row,) = score(outcomes()).to_dicts()
    assert row["origins"] == 3
    assert row["wape"] == pytest.approx(0.125)
    assert row["bias"] == pytest.approx(-0.0625)
    assert row["inside"] == pytest.approx(2 / 3)
    assert row["width"] == pytest.approx(85 / 320)
    assert row["wape_all_pay"] == pytest.approx(70 / 320)
    assert row["wape_trailing"] == pytest.approx(16 / 320)


def test_two_forecasts_are_not_scored_yet() -> None:
    (row,) = score(outcomes(2)).to_dicts()
    assert row["origins"] == 2
    assert row["wape"] is row["bias"] is row["inside"] is row["width"] is None


def test_only_the_latest_twelve_month_ends_are_scored() -> None:
    years = pl.concat(
        outcomes().with_columns(pl.col("origin").dt.offset_by(f"{-year}y")) for year in range(6)
    )
    assert score(years)["origins"].item() == 12


def test_outcomes_survive_the_measures_of_a_run() -> None:
    undated = outcomes().with_columns(trailing_minor=pl.lit(None, pl.Int64))
    measure = json.loads(json.dumps(outcomes_to_measure(undated)))
    assert measure[0] == ["2026-01-31", "EUR", "30", 80, 100, 110, 120, None, 90]
    assert_frame_equal(outcomes_from_measure(measure), undated)
    assert_frame_equal(outcomes_from_measure([]), outcomes().clear())


def past_error(error: float, half_width: float = 0.1, own_variance: float = 0.0) -> PastError:
    return PastError(MONTH_ENDS[0], MONTH_ENDS[1], error, own_variance, half_width)


def test_without_past_errors_the_shock_is_the_prior_and_ranges_are_not_widened() -> None:
    assert common_shock([], 0.05, 1) == pytest.approx(0.05)
    assert conformal_factor([], 1) == 1.0


def test_eight_errors_weigh_as_much_as_the_prior() -> None:
    shock = common_shock([past_error(0.11)] * 8, 0.05, 1)
    assert shock == pytest.approx(((0.05**2 + 0.11**2) / 2) ** 0.5)


def test_errors_that_plans_explain_are_no_shock() -> None:
    errors = [past_error(0.2, own_variance=0.04)] * 100
    assert common_shock(errors, 0.05, 1) < 0.05


def test_ranges_are_widened_when_past_outcomes_lay_outside() -> None:
    outside = [past_error(0.15)] * 8
    assert conformal_factor(outside, 1) == pytest.approx(1.5**0.5)
    assert conformal_factor([past_error(0.05)] * 8, 1) == pytest.approx(0.5**0.5)
    assert conformal_factor(outside, 4) == pytest.approx(1.5**0.2)
