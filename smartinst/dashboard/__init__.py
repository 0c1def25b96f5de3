"""The live dashboards in JupyterLab: `board = explore("acme")` for one seller, `explore_sellers()` for all.

Each part of a board is a cell of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartinst.dashboard.api import explore
    from smartinst.dashboard.portfolio_board import explore_sellers

__all__ = ["explore", "explore_sellers"]


def __getattr__(name: str) -> Any:
    """Import on first use: JupyterLab's server loads `lab.saving` from here, and needs no widgets."""
    if name == "explore":
        from smartinst.dashboard.api import explore

        return explore
    if name == "explore_sellers":
        from smartinst.dashboard.portfolio_board import explore_sellers

        return explore_sellers
    raise AttributeError(f"module 'smartinst.dashboard' has no attribute {name!r}")
