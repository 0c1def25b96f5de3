"""The folders shipped with the package: notebooks, report definitions, templates."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent
_IN_WHEEL: Final = PACKAGE / "_shipped"
_ROOT: Final = _IN_WHEEL if _IN_WHEEL.is_dir() else PACKAGE.parent
"""In a wheel, the folders are inside the package; in a checkout, next to it."""

NOTEBOOKS: Final = _ROOT / "notebooks"
REPORTS: Final = _ROOT / "reports"
TEMPLATES: Final = _ROOT / "templates"
ASSETS: Final = TEMPLATES / "assets"
"""Fonts, the map and Vega's scripts."""
CATALOGUES: Final = TEMPLATES / "locale"
