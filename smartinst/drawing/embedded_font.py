"""The bundled font within an SVG, for browsers: a picture has none of the fonts of its page."""

from __future__ import annotations

import base64
from functools import lru_cache
from io import BytesIO
from typing import Final
from xml.etree import ElementTree as ET

from fontTools import subset
from fontTools.ttLib import TTFont

from smartinst.drawing.fonts import font_weight
from smartinst.drawing.palette import FONT
from smartinst.drawing.svg.prepared import serialize
from smartinst.drawing.svg.source import SVG, parse_svg
from smartinst.shipped import ASSETS

_WEIGHTS: Final = {"": 400, "normal": 400, "bold": 700, "bolder": 700, "lighter": 400}


def embed_font(svg: str) -> str:
    """The SVG with the glyphs of its texts, in the weights that they name.

    `svg` is as `prepare_svg` returns it. Subsetting takes about 25 ms for each weight.
    """
    root = parse_svg(svg)
    if root is None:
        return svg
    characters = frozenset("".join(text for node in root.iter() for text in _texts(node)))
    if not characters:
        return svg
    weights = {_nearest(element.get("font-weight", "")) for element in root.iter()}
    rules = ET.Element(f"{SVG}style")
    rules.text = "".join(_font_face(weight, characters) for weight in sorted(weights))
    root.insert(0, rules)
    return serialize(root)


def _texts(element: ET.Element) -> tuple[str, ...]:
    return tuple(text for text in (element.text, element.tail) if text and not text.isspace())


def _nearest(weight: str) -> int:
    """The weight of the bundled font for a declared weight: 400, 600 or 700."""
    number = _WEIGHTS.get(weight) or (int(weight) if weight.isdecimal() else 400)
    return 400 if number <= 500 else 600 if number <= 600 else 700


@lru_cache(maxsize=32)
def _font_face(weight: int, characters: frozenset[str]) -> str:
    path = next(
        path for path in (ASSETS / "chart-fonts").glob("*.ttf") if font_weight(path) == weight
    )
    options = subset.Options(layout_features=[], name_IDs=[], notdef_outline=True)
    with TTFont(path, lazy=True, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(characters))
        subsetter.subset(font)
        font.flavor = "woff"
        content = BytesIO()
        font.save(content)
    address = base64.b64encode(content.getvalue()).decode()
    return (
        f"@font-face{{font-family:{FONT};font-weight:{weight};"
        f"src:url(data:font/woff;base64,{address})}}"
    )
