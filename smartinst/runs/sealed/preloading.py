"""What the preloaded process imports and draws before it forks the processes of runs."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from smartinst.runs.sealed.threads import await_threads

CHART_ROUNDS: Final = ((8, 4), (3, 1), (0, 0))
"""Number of runs from which so many rounds cost less than they save, in falling order."""


def preload_compilers() -> None:
    """Imports and builds what compiling shares, without starting a thread."""
    from smartinst.pages import preloading

    preloading.preload_compilers()


def preload() -> None:
    """Imports and builds what the execution of all runs shares, without starting a thread."""
    from smartinst.drawing.vega.warm_up import warm_up as draw_samples
    from smartinst.runs.engines import preloading

    preloading.preload()
    draw_samples(0)


def warm_up(run_count: int) -> None:
    """Prepares what pays only for several runs: the compilers, while V8 draws the charts.

    V8 leaves the interpreter to other threads while it draws.
    """
    from smartinst.drawing.vega.warm_up import warm_up as draw_samples

    with ThreadPoolExecutor(1) as thread:
        compilers = thread.submit(preload_compilers)
        draw_samples(_chart_rounds(run_count))
    compilers.result()
    await_threads()
    gc.collect()


def _chart_rounds(run_count: int) -> int:
    """How often it pays to draw the sample charts beforehand (drawing/vega/warm_up.py)."""
    return next(rounds for runs, rounds in CHART_ROUNDS if run_count >= runs)
