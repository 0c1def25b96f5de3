"""The preloaded process: imports everything once, and forks one child for each run.

    python -m smartinst.runs.sealed.preloaded

Standard input is the socket on which `messages` are exchanged; its end ends the process with all
its children. Polars, deltalake and vl-convert start threads at their first use, after which a fork
can hang: this process only imports them, and refuses to fork if it has an unexpected thread. A
thread of its own enforces the limits of a single run while the compilers are imported, and ends
before the next fork.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final, NoReturn

from smartinst.runs.limits import RESERVED, bound_files, bound_memory
from smartinst.runs.sealed.assignment import ERRORS, RESULT
from smartinst.runs.sealed.child import ReportStage, compile_run, execute_run, perform_run
from smartinst.runs.sealed.messages import Channel, Message, Probe, Start, Started, Work
from smartinst.runs.sealed.preloading import limit_polars_threads, preload, preload_compilers
from smartinst.runs.sealed.process_tree import (
    adopt_orphans,
    anonymous_bytes,
    children,
    end_with_parent,
    kill_tree,
)
from smartinst.runs.sealed.supervision import RunProcess
from smartinst.runs.sealed.threads import await_threads, unexpected_threads
from smartinst.sandbox.child import isolate_child, protect_process

POLL_SECONDS: Final = 0.2
COLLECTION_THRESHOLDS: Final = (100_000, 50, 100)
"""A run makes many objects and ends soon: rarer garbage collection saves a twentieth of its CPU."""

UNEXPECTED_THREADS: Final = 3
"""Exit code of a process that cannot fork safely any more."""


class UnsafeForkError(Exception):
    """This process has an unexpected thread, beside which it must not fork."""


Step = Callable[[Path, ReportStage], None]
"""What a child does in the folder of its run."""


class Preloaded:
    """The loop of the preloaded process: at most `jobs` children at a time.

    If `is_split`, a run has two children, one after the other: it is executed while this process
    still imports the compilers. That is faster for a single run, and slower for many.
    """

    def __init__(self, channel: Channel, jobs: int, *, is_split: bool) -> None:
        self._channel, self._jobs = channel, jobs
        self._steps: tuple[Step, ...] = (execute_run, compile_run) if is_split else (perform_run,)
        self._has_compilers = not is_split
        self._queue: deque[Start] = deque()
        self._runs: dict[int, RunProcess] = {}  # by process id
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)

    def accept(self, messages: list[Message]) -> None:
        """Queues the runs that are requested, and answers questions."""
        self._queue += [message for message in messages if isinstance(message, Start)]
        if Probe() in messages:
            self._channel.send(Probe())

    def serve(self) -> None:
        """Forks a child for each requested run, until the other end closes the socket."""
        self._start_runs()
        while True:
            if self._read_stages(POLL_SECONDS):
                messages = self._channel.receive()
                if messages is None:
                    return
                self.accept(messages)
            self._reap()
            self._enforce_limits()
            self._start_runs()
            if self._runs and not self._has_compilers:
                self._preload_supervised()
                self._has_compilers = True
                self._reap()  # `select` does not return for an end that the thread has read

    def _enforce_limits(self) -> None:
        for run in self._runs.values():
            run.enforce_limits()

    def _preload_supervised(self) -> None:
        """Imports the compilers, while a thread enforces the limits of the run in progress."""
        is_imported = Event()

        def watch() -> None:
            while not is_imported.wait(POLL_SECONDS):
                self._read_stages(0)  # first: a new cell has a new deadline
                self._enforce_limits()
                self._kill_orphans()

        with ThreadPoolExecutor(1) as thread:
            watching = thread.submit(watch)
            try:
                preload_compilers()
            finally:
                is_imported.set()
        watching.result()
        await_threads()

    def _kill_orphans(self) -> None:
        """Kills processes that runs left behind, which are in sessions of their own.

        What an import starts is in this process's session.
        """
        for orphan in set(children(os.getpid())) - self._runs.keys():
            with suppress(ProcessLookupError):
                if os.getsid(orphan) != os.getsid(0):
                    kill_tree(orphan)

    def _start_runs(self) -> None:
        while self._queue and len(self._runs) < self._jobs:
            start = self._queue.popleft()
            self._fork(start)
            self._channel.send(Started(start.folder))

    def _read_stages(self, seconds: float) -> bool:
        """Reads what runs report within `seconds`; true if a message waits on the socket.

        The end of a process ends the wait, too.
        """
        has_message = False
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._channel:
                has_message = True
                continue
            run: RunProcess | None = key.data
            if run is None or not run.read_stage():
                self._selector.unregister(key.fileobj)
                os.close(key.fd)
        return has_message

    def _fork(self, start: Start, step: int = 0) -> None:
        """Starts the process of a run's first or second step."""
        if names := unexpected_threads():
            raise UnsafeForkError(f"cannot fork a run beside the thread {min(names)}")
        stages, child_stages = os.pipe()
        supervisor, process_id = os.getpid(), os.fork()
        if process_id == 0:
            os.close(stages)
            self._close_in_child()
            _perform(self._steps[step], start, child_stages, supervisor)
        os.close(child_stages)
        os.set_blocking(stages, False)
        run = RunProcess(start, process_id, stages, anonymous_bytes(os.getpid()), step)
        self._runs[process_id] = run
        self._selector.register(stages, selectors.EVENT_READ, run)
        with suppress(OSError):  # a kernel without pidfd: an end is seen after POLL_SECONDS
            self._selector.register(os.pidfd_open(process_id), selectors.EVENT_READ, None)

    def _close_in_child(self) -> None:
        """Closes the descriptors of other runs, which a forked process inherits."""
        for key in self._selector.get_map().values():
            if isinstance(key.fileobj, int):
                os.close(key.fileobj)
        self._selector.close()

    def _reap(self) -> None:
        """Starts the next step of each run whose process has ended, or reports its end.

        First kills the processes that it left behind.
        """
        pairs = []
        with suppress(ChildProcessError):
            while (pair := os.waitpid(-1, os.WNOHANG))[0]:
                if run := self._runs.pop(pair[0], None):
                    pairs.append((run, run.ended(pair[1])))
        while orphans := set(children(os.getpid())) - self._runs.keys():
            for orphan in orphans:
                kill_tree(orphan)
                os.waitpid(orphan, 0)
        for run, ended in pairs:
            has_result = os.path.lexists(Path(run.start.folder, RESULT))
            if ended.code or has_result or run.step + 1 == len(self._steps):
                self._channel.send(ended)
            else:
                self._fork(run.start, run.step + 1)


def _perform(step: Step, start: Start, stages: int, supervisor: int) -> None:
    """Performs a step in the forked child and ends the process, whatever the notebook changed."""
    code = 1
    try:
        end_with_parent(supervisor)
        adopt_orphans()  # so that their memory counts
        os.setsid()
        folder = Path(start.folder)
        _redirect_streams(folder / ERRORS)
        isolate_child(
            folder,
            folder.parent,
            map(Path, start.readable),
            is_confined=start.is_confined,
            needs_loopback=True,
        )
        bound_memory(start.megabytes * RESERVED)
        bound_files()
        step(folder, lambda stage: _report_stage(stages, stage))
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(code)


def _redirect_streams(errors: Path) -> None:
    """Gives the process no input, and a file for its output: a terminal would obey its codes."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    file = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    for number in (1, 2):
        os.dup2(file, number)
    os.close(file)


def _report_stage(stages: int, stage: str) -> None:
    with suppress(OSError):  # the notebook may have closed it
        os.write(stages, f"{stage}\n".encode())


def main() -> NoReturn:
    """Preloads, then serves until the parent closes the socket."""
    gc.disable()  # what is imported stays
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's: the parent decides
    protect_process()
    adopt_orphans()
    channel = Channel(socket.socket(fileno=0))
    code = 1
    try:
        _serve(channel)
        code = 0
    except UnsafeForkError as error:
        code = UNEXPECTED_THREADS
        sys.stderr.write(f"smartinst: {error}\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for child in children(os.getpid()):
            kill_tree(child)
        os._exit(code)  # without the exit handlers of what was imported


def _serve(channel: Channel) -> None:
    """Prepares for as many runs as the first message says, and serves."""
    messages: list[Message] = []

    def run_count() -> int:
        messages.extend(channel.receive() or [])
        return messages[0].runs if messages and isinstance(messages[0], Work) else 0

    preload(run_count)
    if not messages or not isinstance(work := messages[0], Work):
        return
    limit_polars_threads(min(work.jobs, work.runs))
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)
    gc.enable()
    preloaded = Preloaded(channel, work.jobs, is_split=work.runs == 1)
    with suppress(BrokenPipeError):  # the parent has ended
        preloaded.accept(messages[1:])
        preloaded.serve()


if __name__ == "__main__":
    main()
