"""The windows of 30 days that a sync reads: the platform lists attempts by order date.

Windows are counted from a fixed day, so that their limits do not depend on `--since`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

LENGTH: Final = timedelta(days=30)
LATE_CHANGES: Final = timedelta(days=180)
"""The latest that refunds and chargebacks of finished plans may occur."""
REREAD_AFTER: Final = timedelta(days=30)
"""Every window is read again after this time."""
_EPOCH: Final = date(2010, 1, 1)


@dataclass(frozen=True, order=True)
class Window:
    """Days from `starts_on` up to, not including, `ends_on`; UTC."""

    starts_on: date
    ends_on: date

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last millisecond."""
        return millisecond(self.starts_on), millisecond(self.ends_on) - 1

    def halves(self) -> tuple[Window, Window] | None:
        """Both halves in whole days; None for a single day."""
        days = (self.ends_on - self.starts_on).days
        if days < 2:
            return None
        middle = self.starts_on + timedelta(days=days // 2)
        return Window(self.starts_on, middle), Window(middle, self.ends_on)


def window_of(day: date) -> Window:
    """The window that contains a day."""
    start = _EPOCH + (day - _EPOCH) // LENGTH * LENGTH
    return Window(start, start + LENGTH)


def due_windows(
    since: date,
    now: datetime,
    completed: Mapping[date, datetime],
    open_days: Iterable[date],
) -> list[Window]:
    """The windows to read, oldest first.

    `completed`: first day of a window → when it was last read completely. `open_days`: the days on
    which attempts of open plans were ordered.
    """
    today = now.astimezone(UTC).date()
    open_starts = {window_of(day).starts_on for day in open_days}
    return [
        window
        for window in _windows_since(since, today)
        if window.starts_on not in completed
        or window.starts_on in open_starts
        or window.ends_on > today - LATE_CHANGES
        or now - completed[window.starts_on] >= REREAD_AFTER
    ]


def _windows_since(since: date, today: date) -> Iterator[Window]:
    """The windows up to tomorrow, since the platform's clock may be ahead of ours."""
    window = window_of(since)
    yield window
    while window.ends_on <= today + timedelta(days=1):
        window = Window(window.ends_on, window.ends_on + LENGTH)
        yield window


def millisecond(day: date) -> int:
    """The first millisecond of a day in UTC, as the platform writes instants."""
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000
