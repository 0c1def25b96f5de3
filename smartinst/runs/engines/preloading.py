"""What a process prepares before it forks the processes of runs."""

from __future__ import annotations

import gc
from typing import Any

import nbformat


def preload() -> None:
    """Imports and builds what every run in a forked process needs.

    No query of Polars is made, no thread is started, and vl-convert is not used.
    """
    import smartinst.report.book
    import smartinst.runs.engines.in_process  # noqa: F401
    from smartinst.pages.preloading import preload_compilers
    from smartinst.runs.engines.local_kernel import local_kernel

    local_kernel()
    preload_compilers()
    nbformat.validate(_small_notebook())  # compiles the schema
    gc.collect()


def _small_notebook() -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
