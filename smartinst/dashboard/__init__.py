"""Live dashboards in JupyterLab: `explore` for one seller, `explore_sellers` for all of them.

Each part of a board is displayed by its own cell.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartinst.dashboard.api import explore
    from smartinst.dashboard.portfolio_board import explore_sellers

__all__ = ["explore", "explore_sellers"]


def __getattr__(name: str) -> Any:
    """Imports on first use: JupyterLab's server imports `lab.saving`, which needs no widgets."""
    modules = {"explore": "api", "explore_sellers": "portfolio_board"}
    if name not in modules:
        raise AttributeError(f"module 'smartinst.dashboard' has no attribute {name!r}")
    return getattr(import_module(f"smartinst.dashboard.{modules[name]}"), name)
