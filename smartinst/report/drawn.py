"""Whether a chart's picture shows anything: axes and legends alone say nothing to a reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from smartinst.report.svg import SVG

_MARKS: Final = frozenset(f"{SVG}{name}" for name in ("path", "rect", "circle", "line", "text", "image", "polygon"))


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
