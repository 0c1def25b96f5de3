"""Execution of a notebook by Papermill: in a memory-bounded kernel, or in this process."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from smartinst.errors import ReportError
from smartinst.pages.markup.attachments import attach_pictures
from smartinst.pages.reading.error_names import error_name
from smartinst.pages.reading.notebook_cells import PAGE_ONLY, has_tag
from smartinst.pages.reading.notebook_file import TOO_DEEP, read_notebook, write_notebook
from smartinst.report.reader import READER_KEY, Reader
from smartinst.runs.limits import RESERVED, memory_bounded
from smartinst.settings import Settings

KERNEL_START_SECONDS: Final = 120
KERNEL_STARTS: Final = 3
KERNEL: Final = {"name": "python3", "display_name": "Python 3", "language": "python"}
"""The kernel of every run; the notebook's own may not exist on this machine."""


def execute_notebook(
    notebook: Path,
    executed: Path,
    parameters: dict[str, Any],
    reader: Reader,
    settings: Settings,
    *,
    in_process: bool = False,
    on_cell: Callable[[str], None] | None = None,
) -> None:
    """Executes a notebook and writes it to `executed`; ReportError names the cell that failed.

    A cell that calls `sys.exit(0)` ends the execution; the cells after it have no outputs.
    The cells of the offline page are left out for a reader of the PDF alone. `in_process`: this
    process is dedicated to the run, so cells may be executed in it. `on_cell` is called with the
    name of each code cell that starts.
    """
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    from smartinst.runs.engines.papermill_engine import restore_allowed_errors

    node = notebook_to_execute(notebook, is_printed_only=reader.is_printed_only)
    cells = CellNames(len(node.cells), on_cell)
    execute = _execute_in_kernel
    if in_process and not _needs_kernel(notebook, node, parameters, settings):
        execute = _execute_in_process
    try:
        result = execute(node, parameters, cells, reader, settings)
    except CellTimeoutError as error:
        raise ReportError(
            f"{notebook.name}, {cells.current}: it took longer than [limits] cell_seconds"
        ) from error
    except KernelLostError as error:
        raise ReportError(f"{notebook.name}, {cells.current}: {error}") from error
    except PapermillExecutionError as error:
        names = ("ename", "evalue", "traceback")
        text = error_name({name: getattr(error, name) for name in names})
        raise ReportError(f"{notebook.name}, {cells.current}: {text}") from error
    except RecursionError as error:  # an error of a cell is one of Papermill
        raise ReportError(f"{notebook.name}: {TOO_DEEP}") from error
    restore_allowed_errors(result)
    result.metadata["papermill"] |= {"input_path": notebook.name, "output_path": executed.name}
    result.metadata[READER_KEY] = reader.to_metadata()
    write_notebook(result, executed)


class KernelLostError(Exception):
    """A kernel ended during a cell; the message is the reason."""


class CellNames:
    """Names the code cells that start: by their numbers in JupyterLab."""

    def __init__(self, count: int, on_cell: Callable[[str], None] | None) -> None:
        self.current = ""
        """Name of the cell that started last; empty before the first one."""
        self._numbers = iter(range(1, count + 1))
        self._on_cell = on_cell

    def start(self, cell: Any, **_: Any) -> None:
        """Names a cell that starts."""
        from smartinst.runs.engines.papermill_engine import INJECTED

        is_injected = has_tag(cell, INJECTED)
        self.current = "its parameters" if is_injected else f"cell [{next(self._numbers)}]"
        if self._on_cell:
            self._on_cell(self.current)


def _needs_kernel(
    path: Path, notebook: Any, parameters: dict[str, Any], settings: Settings
) -> bool:
    """Whether a kernel must execute the notebook; logs the reason if the notebook needs one."""
    from smartinst.runs.engines.kernel_reason import kernel_reason

    if settings.engine == "kernel":
        return True
    reason = kernel_reason(notebook, parameters)
    if reason:
        logging.getLogger(__name__).warning("%s is executed in a kernel: %s", path.name, reason)
    return reason is not None


def notebook_to_execute(path: Path, *, is_printed_only: bool = False) -> Any:
    """The notebook to execute: without outputs, with our kernel and the pictures beside it.

    `is_printed_only`: without the cells of the offline page.
    """
    notebook = read_notebook(path)
    if is_printed_only:
        notebook.cells = [cell for cell in notebook.cells if not has_tag(cell, PAGE_ONLY)]
    notebook.metadata.pop("language_info", None)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            attach_pictures(cell, path.parent)
        if cell.cell_type == "code":
            cell |= {"outputs": [], "execution_count": None}
        elif has_tag(cell, "parameters"):  # Papermill would add the parameters after the text
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != "parameters"]
    return notebook


def _execute_in_kernel(
    notebook: Any, parameters: dict[str, Any], cells: CellNames, reader: Reader, settings: Settings
) -> Any:
    """Papermill's result; raises KernelLostError if the kernel ends."""
    from nbclient.exceptions import DeadKernelError
    from traitlets.config import Config

    from smartinst.runs.engines.kernel import ARGUMENTS, bounded_kernel
    from smartinst.runs.engines.papermill_engine import ENGINE

    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    kernel = bounded_kernel(settings.limits.run_mb, reader.to_environment())
    options = {
        "kernel_manager_class": kernel,
        "extra_arguments": list(ARGUMENTS),
        "config": Config({"KernelManager": {"transport_encryption": "auto"}}),
    }

    def execute() -> Any:
        with memory_bounded(settings.limits.run_mb * RESERVED):
            copy = deepcopy(notebook)  # Papermill changes it
            return _execute(copy, parameters, ENGINE, cells, settings, **options)

    try:
        return _with_kernel_restarts(execute, cells)
    except DeadKernelError as error:
        is_too_large = kernel.memory_exceeded.is_set()
        reason = "it took more memory than [limits] run_mb" if is_too_large else "the kernel died"
        raise KernelLostError(reason) from error


def _execute_in_process(
    notebook: Any, parameters: dict[str, Any], cells: CellNames, reader: Reader, settings: Settings
) -> Any:
    """Papermill's result, executed in this process."""
    from smartinst.runs.engines.in_process import IN_PROCESS_ENGINE

    options = {"variables": reader.to_environment()}
    return _execute(notebook, parameters, IN_PROCESS_ENGINE, cells, settings, **options)


def _execute(
    notebook: Any,
    parameters: dict[str, Any],
    engine: str,
    cells: CellNames,
    settings: Settings,
    **options: Any,
) -> Any:
    """Papermill's result, by an engine with its own options.

    Papermill prepares, executes and checks the notebook; it would also encode all of it once more
    to write it nowhere.
    """
    import papermill
    from papermill.engines import papermill_engines
    from papermill.execute import raise_for_execution_errors

    prepared = papermill.execute_notebook(
        notebook,  # not a path, in which Papermill would replace braces
        None,
        parameters,
        engine_name=engine,
        prepare_only=True,
        kernel_name=KERNEL["name"],
        language=KERNEL["language"],
    )
    executed = papermill_engines.execute_notebook_with_engine(
        engine,
        prepared,
        KERNEL["name"],
        input_path=None,
        output_path=None,
        progress_bar=False,
        start_timeout=KERNEL_START_SECONDS,
        execution_timeout=settings.limits.cell_seconds,
        on_cell_execute=cells.start,
        **options,
    )
    raise_for_execution_errors(executed, None)
    return executed


def _with_kernel_restarts(execute: Callable[[], Any], cells: CellNames) -> Any:
    """The result of `execute`, tried again if the kernel ended before any cell.

    Two kernels that start at the same time may choose the same port.
    """
    starts = 0
    while True:
        starts += 1
        try:
            return execute()
        except RuntimeError as error:
            if cells.current:
                raise
            if starts == KERNEL_STARTS:
                raise ReportError(f"no kernel could be started: {error}") from error
            logging.getLogger(__name__).warning(
                "a kernel did not start (%s); starting another", error
            )
