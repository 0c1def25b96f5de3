"""The threads of a process that is to be forked."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

IDLE_THREADS: Final = frozenset(
    ("jemalloc_bg_thd", "polars-ooc-clea", "V8 DefaultWorke")  # names are cut at 15 characters
)
"""Threads that may exist at a fork: none of them has a lock while it waits for work."""

THREAD_SECONDS: Final = 5
"""Longest wait for a joined thread to leave the list of the kernel."""


def thread_names() -> set[str]:
    """Names of this process's threads, without the main one; cut at 15 characters."""
    names = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # the thread has ended
            if int(task.name) != os.getpid():
                names.add((task / "comm").read_text().strip())
    return names


def unexpected_threads() -> set[str]:
    """Names of this process's threads that a fork could hurt; cut at 15 characters."""
    return thread_names() - IDLE_THREADS


def await_threads() -> None:
    """Waits until only idle threads are left: Python joins one a moment before the kernel does."""
    deadline = time.monotonic() + THREAD_SECONDS
    while unexpected_threads() and time.monotonic() < deadline:
        time.sleep(0.001)
