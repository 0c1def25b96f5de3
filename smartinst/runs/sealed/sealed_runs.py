"""Sealed runs on this machine: several at a time, each in a process of its own.

A run that ends its own process affects no other one. If the preloaded process itself ends, the runs
in progress are run once more, each with a preloaded process of its own, to identify the one that
ends it.
"""

from __future__ import annotations

import atexit
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext
from threading import Lock
from typing import Final

from smartinst.credentials import PRIVATE_UMASK
from smartinst.runs.executors import LostResult
from smartinst.runs.failures import lost_outcome, outcome_of_error
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.sealed.checks import checked_parameters
from smartinst.runs.sealed.pool import Pool, kernel_settings
from smartinst.runs.sealed.preloaded_process import PreloadedProcess, open_process
from smartinst.sandbox.linux import set_dumpable
from smartinst.settings import Settings

WORKER_RUNS: Final = 1000
"""Runs that a worker of a cluster is expected to execute."""

MAX_FAILED_STARTS: Final = 3
"""Preloaded processes in succession that end before any run, after which the others are lost."""

PROCESS_ENDED: Final = LostResult("the process that executed it ended")
NO_START: Final = LostResult("the process that starts the runs ended before it started any")


def run_sealed(
    requests: Iterable[RunRequest],
    settings: Settings,
    jobs: int,
    process: PreloadedProcess | None = None,
) -> Iterator[RunOutcome]:
    """The outcomes of runs, `jobs` at a time, in order of completion.

    `process`: a preloaded process that was started for them.
    """
    queue, suspects = deque(requests), list[RunRequest]()
    yield from _invalid_requests(queue, settings)
    failed_starts = 0
    while queue and failed_starts < MAX_FAILED_STARTS:
        with nullcontext(process) if process else open_process(settings) as current:
            process = None
            pool = Pool(current, settings, jobs, len(queue))
            yield from (outcome for _, outcome in pool.run(queue))
            suspects += pool.in_progress()
            failed_starts = 0 if pool.has_started else failed_starts + 1
    yield from (lost_outcome(request, NO_START) for request in queue)
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
        return outcomes[0] if outcomes else _run_alone(request, settings)


def _run_alone(request: RunRequest, settings: Settings) -> RunOutcome:
    """The outcome of a run in a preloaded process of its own, with a Jupyter kernel."""
    with open_process(settings) as process:
        pool = Pool(process, kernel_settings(settings), 1, 1)
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
            os.umask(PRIVATE_UMASK)  # `dask worker` was started with that of its user
            atexit.register(self.close)
            process = self._stack.enter_context(open_process(settings))
            self._pool = Pool(process, settings, 1, WORKER_RUNS)
            self._settings = settings
        return self._pool

    def close(self) -> None:
        """Ends the preloaded process and removes its folder."""
        atexit.unregister(self.close)
        self._pool = None
        self._stack.close()


_WORKER: Final = _Worker()
