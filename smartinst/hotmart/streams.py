"""A large or deep JSON document item by item: only the text and one item are held.

The document is walked once to know that it is whole, and once more to read it. An item that is nested too deeply for
the decoder is skipped by counting brackets, and refused by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from smartinst.hotmart.fields import DECODER

TOO_DEEP: Final = "nested too deeply"
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class TooDeep:
    """Stands for an item that could not be decoded."""


def items_of(text: str) -> Iterator[object] | None:
    """The items of a page or list; null when the text is neither. ValueError when the text is not one JSON document."""
    start = _space(text, 0)
    place = start if text[start : start + 1] == "[" else _items_member(text, start)
    if place is None:
        return None
    for _ in _elements(text, place):
        pass
    return _elements(text, place)


def _items_member(text: str, start: int) -> int | None:
    """Where the list of the member `items` of the outermost object begins; null when there is none."""
    found = None
    at = _expect(text, start, "{")
    while text[at : at + 1] != "}":
        key, at = DECODER.raw_decode(text, at)
        at = _expect(text, at, ":")
        if key == "items" and text[at : at + 1] == "[":
            found = at
        at = _next(text, _skip(text, at), "}")
    if _space(text, at + 1) != len(text):
        raise ValueError("more after the document")
    return found


def _elements(text: str, start: int) -> Iterator[object]:
    at = _expect(text, start, "[")
    while text[at : at + 1] != "]":
        try:
            item, at = DECODER.raw_decode(text, at)
        except RecursionError:
            item, at = TooDeep(), _skip(text, at)
        yield item
        at = _next(text, at, "]")
    if start == _space(text, 0) and _space(text, at + 1) != len(text):
        raise ValueError("more after the document")


def _next(text: str, at: int, end: str) -> int:
    """Behind the comma, or at the closing bracket."""
    at = _space(text, at)
    return at if text[at : at + 1] == end else _expect(text, at, ",")


def _expect(text: str, at: int, sign: str) -> int:
    at = _space(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"expected {sign} at character {at}")
    return _space(text, at + 1)


def _skip(text: str, at: int) -> int:
    """The end of the value that begins here, however deep it is."""
    if text[at : at + 1] not in ("{", "["):
        return DECODER.raw_decode(text, at)[1]
    depth = 0
    for token in _TOKENS.finditer(text, at):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        if depth == 0:
            return token.end()
    raise ValueError("the document ends too early")


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
