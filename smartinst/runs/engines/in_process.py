"""Papermill's execution of a notebook in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from threading import RLock
from typing import Any, Final

from nbclient.client import timestamp
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError
from papermill.engines import Engine, papermill_engines

from smartinst.runs.engines.local_kernel import LocalKernel, Message, started_kernel
from smartinst.runs.engines.papermill_engine import NotebookClient, hide_allowed_errors
from smartinst.runs.engines.time_limit import CellOverrun, cell_time_limit

IN_PROCESS_ENGINE: Final = "smartinst-in-process"


class LocalClient:
    """The part of a kernel's client that nbclient uses to execute a cell."""

    request: Message

    def __init__(self, kernel: LocalKernel) -> None:
        self._kernel = kernel

    def execute(self, code: str, *, store_history: bool, stop_on_error: bool) -> str:
        """The id of a new request, which is not executed yet."""
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": stop_on_error,
        }
        self.request = self._kernel.session.msg("execute_request", content)
        return str(self.request["header"]["msg_id"])

    def is_alive(self) -> bool:
        """Whether the kernel is alive, as this process is."""
        return True


class InProcessNotebookClient(NotebookClient):
    """Executes the cells of a notebook in this process, with the outputs of a kernel."""

    def execute(self, *, variables: Mapping[str, str]) -> Any:
        """The executed notebook."""
        self.reset_execution_trackers()
        with started_kernel(variables) as self._kernel:
            self.kc = LocalClient(self._kernel)
            self.papermill_execute_cells()
            self.nb.metadata["language_info"] = dict(self._kernel.language_info)
            self.set_widgets_metadata()
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        """Executes one cell; raises CellOverrun if it takes too long."""
        with cell_time_limit(self.timeout):
            return super().execute_cell(cell, cell_index, **options)

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        """Keeps the index of the cell; its outputs are processed when they are published."""
        self._cell_index = cell_index

    async def _async_poll_for_reply(
        self,
        msg_id: str,
        cell: Any,
        timeout: int | None,
        task_poll_output_msg: asyncio.Future[Any],
        task_poll_kernel_alive: asyncio.Future[Any],
    ) -> Message:
        """The reply of the kernel, after the cell was executed."""
        task_poll_kernel_alive.cancel()
        await task_poll_output_msg
        publish = partial(self._publish, RLock(), cell, self._cell_index)
        reply = await self._kernel.reply(self.kc.request, publish)
        cell["metadata"]["execution"]["shell.execute_reply"] = timestamp(reply)
        return reply

    def _publish(self, lock: RLock, cell: Any, cell_index: int, message: Message) -> None:
        """Adds a message to the outputs of the cell, from any thread."""
        with lock, suppress(CellExecutionComplete):
            self.process_message(message, cell, cell_index)


class InProcessEngine(Engine):  # type: ignore[misc]
    """Executes in this process, and hides allowed errors from Papermill's final check."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Executes the notebook of an execution manager; raises CellTimeoutError."""
        client = InProcessNotebookClient(
            nb_man,
            timeout=options["execution_timeout"],
            on_cell_execute=options["on_cell_execute"],
        )
        try:
            notebook = client.execute(variables=options["variables"])
        except CellOverrun as error:
            raise CellTimeoutError from error
        hide_allowed_errors(notebook)
        return notebook


papermill_engines.register(IN_PROCESS_ENGINE, InProcessEngine)
