"""Chart pictures made lean: what Vega draws invisibly, and what it says twice, is left out.

Half of a chart's labels are transparent (those that would overlap), and every bar carries a label for screen readers
that a picture's own text alternative replaces: without them the PDF takes a third less time and the page less room.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

from smartinst.report.fonts import drawable

SVG: Final = "{http://www.w3.org/2000/svg}"
HREF: Final = "{http://www.w3.org/1999/xlink}href"
_SAID_ELSEWHERE: Final = ("class", "role", "pointer-events", "aria-hidden", "aria-label", "aria-roledescription")
_FOREIGN: Final = {f"{SVG}{name}" for name in ("script", "foreignObject", "metadata", "title", "desc")}


def lean(svg: str) -> str:
    """The same picture in the bundle's characters; the picture as it came where it is no SVG that can be read."""
    plain = drawable(svg)
    try:
        root = ET.fromstring(plain)  # noqa: S314 - expat as of 2.4.1 stops entity bombs; nothing is fetched
    except ET.ParseError:
        return plain
    _tidy(root)
    # prefixes belong to the process: WeasyPrint, once imported, has given SVG one that no page and no mail reads
    ET.register_namespace("", SVG[1:-1])
    ET.register_namespace("xlink", HREF[1 : HREF.index("}")])
    return ET.tostring(root, encoding="unicode")


def _tidy(parent: ET.Element) -> None:
    for child in list(parent):
        _tidy(child)
        if _shows_nothing(child):
            parent.remove(child)
    for name in _SAID_ELSEWHERE:
        parent.attrib.pop(name, None)
    if parent.get("opacity") == "1":
        del parent.attrib["opacity"]


def _shows_nothing(element: ET.Element) -> bool:
    if element.tag in _FOREIGN or element.get("opacity") == "0" or element.get("display") == "none":
        return True
    if element.tag == f"{SVG}g":
        return len(element) == 0
    if element.tag == f"{SVG}image":
        return not (element.get("href") or element.get(HREF) or "").startswith("data:")
    is_frame = element.tag == f"{SVG}path" and element.get("class") in ("background", "foreground")
    return is_frame and not (_paints(element, "fill") or _paints(element, "stroke"))


def _paints(element: ET.Element, how: str) -> bool:
    return not re.fullmatch(r"(none|transparent)?", element.get(how, ""))
