"""The preloaded process enforces the limits of its run, also while it imports the compilers."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, NoReturn

import pytest

from smartinst.runs.sealed import preloaded, threads
from smartinst.runs.sealed.messages import Channel, Start
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


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[preloaded.Preloaded]:
    """The loop of a preloaded process, in this process, whose children are none of its own."""
    monkeypatch.setattr(preloaded, "children", lambda _: [])
    monkeypatch.setattr(threads, "IDLE_THREADS", threads.thread_names())
    ends = socket.socketpair()
    yield preloaded.Preloaded(Channel(ends[0]), 1, is_split=True)
    for end in ends:
        end.close()


@pytest.mark.parametrize("error", [None, OSError("no Pango")])
def test_limits_are_enforced_while_the_compilers_are_imported(
    error: OSError | None, process: preloaded.Preloaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def imports() -> None:
        time.sleep(5 * preloaded.POLL_SECONDS)
        if error:
            raise error

    monkeypatch.setattr(preloaded, "preload_compilers", imports)
    stages, child_stages = os.pipe()
    run: Any = WatchedRun(stages)
    process._runs[1] = run
    process._selector.register(stages, selectors.EVENT_READ, run)
    os.write(child_stages, b"cell [2]\n")
    with pytest.raises(OSError, match="no Pango") if error else nullcontext():
        process._preload_supervised()
    count = run.count
    assert count >= 2
    time.sleep(2 * preloaded.POLL_SECONDS)
    assert run.count == count
    assert run.block == b"cell [2]\n"
    for number in (stages, child_stages):
        os.close(number)


def test_what_a_run_leaves_behind_is_killed_while_the_compilers_are_imported(
    process: preloaded.Preloaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
    orphan = subprocess.Popen(sleep, start_new_session=True)
    helper = subprocess.Popen(sleep)
    monkeypatch.setattr(preloaded, "children", lambda _: [orphan.pid, helper.pid])
    monkeypatch.setattr(preloaded, "preload_compilers", lambda: orphan.wait(60))
    try:
        process._preload_supervised()
        assert orphan.returncode == -signal.SIGKILL
        assert helper.poll() is None
    finally:
        for started in (orphan, helper):
            started.kill()
            started.wait()


def test_the_end_of_a_process_ends_the_wait_also_after_that_of_its_stages(
    process: preloaded.Preloaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, its_end = os.pipe()

    def perform(_step: object, _start: Start, stages: int, _supervisor: int) -> NoReturn:
        os.close(stages)
        os.close(its_end)
        os.read(end, 1)
        os._exit(0)

    monkeypatch.setattr(preloaded, "_perform", perform)
    process._fork(limited_run(0).start)
    (process_id,) = process._runs
    process._read_stages(60)  # the end of the stages
    assert os.waitid(os.P_PID, process_id, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    os.close(end)
    os.close(its_end)
    start = time.monotonic()
    process._read_stages(60)
    assert time.monotonic() - start < 30
    assert os.waitpid(process_id, os.WNOHANG) == (process_id, 0)


def test_no_run_is_forked_beside_an_unexpected_thread(
    process: preloaded.Preloaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preloaded, "unexpected_threads", lambda: {"tokio", "polars-0"})
    with pytest.raises(preloaded.UnsafeForkError, match="beside the thread polars-0"):
        process._fork(limited_run(0).start)
    assert not process._runs


def test_a_fork_waits_for_the_end_of_a_joined_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter([{"python"}, {"python", "V8 DefaultWorke"}, {"V8 DefaultWorke"}])
    monkeypatch.setattr(threads, "thread_names", lambda: next(names))
    threads.await_threads()
    assert list(names) == []


FAILING = """
import socket, sys
from smartinst.runs.sealed import preloaded

def fail(*_):
    raise {error}

preloaded.preload = fail
preloaded.main()
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        ("ImportError('no such library')", 1, "ImportError: no such library"),
        (
            "preloaded.UnsafeForkError('cannot fork a run beside the thread x')",
            preloaded.UNEXPECTED_THREADS,
            "smartinst: cannot fork a run beside the thread x",
        ),
    ],
)
def test_an_error_of_the_process_is_printed_and_sets_its_exit_code(
    error: str, code: int, line: str
) -> None:
    ends = socket.socketpair()
    completed = subprocess.run(
        [sys.executable, "-c", FAILING.format(error=error)],
        stdin=ends[0].fileno(),
        capture_output=True,
        text=True,
        check=False,
    )
    for end in ends:
        end.close()
    assert completed.returncode == code
    assert completed.stderr.splitlines()[-1] == line


def limited_run(process_id: int, stages: int = -1) -> RunProcess:
    """A run whose cell has already taken too long."""
    start = Start("folder", cell_seconds=1, compile_seconds=1, megabytes=700, stages=1)
    return RunProcess(start, process_id, stages, shared_bytes=0, stage="cell [2]", deadline=0)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda: os._exit(0), 0),
        (lambda: os._exit(7), 7),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), -signal.SIGSEGV),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), -signal.SIGKILL),
    ],
    ids=["succeeds", "exits", "crashes", "is killed"],
)
def test_a_process_that_has_ended_exceeds_no_limit(end: Callable[[], None], code: int) -> None:
    process_id = os.fork()
    if process_id == 0:
        end()
        os._exit(1)
    os.waitid(os.P_PID, process_id, os.WEXITED | os.WNOWAIT)
    run = limited_run(process_id)
    run.enforce_limits()
    ended = run.ended(os.waitpid(process_id, 0)[1])
    assert (ended.code, ended.limit) == (code, None)


def test_a_process_that_takes_too_long_is_killed() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    run = limited_run(process.pid)
    run.enforce_limits()
    ended = run.ended(os.waitpid(process.pid, 0)[1])
    assert (ended.code, ended.limit) == (-signal.SIGKILL, "cell_time")
    process.returncode = ended.code


def test_a_stage_that_the_notebook_has_read_itself_is_not_awaited() -> None:
    stages, child_stages = os.pipe()
    os.set_blocking(stages, False)
    run = limited_run(os.getpid(), stages)
    assert run.read_stage()
    assert run.stage == "cell [2]"
    os.close(child_stages)
    assert not run.read_stage()
    os.close(stages)
