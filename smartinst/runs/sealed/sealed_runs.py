"""Sealed runs on this machine: several at a time, each in a process of its own.

A run that ends its own process affects no other one. If the preloaded process itself ends, the runs
in progress are run once more, each with a preloaded process of its own, to identify the one that
ends it; with a Jupyter kernel, in case the engine is at fault.
"""

from __future__ import annotations

import atexit
import fcntl
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Final

from smartinst.runs.executors import LostResult
from smartinst.runs.failures import lost_outcome, outcome_of_error
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.sealed.checks import checked_parameters
from smartinst.runs.sealed.pool import Pool
from smartinst.sandbox.linux import set_dumpable
from smartinst.settings import Settings

PREFIX: Final = ".making-"
LOCK: Final = ".lock"
RUN_FOLDERS: Final = "runs"
"""The folder of a pool that has the folders of its runs."""

WORKER_RUNS: Final = 1000
"""Runs that a worker of a cluster is expected to execute."""

MAX_FAILED_STARTS: Final = 3
"""Preloaded processes in succession that end before any run, after which the others are lost."""

PROCESS_ENDED: Final = LostResult("the process that executed it ended")


def run_sealed(
    requests: Iterable[RunRequest], settings: Settings, jobs: int
) -> Iterator[RunOutcome]:
    """The outcomes of runs, `jobs` at a time, in order of completion."""
    queue, suspects = deque(requests), list[RunRequest]()
    yield from _invalid_requests(queue, settings)
    failed_starts = 0
    while queue and failed_starts < MAX_FAILED_STARTS:
        with open_pool(settings, jobs, len(queue)) as pool:
            for request, outcome in pool.run(queue):
                if outcome.loss:
                    suspects.append(request)
                else:
                    yield outcome
            suspects += pool.in_progress()
            failed_starts = 0 if pool.has_started else failed_starts + 1
    yield from (lost_outcome(request, PROCESS_ENDED) for request in queue)
    yield from (_run_alone(request, settings) for request in suspects)


def _invalid_requests(queue: deque[RunRequest], settings: Settings) -> Iterator[RunOutcome]:
    """The outcomes of the invalid requests before the first valid one.

    If all are invalid, no preloaded process is started.
    """
    while queue:
        try:
            checked_parameters(queue[0], settings)
        except Exception as error:
            yield outcome_of_error(queue.popleft(), error)
        else:
            return


def run_on_worker(request: RunRequest, settings: Settings) -> RunOutcome:
    """The outcome of a run on a worker of a cluster, which keeps its preloaded process.

    A worker executes one run at a time, also if it has several threads.
    """
    with _WORKER.lock:
        pool = _WORKER.pool(settings)
        outcomes = [outcome for _, outcome in pool.run(deque([request]))]
        if pool.has_ended:
            _WORKER.close()
        if outcomes and not outcomes[0].loss:
            return outcomes[0]
        return _run_alone(request, settings)


@contextmanager
def open_pool(settings: Settings, jobs: int, expected: int) -> Iterator[Pool]:
    """A pool with a folder of its own, which is removed at the end."""
    with _work_folder(settings.home / "runs") as work, Pool(settings, jobs, work, expected) as pool:
        yield pool


def _run_alone(request: RunRequest, settings: Settings) -> RunOutcome:
    """The outcome of a run in a preloaded process of its own, with a Jupyter kernel."""
    with open_pool(settings.model_copy(update={"engine": "kernel"}), 1, 1) as pool:
        outcomes = [outcome for _, outcome in pool.run(deque([request]))]
    return outcomes[0] if outcomes else lost_outcome(request, PROCESS_ENDED)


class _Worker:
    """The pool of a worker of a cluster, for the settings of its latest run."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._stack = ExitStack()
        self._pool: Pool | None = None
        self._settings: Settings | None = None

    def pool(self, settings: Settings) -> Pool:
        """The pool for these settings; one for others is closed."""
        if self._pool is None or self._settings != settings:
            self.close()
            set_dumpable(False)  # the worker has secrets, and runs descend from it
            atexit.register(self.close)
            self._pool = self._stack.enter_context(open_pool(settings, 1, WORKER_RUNS))
            self._settings = settings
        return self._pool

    def close(self) -> None:
        """Ends the preloaded process and removes its folder."""
        atexit.unregister(self.close)
        self._pool = None
        self._stack.close()


_WORKER: Final = _Worker()


@contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    """A locked folder for the runs of a pool; removes those of processes that were killed."""
    parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        with _locked(parent / LOCK):  # no process removes a folder that is not locked yet
            _remove_abandoned(parent)
            place = TemporaryDirectory(prefix=PREFIX, dir=parent, ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(place))
            stack.enter_context(_locked(folder / LOCK))
        work = folder / RUN_FOLDERS
        work.mkdir()
        yield work


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(folder / LOCK, fcntl.LOCK_NB):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path, flags: int = 0) -> Iterator[None]:
    """Locks a file during the block; with LOCK_NB, BlockingIOError if it is already locked."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | flags)
        yield
