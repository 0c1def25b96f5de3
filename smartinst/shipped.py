"""The folders shipped with the package: notebooks, report definitions, templates."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent
_IN_WHEEL: Final = PACKAGE / "_shipped"
IS_CHECKOUT: Final = not _IN_WHEEL.is_dir()
_ROOT: Final = PACKAGE.parent if IS_CHECKOUT else _IN_WHEEL
"""In a wheel, the folders are inside the package; in a checkout, next to it."""

NOTEBOOKS: Final = _ROOT / "notebooks"
REPORTS: Final = _ROOT / "reports"
TEMPLATES: Final = _ROOT / "templates"
ASSETS: Final = TEMPLATES / "assets"
"""Fonts, the map and Vega's scripts."""
CATALOGUES: Final = TEMPLATES / "locale"
