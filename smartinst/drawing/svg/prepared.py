"""Minified SVG of charts in the bundled font, without invisible elements and ARIA labels.

Half of a chart's labels are transparent (those that would overlap), and each bar has an ARIA label,
which the alternative text of the image replaces. Without them the PDF takes a third less time.

vl-convert omits text whose font it does not find, without an error, so all texts have the bundled
font. SVG of other programs is changed to elements and attributes that vl-convert, WeasyPrint and
browsers draw alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from smartinst.drawing.converter import svg_extent
from smartinst.drawing.fonts import replace_missing_characters
from smartinst.drawing.palette import FONT
from smartinst.drawing.svg.allowed import remove_unknown
from smartinst.drawing.svg.labels import draw_labels
from smartinst.drawing.svg.references import is_too_large, remove_external_references
from smartinst.drawing.svg.size import set_size
from smartinst.drawing.svg.source import HREF, SVG, XLINK, parse_svg, remove_child
from smartinst.drawing.svg.structure import place_text_paths, resolve_switches
from smartinst.drawing.svg.styles import inline_styles

GROUP: Final = f"{SVG}g"
PATH: Final = f"{SVG}path"
VEGA_CLASS: Final = "marks"
"""Class of the root of Vega's images."""

_TRANSLATION: Final = re.compile(r"translate\(([-\d.e]+),\s*([-\d.e]+)\)")
_OPACITIES: Final = frozenset(("opacity", "fill-opacity", "stroke-opacity"))
_UNUSED_ATTRIBUTES: Final = (
    "font-family",
    "class",
    "role",
    "pointer-events",
    "aria-hidden",
    "aria-label",
    "aria-roledescription",
)
_MARKS: Final = frozenset(
    SVG + name
    for name in """
    circle ellipse flowRoot foreignObject image line path polygon polyline rect text use
    """.split()
)
_REMOVED_TAGS: Final = frozenset(
    SVG + name
    for name in """
    animate animateMotion animateTransform desc font font-face metadata script set title
    """.split()
)
_VEGA_TAGS: Final = frozenset(
    SVG + name for name in "svg g path line rect text title circle defs clipPath tspan".split()
)
_VEGA_ATTRIBUTES: Final = frozenset(
    """
    aria-hidden aria-label aria-roledescription class clip-path d display dy fill fill-opacity
    font-family font-size font-style font-weight height id opacity pointer-events role stroke
    stroke-dasharray stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width
    text-anchor transform version viewBox width x x1 x2 y y1 y2
    """.split()
)


@dataclass(frozen=True)
class PreparedSvg:
    """An SVG that all renderers draw alike, and the texts of the original that it lacks.

    root  is shared by all readers, and None if the original is no SVG, too deep or too large
    """

    root: ET.Element | None
    undrawn: tuple[str, ...]

    @cached_property
    def svg(self) -> str:
        """The image as XML; empty if there is none."""
        return "" if self.root is None else serialize(self.root)


def minify_svg(svg: str) -> str:
    """The same image in characters of the bundled font; empty if it is no SVG, or too large."""
    return prepare_svg(svg).svg


def undrawn_texts(svg: str) -> tuple[str, ...]:
    """Texts of an SVG that its image lacks: formulas, form fields, text on a missing path."""
    return prepare_svg(svg).undrawn


@lru_cache(maxsize=32)
def prepare_svg(svg: str) -> PreparedSvg:
    """The image for paper, mail and page."""
    root = parse_svg(svg)
    if root is None or is_too_large(root):
        return PreparedSvg(None, ())
    undrawn = () if _is_plain(root) else _simplify(root)
    _remove_invisible(root)
    _replace_characters(root)
    if VEGA_CLASS in svg.partition(">")[0]:
        _join_paths(root)
    root.tail = None
    root.set("font-family", f"{FONT}, sans-serif")
    set_size(root, lambda: svg_extent(serialize(root)))
    return PreparedSvg(root, undrawn)


def _is_plain(root: ET.Element) -> bool:
    """Whether an image has only elements and attributes that Vega writes for a chart."""
    return all(
        element.tag in _VEGA_TAGS and _VEGA_ATTRIBUTES.issuperset(element.attrib)
        for element in root.iter()
    )


def _simplify(root: ET.Element) -> tuple[str, ...]:
    """Replaces what renderers draw differently; returns the texts that cannot be drawn."""
    undrawn: list[str] = []

    def prepare(nested: str) -> str:
        prepared = prepare_svg(nested)
        undrawn.extend(prepared.undrawn)
        return prepared.svg

    inline_styles(root)
    remove_external_references(root, prepare)
    resolve_switches(root)
    undrawn += draw_labels(root)
    undrawn += place_text_paths(root)
    remove_unknown(root)
    return tuple(undrawn)


def _replace_characters(root: ET.Element) -> None:
    for element in root.iter():
        if element.text:
            element.text = replace_missing_characters(element.text)
        if element.tail:
            element.tail = replace_missing_characters(element.tail)


def serialize(root: ET.Element) -> str:
    """The XML of an image, without a prefix for SVG's own elements."""
    # WeasyPrint registers a prefix for SVG in this process, which an HTML parser would not read.
    ET.register_namespace("", SVG[1:-1])
    ET.register_namespace("xlink", XLINK[1:-1])
    return ET.tostring(root, encoding="unicode")


def _remove_invisible(parent: ET.Element) -> None:
    for child in list(parent):
        _remove_invisible(child)
        if _is_invisible(child):
            remove_child(parent, child)
        elif child.tag == GROUP and not child.attrib:
            index = list(parent).index(child)
            parent[index : index + 1] = list(child)
    for name in _UNUSED_ATTRIBUTES:
        parent.attrib.pop(name, None)
    if parent.get("transform") == "translate(0,0)":
        del parent.attrib["transform"]
    if parent.get("opacity") == "1":
        del parent.attrib["opacity"]


def _join_paths(parent: ET.Element) -> None:
    """Joins neighbouring lines and bars of the same style into one path."""
    path: ET.Element | None = None
    for child in list(parent):
        _join_paths(child)
        _line_to_path(child)
        if child.tag != PATH or len(child) or not _OPACITIES.isdisjoint(child.attrib):
            path = None
        elif path is not None and _style(path) == _style(child):
            path.set("d", path.get("d", "") + child.get("d", ""))
            parent.remove(child)
        else:
            path = child


def _style(element: ET.Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name != "d"}


def _line_to_path(line: ET.Element) -> None:
    """Turns a line into a path that starts at the line's translation."""
    translation = _TRANSLATION.fullmatch(line.get("transform", "translate(0,0)"))
    if (
        line.tag != f"{SVG}line"
        or translation is None
        or "x1" in line.attrib
        or "y1" in line.attrib
    ):
        return
    line.tag = PATH
    x, y = line.attrib.pop("x2", "0"), line.attrib.pop("y2", "0")
    line.set("d", f"M{translation[1]},{translation[2]}l{x},{y}")
    line.set("fill", "none")
    line.attrib.pop("transform", None)


def _is_invisible(element: ET.Element) -> bool:
    if (
        element.tag in _REMOVED_TAGS
        or not element.tag.startswith(SVG)
        or element.get("opacity") == "0"
        or element.get("display") == "none"
    ):
        return True
    if element.tag == GROUP:
        return len(element) == 0
    if element.tag == f"{SVG}image":
        return not (element.get("href") or element.get(HREF) or "").startswith("data:")
    is_frame = element.tag == f"{SVG}path" and element.get("class") in ("background", "foreground")
    return is_frame and not (_paints(element, "fill") or _paints(element, "stroke"))


def _paints(element: ET.Element, attribute: str) -> bool:
    return not re.fullmatch(r"(none|transparent)?", element.get(attribute, ""))


def is_empty(svg: str | None) -> bool:
    """Whether there is no image, or it is invalid SVG or a Vega chart without marks."""
    root = parse_svg(svg or "")
    if root is None:
        return True
    if VEGA_CLASS in (root.get("class") or "").split():
        return not any(
            _is_visible_mark(element)
            for group in _groups_of_marks(root)
            for element in group.iter()
        )
    return not any(element.tag in _MARKS for element in root.iter())


def _groups_of_marks(root: ET.Element) -> Iterator[ET.Element]:
    """Vega's groups of data marks; for a group of panels, the groups in its panels."""
    for group in root.iter(f"{SVG}g"):
        classes = (group.get("class") or "").split()
        if "role-mark" in classes and "mark-group" not in classes:
            yield group


def _is_visible_mark(element: ET.Element) -> bool:
    return element.tag in _MARKS and element.get("opacity") != "0" and element.get("d") != ""
