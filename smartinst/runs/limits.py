"""What a run may take: memory of its kernel, and time to compile. (Each cell has a limit of its own, with Papermill.)

A kernel is looked at while it runs (runs/kernel.py); what it allocates between two looks fails at the bound here.
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
"""Times what it holds that a kernel may reserve: Polars and V8 take address space ahead, some six times what they use."""


@contextmanager
def memory_bounded(megabytes: int) -> Iterator[None]:
    """Processes begun inside hold at most so many megabytes of data; an allocation beyond them fails in that process.

    The bound is this process's own while it lasts, since that is what its children inherit. A lower one stays.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * MEGABYTE
    bounds = [one for one in (wanted, soft, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextmanager
def time_bounded(seconds: int) -> Iterator[None]:
    """Ends what takes longer with a ReportError, also where a library swallowed it on the way.

    Only a process's main thread can be interrupted, and only between two steps of Python: on a cluster, whose workers
    use other threads, and inside one long call of C nothing is bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    over = ReportError(f"compiling took longer than {seconds} s ([limits] compile_seconds)")
    rung: list[int] = []

    def ring(number: int, _: Any) -> None:
        rung.append(number)
        raise over

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # it may ring just here
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
    if rung:
        raise over
