"""Execution of a notebook by Papermill, in a memory-bounded kernel without secrets."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from smartinst.errors import ReportError
from smartinst.pages.reading.notebook_file import read_notebook, write_notebook
from smartinst.runs.limits import RESERVED, memory_bounded
from smartinst.settings import Settings

KERNEL_START_SECONDS: Final = 120
KERNEL_STARTS: Final = 3


def execute_notebook(
    notebook: Path, executed: Path, parameters: dict[str, Any], settings: Settings
) -> None:
    """Executes a notebook and writes it to `executed`; ReportError names the cell that failed."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    from smartinst.runs.kernel import bounded_kernel

    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    cell_numbers: list[int] = []  # numbers of the code cells started so far
    kernel = bounded_kernel(settings.limits.run_mb)

    def count_cell(cell: Any, **_: Any) -> None:
        if cell.cell_type == "code" and cell.source.strip():
            cell_numbers.append(len(cell_numbers) + 1)

    def execute() -> Any:
        with memory_bounded(settings.limits.run_mb * RESERVED):
            return papermill.execute_notebook(
                read_notebook(notebook),  # not a path, in which Papermill would replace braces
                None,
                parameters,
                progress_bar=False,
                request_save_on_cell_execute=False,
                start_timeout=KERNEL_START_SECONDS,
                execution_timeout=settings.limits.cell_seconds,
                cwd=str(settings.workspace),
                kernel_name="python3",
                kernel_manager_class=kernel,
                on_cell_start=count_cell,
                extra_arguments=["--log-level=CRITICAL"],  # errors of a cell are in its outputs
                config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            )

    try:
        result = _with_kernel_restarts(execute, cell_numbers)
    except CellTimeoutError as error:
        raise ReportError(
            f"{notebook.name}, cell {cell_numbers[-1]}: it took longer than [limits] cell_seconds"
        ) from error
    except DeadKernelError as error:
        is_too_large = kernel.memory_exceeded.is_set()
        reason = "it took more memory than [limits] run_mb" if is_too_large else "the kernel died"
        raise ReportError(f"{notebook.name}, cell {cell_numbers[-1]}: {reason}") from error
    except PapermillExecutionError as error:
        reason = f"{error.ename}: {error.evalue}".splitlines()[0].strip(": ")
        raise ReportError(f"{notebook.name}, cell {error.exec_count}: {reason}") from error
    result.metadata["papermill"] |= {"input_path": notebook.name, "output_path": executed.name}
    write_notebook(result, executed)


def _with_kernel_restarts(execute: Callable[[], Any], cell_numbers: Sequence[int]) -> Any:
    """The result of `execute`, tried again if the kernel ended before any cell.

    Two kernels that start at the same time may choose the same port.
    """
    starts = 0
    while True:
        starts += 1
        try:
            return execute()
        except RuntimeError as error:
            if cell_numbers:
                raise
            if starts == KERNEL_STARTS:
                raise ReportError(f"no kernel could be started: {error}") from error
            logging.getLogger(__name__).warning(
                "a kernel did not start (%s); starting another", error
            )
