"""Time limit of a cell that is executed in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from smartinst.runs.limits import time_limit


class CellOverrun(BaseException):
    """Raised inside a cell that takes too long; `except Exception` does not catch it."""


@contextmanager
def cell_time_limit(seconds: int | None) -> Iterator[None]:
    """Raises CellOverrun in the block after this time; None is no limit.

    The process that supervises this one ends a long call of C.
    """
    with time_limit(seconds or 0, CellOverrun()):
        yield
