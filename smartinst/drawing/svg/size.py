"""Size of an SVG: width and height in pixels, and a viewBox."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final
from xml.etree import ElementTree as ET

MAX_LENGTH: Final = 20_000.0
"""Largest width and height in pixels."""
MAX_RATIO: Final = 400.0
"""Largest ratio of the sides."""
MAX_COORDINATE: Final = 1e9
"""Largest number in a viewBox, and the inverse of its smallest width and height."""

_PIXELS: Final = {
    "": 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
}
"""Unit → CSS pixels; em and ex are those of a browser's default font."""
_LENGTH: Final = re.compile(r"\+?(\d*\.?\d+(?:e[-+]?\d+)?)\s*([a-z]*)", re.IGNORECASE)


def set_size(root: ET.Element, svg_extent: Callable[[], tuple[float, float]]) -> None:
    """Sets width, height and viewBox; each that is missing follows from the others.

    `svg_extent` returns the extent of the content, for an image without any size.
    """
    width, height = pixels(root.get("width", "")), pixels(root.get("height", ""))
    box = view_box(root)
    if box is None:
        _remove_size(root)
        if width is None or height is None:
            content_width, content_height = svg_extent()
            width, height = width or content_width, height or content_height
        box = (0.0, 0.0, *_within_limits(width, height))
    width = width or (height or box[3]) * box[2] / box[3]
    height = height or width * box[3] / box[2]
    width, height = _within_limits(width, height)
    _remove_size(root)
    root.set("width", _number(width))
    root.set("height", _number(height))
    root.set("viewBox", " ".join(_number(value) for value in box))


def _within_limits(width: float, height: float) -> tuple[float, float]:
    """The size within limits of length and ratio, so that renderers can allocate the image."""
    width, height = (min(max(length, 1.0), MAX_LENGTH) for length in (width, height))
    return max(width, height / MAX_RATIO), max(height, width / MAX_RATIO)


def _remove_size(root: ET.Element) -> None:
    for name in ("width", "height", "viewBox"):
        root.attrib.pop(name, None)


def pixels(length: str) -> float | None:
    """A positive length in CSS pixels; None if it is relative to the page, or invalid."""
    match = _LENGTH.fullmatch(length.strip())
    if match is None or (unit := _PIXELS.get(match[2].lower())) is None:
        return None
    value = float(match[1]) * unit
    return value if 0 < value < math.inf else None


def view_box(root: ET.Element) -> tuple[float, float, float, float] | None:
    """The viewBox of an image; None if it has no valid one."""
    try:
        x, y, width, height = (
            float(value) for value in re.split(r"[\s,]+", root.get("viewBox", "").strip())
        )
    except ValueError:
        return None
    is_valid = min(width, height) > 1 / MAX_COORDINATE and all(
        abs(value) < MAX_COORDINATE for value in (x, y, width, height)
    )
    return (x, y, width, height) if is_valid else None


def _number(value: float) -> str:
    return f"{value:.7g}"
