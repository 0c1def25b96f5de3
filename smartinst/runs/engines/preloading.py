"""What a process prepares before it forks the processes of runs."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

import nbformat

PARAMETERS: Final = {"seller": "acme"}
DEBUGGER: Final = "debugpy"

IMPORTS: Final = """
bdb
IPython.core.logger
IPython.extensions.storemagic
papermill.parameterize
smartinst.analytics.book.arrears.arrears
smartinst.analytics.book.cash.month_totals
smartinst.analytics.book.cohorts.month_sales
smartinst.analytics.book.recovery.queue_of_report
smartinst.analytics.book.tables
smartinst.report.book
smartinst.report.charts.mime_renderer
smartinst.report.loan_book.bound_figure
smartinst.report.loan_book.calendar_windows
smartinst.report.sections.seller
smartinst.report.sections.statement
smartinst.report.sections.weekly
smartinst.runs.engines.in_process
smartinst.runs.engines.kernel_reason
"""
"""What the engine, its kernel and the notebooks that are mailed import, also at first use."""


def import_modules() -> None:
    """Imports what the execution of a notebook needs; any thread may call it.

    No query of Polars is made, no thread is started, vl-convert is not used, and the environment
    of this process remains as it is.
    """
    _import_without_debugger()
    for name in IMPORTS.split():
        import_module(name)


def preload() -> None:
    """Imports and builds what the execution of a notebook in a forked process needs.

    For the main thread, because it builds the kernel. The restrictions of `import_modules` apply.
    """
    import_modules()
    import altair
    import papermill.parameterize

    from smartinst.runs.engines.kernel_reason import kernel_reason
    from smartinst.runs.engines.local_kernel import local_kernel

    local_kernel()
    chart = altair.Chart({"values": []}).mark_bar().encode(x="total:Q")
    chart = chart.transform_aggregate(total="sum(amount)").transform_window(rank="rank()")
    chart.to_dict(validate=False)  # compiles the patterns of short forms
    cell = nbformat.v4.new_code_cell("seller = ''", metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)  # compiles the schema
    kernel_reason(notebook)
    notebook.metadata["papermill"] = {}
    papermill.parameterize.parameterize_notebook(
        notebook, PARAMETERS, kernel_name="python3", language="python"
    )


def _import_without_debugger() -> None:
    """Imports ipykernel without debugpy, which takes 0.15 s and which no run needs.

    A notebook may still import debugpy itself.
    """
    modules: dict[str, Any] = sys.modules
    if DEBUGGER in modules:
        return
    modules[DEBUGGER] = None
    try:
        import ipykernel.debugger  # noqa: F401
    finally:
        del modules[DEBUGGER]
