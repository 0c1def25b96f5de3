"""The kernel of a run: its environment has no secrets, and it ends when it holds more memory than a run may."""

from __future__ import annotations

import os
import threading
from typing import Any, ClassVar, Final

import psutil
from jupyter_client.manager import AsyncKernelManager

from smartinst.operations.limits import MEGABYTE
from smartinst.settings import without_secrets

LOOK_SECONDS: Final = 0.2


class KernelManager(AsyncKernelManager):
    """Starts kernels that know no credential of smartinst's: a notebook is executed to be sent, output and all.

    A kernel that holds more than `megabytes` in memory is killed, and `outgrown` is set.
    """

    megabytes: ClassVar[int]
    outgrown: ClassVar[threading.Event]

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """As Jupyter's own (which the synchronous parent declares), in this process's environment without its secrets."""
        await super().start_kernel(**{"env": without_secrets(os.environ), **kw})
        kernel = psutil.Process(self.provisioner.pid)  # type: ignore[union-attr]
        threading.Thread(target=self._watch, args=(kernel,), name="memory", daemon=True).start()

    def _watch(self, kernel: psutil.Process) -> None:
        try:
            while kernel.memory_info().rss <= self.megabytes * MEGABYTE:
                if kernel.status() == psutil.STATUS_ZOMBIE:
                    return
                self._pause.wait(LOOK_SECONDS)
            self.outgrown.set()
            kernel.kill()
        except psutil.NoSuchProcess:
            return

    _pause: ClassVar = threading.Event()  # never set: waits without holding up the end of this process


def kernel_of(megabytes: int) -> type[KernelManager]:
    """A kind of kernel that may hold so much memory, for one run."""
    return type("BoundedKernel", (KernelManager,), {"megabytes": megabytes, "outgrown": threading.Event()})
