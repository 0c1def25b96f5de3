"""The JupyterLab dashboard: `board = explore("acme")`, and each part of it is a cell (issue 6)."""

from __future__ import annotations

from smartinst.explore.board import explore

__all__ = ["explore"]
