"""Limits of a run: the memory of its process or kernel, and the time of a block of code.

Memory is polled by runs/engines/kernel.py and runs/sealed/supervision.py; allocations between two
polls fail at the bound here.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from smartinst.errors import ReportError
from smartinst.isolated_call import compile_time_error

MEGABYTE: Final = 1 << 20
RESERVED: Final = 8
"""Address space per used byte that a run may reserve: Polars and V8 reserve about six."""

MAX_SHARE: Final = 0.8
"""Share of the machine's memory; a larger run would endanger other processes."""

MAX_FILE_BYTES: Final = 512 * MEGABYTE
"""Size of a file that a run may write."""

MAX_FOLDER_BYTES: Final = 1024 * MEGABYTE
"""Size of all files that a run may have in its folder at a time."""

MAX_PROCESSES: Final = 256
"""Number of processes that a run may have at a time."""

FILE_BYTES: Final = 4096
"""What a file or folder takes at least."""

REPEAT_SECONDS: Final = 1.0
"""A block that catches the error of its time limit gets it again after this time."""


def memory_limit(megabytes: int) -> int:
    """Bytes that the processes of a run may use: the setting, at most MAX_SHARE of the machine."""
    import psutil

    return min(megabytes * MEGABYTE, int(MAX_SHARE * psutil.virtual_memory().total))


def bound_memory(megabytes: int) -> None:
    """Limits the data memory of this process and its children; larger allocations fail.

    A lower existing bound remains.
    """
    bounds = resource.getrlimit(resource.RLIMIT_DATA)
    candidates = (megabytes * MEGABYTE, *bounds)
    new_limit = min(limit for limit in candidates if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (new_limit, bounds[1]))


def folder_bytes(folder: Path, enough: int) -> int:
    """Size of the files below a folder; the count ends above `enough`. Links are not followed."""
    size, folders = 0, [str(folder)]
    while folders and size <= enough:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                size += max(entry.stat(follow_symlinks=False).st_blocks * 512, FILE_BYTES)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return size


def bound_files() -> None:
    """Limits the size of each file that this process and its children write; EFBIG beyond it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))


@contextmanager
def memory_bounded(megabytes: int) -> Iterator[None]:
    """Limits the data memory of processes started in the block, by `bound_memory`.

    Children inherit the bound, so it applies to this process too until the block ends.
    """
    bounds = resource.getrlimit(resource.RLIMIT_DATA)
    bound_memory(megabytes)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, bounds)


@contextmanager
def compile_time_limit(seconds: int) -> Iterator[None]:
    """Raises ReportError if the block takes longer, even if a library swallows the error.

    Nothing is limited in a thread other than the main one, as those of a cluster's workers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with time_limit(seconds, ReportError(compile_time_error(seconds))):
        yield


@contextmanager
def time_limit(seconds: float, error: BaseException) -> Iterator[None]:
    """Raises `error` in the block after this time, and at its end if it was caught there.

    0 is no limit. Only the main thread can be interrupted, and only between two steps of Python:
    not inside a long call of C.
    """
    alarms: list[int] = []

    def interrupt(number: int, _: Any) -> None:
        alarms.append(number)
        raise error

    previous_handler = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT_SECONDS)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # the alarm may go off before the line above takes effect
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous_handler or signal.SIG_DFL)
        if alarms:
            raise error
