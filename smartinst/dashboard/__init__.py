"""Live dashboards in JupyterLab: `explore` for one seller, `explore_sellers` for all of them.

Each part of a board is displayed by its own cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartinst.dashboard.api import explore
    from smartinst.dashboard.portfolio_board import explore_sellers

__all__ = ["explore", "explore_sellers"]


def __getattr__(name: str) -> Any:
    """Imports on first use: JupyterLab's server imports `lab.saving`, which needs no widgets."""
    if name == "explore":
        from smartinst.dashboard.api import explore

        return explore
    if name == "explore_sellers":
        from smartinst.dashboard.portfolio_board import explore_sellers

        return explore_sellers
    raise AttributeError(f"module 'smartinst.dashboard' has no attribute {name!r}")
