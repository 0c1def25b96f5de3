"""The JupyterLab dashboard: `board = explore("acme")`, `explore_sellers()` for all; each part of them is a cell."""

from __future__ import annotations

from smartinst.explore.board import explore
from smartinst.explore.sellers import explore_sellers

__all__ = ["explore", "explore_sellers"]
