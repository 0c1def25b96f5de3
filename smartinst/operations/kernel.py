"""What the kernel of a run is given: so much memory, and an environment without secrets."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from smartinst.settings import without_secrets

MEGABYTE = 1 << 20


class KernelManager(AsyncKernelManager):
    """Starts kernels that know no credential of smartinst's: a notebook is executed to be sent, output and all."""

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """As Jupyter's own (which the synchronous parent declares), in this process's environment without its secrets."""
        await super().start_kernel(**{"env": without_secrets(os.environ), **kw})


@contextmanager
def memory_bounded(megabytes: int) -> Iterator[None]:
    """Processes begun inside hold at most so many megabytes of data; an allocation beyond them fails in that process.

    The bound is this process's own while it lasts, since that is what its children inherit. A lower one stays.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * MEGABYTE
    bounds = [one for one in (wanted, soft, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
