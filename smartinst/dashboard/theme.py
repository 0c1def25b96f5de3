"""The stylesheet of the live dashboards, with the palette of light and dark themes as variables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from smartinst.drawing import palette
from smartinst.pages.stylesheets import COLORS, dark_charts

STYLESHEET: Final = Path(__file__).parent / "widgets" / "static" / "dashboard.css"
DARK: Final = "body[data-jp-theme-light='false']"
"""Selector of a page of JupyterLab or Voilà with a dark theme."""

_PALETTE_COLORS: Final = {**COLORS, "slate": palette.SLATE}
_BLENDS: Final = {
    "tint": ("accent", 13),
    "line": ("grid", 50),
    "edge": ("slate", 45),
    "shade": ("muted", 28),
}
"""Variable → a palette colour and its percentage; the remainder is the paper's colour."""


@lru_cache(maxsize=1)
def styles() -> str:
    """The stylesheet of all widgets; each widget of a page loads all of it."""
    charts = dark_charts(
        f"{DARK} :is(.smartinst-charts, .smartinst-book-charts, .smartinst-timeline)"
    )
    rules = STYLESHEET.read_text(encoding="utf-8")
    return f"{_variables('body', str)}{_variables(DARK, palette.DARK.__getitem__)}{charts}\n{rules}"


def _variables(selector: str, theme_color: Callable[[str], str]) -> str:
    """Rules with the palette and the status colours of one theme."""
    colors = {name: theme_color(color) for name, color in _PALETTE_COLORS.items()}
    paper = theme_color(palette.PAPER)
    for name, (base, share) in _BLENDS.items():
        color = theme_color(_PALETTE_COLORS[base])
        colors[name] = f"color-mix(in srgb,{color} {share}%,{paper})"
    variables = ";".join(f"--smartinst-{name}:{color}" for name, color in colors.items())
    statuses = "".join(
        f'{selector} .smartinst-status[data-status="{name}"]{{--status:{theme_color(color)}}}'
        for name, color in palette.STATUS_COLORS.items()
    )
    return f"{selector}{{{variables}}}{statuses}"
