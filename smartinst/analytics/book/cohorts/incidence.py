"""Survival and cumulative incidence with competing risks, and their standard errors (§6.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, Final

CAUSES: Final = ("stop", "reversed", "canceled")
REPLICATES: Final = 100
_NORMAL_FROM: Final = 30
"""Mean from which on a Poisson number is drawn as a rounded normal one."""

Counts = Sequence[Mapping[str, Any]]
"""By charge number: `at_risk`, and the exits of each cause."""


@dataclass(frozen=True)
class Incidence:
    """Exact survival and cumulative incidence after a charge; together they are 1."""

    survival: Fraction
    by_cause: Mapping[str, Fraction]


def cumulative_incidence(counts: Counts) -> list[Incidence]:
    """Survival and incidence after each charge."""
    survival, by_cause = Fraction(1), dict.fromkeys(CAUSES, Fraction(0))
    incidences = []
    for count in counts:
        hazards = {cause: Fraction(count[cause], count["at_risk"]) for cause in CAUSES}
        by_cause = {cause: by_cause[cause] + survival * hazards[cause] for cause in CAUSES}
        survival *= 1 - sum(hazards.values())
        incidences.append(Incidence(survival, by_cause))
    return incidences


def standard_errors(counts: Counts) -> list[dict[str, float]]:
    """After each charge: `survival` and each cause → its standard error, by bootstrap over plans.

    In each replicate a plan is drawn as often as a Poisson number of mean 1 says, so the plans with
    the same history are drawn as often as a Poisson number whose mean is their number.
    """
    random = Random(0)  # noqa: S311 (the same errors in every run)
    draws = (_draw(counts, random) for _ in range(REPLICATES))
    replicates = [_incidence(draw) for draw in draws if draw[0]["at_risk"]]
    return [
        {
            name: _standard_deviation([sample[name] for sample in samples])
            for name in ("survival", *CAUSES)
        }
        for samples in zip(*replicates, strict=True)
    ]


def _draw(counts: Counts, random: Random) -> list[dict[str, int]]:
    """The counts of one replicate."""
    replicate: list[dict[str, int]] = []
    at_risk = later_plans = 0
    for count in reversed(counts):
        exits = {cause: _poisson(count[cause], random) for cause in CAUSES}
        last_observed = count["at_risk"] - later_plans - sum(count[cause] for cause in CAUSES)
        at_risk += sum(exits.values()) + _poisson(last_observed, random)
        later_plans = count["at_risk"]
        replicate.append({"at_risk": at_risk, **exits})
    return replicate[::-1]


def _incidence(counts: Counts) -> list[dict[str, float]]:
    """Survival and incidence after each charge; without a plan at risk they stay as they are."""
    current = {"survival": 1.0, **dict.fromkeys(CAUSES, 0.0)}
    incidences = []
    for count in counts:
        part = current["survival"] / max(count["at_risk"], 1)
        for cause in CAUSES:
            current[cause] += part * count[cause]
            current["survival"] -= part * count[cause]
        incidences.append(dict(current))
    return incidences


def _poisson(mean: int, random: Random) -> int:
    """A Poisson number: by inversion, or by the normal distribution if the mean is large."""
    if mean >= _NORMAL_FROM:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    probability = total = math.exp(-mean)
    number, draw = 0, random.random()
    while draw > total and probability > 0:
        number += 1
        probability *= mean / number
        total += probability
    return number


def _standard_deviation(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
