"""Lines, weights and letters of a text in a chart's SVG, as Vega writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from smartinst.drawing.fonts import characters
from smartinst.drawing.pdf.operands import operand, single_float
from smartinst.drawing.svg.source import SVG

_WEIGHTS: Final = {"normal": 400, "bold": 700}
_UNSHAPED: Final = frozenset(("L", "EN", "ES", "ET", "CS", "WS", "ON"))
"""Bidirectional classes of characters that are drawn from left to right, in the text's order."""


def font_weight(weight: str) -> int:
    """The weight of the bundled font for a declared weight: 400, 600 or 700."""
    number = _WEIGHTS.get(weight) or (int(weight) if re.fullmatch("[1-9]00", weight) else 0)
    if not number:
        raise ValueError(f"unexpected weight {weight[:40]}")
    return 400 if number <= 500 else 600 if number <= 600 else 700


def lines_of_text(element: ET.Element) -> Iterator[tuple[float, float, str]]:
    """Place and text of each line of a text."""
    x, y = (single_float(element.get(name, "0")) for name in "xy")
    if element.text:
        yield x, y, element.text
        if len(element):
            raise ValueError("text before a line of text")
    for index, line in enumerate(element):
        names = set(line.attrib)
        is_placed = "x" in names or index == 0
        if line.tag != f"{SVG}tspan" or len(line) or (line.tail or "").strip() or not is_placed:
            raise ValueError("a part of a line of text")
        if names - {"x", "y", "dy"}:
            raise ValueError("a line of text with its own style")
        x = single_float(line.get("x", operand(x)))
        y = single_float(line.get("y", operand(y))) + single_float(line.get("dy", "0"))
        if line.text:
            yield x, y, line.text


def check_text(text: str) -> None:
    """ValueError for text that is not drawn letter by letter, each in its own width."""
    if text != " ".join(text.split(" ")).strip() or "  " in text:
        raise ValueError("white space that renderers collapse")
    for character in text:
        is_letter = (
            unicodedata.category(character)[0] not in "MC"
            and unicodedata.bidirectional(character) in _UNSHAPED
            and ord(character) in characters()
        )
        if not is_letter:
            raise ValueError(f"a character that needs shaping: U+{ord(character):04X}")
