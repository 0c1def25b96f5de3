"""Standard errors of survival and incidence, beside the formulas of simple cases."""

from __future__ import annotations

import math

import pytest

from smartinst.analytics.book.cohorts.incidence import CAUSES, standard_errors

Count = dict[str, int]


def count(at_risk: int, stop: int, reversed_plans: int = 0, canceled: int = 0) -> Count:
    return {"at_risk": at_risk, "stop": stop, "reversed": reversed_plans, "canceled": canceled}


@pytest.mark.parametrize("plans", [40, 400, 40_000])
def test_without_censoring_the_errors_are_those_of_a_binomial_share(plans: int) -> None:
    quarter, tenth = plans // 4, plans // 10
    first, second = count(plans, quarter), count(plans - quarter, tenth, tenth)
    errors = standard_errors([first, second])
    shares = {"survival": 0.55, "stop": 0.35, "reversed": 0.1, "canceled": 0.0}
    for name, share in shares.items():
        expected = math.sqrt(share * (1 - share) / plans)
        assert errors[1][name] == pytest.approx(expected, rel=0.25), name
    assert errors[0]["survival"] == pytest.approx(errors[0]["stop"])


def test_plans_that_are_not_observed_to_the_end_widen_the_errors() -> None:
    complete = standard_errors([count(400, 40), count(360, 36)])
    censored = standard_errors([count(400, 40), count(36, 4)])
    assert censored[0]["survival"] == pytest.approx(complete[0]["survival"], rel=0.25)
    assert censored[1]["survival"] > 2 * complete[1]["survival"]


def test_one_plan_has_no_error_and_the_same_counts_have_the_same_errors() -> None:
    assert set(standard_errors([count(1, 1)])[0].values()) == {0.0}
    counts = [count(50, 5, 3), count(30, 2, 0, 6)]
    assert standard_errors(counts) == standard_errors(counts)
    assert set(standard_errors(counts)[1]) == {"survival", *CAUSES}
