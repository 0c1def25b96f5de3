"""The kernel of a run, with a limit on its memory."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final

import psutil
from jupyter_client.manager import AsyncKernelManager

from smartinst.report.display import KERNEL_ARGUMENT
from smartinst.runs.limits import memory_limit

POLL_SECONDS: Final = 0.2
EXIT_LINE: Final = (
    "get_ipython().ask_exit = lambda: __import__('sys').exit(get_ipython().keepkernel_on_exit)"
)
"""With this line, `exit()` and `quit()` mean `sys.exit()`.

Otherwise they would end the kernel some cells later, and their argument would be ignored.
"""
EXIT_WARNING: Final = "To exit"
"""The start of IPython's warning for `sys.exit()`, which no run displays."""

ARGUMENTS: Final = (
    "--log-level=CRITICAL",  # errors of a cell are in its outputs
    KERNEL_ARGUMENT,
    f"--IPKernelApp.exec_lines={EXIT_LINE}",
)
"""Arguments of a kernel."""


class KernelManager(AsyncKernelManager):
    """Starts kernels without smartinst's credentials, since a notebook is sent with its outputs.

    A kernel that, with its children, uses more than `megabytes` is killed, and
    `memory_exceeded` is set. `variables` are added to its environment.
    """

    megabytes: ClassVar[int]
    variables: ClassVar[Mapping[str, str]] = {}
    memory_exceeded: ClassVar[threading.Event]

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """Starts the kernel with this process's environment, which has no secrets in a run."""
        environment = {**os.environ, **self.variables}
        filters = [environment.get("PYTHONWARNINGS"), f"ignore:{EXIT_WARNING}"]
        environment["PYTHONWARNINGS"] = ",".join(filter(None, filters))
        await super().start_kernel(**{"env": environment, **kw})
        try:
            kernel = psutil.Process(self.provisioner.pid)  # type: ignore[union-attr]
            threading.Thread(target=self._watch, args=(kernel,), name="memory", daemon=True).start()
        except psutil.NoSuchProcess:  # it has already ended; the client will notice
            return
        except BaseException:
            await self.shutdown_kernel(now=True)
            raise

    def _watch(self, kernel: psutil.Process) -> None:
        limit = memory_limit(self.megabytes)
        while kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE:
            processes = _process_tree(kernel)
            if sum(map(_memory_bytes, processes)) > limit:
                self.memory_exceeded.set()
                for process in processes:
                    with suppress(psutil.Error):
                        process.kill()
                return
            time.sleep(POLL_SECONDS)


def _process_tree(kernel: psutil.Process) -> list[psutil.Process]:
    """The kernel and its descendants."""
    try:
        return [kernel, *kernel.children(recursive=True)]
    except (psutil.Error, OSError):
        return [kernel]


def _memory_bytes(process: psutil.Process) -> int:
    """Resident memory; 0 for a process that has ended."""
    try:
        return int(process.memory_info().rss)
    except (psutil.Error, OSError):
        return 0


def bounded_kernel(megabytes: int, variables: Mapping[str, str]) -> type[KernelManager]:
    """A kernel manager class with its own memory bound and variables, for one run."""
    return type(
        "BoundedKernel",
        (KernelManager,),
        {
            "megabytes": megabytes,
            "variables": variables,
            "memory_exceeded": threading.Event(),
        },
    )
