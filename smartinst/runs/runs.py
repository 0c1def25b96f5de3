"""Runs: a notebook is executed with checked parameters and compiled into artifacts.

The input is parameters; the output is paths and measures. All artifacts appear together or not
at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from smartinst.runs.executors import LostResult, distribute
from smartinst.runs.failures import lost_outcome
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.sealed.preloaded_process import PreloadedProcess
from smartinst.runs.sealed.sealed_runs import run_on_worker, run_sealed
from smartinst.settings import Settings


def run_reports(
    requests: Iterable[RunRequest],
    settings: Settings,
    jobs: int,
    process: PreloadedProcess | None = None,
) -> Iterator[RunOutcome]:
    """Outcomes of several runs, `jobs` at a time; the failure of one does not stop the others.

    `process`: a preloaded process that was started for them.
    """
    if settings.executor == "local":
        yield from run_sealed(requests, settings, max(jobs, 1), process)
        return
    run = partial(run_on_worker, settings=settings)
    for request, result in distribute(run, list(requests), settings.executor):
        yield lost_outcome(request, result) if isinstance(result, LostResult) else result
