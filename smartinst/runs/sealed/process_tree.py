"""Processes and their descendants, as Linux's /proc shows them."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_SET_PARENT_DEATH_SIGNAL: Final = 1
_SET_CHILD_SUBREAPER: Final = 36


def adopt_orphans() -> None:
    """Makes this process the parent of descendants whose parent ends."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(parent: int) -> None:
    """Has this process killed when its parent, `parent`, ends."""
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def children(process_id: int) -> list[int]:
    """The children of a process; empty if it has ended."""
    numbers: list[int] = []
    with suppress(OSError):
        for path in Path(f"/proc/{process_id}/task").glob("*/children"):
            numbers += map(int, path.read_text().split())
    return numbers


def descendants(process_id: int) -> Iterator[int]:
    """Children, their children, and so on."""
    for child in children(process_id):
        yield child
        yield from descendants(child)


def kill_tree(process_id: int) -> None:
    """Kills a process and its descendants; they are stopped first, so that none starts another."""
    stopped = set[int]()
    while numbers := {process_id, *descendants(process_id)} - stopped:
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGSTOP)
        stopped |= numbers
    for number in stopped:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def anonymous_bytes(process_id: int) -> int:
    """Resident memory of a process that is in no file; 0 if it has ended."""
    return _resident_bytes(process_id, "RssAnon:")


def shared_bytes(process_id: int) -> int:
    """Resident memory that a process can share with others, such as `mmap.mmap(-1, …)`."""
    return _resident_bytes(process_id, "RssShmem:")


def _resident_bytes(process_id: int, label: str) -> int:
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return 0
    _, separator, amount = status.partition(label)
    return int(amount.split(maxsplit=1)[0]) * 1024 if separator else 0
