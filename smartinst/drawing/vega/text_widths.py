"""Widths of letters in the font of charts, which has no kerning: a text is as wide as their sum."""

from __future__ import annotations

import json

from fontTools.ttLib import TTFont

from smartinst.drawing.fonts import REPLACEMENT, font_files

CHARTS = "chart-fonts"


def letter_widths() -> str:
    """JSON: for each weight the letters with their advances, in units of the font."""
    advances: dict[int, dict[str, int]] = {}
    units_per_em = 0
    for path in font_files(CHARTS):
        with TTFont(path, lazy=True) as font:
            units_per_em = font["head"].unitsPerEm
            metrics, names = font["hmtx"].metrics, font.getBestCmap()
            weight = int(font["OS/2"].usWeightClass)
            advances[weight] = {chr(code): metrics[name][0] for code, name in names.items()}
    return json.dumps(
        {"unitsPerEm": units_per_em, "replacement": REPLACEMENT, "advances": advances}
    )
