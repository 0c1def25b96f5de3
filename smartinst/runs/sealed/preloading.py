"""What the preloaded process imports and draws before it forks the processes of runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from smartinst.drawing.vega.warm_up import warm_up as draw_samples
from smartinst.runs.engines import preloading as engines
from smartinst.runs.sealed.threads import await_threads
from smartinst.sandbox.paths import program_paths

CHART_ROUNDS: Final = ((8, 4), (3, 1), (0, 0))
"""Number of runs from which so many rounds cost less than they save, in falling order."""


def preload(await_run_count: Callable[[], int]) -> None:
    """Imports and builds what all runs share, and for several runs also the compilers.

    For the main thread, in which V8 loads and draws the sample charts while another thread imports:
    V8 leaves the interpreter to others, and belongs to the thread that loads it. The other thread
    has ended afterwards. `await_run_count` is called as soon as the number of runs matters; it may
    wait for it.
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
    program_paths()


def preload_compilers() -> None:
    """Imports and builds what compiling shares, without starting a thread."""
    import smartinst.runs.artifacts  # noqa: F401 - its imports are the purpose
    from smartinst.pages import preloading

    preloading.preload_compilers()


def _chart_rounds(run_count: int) -> int:
    """How often it pays to draw the sample charts beforehand (drawing/vega/warm_up.py)."""
    return next(rounds for runs, rounds in CHART_ROUNDS if run_count >= runs)
