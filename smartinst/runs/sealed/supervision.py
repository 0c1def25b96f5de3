"""Supervision of the processes of runs: their memory, their time, and what they leave behind.

Figures are those of Linux's /proc. A process that was forked shares pages with its parent, which
do not count as its own.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from smartinst.runs.limits import MAX_FOLDER_BYTES, MAX_PROCESSES, folder_bytes, memory_limit
from smartinst.runs.sealed.child import COMPILING
from smartinst.runs.sealed.messages import Ended, Limit, Start
from smartinst.runs.sealed.process_tree import (
    anonymous_bytes,
    descendants,
    kill_tree,
    shared_bytes,
)

START_SECONDS: Final = 120
"""Time from the start of a process to its first cell."""

STAGE: Final = re.compile(rf"cell \[\d{{1,6}}\]|its parameters|{COMPILING}")

FOLDER_SECONDS: Final = 1.0
"""Time between two measurements of the folder of a run."""

GRACE_SECONDS: Final = 5
"""Time after a limit for the process to report the excess itself; a long call of C cannot."""


@dataclass
class RunProcess:
    """The process of a run's first or second step.

    `stages` is the pipe on which it names its stages; reading from it does not wait.
    """

    start: Start
    process_id: int
    stages: int
    shared_bytes: int
    step: int = 0
    stage: str = ""
    stage_count: int = 0
    deadline: float = field(default_factory=lambda: time.monotonic() + START_SECONDS)
    next_folder_check: float = field(default_factory=lambda: time.monotonic() + FOLDER_SECONDS)
    exceeded: Limit | None = None

    def read_stage(self) -> bool:
        """Notes the stage that the process reports, with its deadline; false at the pipe's end.

        A notebook that reports stages itself gets no more time than its cells may take together.
        """
        try:
            block = os.read(self.stages, 4096)
        except BlockingIOError:  # the notebook has read it
            return True
        names = [name for name in block.decode(errors="replace").split("\n") if name]
        self.stage_count += len(names)
        if names and STAGE.fullmatch(names[-1]) and self.stage_count <= self.start.stages:
            self.stage = names[-1]
            is_compiling = self.stage == COMPILING
            seconds = self.start.compile_seconds if is_compiling else self.start.cell_seconds
            self.deadline = time.monotonic() + seconds + GRACE_SECONDS
        return bool(block)

    def enforce_limits(self) -> None:
        """Kills the process and its descendants if it has exceeded a limit, unless it has ended."""
        if os.waitid(os.P_PID, self.process_id, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return
        if self.exceeded is None:
            if time.monotonic() > self.deadline:
                self.exceeded = "compile_time" if self.stage == COMPILING else "cell_time"
            else:
                self.exceeded = self._exceeded_size()
        if self.exceeded is not None:
            kill_tree(self.process_id)

    def _exceeded_size(self) -> Limit | None:
        processes = [self.process_id, *descendants(self.process_id)]
        if len(processes) > MAX_PROCESSES:
            return "processes"
        if self._memory_bytes(processes) > memory_limit(self.start.megabytes):
            return "memory"
        if time.monotonic() > self.next_folder_check:
            self.next_folder_check = time.monotonic() + FOLDER_SECONDS
            if folder_bytes(Path(self.start.folder), MAX_FOLDER_BYTES) > MAX_FOLDER_BYTES:
                return "disk"
        return None

    def _memory_bytes(self, processes: list[int]) -> int:
        memory_mapped_together = max(map(shared_bytes, processes))
        return sum(map(anonymous_bytes, processes)) - self.shared_bytes + memory_mapped_together

    def ended(self, wait_status: int) -> Ended:
        """The message that the process has ended; if it succeeded, it exceeded no limit."""
        code = os.waitstatus_to_exitcode(wait_status)
        return Ended(self.start.folder, code, self.exceeded if code else None, self.stage)
