"""Papermill's execution of a notebook in a kernel, with JupyterLab's numbers of cells."""

from __future__ import annotations

from typing import Any, Final

from jupyter_core.utils import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from smartinst.pages.reading.notebook_cells import has_tag, is_successful_exit

ENGINE: Final = "smartinst"
INJECTED: Final = "injected-parameters"
"""The tag of the cell that Papermill adds with the parameters."""

_ALLOWED_ERRORS: Final = "allowed_errors"


class NotebookClient(PapermillNotebookClient):  # type: ignore[misc]
    """Executes cells; the cell of injected parameters gets no number.

    The other cells therefore have the same numbers as in JupyterLab.
    """

    async def async_execute_cell(
        self,
        cell: Any,
        cell_index: int,
        execution_count: int | None = None,
        store_history: bool = True,
    ) -> Any:
        """Executes one cell."""
        is_injected = has_tag(cell, INJECTED)
        executed_cell = await super().async_execute_cell(
            cell, cell_index, execution_count, store_history and not is_injected
        )
        if is_injected:
            executed_cell.execution_count = None
        return executed_cell

    execute_cell = run_sync(async_execute_cell)


class Engine(NBClientEngine):  # type: ignore[misc]
    """Executes with our client, and hides allowed errors from Papermill's final check."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Executes the notebook of an execution manager."""
        options |= {
            "kernel_name": kernel_name,
            "startup_timeout": options.pop("start_timeout"),
            "timeout": options.pop("execution_timeout", None),
        }
        options.pop("input_path")
        notebook = NotebookClient(nb_man, **options).execute()
        hide_allowed_errors(notebook)
        return notebook


def hide_allowed_errors(notebook: Any) -> None:
    """Moves errors of cells with the tag `raises-exception` to the metadata.

    Papermill would fail for them, and for the successful exits `sys.exit(None)` and `exit(False)`.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if is_successful_exit(output) and output.evalue:
                output.evalue = "0"
        if has_tag(cell, "raises-exception") and "outputs" in cell:
            errors = [output for output in cell.outputs if output.output_type == "error"]
            cell.metadata[_ALLOWED_ERRORS] = errors
            cell.outputs = [output for output in cell.outputs if output.output_type != "error"]


def restore_allowed_errors(notebook: Any) -> None:
    """Moves errors that are allowed from the metadata back to the outputs of their cells."""
    for cell in notebook.cells:
        if errors := cell.metadata.pop(_ALLOWED_ERRORS, None):
            cell.outputs = [*cell.outputs, *errors]


papermill_engines.register(ENGINE, Engine)
