"""Time limit of a cell that is executed in this process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

REPEAT_SECONDS: Final = 1.0
"""A cell that catches the exception gets it again after this time."""


class CellOverrun(BaseException):
    """Raised inside a cell that takes too long; `except Exception` does not catch it."""


@contextmanager
def cell_time_limit(seconds: int | None) -> Iterator[None]:
    """Raises CellOverrun in the block after this time, and at its end if it was caught there.

    Only between two steps of Python; the process that supervises this one ends a long call of C.
    """
    alarms: list[int] = []

    def interrupt(number: int, _: Any) -> None:
        alarms.append(number)
        raise CellOverrun

    previous_handler = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds or 0, REPEAT_SECONDS)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # the alarm may go off before the line above takes effect
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous_handler or signal.SIG_DFL)
        if alarms:
            raise CellOverrun
