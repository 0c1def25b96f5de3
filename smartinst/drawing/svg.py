"""Chart pictures made lean: what Vega draws invisibly, and what it says twice, is left out.

Half of a chart's labels are transparent (those that would overlap), and every bar carries a label for screen readers
that a picture's own text alternative replaces: without them the PDF takes a third less time and the page less room.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from smartinst.drawing.fonts import drawable

SVG: Final = "{http://www.w3.org/2000/svg}"
HREF: Final = "{http://www.w3.org/1999/xlink}href"
GROUP: Final = f"{SVG}g"
PATH: Final = f"{SVG}path"
_MOVED: Final = re.compile(r"translate\(([-\d.e]+),\s*([-\d.e]+)\)")
_SEE_THROUGH: Final = frozenset(("opacity", "fill-opacity", "stroke-opacity"))
_SAID_ELSEWHERE: Final = (
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
_FOREIGN: Final = {
    f"{SVG}{name}" for name in ("script", "foreignObject", "metadata", "title", "desc")
}


@lru_cache(maxsize=32)
def minify_svg(svg: str) -> str:
    """The same picture in the bundle's characters; the picture as it came where it is no SVG that can be read."""
    plain = drawable(svg)
    try:
        root = ET.fromstring(plain)  # noqa: S314 - expat as of 2.4.1 stops entity bombs; nothing is fetched
    except ET.ParseError:
        return plain
    _tidy(root)
    _joined(root)
    # prefixes belong to the process: WeasyPrint, once imported, has given SVG one that no page and no mail reads
    ET.register_namespace("", SVG[1:-1])
    ET.register_namespace("xlink", HREF[1 : HREF.index("}")])
    return ET.tostring(root, encoding="unicode")


def _tidy(parent: ET.Element) -> None:
    for child in list(parent):
        _tidy(child)
        if _shows_nothing(child):
            parent.remove(child)
        elif child.tag == GROUP and not child.attrib:
            at = list(parent).index(child)
            parent[at : at + 1] = list(child)
    for name in _SAID_ELSEWHERE:
        parent.attrib.pop(name, None)
    if parent.get("transform") == "translate(0,0)":
        del parent.attrib["transform"]
    if parent.get("opacity") == "1":
        del parent.attrib["opacity"]


def _joined(parent: ET.Element) -> None:
    """Neighbouring lines and bars that are painted alike become one path: fewer things to paint, the same picture."""
    last: ET.Element | None = None
    for child in list(parent):
        _joined(child)
        _straightened(child)
        if child.tag != PATH or len(child) or not _SEE_THROUGH.isdisjoint(child.attrib):
            last = None
        elif last is not None and _look(last) == _look(child):
            last.set("d", last.get("d", "") + child.get("d", ""))
            parent.remove(child)
        else:
            last = child


def _look(element: ET.Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name != "d"}


def _straightened(line: ET.Element) -> None:
    """A line becomes a path that begins where the line was moved to."""
    moved = _MOVED.fullmatch(line.get("transform", "translate(0,0)"))
    if line.tag != f"{SVG}line" or moved is None or "x1" in line.attrib or "y1" in line.attrib:
        return
    line.tag = PATH
    line.set(
        "d", f"M{moved[1]},{moved[2]}l{line.attrib.pop('x2', '0')},{line.attrib.pop('y2', '0')}"
    )
    line.set("fill", "none")
    line.attrib.pop("transform", None)


def _shows_nothing(element: ET.Element) -> bool:
    if element.tag in _FOREIGN or element.get("opacity") == "0" or element.get("display") == "none":
        return True
    if element.tag == GROUP:
        return len(element) == 0
    if element.tag == f"{SVG}image":
        return not (element.get("href") or element.get(HREF) or "").startswith("data:")
    is_frame = element.tag == f"{SVG}path" and element.get("class") in ("background", "foreground")
    return is_frame and not (_paints(element, "fill") or _paints(element, "stroke"))


def _paints(element: ET.Element, how: str) -> bool:
    return not re.fullmatch(r"(none|transparent)?", element.get(how, ""))


def is_empty(svg: str | None) -> bool:
    """True for no picture, one that cannot be read, and one of Vega's without a mark inside its axes."""
    try:
        root = ET.fromstring(svg or "")  # noqa: S314 - expat as of 2.4.1 stops entity bombs; nothing is fetched
    except ET.ParseError:
        return True
    if "marks" in (root.get("class") or "").split():
        return not any(_is_drawn(one) for group in _groups_of_marks(root) for one in group.iter())
    return not any(one.tag in _MARKS for one in root.iter())


def _groups_of_marks(root: ET.Element) -> Iterator[ET.Element]:
    """What Vega draws of the data; of a group that holds panels only what is inside its panels."""
    for group in root.iter(f"{SVG}g"):
        classes = (group.get("class") or "").split()
        if "role-mark" in classes and "mark-group" not in classes:
            yield group


def _is_drawn(element: ET.Element) -> bool:
    return element.tag in _MARKS and element.get("opacity") != "0" and element.get("d") != ""
