"""Execution of a notebook by Papermill, in a memory-bounded kernel without secrets."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smartinst.errors import ReportError
from smartinst.pages.markup.attachments import attach_pictures
from smartinst.pages.reading.notebook_cells import error_text, has_tag
from smartinst.pages.reading.notebook_file import read_notebook, write_notebook
from smartinst.report.reader import READER_KEY, Reader
from smartinst.runs.limits import RESERVED, memory_bounded
from smartinst.settings import Settings

if TYPE_CHECKING:
    from smartinst.runs.kernel import KernelManager

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
) -> None:
    """Executes a notebook and writes it to `executed`; ReportError names the cell that failed.

    A cell that calls `sys.exit(0)` ends the execution; the cells after it have no outputs.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from smartinst.runs.kernel import bounded_kernel
    from smartinst.runs.papermill_engine import restore_allowed_errors

    cell_names: list[str] = []  # of the cells started so far
    kernel = bounded_kernel(settings.limits.run_mb, reader.to_environment())

    def execute() -> Any:
        with memory_bounded(settings.limits.run_mb * RESERVED):
            return _execute(_to_execute(notebook), parameters, kernel, cell_names, settings)

    try:
        result = _with_kernel_restarts(execute, cell_names)
    except CellTimeoutError as error:
        raise ReportError(
            f"{notebook.name}, {cell_names[-1]}: it took longer than [limits] cell_seconds"
        ) from error
    except DeadKernelError as error:
        is_too_large = kernel.memory_exceeded.is_set()
        reason = "it took more memory than [limits] run_mb" if is_too_large else "the kernel died"
        raise ReportError(f"{notebook.name}, {cell_names[-1]}: {reason}") from error
    except PapermillExecutionError as error:
        text = error_text({"ename": error.ename, "evalue": error.evalue})
        raise ReportError(f"{notebook.name}, {cell_names[-1]}: {text}") from error
    restore_allowed_errors(result)
    result.metadata["papermill"] |= {"input_path": notebook.name, "output_path": executed.name}
    result.metadata[READER_KEY] = {"locale": reader.locale, "timezone": reader.timezone}
    write_notebook(result, executed)


def _to_execute(path: Path) -> Any:
    """The notebook to execute: without outputs, with our kernel and the pictures beside it."""
    notebook = read_notebook(path)
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


def _execute(
    notebook: Any,
    parameters: dict[str, Any],
    kernel: type[KernelManager],
    cell_names: list[str],
    settings: Settings,
) -> Any:
    """Papermill's result; appends the name of each code cell that starts to `cell_names`."""
    import papermill
    from traitlets.config import Config

    from smartinst.runs.kernel import ARGUMENTS
    from smartinst.runs.papermill_engine import ENGINE, INJECTED

    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    numbers = iter(range(1, len(notebook.cells) + 1))

    def name_cell(cell: Any, **_: Any) -> None:
        is_injected = has_tag(cell, INJECTED)
        cell_names.append("its parameters" if is_injected else f"cell [{next(numbers)}]")

    return papermill.execute_notebook(
        notebook,  # not a path, in which Papermill would replace braces
        None,
        parameters,
        engine_name=ENGINE,
        progress_bar=False,
        request_save_on_cell_execute=False,
        start_timeout=KERNEL_START_SECONDS,
        execution_timeout=settings.limits.cell_seconds,
        cwd=str(settings.workspace),
        kernel_name=KERNEL["name"],
        language=KERNEL["language"],
        kernel_manager_class=kernel,
        on_cell_execute=name_cell,
        extra_arguments=list(ARGUMENTS),
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
    )


def _with_kernel_restarts(execute: Callable[[], Any], cell_names: Sequence[str]) -> Any:
    """The result of `execute`, tried again if the kernel ended before any cell.

    Two kernels that start at the same time may choose the same port.
    """
    starts = 0
    while True:
        starts += 1
        try:
            return execute()
        except RuntimeError as error:
            if cell_names:
                raise
            if starts == KERNEL_STARTS:
                raise ReportError(f"no kernel could be started: {error}") from error
            logging.getLogger(__name__).warning(
                "a kernel did not start (%s); starting another", error
            )
