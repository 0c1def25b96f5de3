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
from contextlib import chdir, contextmanager
from contextvars import Context, copy_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from traitlets.config import Config

from smartinst.runs.engines.captured_streams import OutStream
from smartinst.runs.engines.kernel import EXIT_LINE, EXIT_WARNING

Message = dict[str, Any]

EXTENSIONS: Final = ("storemagic", "smartinst.report.display")
"""What a run's kernel loads at its start; the first one is a default of ipykernel."""
PROGRAM: Final = "ipykernel_launcher.py"
"""The name of the program in a kernel, without the path."""
INLINE_BACKEND: Final = "module://matplotlib_inline.backend_inline"


class LocalSession(Session):
    """A session that calls `publish` with each message, in the form that a client receives."""

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
        received = self.unpack(self.serialize(message)[-1])
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
        with TemporaryDirectory() as folder:  # the run has its own
            os.environ["IPYTHONDIR"] = folder
            return LocalKernel.instance(
                session=LocalSession(key=b""),
                config=Config({"HistoryManager": {"enabled": False}}),
                _execute_sleep=0,  # ipykernel's wait for streams that a thread sends
                log=logging.getLogger(__name__),
                shell_channel_thread=SimpleNamespace(parent_thread=None),
            )
    finally:
        sys.modules["__main__"] = main
        os.environ.clear()
        os.environ.update(environment)


@contextmanager
def started_kernel(variables: Mapping[str, str]) -> Iterator[LocalKernel]:
    """The kernel of this process, ready to execute cells during the block.

    `variables` are added to the environment. Other changes that the notebook makes to the process
    remain after the block.
    """
    kernel = local_kernel()
    kernel.session.pid, kernel.session.publish = os.getpid(), _drop
    kernel.context = copy_context()
    os.environ.update(variables)
    kernel.shell.init_environment()
    kernel.shell.init_ipython_dir(None)
    kernel.shell.init_profile_dir(None)
    os.environ.setdefault("MPLBACKEND", INLINE_BACKEND)
    warnings.filterwarnings("ignore", EXIT_WARNING)
    with (
        chdir("."),  # restores the working directory
        _main_module(kernel.shell.user_module),
        _captured_streams(kernel.session),
        _without_log_handlers(),
    ):
        for extension in EXTENSIONS:
            kernel.shell.extension_manager.load_extension(extension)
        kernel.shell.run_cell(EXIT_LINE, store_history=False)
        yield kernel


def _drop(message: Message) -> None:
    """Outputs outside of cells are not in a notebook."""


@contextmanager
def _main_module(module: ModuleType) -> Iterator[None]:
    """Replaces the program by the notebook's module: for pickles, imports and arguments."""
    previous = sys.modules["__main__"], sys.argv, sys.path
    sys.modules["__main__"], sys.argv, sys.path = module, [PROGRAM], _notebook_path()
    try:
        yield
    finally:
        sys.modules["__main__"], sys.argv, sys.path = previous


def _notebook_path() -> list[str]:
    """The path of imports with the working directory, in the place that ipykernel gives it."""
    entries = [entry for entry in sys.path if entry not in ("", str(Path.cwd()))]
    packages = (n for n, entry in enumerate(entries) if entry.endswith("-packages"))
    entries.insert(next(packages, 0), "")
    return entries


@contextmanager
def _captured_streams(session: LocalSession) -> Iterator[None]:
    """Publishes what is written to standard output and error."""
    previous = sys.stdout, sys.stderr
    for stream in previous:
        stream.flush()
    streams: list[OutStream] = []
    sys.stdout, sys.stderr = (OutStream(session, name, streams) for name in ("stdout", "stderr"))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = previous
        for captured in streams:
            captured.release()


@contextmanager
def _without_log_handlers() -> Iterator[None]:
    """Removes the program's handlers of log records, which would write into the outputs."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
