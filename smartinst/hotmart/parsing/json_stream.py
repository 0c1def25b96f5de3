"""A large or deep JSON document item by item: only the text and one item are held.

The document is walked once to know that it is whole, and once more to read it. An item that is nested too deeply for
the decoder is skipped by counting brackets, and refused by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from smartinst.hotmart.parsing.fields import DECODER

TOO_DEEP: Final = "nested too deeply"
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class TooDeep:
    """Stands for an item that could not be decoded."""


def items_of(text: str) -> Iterator[object] | None:
    """The items of a page or list; null when the text is neither. ValueError when the text is not one JSON document."""
    start = _space(text, 0)
    if text[start : start + 1] == "[":
        place, end = start, _end_of_list(text, start)
    else:
        place, end = _end_of_object(text, start)
    if _space(text, end) != len(text):
        raise ValueError("more after the document")
    return None if place < 0 else (item for item, _ in _elements(text, place))


def _end_of_object(text: str, start: int) -> tuple[int, int]:
    """Where the list of the object's member `items` begins (-1: it has none), and what is behind the object."""
    place = -1
    at = _expect(text, start, "{")
    while text[at : at + 1] != "}":
        key, at = DECODER.raw_decode(text, at)
        at = _expect(text, at, ":")
        if key == "items" and text[at : at + 1] == "[":
            place, at = at, _end_of_list(text, at)
        else:
            _, at = _value(text, at)
        at = _next(text, at, "}")
    return place, at + 1


def _end_of_list(text: str, start: int) -> int:
    at = start + 1
    for _, end in _elements(text, start):
        at = end
    return _space(text, at) + 1


def _elements(text: str, start: int) -> Iterator[tuple[object, int]]:
    """The elements of a list, each with what is behind it."""
    at = _expect(text, start, "[")
    while text[at : at + 1] != "]":
        item, end = _value(text, at)
        yield item, end
        at = _next(text, end, "]")


def _value(text: str, at: int) -> tuple[object, int]:
    try:
        return DECODER.raw_decode(text, at)
    except RecursionError:
        return TooDeep(), _skip(text, at)


def _next(text: str, at: int, end: str) -> int:
    """Behind the comma, or at the closing bracket."""
    at = _space(text, at)
    if text[at : at + 1] == end:
        return at
    at = _expect(text, at, ",")
    if text[at : at + 1] == end:
        raise ValueError(f"nothing behind the comma at character {at}")
    return at


def _expect(text: str, at: int, sign: str) -> int:
    at = _space(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(f"expected {sign} at character {at}")
    return _space(text, at + 1)


def _skip(text: str, at: int) -> int:
    """The end of the object or list that begins here, however deep it is."""
    depth = 0
    for token in _TOKENS.finditer(text, at):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        if depth == 0:
            return token.end()
    raise ValueError("the document ends too early")


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
