"""The kernel of a run: its environment has no secrets."""

from __future__ import annotations

import os
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from smartinst.settings import without_secrets


class KernelManager(AsyncKernelManager):
    """Starts kernels that know no credential of smartinst's: a notebook is executed to be sent, output and all."""

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """As Jupyter's own (which the synchronous parent declares), in this process's environment without its secrets."""
        await super().start_kernel(**{"env": without_secrets(os.environ), **kw})
