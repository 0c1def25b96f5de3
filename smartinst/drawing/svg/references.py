"""References of an SVG: only those to its own elements and to embedded pictures are kept."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import tinycss2

from smartinst.drawing.svg.source import HREF, SVG, remove_child, with_parents

_PICTURE: Final = re.compile(r"data:image/(png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_SVG_PICTURE: Final = re.compile(r"data:image/svg\+xml([^,]*),(.*)", re.IGNORECASE | re.DOTALL)
_FILTER_PICTURE: Final = f"{SVG}feImage"
"""A picture in a filter, which renderers load even if it is elsewhere: never kept."""


def remove_external_references(root: ET.Element, prepare: Callable[[str], str]) -> None:
    """Removes addresses of files and servers, and prepares SVG within data URIs.

    Also removes pictures in filters, and references to a filter that is missing or empty, since
    renderers would hide the element.
    """
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name in ("href", HREF):
                address = _kept_address(element, value.strip(), prepare)
                if address is None:
                    del element.attrib[name]
                else:
                    element.set(name, address)
            elif name.lower().startswith("on") or _is_external(value):
                del element.attrib[name]
    _remove_missing_filters(root)


def _kept_address(element: ET.Element, value: str, prepare: Callable[[str], str]) -> str | None:
    """The address that an attribute keeps; None removes it."""
    if value.startswith("#"):
        return value
    if element.tag != f"{SVG}image":
        return None
    if _PICTURE.match(value):
        return value
    if nested := _SVG_PICTURE.match(value):
        return _prepared_uri(nested[1], nested[2], prepare)
    return None


def _prepared_uri(options: str, content: str, prepare: Callable[[str], str]) -> str | None:
    """A data URI of the prepared SVG; None if its base64 is invalid."""
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
    return "url" in value.lower() and any(_external_addresses(_tokens(value)))


def _external_addresses(tokens: Iterable[Any]) -> Iterator[str]:
    """The addresses in a value, except those of elements of the image."""
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
            yield from _external_addresses(token.arguments)


def _remove_missing_filters(root: ET.Element) -> None:
    for parent, child in with_parents(root):
        if child.tag == _FILTER_PICTURE or (child.tag == f"{SVG}filter" and len(child) == 0):
            remove_child(parent, child)
    ids = {element.get("id") for element in root.iter(f"{SVG}filter")}
    for element in root.iter():
        for reference in re.findall(r"#([^\"')\s]+)", element.get("filter", "")):
            if reference not in ids:
                del element.attrib["filter"]
                break


def is_too_large(root: ET.Element) -> bool:
    """Whether `use` elements, which may repeat each other, repeat far too many elements to draw."""
    targets = {str(element.get("id")): element for element in root.iter() if element.get("id")}
    sizes: dict[str, int] = {}

    def size(element: ET.Element, level: int) -> int:
        if level > _MAX_LEVELS:
            return MAX_ELEMENTS + 1
        total = 0
        for descendant in element.iter():
            total += 1
            if not descendant.tag.endswith("}use"):
                continue
            name = (descendant.get("href") or descendant.get(_XLINK_HREF) or "").removeprefix("#")
            if name not in sizes and name in targets:
                sizes[name] = 0  # of an element that repeats itself, which is not drawn
                sizes[name] = size(targets[name], level + 1)
            total += sizes.get(name, 0)
        return total

    return size(root, 0) > MAX_ELEMENTS


MAX_ELEMENTS: Final = 20_000
"""Elements that are drawn, repeated ones included: the PDF takes about a millisecond for each."""
_MAX_LEVELS: Final = 50
_XLINK_HREF: Final = "{http://www.w3.org/1999/xlink}href"
