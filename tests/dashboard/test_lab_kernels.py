"""Kernels of `smartinst lab` load the extension, whatever the notebook imports."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_client.kernelspec import KernelSpec

from smartinst.dashboard.lab.kernels import LabKernelManager
from smartinst.report.display import KERNEL_ARGUMENT
from smartinst.report.mime_bundles import TABLE


async def displayed(source: str) -> dict[str, Any]:
    """The output of a cell in a kernel of lab."""
    manager = LabKernelManager(kernel_name="python3")
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    outputs: list[dict[str, Any]] = []
    try:
        await client.wait_for_ready(timeout=60)
        await client.execute_interactive(
            source, output_hook=lambda message: outputs.append(message["content"]), timeout=60
        )
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    return next(output["data"] for output in outputs if "data" in output)


def test_a_frame_is_a_table_in_a_notebook_that_imports_polars_only() -> None:
    data = asyncio.run(displayed("import polars as pl; pl.DataFrame({'n': [1]})"))
    assert data[TABLE]["rows"] == "[[1]]"


def test_a_kernel_of_another_language_starts_as_it_is() -> None:
    manager = LabKernelManager()
    manager._kernel_spec = KernelSpec(argv=["R", "{connection_file}"])
    assert KERNEL_ARGUMENT not in manager.format_kernel_cmd()
