"""A sparkline: the past values of a key figure as a small line without axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from smartinst.drawing.palette import ACCENT

WIDTH: Final = 88
HEIGHT: Final = 18
_MARGIN: Final = 2


def sparkline(history: Sequence[int | None]) -> str:
    """The values as an SVG in a data URI, from 0 or the lowest value; empty for fewer than two.

    The last value has a point. The values after the last one may be None.
    """
    values = [value for value in history if value is not None]
    if len(values) < 2 or not any(values):
        return ""
    lowest, highest = min(0, *values), max(0, *values)
    step = (WIDTH - 2 * _MARGIN) / (len(history) - 1)
    rise = (HEIGHT - 2 * _MARGIN) / (highest - lowest)
    points = [
        (_MARGIN + index * step, HEIGHT - _MARGIN - (value - lowest) * rise)
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
        f'<polyline points="{line}" fill="none" stroke="{ACCENT}" stroke-width="1.2"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{ACCENT}"/></svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"
