"""Kernels of `smartinst lab`, in which the outputs of every notebook are complete."""

from __future__ import annotations

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager

from smartinst.report.display import KERNEL_ARGUMENT


class LabKernelManager(ServerKernelManager):
    """Starts Python kernels with smartinst's IPython extension, and others as they are."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """The command of the kernel."""
        spec = self.kernel_spec
        is_ipython = spec is not None and "ipykernel_launcher" in spec.argv
        return super().format_kernel_cmd(
            [*(extra_arguments or ()), *([KERNEL_ARGUMENT] if is_ipython else ())]
        )
