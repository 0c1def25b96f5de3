"""Labels of an SVG in HTML or flowed text as SVG text, because renderers of PDF draw neither.

mermaid and draw.io write their labels as HTML (`foreignObject`), Inkscape as `flowRoot`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from smartinst.drawing.fonts import text_width
from smartinst.drawing.svg.size import pixels
from smartinst.drawing.svg.source import SVG, XHTML, replace_child, with_parents

FONT_SIZE: Final = 16.0
"""Size of a label's type in pixels, if none is declared."""

LINE_HEIGHT: Final = 1.2
"""Distance of lines in em."""

MIDDLE: Final = 0.36
"""Distance from the middle of a line to its baseline, in em: half the height of a capital."""

TOLERANCE: Final = 1.15
"""How much wider than its box a line may be: the original font may be narrower than ours."""

_BLOCKS: Final = frozenset(
    """
    address article aside blockquote body br caption center dd details div dl dt fieldset figcaption
    figure flowdiv flowpara footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre
    section summary table tbody tfoot thead tr ul
    """.split()
)
_SKIPPED: Final = frozenset("script style template title desc head metadata flowregion".split())
_NOT_DRAWN: Final = frozenset("math input textarea select option button object iframe".split())
"""Formulas, form fields and embedded pages, which words alone do not show."""

_BOLD: Final = frozenset("b strong th h1 h2 h3 h4 h5 h6".split())
_ANCHORS: Final = {
    "left": "start",
    "start": "start",
    "flex-start": "start",
    "right": "end",
    "end": "end",
    "flex-end": "end",
}


@dataclass(frozen=True)
class _Word:
    """Text of a label and the elements around it, from the outermost; None ends a line."""

    text: str | None
    chain: tuple[ET.Element, ...]


@dataclass
class _Box:
    """The area of a label in pixels, and how its lines are placed in it."""

    x: float
    y: float
    width: float
    height: float
    anchor: str = "start"
    is_centered: bool = False
    is_wrapped: bool = True
    font_size: float = FONT_SIZE
    style: dict[str, str] = field(default_factory=dict)


def draw_labels(root: ET.Element) -> tuple[str, ...]:
    """The texts of labels that cannot be drawn: formulas and form fields.

    Replaces all other labels in HTML and flowed text by SVG text.
    """
    ancestors = {child: parent for parent in root.iter() for child in parent}
    undrawn: list[str] = []
    for parent, child in with_parents(root):
        if child.tag in (f"{SVG}foreignObject", f"{SVG}flowRoot"):
            undrawn += _undrawable_texts(child)
            text = _label(child, ancestors)
            replace_child(parent, child, *([] if text is None else [text]))
    return tuple(undrawn)


def _undrawable_texts(label: ET.Element) -> Iterator[str]:
    for element in label.iter():
        if _local_name(element) in _NOT_DRAWN and not _is_hidden(element):
            text = " ".join("".join(_texts(element)).split()) or element.get("value", "")
            if text:
                yield text


def _texts(element: ET.Element) -> Iterator[str]:
    """The texts of an element, without the source of its formulas."""
    if _local_name(element).startswith("annotation"):
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child)
        yield child.tail or ""


def _label(label: ET.Element, ancestors: dict[ET.Element, ET.Element]) -> ET.Element | None:
    words = list(_words(label, ()))
    first = next((word for word in words if word.text and not word.text.isspace()), None)
    if first is None or _is_hidden(label):
        return None
    box = _box(label, first.chain, ancestors)
    lines = list(_wrap(_lines(words), box))
    text = ET.Element(f"{SVG}text", {**_placement(label), **box.style})
    x = {"start": box.x, "middle": box.x + box.width / 2, "end": box.x + box.width}[box.anchor]
    top = MIDDLE - LINE_HEIGHT * (len(lines) - 1) / 2 if box.is_centered else 1.0
    y = box.y + box.height / 2 if box.is_centered else box.y
    text.set("text-anchor", box.anchor)
    for number, line in enumerate(lines):
        shift = (top + number * LINE_HEIGHT) * box.font_size
        place = {"x": f"{x:.6g}", "y": f"{y + shift:.6g}"}
        ET.SubElement(text, f"{SVG}tspan", place).text = line
    return text


def _placement(label: ET.Element) -> dict[str, str]:
    kept = ("id", "transform", "opacity", "clip-path", "mask", "visibility")
    return {name: label.attrib[name] for name in kept if name in label.attrib}


def _words(element: ET.Element, chain: tuple[ET.Element, ...]) -> Iterator[_Word]:
    """The texts of a label in reading order, and the ends of its lines."""
    name, chain = _local_name(element), (*chain, element)
    if name in _SKIPPED or name in _NOT_DRAWN or _is_hidden(element):
        return
    is_block = name in _BLOCKS
    if is_block:
        yield _Word(None, chain)
    if name == "li":
        yield _Word("• ", chain)
    if name == "img" and element.get("alt"):
        yield _Word(element.get("alt", ""), chain)
    yield _Word(element.text or "", chain)
    for child in element:
        yield from _words(child, chain)
        yield _Word(child.tail or "", chain)
    if name in ("td", "th"):
        yield _Word(" ", chain)
    if is_block:
        yield _Word(None, chain)


def _lines(words: Iterable[_Word]) -> list[str]:
    lines = [""]
    for word in words:
        if word.text is None:
            lines.append("")
        elif _inherited(word.chain, "white-space").startswith(("pre", "break-spaces")):
            first, *rest = word.text.split("\n")
            lines[-1] += first
            lines += rest
        else:
            lines[-1] += re.sub(r"[ \t\r\n\f]+", " ", word.text)
    cleaned = (re.sub(" +", " ", line).strip() for line in lines)
    return [line for line in cleaned if line]


def _wrap(lines: Sequence[str], box: _Box) -> Iterator[str]:
    """The lines, divided between words where they are wider than the box."""
    limit = box.width / box.font_size * TOLERANCE
    for line in lines:
        row = ""
        for word in line.split(" "):
            longer = f"{row} {word}" if row else word
            if row and box.is_wrapped and 0 < limit < text_width(longer):
                yield row
                longer = word
            row = longer
        yield row


def _box(
    label: ET.Element, chain: tuple[ET.Element, ...], ancestors: dict[ET.Element, ET.Element]
) -> _Box:
    area = label
    if label.tag == f"{SVG}flowRoot":
        area = next(label.iter(f"{SVG}rect"), label)
    x, y = (_number(area.get(name)) for name in ("x", "y"))
    width, height = (pixels(area.get(name, "")) or 0.0 for name in ("width", "height"))
    box = _Box(x, y, width, height, _anchor(chain))
    for element in chain[1:]:  # the HTML, whose margins place it within the object
        box.x += _number(element.get("margin-left")) + _number(element.get("padding-left"))
        box.y += _number(element.get("margin-top")) + _number(element.get("padding-top"))
        box.width = pixels(element.get("width", "")) or box.width
        box.height = pixels(element.get("height", "")) or box.height
    vertical = _inherited(chain, "align-items")
    box.is_centered = label.tag != f"{SVG}flowRoot" and not vertical.endswith(("start", "end"))
    box.is_wrapped = "nowrap" not in _inherited(chain, "white-space")
    outside = _ancestors(label, ancestors)
    box.font_size = _font_size((*reversed(outside), *chain))
    box.style = _text_style(chain, outside)
    return box


def _anchor(chain: Sequence[ET.Element]) -> str:
    """The `text-anchor` of a label's lines."""
    alignment = _inherited(chain, "text-align") or _inherited(chain, "justify-content")
    if any(_local_name(element) == "center" for element in chain) or "center" in alignment:
        return "middle"
    return _ANCHORS.get(alignment.split()[-1] if alignment else "", "start")


def _ancestors(element: ET.Element, ancestors: dict[ET.Element, ET.Element]) -> list[ET.Element]:
    """The elements around a label, from the innermost."""
    around = []
    while (element := ancestors.get(element)) is not None:  # type: ignore[assignment]  # None ends it
        around.append(element)
    return around


def _text_style(chain: tuple[ET.Element, ...], outside: Sequence[ET.Element]) -> dict[str, str]:
    """Attributes of the SVG text: the colour and font of the first word of the label."""
    style = {"font-size": f"{_font_size((*reversed(outside), *chain)):.6g}"}
    is_html = any(element.tag.startswith(XHTML) for element in chain)
    everywhere = (*reversed(outside), *chain)
    color = _inherited(everywhere, "color") if is_html else ""
    if is_html:
        style["fill"] = color if color.lower() not in ("", "currentcolor", "inherit") else "#000"
    elif fill := _inherited(chain, "fill"):
        style["fill"] = fill
    for name in ("font-weight", "font-style"):
        if value := _inherited(chain, name):
            style[name] = value
    if any(_local_name(element) in _BOLD for element in chain):
        style.setdefault("font-weight", "700")
    return style


def _font_size(chain: Iterable[ET.Element]) -> float:
    size = FONT_SIZE
    for element in chain:
        declared = element.get("font-size", "")
        if relative := re.fullmatch(r"([\d.]+)(em|%)", declared):
            size *= float(relative[1]) / (100 if relative[2] == "%" else 1)
        else:
            size = pixels(declared) or size
    return size


def _inherited(chain: Sequence[ET.Element], name: str) -> str:
    """The value of an inherited property: that of the innermost element that declares it."""
    return next((value for element in reversed(chain) if (value := element.get(name))), "")


def _is_hidden(element: ET.Element) -> bool:
    return (
        element.get("display") == "none"
        or element.get("visibility") in ("hidden", "collapse")
        or element.get("opacity") == "0"
    )


def _local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2].lower()


def _number(length: str | None) -> float:
    """A length that may be negative, in pixels; 0 if there is none."""
    text = (length or "").strip()
    return -(pixels(text[1:]) or 0.0) if text.startswith("-") else pixels(text) or 0.0
