"""Limits of a run: memory of its kernel, and time to compile. Papermill limits the time of cells.

runs/engines/kernel.py polls the memory of a kernel; allocations between two polls fail at the
bound here.
"""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from smartinst.errors import ReportError

MEGABYTE: Final = 1 << 20
RESERVED: Final = 8
"""Address space per used byte that a kernel may reserve: Polars and V8 reserve about six."""


def bound_memory(limit: int) -> None:
    """Limits the data memory of this process and its children to so many bytes.

    Larger allocations fail. A lower existing bound remains.
    """
    bounds = resource.getrlimit(resource.RLIMIT_DATA)
    new_limit = min(bound for bound in (limit, *bounds) if bound != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (new_limit, bounds[1]))


@contextmanager
def memory_bounded(megabytes: int) -> Iterator[None]:
    """Limits the data memory of processes started in the block; larger allocations fail.

    Children inherit the bound, so it applies to this process too until the block ends. A lower
    existing bound remains.
    """
    soft_limit, hard_limit = resource.getrlimit(resource.RLIMIT_DATA)
    candidates = (megabytes * MEGABYTE, soft_limit, hard_limit)
    new_limit = min(limit for limit in candidates if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (new_limit, hard_limit))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft_limit, hard_limit))


def compile_time_error(seconds: int) -> str:
    """The error of a run that is not compiled in time."""
    return f"compiling took longer than {seconds} s ([limits] compile_seconds)"


@contextmanager
def time_bounded(seconds: int) -> Iterator[None]:
    """Raises ReportError if the block takes longer, even if a library swallows the error.

    Only the main thread of a process can be interrupted, and only between two steps of Python:
    nothing is bounded on a cluster, whose workers use other threads, or inside one long C call.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    timeout = ReportError(compile_time_error(seconds))
    alarms: list[int] = []

    def raise_timeout(number: int, _: Any) -> None:
        alarms.append(number)
        raise timeout

    previous_handler = signal.signal(signal.SIGALRM, raise_timeout)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # the alarm may go off before the line above takes effect
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous_handler or signal.SIG_DFL)
    if alarms:
        raise timeout
