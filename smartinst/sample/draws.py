"""Random numbers and dates of the sample: the same on every machine.

Only `random.Random.random()` is used, because it is the only method whose sequence Python promises
not to change, and only + − × ÷ and comparisons of its results, because these are exact everywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Final, Generic, TypeVar

T = TypeVar("T")

DAY: Final = 86_400_000
"""Milliseconds of a day."""

_EPOCH: Final = date(1970, 1, 1).toordinal()


class Draws:
    """The random numbers of one plan; the same text key gives the same numbers."""

    __slots__ = ("random",)

    def __init__(self, key: str) -> None:
        self.random = Random(key).random  # noqa: S311 numbers of a sample, not secrets

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.random() < probability

    def between(self, minimum: int, maximum: int) -> int:
        """An integer from minimum to maximum, both included."""
        return minimum + int(self.random() * (maximum - minimum + 1))

    def choose(self, values: Sequence[T]) -> T:
        """One of the values, all equally probable."""
        return values[int(self.random() * len(values))]


class Odds(Generic[T]):
    """Values with weights that need not add up to one."""

    __slots__ = ("_bounds", "values")

    def __init__(self, weights: Mapping[T, float]) -> None:
        self.values = tuple(weights)
        self._bounds = tuple(accumulate(weights.values()))

    def pick(self, draws: Draws) -> T:
        """A random value, with a probability proportional to its weight."""
        return self.values[
            bisect_right(self._bounds, draws.random() * self._bounds[-1], hi=len(self.values) - 1)
        ]


def epoch_milliseconds(day: int, second: int) -> int:
    """Milliseconds since the epoch of a second (UTC) of a day, a `date.toordinal()`."""
    return (day - _EPOCH) * DAY + second * 1000


def day_of_instant(instant: int) -> int:
    """The day (UTC) of an instant."""
    return instant // DAY + _EPOCH


@lru_cache(maxsize=1 << 14)
def months_later(day: int, months: int) -> int:
    """The same day of a later (or earlier) month, clamped to that month's end."""
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).toordinal()
