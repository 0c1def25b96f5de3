"""References of an SVG: only those to itself and to embedded pictures are kept."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import tinycss2

from smartinst.drawing.svg_source import HREF, SVG, remove_child, with_parents

_PICTURE: Final = re.compile(r"data:image/(png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_SVG_PICTURE: Final = re.compile(r"data:image/svg\+xml([^,]*),(.*)", re.IGNORECASE | re.DOTALL)
_PICTURE_TAGS: Final = (f"{SVG}image", f"{SVG}feImage")


def remove_external_references(root: ET.Element, prepare: Callable[[str], str]) -> None:
    """Removes addresses of files and servers; SVG within data URIs is replaced by `prepare`.

    A filter without its picture, or a missing one, would hide the element that refers to it.
    """
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name in ("href", HREF):
                address = _address(element, value.strip(), prepare)
                if address is None:
                    del element.attrib[name]
                else:
                    element.set(name, address)
            elif name.lower().startswith("on") or _is_external(value):
                del element.attrib[name]
    _remove_missing_filters(root)


def _address(element: ET.Element, value: str, prepare: Callable[[str], str]) -> str | None:
    if value.startswith("#"):
        return value
    if element.tag not in _PICTURE_TAGS:
        return None
    if _PICTURE.match(value):
        return value
    if nested := _SVG_PICTURE.match(value):
        return _nested(nested[1], nested[2], prepare)
    return None


def _nested(options: str, content: str, prepare: Callable[[str], str]) -> str | None:
    source = unquote_to_bytes(content)
    try:
        if "base64" in options.lower():
            source = base64.b64decode(source, validate=False)
        svg = prepare(source.decode("utf-8", errors="replace"))
    except binascii.Error:
        return None
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _tokens(value: str) -> Iterable[Any]:
    return list(tinycss2.parse_component_value_list(value))


def _is_external(value: str) -> bool:
    return "url" in value.lower() and any(_external(_tokens(value)))


def _external(tokens: Iterable[Any]) -> Iterator[str]:
    """The addresses in a value that are not of the image itself."""
    for token in tokens:
        if token.type == "url" and not token.value.startswith("#"):
            yield token.value
        elif token.type == "function":
            if token.lower_name in ("url", "src", "image", "image-set"):
                yield from (
                    argument.value
                    for argument in token.arguments
                    if argument.type == "string" and not argument.value.startswith("#")
                )
            yield from _external(token.arguments)


def _remove_missing_filters(root: ET.Element) -> None:
    for parent, child in with_parents(root):
        without_picture = child.tag == f"{SVG}feImage" and not (
            child.get("href") or child.get(HREF)
        )
        if without_picture or (child.tag == f"{SVG}filter" and len(child) == 0):
            remove_child(parent, child)
    ids = {element.get("id") for element in root.iter(f"{SVG}filter")}
    for element in root.iter():
        for reference in re.findall(r"#([^\"')\s]+)", element.get("filter", "")):
            if reference not in ids:
                del element.attrib["filter"]
                break
