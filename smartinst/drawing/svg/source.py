"""SVG as an element tree, repaired if it is not well-formed XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

import tinyhtml5

SVG: Final = "{http://www.w3.org/2000/svg}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"
XLINK: Final = "{http://www.w3.org/1999/xlink}"
HREF: Final = f"{XLINK}href"
XML: Final = "{http://www.w3.org/XML/1998/namespace}"
SPACE: Final = f"{XML}space"

MAX_DEPTH: Final = 200
"""Maximum depth of elements; renderers recurse into each level."""

_START: Final = re.compile(r"<(?:[\w.-]+:)?svg[\s>/]", re.IGNORECASE)
_ILLEGAL_CHARACTERS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME: Final = re.compile(r"(?:\{[^}]*\})?[A-Za-z_][\w.-]*")


def parse_svg(source: str) -> ET.Element | None:
    """The root of an SVG, whose elements all have a namespace; None if it is no SVG or too deep.

    An SVG that is not well-formed XML is read as a browser reads SVG within HTML.
    """
    source = _ILLEGAL_CHARACTERS.sub("", source)
    start = _START.search(source)
    if start is None:
        return None
    try:
        root = ET.fromstring(source.lstrip("\ufeff \t\r\n"))  # noqa: S314 - expat as of 2.4.1 stops entity bombs; nothing is fetched
    except ET.ParseError:
        document = tinyhtml5.parse(source[start.start() :])
        if (svg := document.find(f".//{SVG}svg")) is None:
            return None
        root = svg
        _remove_illegal_names(root)
    if root.tag == "svg":
        _qualify(root)
    if root.tag != f"{SVG}svg" or _is_too_deep(root):
        return None
    return root


def _qualify(root: ET.Element) -> None:
    """Adds the namespace that a root without `xmlns` lacks."""
    for element in root.iter():
        if not element.tag.startswith("{"):
            element.tag = SVG + element.tag


def _remove_illegal_names(root: ET.Element) -> None:
    """Removes comments, and names that XML does not allow: prefixes without a namespace."""
    for parent, child in with_parents(root):
        if callable(child.tag) or not _NAME.fullmatch(child.tag):
            remove_child(parent, child)
    for element in root.iter():
        for name in list(element.attrib):
            if not _NAME.fullmatch(name) or name.startswith("{http://www.w3.org/2000/xmlns/}"):
                del element.attrib[name]
            else:
                element.set(name, _ILLEGAL_CHARACTERS.sub("", element.attrib[name]))


def _is_too_deep(root: ET.Element) -> bool:
    level = [root]
    for _depth in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True


def remove_child(parent: ET.Element, child: ET.Element) -> None:
    """Removes an element, but not the text that follows it."""
    replace_child(parent, child)


def replace_child(parent: ET.Element, child: ET.Element, *replacements: ET.Element) -> None:
    """Replaces a child by elements; the text that follows it stays."""
    index = list(parent).index(child)
    parent[index : index + 1] = replacements
    if not child.tail:
        return
    if replacements:
        replacements[-1].tail = (replacements[-1].tail or "") + child.tail
    elif index:
        parent[index - 1].tail = (parent[index - 1].tail or "") + child.tail
    else:
        parent.text = (parent.text or "") + child.tail
    child.tail = None


def with_parents(root: ET.Element) -> Iterator[tuple[ET.Element, ET.Element]]:
    """Pairs of parent and child, the deepest first, so that children may be replaced."""
    for parent in reversed(list(root.iter())):
        for child in list(parent):
            yield parent, child
