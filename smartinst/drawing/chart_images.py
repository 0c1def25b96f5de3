"""Images of charts in the bundled font: SVG of a spec, PNG of an SVG."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from xml.etree import ElementTree as ET

import vl_convert

from smartinst.drawing.converter import register_fonts
from smartinst.drawing.fonts import replace_missing_characters
from smartinst.drawing.palette import DARK, FONT, PAPER
from smartinst.drawing.svg.prepared import minify_svg, serialize
from smartinst.drawing.svg.size import view_box
from smartinst.drawing.svg.source import SVG, parse_svg
from smartinst.drawing.vega.engine import ENGINE

TOOLTIP_COLUMN: Final = "_tooltip"
"""A column that a chart calculates only for its tooltips."""

FONTS: Final = ("font", "labelFont", "titleFont", "subtitleFont")
"""Members of a spec that name a font."""

MAX_PICTURE_HEIGHT: Final = 2_000
"""Largest height of a picture, in pixels."""


def chart_svg(spec: dict[str, Any]) -> str:
    """The chart as SVG, with ▯ for characters that the font lacks."""
    return ENGINE.svg(picture_spec(spec))


def picture_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec that is drawn: in the bundled font, without tooltips and their transforms."""
    drawable: dict[str, Any] = _in_bundled_font(without_tooltips(spec))
    stripped: dict[str, Any] = strip_tooltips(drawable)
    if TOOLTIP_COLUMN in json.dumps(stripped):  # something other than a tooltip reads the column
        return drawable
    return stripped


def svg_to_png(svg: str, max_width: int, *, dark: bool = False) -> tuple[bytes, int]:
    """An SVG as PNG on white, or in the colours of the dark page, and half of its width in pixels.

    ValueError if it is not an SVG, or cannot be drawn.
    """
    register_fonts()
    root = parse_svg(minify_svg(svg))
    box = None if root is None else view_box(root)
    if root is None or box is None:
        raise ValueError("the image is not an SVG")
    x, y, width, height = (f"{length:.7g}" for length in box)
    fill = DARK[PAPER] if dark else PAPER
    paper = {"x": x, "y": y, "width": width, "height": height, "fill": fill}
    root.insert(0, ET.Element(f"{SVG}rect", paper))
    image_width, image_height = (float(root.get(name, "")) for name in ("width", "height"))
    scale = min(1, max_width / image_width, MAX_PICTURE_HEIGHT / image_height)
    shown_width = max(1, round(image_width * scale))
    drawing = in_dark_colors(serialize(root)) if dark else serialize(root)
    try:
        png = vl_convert.svg_to_png(drawing, scale=2 * shown_width / image_width)
    except RuntimeError as error:
        raise ValueError("the image cannot be drawn") from error
    return bytes(png), shown_width


def in_dark_colors(svg: str) -> str:
    """The SVG with each colour of the palette replaced by that of the dark page."""
    return re.sub(
        r"#[0-9a-fA-F]{6}\b",
        lambda match: DARK.get(match[0].lower(), match[0]),
        svg,
    )


def without_tooltips(value: Any) -> Any:
    """A spec without tooltip channels, every text in characters of the bundled font."""
    if isinstance(value, str):
        return replace_missing_characters(value)
    if isinstance(value, list):
        return [without_tooltips(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(encoding := value.get("encoding"), dict):
        value = {**value, "encoding": {**encoding, "tooltip": None}}
    return {without_tooltips(name): without_tooltips(item) for name, item in value.items()}


def _in_bundled_font(spec: dict[str, Any]) -> dict[str, Any]:
    """A spec whose texts are measured in the font in which they are drawn."""
    config = spec.get("config")
    fonts = {"font": FONT, **(config if isinstance(config, dict) else {})}
    return {key: _replace_fonts(item, key) for key, item in {**spec, "config": fonts}.items()}


def _replace_fonts(value: Any, name: str = "") -> Any:
    if name in ("data", "datasets"):
        return value
    if name in FONTS and isinstance(value, str):
        return FONT
    if isinstance(value, list):
        return [_replace_fonts(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _replace_fonts(item, key) for key, item in value.items()}


def strip_tooltips(value: Any) -> Any:
    """A spec without the transforms that calculate the column of tooltips."""
    if isinstance(value, list):
        return [strip_tooltips(item) for item in value]
    if not isinstance(value, dict):
        return value
    stripped = {
        name: item if name == "data" else strip_tooltips(item) for name, item in value.items()
    }
    if isinstance(stripped.get("transform"), list):
        stripped["transform"] = [
            step
            for step in stripped["transform"]
            if not (isinstance(step, dict) and step.get("as") == TOOLTIP_COLUMN)
        ]
    return stripped
