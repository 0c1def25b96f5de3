"""Minified SVG of charts, without invisible elements and ARIA labels.

Half of a chart's labels are transparent (those that would overlap), and each bar has an ARIA label,
which the alternative text of the image replaces. Without them the PDF takes a third less time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from smartinst.drawing.fonts import replace_missing_characters

SVG: Final = "{http://www.w3.org/2000/svg}"
HREF: Final = "{http://www.w3.org/1999/xlink}href"
GROUP: Final = f"{SVG}g"
PATH: Final = f"{SVG}path"
_TRANSLATION: Final = re.compile(r"translate\(([-\d.e]+),\s*([-\d.e]+)\)")
_OPACITIES: Final = frozenset(("opacity", "fill-opacity", "stroke-opacity"))
_UNUSED_ATTRIBUTES: Final = (
    "class",
    "role",
    "pointer-events",
    "aria-hidden",
    "aria-label",
    "aria-roledescription",
)
_MARKS: Final = frozenset(
    f"{SVG}{name}" for name in ("path", "rect", "circle", "line", "text", "image", "polygon")
)
_REMOVED_TAGS: Final = {
    f"{SVG}{name}" for name in ("script", "foreignObject", "metadata", "title", "desc")
}


@lru_cache(maxsize=32)
def minify_svg(svg: str) -> str:
    """The same image in characters of the bundled font; not minified if it is not valid SVG."""
    text = replace_missing_characters(svg)
    try:
        root = ET.fromstring(text)  # noqa: S314 - expat as of 2.4.1 stops entity bombs; nothing is fetched
    except ET.ParseError:
        return text
    _remove_invisible(root)
    _join_paths(root)
    # WeasyPrint registers a prefix for SVG in this process; browsers would not understand it
    ET.register_namespace("", SVG[1:-1])
    ET.register_namespace("xlink", HREF[1 : HREF.index("}")])
    return ET.tostring(root, encoding="unicode")


def _remove_invisible(parent: ET.Element) -> None:
    for child in list(parent):
        _remove_invisible(child)
        if _is_invisible(child):
            parent.remove(child)
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
    try:
        root = ET.fromstring(svg or "")  # noqa: S314 - expat as of 2.4.1 stops entity bombs; nothing is fetched
    except ET.ParseError:
        return True
    if "marks" in (root.get("class") or "").split():
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
