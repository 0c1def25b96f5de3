"""The content of a chart's SVG for PDF, if it is only of what Vega writes.

Elements: `g`, `path`, `rect`, `line`, `text`, `tspan`, clip paths. The reader knows every attribute
that it accepts, and refuses an image with any other, or with text that needs shaping.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from xml.etree import ElementTree as ET

from smartinst.drawing.pdf.chart_texts import check_text, font_weight, lines_of_text
from smartinst.drawing.pdf.operands import (
    IDENTITY,
    floats,
    operand,
    operands,
    product,
    rgb_and_alpha,
    single_float,
    transformation,
)
from smartinst.drawing.pdf.operations import (
    ChartContent,
    GraphicsState,
    Layer,
    Opacity,
    TextLine,
    Transformation,
)
from smartinst.drawing.pdf.paths import path_operators
from smartinst.drawing.svg.source import SVG

T = TypeVar("T")

Style = Mapping[str, str]
"""Inherited properties of an element."""

_INITIAL: Final[Style] = {
    "fill": "black",
    "fill-opacity": "1",
    "stroke": "none",
    "stroke-opacity": "1",
    "stroke-width": "1",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "stroke-miterlimit": "4",
    "stroke-dasharray": "none",
    "stroke-dashoffset": "0",
    "font-size": "16",
    "font-weight": "400",
    "text-anchor": "start",
}
_OWN: Final = frozenset(("transform", "opacity", "clip-path"))
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "svg": frozenset("font-family height id version viewBox width".split()),
    "g": frozenset(("id",)),
    "path": frozenset("d id".split()),
    "rect": frozenset("height id width x y".split()),
    "line": frozenset("id x1 x2 y1 y2".split()),
    "text": frozenset("id x y".split()),
}
"""Tag → attributes, besides those in `_INITIAL` and `_OWN`."""

_CAPS: Final = {"butt": 0, "round": 1, "square": 2}
_JOINS: Final = {"miter": 0, "round": 1, "bevel": 2}
_ANCHORS: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}
_CLIP: Final = re.compile(r"url\(#([^)\"']+)\)")


def read_chart(root: ET.Element) -> ChartContent | None:
    """The content of a prepared SVG; None if it has anything that Vega does not write."""
    try:
        return _content(root)
    except ValueError:
        return None


def _content(root: ET.Element) -> ChartContent:
    _check_attributes(root)
    width, height = single_float(root.get("width", "")), single_float(root.get("height", ""))
    if floats(root.get("viewBox", "")) != (0.0, 0.0, width, height) or min(width, height) <= 0:
        raise ValueError("the viewBox is not the size of the image")
    if not _OWN.isdisjoint(root.attrib):
        raise ValueError("the image is transformed")
    reader = _Reader(_clip_paths(root), GraphicsState())
    reader.children(root, _style(root, _INITIAL))
    return ChartContent(width, height, tuple(reader.state.operations))


def _clip_paths(root: ET.Element) -> dict[str, ET.Element]:
    """Id → the only shape of a clip path."""
    shapes = {}
    for clip in root.iter(f"{SVG}clipPath"):
        if set(clip.attrib) != {"id"} or len(clip) != 1:
            raise ValueError("a clip path that is not a single shape")
        (shape,) = clip
        if _tag(shape) not in ("path", "rect") or not _OWN.isdisjoint(shape.attrib):
            raise ValueError("a clip path of another shape")
        _check_attributes(shape)
        shapes[clip.get("id", "")] = shape
    return shapes


def _tag(element: ET.Element) -> str:
    return str(element.tag).removeprefix(SVG)


def _check_attributes(element: ET.Element) -> None:
    tag = _tag(element)
    accepted = _ATTRIBUTES.get(tag)
    if accepted is None:
        raise ValueError(f"unexpected element {tag[:40]}")
    for name in element.attrib:
        if name not in accepted and name not in _INITIAL and name not in _OWN:
            raise ValueError(f"unexpected attribute {name[:40]} of {tag}")


def _style(element: ET.Element, inherited: Style) -> Style:
    own = {name: value for name, value in element.attrib.items() if name in _INITIAL}
    return {**inherited, **own} if own else inherited


@dataclass
class _Reader:
    """Draws elements in a graphics state."""

    clips: Mapping[str, ET.Element]
    state: GraphicsState

    def children(self, parent: ET.Element, style: Style) -> None:
        for child in parent:
            if (child.tail or "").strip():
                raise ValueError("text between elements")
            if _tag(child) == "defs":
                if any(_tag(definition) != "clipPath" for definition in child):
                    raise ValueError("definitions other than clip paths")
                continue
            self._element(child, style)

    def _element(self, element: ET.Element, inherited: Style) -> None:
        if _tag(element) == "svg":
            raise ValueError("an image within the image")
        _check_attributes(element)
        style = _style(element, inherited)
        if _tag(element) == "text":
            self._text(element, style)
            return
        if (element.text or "").strip():
            raise ValueError("text outside of a text element")
        is_group = _tag(element) == "g"
        if len(element) and not is_group:
            raise ValueError("a shape with children")
        opacity = single_float(element.get("opacity", "1"))
        has_both = not is_group and "none" not in (style["fill"], style["stroke"])
        if opacity != 1 and (is_group or has_both):
            self._layer(element, style, opacity)
        else:
            self._placed(element, style, opacity)

    def _layer(self, element: ET.Element, style: Style, opacity: float) -> None:
        inner = _Reader(self.clips, GraphicsState())
        inner._placed(element, style, 1.0)
        self.state.save()
        self._set_opacity(opacity, is_stroke=False)
        self.state.add(Layer(tuple(inner.state.operations), opacity))
        self.state.restore()

    def _placed(self, element: ET.Element, style: Style, opacity: float) -> None:
        """Draws a group or a shape in its coordinates and within its clip path."""
        is_apart = not _OWN.isdisjoint(element.attrib.keys() - {"opacity"})
        if is_apart:
            self.state.save()
            matrix = transformation(element.get("transform", ""))
            if matrix != IDENTITY:
                self.state.add(Transformation(matrix))
            self._clip(element.get("clip-path", "none"))
        if _tag(element) == "g":
            self.children(element, style)
        else:
            self._shape(_outline(element), style, opacity)
        if is_apart:
            self.state.restore()

    def _clip(self, reference: str) -> None:
        if reference == "none":
            return
        match = _CLIP.fullmatch(reference)
        shape = self.clips.get(match[1]) if match else None
        if shape is None:
            raise ValueError(f"no clip path {reference[:60]}")
        self.state.add(f"{_outline(shape) or '0 0 m'} W n")

    def _shape(self, outline: str, style: Style, opacity: float) -> None:
        fill = self._fill(style, opacity)
        stroke = self._stroke(style, opacity)
        if outline and (fill or stroke):
            is_opaque = not (fill and stroke) or self._is_opaque(style)
            paints = ["B"] if fill and stroke else ["f" if fill else "S"]
            for paint in paints if is_opaque else ["f", "S"]:
                self.state.add(f"{outline} {paint}")

    def _is_opaque(self, style: Style) -> bool:
        return all(
            single_float(style[f"{paint}-opacity"]) * rgb_and_alpha(style[paint])[1] == 1
            for paint in ("fill", "stroke")
        )

    def _fill(self, style: Style, opacity: float) -> bool:
        """Sets colour and opacity of areas; False if they are not drawn."""
        return self._paint("fill", style, opacity)

    def _stroke(self, style: Style, opacity: float) -> bool:
        """Sets colour, opacity and shape of lines; False if they are not drawn."""
        width = single_float(style["stroke-width"])
        if width <= 0 or not self._paint("stroke", style, opacity):
            return False
        self.state.set("width", f"{operand(width)} w")
        self.state.set("cap", f"{_keyword(_CAPS, style['stroke-linecap'])} J")
        self.state.set("join", f"{_keyword(_JOINS, style['stroke-linejoin'])} j")
        self.state.set("miter", f"{operand(single_float(style['stroke-miterlimit']))} M")
        self.state.set("dash", _dash(style))
        return True

    def _paint(self, paint: str, style: Style, opacity: float) -> bool:
        """Sets colour and opacity of `fill` or `stroke`; False if it is not drawn."""
        if style[paint] == "none":
            return False
        color, alpha = rgb_and_alpha(style[paint])
        alpha *= opacity * single_float(style[f"{paint}-opacity"])
        if alpha <= 0:
            return False
        is_stroke = paint == "stroke"
        self.state.set(paint, f"{color} {'RG' if is_stroke else 'rg'}")
        self._set_opacity(alpha, is_stroke=is_stroke)
        return True

    def _set_opacity(self, value: float, *, is_stroke: bool) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"an opacity of {value:g}")
        self.state.set("CA" if is_stroke else "ca", Opacity(round(value, 4), is_stroke))

    def _text(self, element: ET.Element, style: Style) -> None:
        opacity = single_float(element.get("opacity", "1"))
        if style["stroke"] != "none" or "clip-path" in element.attrib:
            raise ValueError("text with an outline or a clip path")
        if self._fill(style, opacity):
            matrix = transformation(element.get("transform", ""))
            size = single_float(style["font-size"])
            if size <= 0:
                raise ValueError("text without a size")
            weight = font_weight(style["font-weight"])
            anchor = _keyword(_ANCHORS, style["text-anchor"])
            for x, y, text in lines_of_text(element):
                check_text(text)
                place = product((1.0, 0.0, 0.0, -1.0, x, y), matrix)
                self.state.add(TextLine(text, weight, size, anchor, place))


def _outline(element: ET.Element) -> str:
    """The operators of a shape's outline; empty if it has none."""
    if _tag(element) == "path":
        return path_operators(element.get("d", ""))
    if _tag(element) == "rect":
        x, y = (single_float(element.get(name, "0")) for name in "xy")
        width, height = (single_float(element.get(name, "0")) for name in ("width", "height"))
        if min(width, height) < 0:
            raise ValueError("a rectangle of negative size")
        return f"{operands(x, y, width, height)} re" if width and height else ""
    x1, y1, x2, y2 = (single_float(element.get(name, "0")) for name in ("x1", "y1", "x2", "y2"))
    return f"{operands(x1, y1)} m {operands(x2, y2)} l"


def _dash(style: Style) -> str:
    dashes = style["stroke-dasharray"]
    lengths = () if dashes == "none" else floats(dashes)
    if any(length < 0 for length in lengths):
        raise ValueError("a dash of negative length")
    if not any(lengths):
        return "[] 0 d"
    offset = single_float(style["stroke-dashoffset"])
    if offset < 0:
        raise ValueError("a negative offset of dashes")
    if len(lengths) % 2:
        lengths *= 2
    return f"[{operands(*lengths)}] {operand(offset)} d"


def _keyword(values: Mapping[str, T], keyword: str) -> T:
    if keyword not in values:
        raise ValueError(f"unexpected keyword {keyword[:40]}")
    return values[keyword]
