"""Ignores clicks made during a long operation, which the kernel handles only afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from smartinst.intake.connection import current_instant


def click_time() -> datetime | None:
    """The time of the current click by the browser's clock; None outside a kernel."""
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    time = (kernel.get_parent() or {}).get("header", {}).get("date") if kernel else None
    return time if isinstance(time, datetime) and time.tzinfo else None


class ClickGuard:
    """Guards buttons that start long operations.

    The browser's clock may differ from the kernel's. The smallest delay observed between click and
    handling is the estimate of the difference, so that a click after the end is always accepted.
    """

    def __init__(
        self,
        click_time: Callable[[], datetime | None] = click_time,
        current_time: Callable[[], datetime] = current_instant,
    ) -> None:
        self._click_time, self._current_time = click_time, current_time
        self._clock_difference: timedelta | None = None
        self._end_time: datetime | None = None

    def accepts_click(self) -> bool:
        """Whether the current click was made after the last operation ended."""
        time = self._click_time()
        if time is None:
            return True
        delay = self._current_time() - time
        former = self._clock_difference
        self._clock_difference = delay if former is None else min(former, delay)
        return self._end_time is None or time >= self._end_time - self._clock_difference

    @contextmanager
    def running(self) -> Iterator[None]:
        """The duration of an operation; clicks made during it are ignored."""
        try:
            yield
        finally:
            self._end_time = self._current_time()
