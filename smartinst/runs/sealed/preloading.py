"""What the preloaded process imports and draws before it forks the processes of runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import polars as pl

from smartinst.drawing.vega.warm_up import warm_up as draw_samples
from smartinst.runs.engines import preloading as engines
from smartinst.runs.sealed.threads import await_threads
from smartinst.sandbox.child import cached_program_paths

CHART_ROUNDS: Final = ((8, 4), (3, 1), (0, 0))
"""Number of runs from which so many rounds of sample charts pay off, in descending order."""

THREADS_VARIABLE: Final = "POLARS_MAX_THREADS"


def preload(await_run_count: Callable[[], int]) -> None:
    """Imports and builds what all runs share, and for several runs also the compilers.

    For the main thread: V8 works only in the thread that has loaded it, and lets other threads
    execute Python while it draws, so another thread imports meanwhile. That thread has ended on
    return. `await_run_count` may wait until the number of runs is known.
    """
    with ThreadPoolExecutor(1) as thread:
        tasks = [thread.submit(engines.import_modules)]
        draw_samples(0)
        run_count = await_run_count()
        if run_count > 1:
            tasks.append(thread.submit(preload_compilers))
        draw_samples(_chart_rounds(run_count))
    for task in tasks:
        task.result()
    await_threads()
    engines.preload()
    cached_program_paths()


def preload_compilers() -> None:
    """Imports and builds what compiling shares, without starting a thread."""
    import smartinst.runs.artifacts  # noqa: F401 - its imports are the purpose
    from smartinst.pages import preloading

    preloading.preload_compilers()


def limit_polars_threads(simultaneous_runs: int) -> None:
    """Limits Polars to a single thread in each run if the runs occupy all cores.

    More threads than cores cost a small run 2 % more CPU. A number that the user has set remains.
    Polars is imported already: it reads the variable again when a configuration is loaded.
    """
    if simultaneous_runs >= len(os.sched_getaffinity(0)) and THREADS_VARIABLE not in os.environ:
        pl.Config.load(json.dumps({"environment": {THREADS_VARIABLE: "1"}}))


def _chart_rounds(run_count: int) -> int:
    """How often it pays to draw the sample charts beforehand (drawing/vega/warm_up.py)."""
    return next(rounds for runs, rounds in CHART_ROUNDS if run_count >= runs)
