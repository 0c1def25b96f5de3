"""What a command costs with all its descendants: wall time, CPU, memory.

CPU is that of a control group, where this process may create one; else the sum over processes that
ended, including those whose parent ended first (this process adopts and reaps them). Memory is the
proportional set size (PSS), polled: shared pages count once.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

POLL_SECONDS: Final = 0.5
CGROUPS: Final = (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup"))
PR_SET_CHILD_SUBREAPER: Final = 36
ENTER_GROUP: Final = 'echo $$ > "$0" && exec "$@"'


@dataclass(frozen=True)
class Cost:
    """Seconds and bytes of a command and its descendants; `load`: the machine's, before, after."""

    wall: float
    cpu: float
    peak: int  # of all processes together
    largest: int  # of one process
    load: tuple[float, float]
    unread: int  # samples of processes whose memory may not be read
    cpu_source: str


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Runs a command to its end; CalledProcessError with its last lines if it fails."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    group = _new_group()
    words = list(command)
    if group is not None:
        words = ["sh", "-c", ENTER_GROUP, str(group / "cgroup.procs"), *words]
    log = folder / "command.log"
    load, start, reaped = os.getloadavg()[0], time.perf_counter(), _reaped_seconds()
    with log.open("w") as output:
        process = subprocess.Popen(
            words, cwd=folder, env=dict(environment), stdout=output, stderr=subprocess.STDOUT
        )
        memory = _MemoryPoll(process.pid)
        code = process.wait()
    wall = time.perf_counter() - start
    memory.stop()
    _end_orphans()
    cpu, source = _reaped_seconds() - reaped, "processes that ended"
    if group is not None:
        cpu, source = _group_seconds(group), "control group"
        group.rmdir()
    if code:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
        raise subprocess.CalledProcessError(code, words, "\n".join(lines))
    loads = load, os.getloadavg()[0]
    return Cost(wall, cpu, memory.peak, memory.largest, loads, memory.unread, source)


class _MemoryPoll(threading.Thread):
    """Polls the memory of a process and its descendants until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root, self.peak, self.largest, self.unread = psutil.Process(pid), 0, 0, 0
        self._stopped = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            sizes = []
            with suppress(psutil.Error):
                for process in (self.root, *self.root.children(recursive=True)):
                    try:
                        sizes.append(process.memory_full_info().pss)
                    except psutil.AccessDenied:
                        self.unread += 1
                    except psutil.NoSuchProcess:
                        continue
            self.peak = max(self.peak, sum(sizes))
            self.largest = max(self.largest, *sizes, 0)

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _new_group() -> Path | None:
    """A new control group that counts CPU; None if this process cannot create one."""
    for root in CGROUPS:
        group = root / f"bench-{os.getpid()}-{time.monotonic_ns()}"
        with suppress(OSError):
            group.mkdir()
            if (group / "cpuacct.usage").exists() or (group / "cpu.stat").exists():
                return group
            group.rmdir()
    return None


def _group_seconds(group: Path) -> float:
    """CPU seconds of a control group, of version 1 or 2."""
    usage = group / "cpuacct.usage"
    if usage.exists():
        return int(usage.read_text()) / 1e9
    fields = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(fields["usage_usec"]) / 1e6


def _reaped_seconds() -> float:
    """CPU seconds of all descendants that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _end_orphans() -> None:
    """Ends and reaps what a command has left running, so that its CPU is counted."""
    while children := psutil.Process().children():
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.terminate()
        _, running = psutil.wait_procs(children, timeout=5)
        for child in running:
            with suppress(psutil.NoSuchProcess):
                child.kill()
