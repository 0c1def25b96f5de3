"""When a report is due: cron in the seller's zone, by nominal local times that clock changes do not touch.

A nominal time that a fold brings twice is due once, at its first coming; one that a gap swallows is due right after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Final, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from smartinst.errors import ConfigurationError

Missed = Literal["latest", "all", "none"]
"""Which missed periods still run: the newest of them, every one, or none."""

WIDEST_CHANGE: Final = timedelta(hours=26)
"""Local clocks have been turned by at most a day (Samoa, 2011)."""
YEAR: Final = timedelta(days=366)
PUNCTUAL: Final = timedelta(minutes=15)
"""With `missed = "none"`: a period older than this was missed."""


@dataclass(frozen=True, order=True)
class Period:
    """One due time: the nominal local time, and the instant at which it comes."""

    nominal: datetime  # without a zone
    instant: datetime  # UTC

    @property
    def name(self) -> str:
        """As the ledger writes it: 2026-11-02T07:00."""
        return self.nominal.isoformat(timespec="minutes")


def instant_of(nominal: datetime, zone: ZoneInfo) -> datetime:
    """When a local time comes, in UTC: the first of two, and the end of the gap for one that is left out."""
    first = nominal.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == nominal:
        return first
    low, high = first - WIDEST_CHANGE, first
    while high - low > timedelta(
        seconds=1
    ):  # the local clock jumps over the nominal time between low and high
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < nominal:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def due(
    cron: str, zone: ZoneInfo, now: datetime, catch_up: timedelta, missed: Missed
) -> list[Period]:
    """The periods that are due at `now` and not older than `catch_up`, oldest first, by the policy for missed ones."""
    reach = min(catch_up, PUNCTUAL) if missed == "none" else catch_up
    found = [one for one in _back(cron, zone, now, now - reach) if one.instant <= now]
    return found[:1] if missed == "latest" else found[::-1]


def _back(cron: str, zone: ZoneInfo, now: datetime, earliest: datetime) -> Iterator[Period]:
    """Periods from the newest on; begun a little late, since a fold has turned the local clock back."""
    start = (now.astimezone(zone) + WIDEST_CHANGE).replace(tzinfo=None)
    nominals = CronSim(cron, start, reverse=True)
    last = (earliest.astimezone(zone) - WIDEST_CHANGE).replace(tzinfo=None)
    for nominal in takewhile(lambda one: one >= last, nominals):
        instant = instant_of(nominal, zone)
        if instant >= earliest:
            yield Period(nominal, instant)


def following(cron: str, zone: ZoneInfo, now: datetime, count: int) -> list[Period]:
    """The next periods after `now`."""
    start = (now.astimezone(zone) - WIDEST_CHANGE).replace(tzinfo=None)
    periods = (Period(nominal, instant_of(nominal, zone)) for nominal in CronSim(cron, start))
    return list(islice((one for one in periods if one.instant > now), count))


def check_cron(cron: str) -> str:
    """The expression itself; ConfigurationError for one that is none, or that fires by seconds."""
    try:
        if len(cron.split()) != 5:
            raise CronSimError("expected five fields: minute hour day month weekday")
        CronSim(cron, datetime(2026, 1, 1))  # noqa: DTZ001 - nominal local time
    except CronSimError as error:
        raise ConfigurationError(f"cron {cron!r}: {error}") from error
    return cron


def in_words(cron: str) -> str:
    """`At 07:00 on Monday`."""
    return CronSim(cron, datetime(2026, 1, 1)).explain()  # noqa: DTZ001 - nominal local time
