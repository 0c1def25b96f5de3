"""The kernel of a run: its environment has no secrets, and it ends when it holds more memory than a run may."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import Any, ClassVar, Final

import psutil
from jupyter_client.manager import AsyncKernelManager

from smartinst.runs.limits import MEGABYTE
from smartinst.settings import without_secrets

LOOK_SECONDS: Final = 0.2
SHARE: Final = 0.8
"""Of the machine's memory: a kernel that wants more would bring down others with it."""


class KernelManager(AsyncKernelManager):
    """Starts kernels that know no credential of smartinst's: a notebook is executed to be sent, output and all.

    A kernel that holds more than `megabytes` in memory, with what it began, is killed, and `outgrown` is set.
    """

    megabytes: ClassVar[int]
    outgrown: ClassVar[threading.Event]

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """As Jupyter's own (which the synchronous parent declares), in this process's environment without its secrets."""
        await super().start_kernel(**{"env": without_secrets(os.environ), **kw})
        try:
            kernel = psutil.Process(self.provisioner.pid)  # type: ignore[union-attr]
            threading.Thread(target=self._watch, args=(kernel,), name="memory", daemon=True).start()
        except psutil.NoSuchProcess:  # it ended already, which whoever asked for it will see
            return
        except BaseException:
            await self.shutdown_kernel(now=True)
            raise

    def _watch(self, kernel: psutil.Process) -> None:
        bound = min(self.megabytes * MEGABYTE, SHARE * psutil.virtual_memory().total)
        while kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE:
            family = _family(kernel)
            if sum(map(_held, family)) > bound:
                self.outgrown.set()
                for one in family:
                    with suppress(psutil.Error):
                        one.kill()
                return
            time.sleep(LOOK_SECONDS)


def _family(kernel: psutil.Process) -> list[psutil.Process]:
    """The kernel and what it began."""
    try:
        return [kernel, *kernel.children(recursive=True)]
    except (psutil.Error, OSError):
        return [kernel]


def _held(process: psutil.Process) -> int:
    """Bytes in memory; 0 of a process that ended."""
    try:
        return int(process.memory_info().rss)
    except (psutil.Error, OSError):
        return 0


def kernel_of(megabytes: int) -> type[KernelManager]:
    """A kind of kernel that may hold so much memory, for one run."""
    return type(
        "BoundedKernel", (KernelManager,), {"megabytes": megabytes, "outgrown": threading.Event()}
    )
