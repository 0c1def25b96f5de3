"""The preloaded process enforces the limits of its run, also while it imports the compilers."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from contextlib import nullcontext
from typing import Any

import pytest

from smartinst.runs.sealed import preloaded
from smartinst.runs.sealed.messages import Channel, Start
from smartinst.runs.sealed.process_tree import thread_names
from smartinst.runs.sealed.supervision import RunProcess


class WatchedRun:
    """Counts how often its limits are enforced, and has the last block that was read."""

    count = 0
    block = b""

    def __init__(self, stages: int) -> None:
        self.stages = stages

    def read_stage(self) -> bool:
        self.block = os.read(self.stages, 100)
        return bool(self.block)

    def enforce_limits(self) -> None:
        assert self.block, "the limit of the stage before was enforced"
        self.count += 1


@pytest.mark.parametrize("error", [None, OSError("no Pango")])
def test_limits_are_enforced_while_the_compilers_are_imported(
    error: OSError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def imports() -> None:
        time.sleep(5 * preloaded.POLL_SECONDS)
        if error:
            raise error

    monkeypatch.setattr(preloaded, "preload_compilers", imports)
    monkeypatch.setattr(preloaded, "IDLE_THREADS", thread_names())
    ends = socket.socketpair()
    process = preloaded.Preloaded(Channel(ends[0]), 1, is_split=True)
    stages, child_stages = os.pipe()
    run: Any = WatchedRun(stages)
    process._runs[1] = run
    process._selector.register(stages, selectors.EVENT_READ, run)
    os.write(child_stages, b"cell [2]\n")
    with pytest.raises(OSError, match="no Pango") if error else nullcontext():
        process._preload_compilers()
    count = run.count
    assert 2 <= count <= 5
    time.sleep(2 * preloaded.POLL_SECONDS)
    assert run.count == count
    assert run.block == b"cell [2]\n"
    for end in ends:
        end.close()
    for number in (stages, child_stages):
        os.close(number)


def test_a_process_that_ended_by_itself_has_exceeded_no_limit() -> None:
    process_id = os.posix_spawn("/bin/true", ["true"], {})
    start = Start("folder", cell_seconds=1, compile_seconds=1, megabytes=700, stages=1)
    run = RunProcess(start, process_id, stages=-1, shared_bytes=0, exceeded="cell_time")
    assert run.ended(os.waitpid(process_id, 0)[1]).limit is None
    assert run.ended(signal.SIGKILL).limit == "cell_time"
