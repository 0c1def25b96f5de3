"""Due times of a report: cron expressions in nominal local times of the seller's zone.

A nominal time that occurs twice because clocks are turned back is due once, the first time. One
that is skipped because clocks are turned forward is due right after the gap.
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

MissedPolicy = Literal["latest", "all", "none"]
"""The missed periods that are still run: the newest one, all, or none."""

MAX_CLOCK_CHANGE: Final = timedelta(hours=26)
"""Local clocks have been changed by at most a day (Samoa, 2011)."""
YEAR: Final = timedelta(days=366)
PUNCTUAL: Final = timedelta(minutes=15)
"""With `missed = "none"`, a period older than this is missed."""


@dataclass(frozen=True, order=True)
class Period:
    """One due time: the nominal local time and its instant."""

    nominal: datetime  # without a zone
    instant: datetime  # UTC

    @property
    def name(self) -> str:
        """The name in the run history, such as 2026-11-02T07:00."""
        return self.nominal.isoformat(timespec="minutes")


def instant_of(nominal: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local time, in UTC: the first of two, or the end of the gap."""
    instant = nominal.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == nominal:
        return instant
    start, end = instant - MAX_CLOCK_CHANGE, instant  # the gap begins between them
    while end - start > timedelta(seconds=1):
        middle = start + (end - start) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < nominal:
            start = middle
        else:
            end = middle
    return end.replace(microsecond=0)


def due_periods(
    cron: str, zone: ZoneInfo, now: datetime, catch_up: timedelta, missed: MissedPolicy
) -> list[Period]:
    """Periods due at `now` and at most `catch_up` old, oldest first, by the policy."""
    max_age = min(catch_up, PUNCTUAL) if missed == "none" else catch_up
    newest_first = [
        period for period in _backwards(cron, zone, now, now - max_age) if period.instant <= now
    ]
    return newest_first[:1] if missed == "latest" else newest_first[::-1]


def _backwards(cron: str, zone: ZoneInfo, now: datetime, earliest: datetime) -> Iterator[Period]:
    """Periods, newest first; some are later than `now`, since clocks can be turned back."""
    start = (now.astimezone(zone) + MAX_CLOCK_CHANGE).replace(tzinfo=None)
    end = (earliest.astimezone(zone) - MAX_CLOCK_CHANGE).replace(tzinfo=None)
    for nominal in takewhile(lambda time: time >= end, CronSim(cron, start, reverse=True)):
        instant = instant_of(nominal, zone)
        if instant >= earliest:
            yield Period(nominal, instant)


def upcoming_periods(cron: str, zone: ZoneInfo, now: datetime, count: int) -> list[Period]:
    """The next periods after `now`."""
    start = (now.astimezone(zone) - MAX_CLOCK_CHANGE).replace(tzinfo=None)
    periods = (Period(nominal, instant_of(nominal, zone)) for nominal in CronSim(cron, start))
    return list(islice((period for period in periods if period.instant > now), count))


def check_cron(cron: str) -> str:
    """The expression itself; ConfigurationError if it is invalid or has a field for seconds."""
    try:
        if len(cron.split()) != 5:
            raise CronSimError("expected five fields: minute hour day month weekday")
        CronSim(cron, datetime(2026, 1, 1))  # noqa: DTZ001 - nominal local time
    except CronSimError as error:
        raise ConfigurationError(f"cron {cron!r}: {error}") from error
    return cron


def explain_cron(cron: str) -> str:
    """A cron expression in words: `At 07:00 on Monday`."""
    return CronSim(cron, datetime(2026, 1, 1)).explain()  # noqa: DTZ001 - nominal local time
