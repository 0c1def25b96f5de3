"""Pictures of charts by vl-convert, in the bundled font: SVG of a spec, PNG of an SVG. Nothing is loaded from anywhere."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

import vl_convert

from smartinst.drawing.fonts import drawable
from smartinst.drawing.palette import PAPER
from smartinst.drawing.svg import minify_svg
from smartinst.errors import ReportError
from smartinst.shipped import ASSETS

TOLD: Final = "_told"
"""The column that a chart calculates for its tooltips alone."""


def chart_svg(spec: dict[str, Any]) -> str:
    """The chart's picture; what the font lacks is ▯."""
    register_fonts()
    whole = _drawable(spec)
    bare = _untold(whole)
    shown = whole if TOLD in json.dumps(bare) else bare  # something else than a tooltip may read it
    return str(vl_convert.vegalite_to_svg(shown, allowed_base_urls=[]))


def picture(svg: str, widest: int) -> tuple[bytes, int]:
    """An SVG as a PNG on white paper in the bundled font, and how wide it is shown; it has twice as many pixels.

    ValueError where it is no SVG that says its size.
    """
    register_fonts()
    drawn = minify_svg(svg)
    size = re.search(
        r"""<svg[^>]*?\bviewBox=["']\s*([-\d.]+)[ ,]+([-\d.]+)[ ,]+([\d.]+)[ ,]+([\d.]+)""", drawn
    )
    if size is None:
        raise ValueError("the picture says no size (viewBox)")
    left, top, wide, high = size.groups()
    paper = f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="{PAPER}"/>'
    on_paper = re.sub(r"(<svg[^>]*>)", lambda found: found[1] + paper, drawn, count=1)
    shown = min(widest, round(float(wide)))
    return bytes(vl_convert.svg_to_png(on_paper, scale=2 * shown / float(wide))), shown


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """The bundled font without its kerning, known to vl-convert from now on: it asks the font for each letter.

    ReportError where the bundle is not there: another font's letters have other widths.
    """
    letters = ASSETS / "chart-fonts"
    if not any(letters.glob("*.ttf")):
        raise ReportError(
            f"no fonts under {letters}: the checkout is incomplete, get templates/assets again"
        )
    vl_convert.register_font_directory(str(letters))


def _drawable(value: Any) -> Any:
    """A spec whose every text the bundled font can draw; a picture has no tooltips."""
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, dict):
        encoded = value.get("encoding")
        shown = (
            {**value, "encoding": {**encoded, "tooltip": None}}
            if isinstance(encoded, dict)
            else value
        )
        return {_drawable(name): _drawable(one) for name, one in shown.items()}
    return [_drawable(one) for one in value] if isinstance(value, list) else value


def _untold(value: Any) -> Any:
    """A spec without what is calculated for tooltips alone."""
    if isinstance(value, dict):
        shown = {name: _untold(one) for name, one in value.items() if name != "data"}
        if isinstance(steps := value.get("transform"), list):
            shown["transform"] = [
                _untold(one)
                for one in steps
                if not (isinstance(one, dict) and one.get("as") == TOLD)
            ]
        return {**value, **shown}
    return [_untold(one) for one in value] if isinstance(value, list) else value
