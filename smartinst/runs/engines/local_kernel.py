"""An IPython kernel that executes cells in this process, without sockets.

Only for a process that is dedicated to one run: a notebook may change everything in its process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, copy_context
from types import SimpleNamespace
from typing import Any, Final

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from traitlets.config import Config

from smartinst.runs.engines.captured_streams import CapturedStream
from smartinst.runs.engines.kernel import EXIT_LINE, EXIT_WARNING

Message = dict[str, Any]

EXTENSIONS: Final = ("storemagic", "smartinst.report.display")
"""What a run's kernel loads at its start; the first one is a default of ipykernel."""


class LocalSession(Session):
    """A session that hands each message to `publish`, in the form in which a client gets it."""

    publish: Callable[[Message], None]

    def send(
        self, stream: Any, msg_or_type: Any, *args: Any, buffers: Any = None, **options: Any
    ) -> Message | None:
        """The message; None in a process that the notebook has forked, where nothing is sent.

        The arguments are those of jupyter_client.
        """
        if os.getpid() != self.pid:
            return None
        message: Message = msg_or_type
        if isinstance(msg_or_type, str):
            content, parent = (*args, None, None)[:2]
            parts = {"content": content, "parent": parent} | options
            parts.pop("ident", None)
            message = self.msg(msg_or_type, **parts)
        received = self.unpack(self.pack(message["content"]))
        self.publish({**message, "content": received, "buffers": buffers or []})
        return message


class LocalKernel(IPythonKernel):
    """The kernel of this process."""

    session: LocalSession
    shell: Any
    context: Context
    """The context in which all cells are executed, so that they share context variables."""

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """There is no queue: the client decides whether the next cell is executed."""

    async def reply(self, request: Message, publish: Callable[[Message], None]) -> Message:
        """The reply to a request of execution; outputs are given to `publish` meanwhile."""
        replies: list[Message] = []

        def receive(message: Message) -> None:
            if message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                is_reply = message["msg_type"] == "execute_reply"
                replies.append(message) if is_reply else publish(message)

        self.session.publish = receive
        await asyncio.get_running_loop().create_task(self._reply(request), context=self.context)
        return replies[0]

    async def _reply(self, request: Message) -> None:
        self.set_parent([], request)
        self._publish_status("busy", "shell")
        self.pre_handler_hook()
        try:
            await self.execute_request(None, [], request)
        finally:
            self.post_handler_hook()
        self._publish_status("idle", "shell")


def local_kernel() -> LocalKernel:
    """The kernel of this process, which is created once; it does not change the process yet."""
    if LocalKernel.initialized():
        return LocalKernel.instance()
    environment, main = dict(os.environ), sys.modules["__main__"]
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        return LocalKernel.instance(
            session=LocalSession(key=b""),
            config=Config({"HistoryManager": {"enabled": False}}),
            log=logging.getLogger(__name__),
            shell_channel_thread=SimpleNamespace(parent_thread=None),
        )
    finally:
        sys.modules["__main__"] = main
        os.environ.clear()
        os.environ.update(environment)


@contextmanager
def started_kernel(variables: Mapping[str, str]) -> Iterator[LocalKernel]:
    """The kernel of this process, while the process is one: its streams and environment.

    What the notebook changes besides, remains changed.
    """
    kernel = local_kernel()
    shell = kernel.shell
    streams: list[CapturedStream] = []
    previous = sys.stdout, sys.stderr, sys.modules["__main__"], sys.argv
    kernel.session.pid = os.getpid()
    kernel.session.publish = _drop
    kernel.context = copy_context()
    os.environ.update(variables)
    shell.init_environment()
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    warnings.filterwarnings("ignore", EXIT_WARNING)
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.modules["__main__"] = shell.user_module
        sys.argv = ["ipykernel_launcher.py"]
        sys.stdout = CapturedStream(kernel.session, "stdout", streams)
        sys.stderr = CapturedStream(kernel.session, "stderr", streams)
        with _without_log_handlers():
            for extension in EXTENSIONS:
                shell.extension_manager.load_extension(extension)
            shell.run_cell(EXIT_LINE, store_history=False)
            yield kernel
    finally:
        for captured in streams:
            captured.release()
        sys.stdout, sys.stderr, sys.modules["__main__"], sys.argv = previous


def _drop(message: Message) -> None:
    """Outputs outside of cells are not in a notebook."""


@contextmanager
def _without_log_handlers() -> Iterator[None]:
    """Removes the program's handlers of log records for the time of the block."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
