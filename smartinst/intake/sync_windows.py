"""Which windows of thirty days a sync reads: the platform lists attempts by the day they were ordered.

Windows are counted from a fixed day, so that another `--since` cuts the time in the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

LENGTH: Final = timedelta(days=30)
LATE_CHANGES: Final = timedelta(days=180)
"""Refunds and chargebacks of finished plans come this late."""
EVERYTHING_AGAIN: Final = timedelta(days=30)
_FIRST: Final = date(2010, 1, 1)


@dataclass(frozen=True, order=True)
class Window:
    """Days from `starts_on` up to, not including, `ends_on`; UTC."""

    starts_on: date
    ends_on: date

    @property
    def span(self) -> tuple[int, int]:
        """First and last millisecond."""
        return millisecond(self.starts_on), millisecond(self.ends_on) - 1

    def halves(self) -> tuple[Window, Window] | None:
        """Both halves in whole days; null for a single day."""
        days = (self.ends_on - self.starts_on).days
        if days < 2:
            return None
        middle = self.starts_on + timedelta(days=days // 2)
        return Window(self.starts_on, middle), Window(middle, self.ends_on)


def window_of(day: date) -> Window:
    """The window that a day falls into."""
    start = _FIRST + (day - _FIRST) // LENGTH * LENGTH
    return Window(start, start + LENGTH)


def due_windows(
    since: date,
    now: datetime,
    completed: Mapping[date, datetime],
    open_days: Iterable[date],
) -> list[Window]:
    """The windows to read, oldest first.

    `completed`: when each window (by its first day) was last read whole; `open_days`: the days on which attempts of plans
    that are still open were ordered.
    """
    today = now.astimezone(UTC).date()
    still_open = {window_of(day).starts_on for day in open_days}
    return [
        window
        for window in _all(since, today)
        if window.starts_on not in completed
        or window.starts_on in still_open
        or window.ends_on > today - LATE_CHANGES
        or now - completed[window.starts_on] >= EVERYTHING_AGAIN
    ]


def _all(since: date, today: date) -> list[Window]:
    window = window_of(since)
    found = [window]
    while window.ends_on <= today + timedelta(days=1):  # the platform's clock may be ahead of ours
        window = Window(window.ends_on, window.ends_on + LENGTH)
        found.append(window)
    return found


def millisecond(day: date) -> int:
    """The first millisecond of a day in UTC, as the platform writes instants."""
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000
