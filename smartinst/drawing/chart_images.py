"""Images of charts by vl-convert, in the bundled font: SVG of a spec, PNG of an SVG."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

import vl_convert

from smartinst.drawing.fonts import replace_missing_characters
from smartinst.drawing.palette import PAPER
from smartinst.drawing.svg import minify_svg
from smartinst.errors import ReportError
from smartinst.shipped import ASSETS

TOOLTIP_COLUMN: Final = "_tooltip"
"""A column that a chart calculates only for its tooltips."""

_VIEW_BOX: Final = re.compile(
    r"""<svg[^>]*?\bviewBox=["']\s*([-\d.]+)[ ,]+([-\d.]+)[ ,]+([\d.]+)[ ,]+([\d.]+)"""
)


def chart_svg(spec: dict[str, Any]) -> str:
    """The chart as SVG, with ▯ for characters that the font lacks."""
    register_fonts()
    drawable = _without_tooltips(spec)
    stripped = strip_tooltips(drawable)
    if TOOLTIP_COLUMN in json.dumps(stripped):  # something other than a tooltip reads the column
        stripped = drawable
    return str(vl_convert.vegalite_to_svg(stripped, allowed_base_urls=[]))


def svg_to_png(svg: str, max_width: int) -> tuple[bytes, int]:
    """An SVG as PNG on white, and its display width: half of its pixels.

    ValueError if it is not an SVG with a viewBox.
    """
    register_fonts()
    minified = minify_svg(svg)
    view_box = _VIEW_BOX.search(minified)
    if view_box is None:
        raise ValueError("the image has no size (viewBox)")
    x, y, width, height = view_box.groups()
    paper = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{PAPER}"/>'
    on_paper = re.sub(r"(<svg[^>]*>)", lambda match: match[1] + paper, minified, count=1)
    shown_width = min(max_width, round(float(width)))
    return bytes(vl_convert.svg_to_png(on_paper, scale=2 * shown_width / float(width))), shown_width


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Registers the bundled font, without its kerning, with vl-convert.

    ReportError if the bundle is missing: text in another font would have other widths.
    """
    folder = ASSETS / "chart-fonts"
    if not any(folder.glob("*.ttf")):
        raise ReportError(
            f"no fonts under {folder}: the checkout is incomplete, restore templates/assets"
        )
    vl_convert.register_font_directory(str(folder))


def _without_tooltips(value: Any) -> Any:
    """A spec without tooltip channels, every text in characters of the bundled font."""
    if isinstance(value, str):
        return replace_missing_characters(value)
    if isinstance(value, list):
        return [_without_tooltips(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(encoding := value.get("encoding"), dict):
        value = {**value, "encoding": {**encoding, "tooltip": None}}
    return {_without_tooltips(name): _without_tooltips(item) for name, item in value.items()}


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
