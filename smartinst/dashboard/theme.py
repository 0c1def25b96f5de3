"""The look of the live dashboards: dashboard.css with the palette as variables, in JupyterLab's light and dark themes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from smartinst.drawing import palette
from smartinst.pages.stylesheets import COLORS, dark_charts

STYLESHEET: Final = Path(__file__).parent / "widgets" / "static" / "dashboard.css"
DARK: Final = "body[data-jp-theme-light='false']"
"""What JupyterLab and Voilà say of their page where the theme is dark."""

_NAMED: Final = {**COLORS, "slate": palette.SLATE}
_MIXED: Final = {
    "tint": ("accent", 13),
    "line": ("grid", 50),
    "edge": ("slate", 45),
    "shade": ("muted", 28),
}
"""Colour → the one of the palette that it has, and how many per cent of it; the rest is paper."""


@lru_cache(maxsize=1)
def styles() -> str:
    """Every widget's stylesheet; they share one page, so each brings the whole."""
    charts = dark_charts(f"{DARK} :is(.smartinst-charts, .smartinst-timeline)")
    own = STYLESHEET.read_text(encoding="utf-8")
    return f"{_variables('body', str)}{_variables(DARK, palette.DARK.__getitem__)}{charts}\n{own}"


def _variables(ground: str, twin: Callable[[str], str]) -> str:
    """The palette on one ground, and the colour of each status."""
    colors = {name: twin(color) for name, color in _NAMED.items()}
    for name, (of, share) in _MIXED.items():
        colors[name] = f"color-mix(in srgb,{twin(_NAMED[of])} {share}%,{twin(palette.PAPER)})"
    named = ";".join(f"--smartinst-{name}:{color}" for name, color in colors.items())
    statuses = "".join(
        f'{ground} .smartinst-status[data-status="{name}"]{{--status:{twin(color)}}}'
        for name, color in palette.STATUS_COLORS.items()
    )
    return f"{ground}{{{named}}}{statuses}"
