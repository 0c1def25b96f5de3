"""Large or deeply nested JSON documents, decoded item by item to limit memory.

The document is read twice: once to check that it is complete, once to yield its items. An item that
is nested too deeply for the decoder is skipped by counting brackets, so that only it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from smartinst.hotmart.values.fields import DECODER

TOO_DEEP: Final = "nested too deeply"
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class TooDeepItem:
    """Placeholder for an item that is nested too deeply to be decoded."""


def iterate_items(text: str) -> Iterator[object] | None:
    """The items of a page or list; None if the text is another document.

    ValueError if the text is not one JSON document.
    """
    start = _skip_space(text, 0)
    if text[start : start + 1] == "[":
        items_start, end = start, _list_end(text, start)
    else:
        items_start, end = _scan_object(text, start)
    if _skip_space(text, end) != len(text):
        raise ValueError("more after the document")
    return None if items_start < 0 else (item for item, _ in _elements(text, items_start))


def _scan_object(text: str, start: int) -> tuple[int, int]:
    """Offsets of the list in the member `items` (-1 if missing) and of the end of the object."""
    items_start = -1
    offset = _expect(text, start, "{")
    while text[offset : offset + 1] != "}":
        key, offset = DECODER.raw_decode(text, offset)
        offset = _expect(text, offset, ":")
        if key == "items" and text[offset : offset + 1] == "[":
            items_start, offset = offset, _list_end(text, offset)
        else:
            _, offset = _value(text, offset)
        offset = _skip_comma(text, offset, "}")
    return items_start, offset + 1


def _list_end(text: str, start: int) -> int:
    offset = start + 1
    for _, end in _elements(text, start):
        offset = end
    return _skip_space(text, offset) + 1


def _elements(text: str, start: int) -> Iterator[tuple[object, int]]:
    """The elements of a list, each with the offset of its end."""
    offset = _expect(text, start, "[")
    while text[offset : offset + 1] != "]":
        element, end = _value(text, offset)
        yield element, end
        offset = _skip_comma(text, end, "]")


def _value(text: str, offset: int) -> tuple[object, int]:
    try:
        return DECODER.raw_decode(text, offset)
    except RecursionError:
        return TooDeepItem(), _skip_nested(text, offset)


def _skip_comma(text: str, offset: int, bracket: str) -> int:
    """The offset of the next element, or of the closing bracket."""
    offset = _skip_space(text, offset)
    if text[offset : offset + 1] == bracket:
        return offset
    offset = _expect(text, offset, ",")
    if text[offset : offset + 1] == bracket:
        raise ValueError(f"nothing after the comma at character {offset}")
    return offset


def _expect(text: str, offset: int, sign: str) -> int:
    """The offset after the sign and the spaces around it; ValueError for another character."""
    offset = _skip_space(text, offset)
    if text[offset : offset + 1] != sign:
        raise ValueError(f"expected {sign} at character {offset}")
    return _skip_space(text, offset + 1)


def _skip_nested(text: str, offset: int) -> int:
    """The end of the object or list that begins here, at any depth."""
    depth = 0
    for token in _TOKENS.finditer(text, offset):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        if depth == 0:
            return token.end()
    raise ValueError("the document ends too early")


def _skip_space(text: str, offset: int) -> int:
    space = _SPACE.match(text, offset)
    return space.end() if space else offset
