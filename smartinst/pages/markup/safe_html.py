"""HTML reduced by nh3 to elements and attributes that only display text and pictures."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

import nh3

from smartinst.pages.markup.table_rows import level_rows

ELEMENTS: Final = frozenset(
    (
        *("p", "div", "span", "br", "hr", "pre", "blockquote", "a", "img", "ul", "ol", "li"),
        *("b", "strong", "i", "em", "u", "s", "del", "ins", "mark", "small", "sub", "sup"),
        *("code", "kbd", "samp", "var", "abbr", "q", "cite", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
    )
)

ATTRIBUTES: Final = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
CLASSES: Final = {
    "p": {"undrawn"},
    "img": {"formula"},
    "span": {"display", "undrawn"},
    "td": {"number"},
    "th": {"number"},
}
REMOVED_WITH_CONTENT: Final = frozenset(
    (
        *("script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object"),
        *("button", "select", "textarea", "video", "audio", "canvas"),
    )
)
MAX_NUMBER: Final = 10_000
"""Maximum of the columns or rows that a cell spans, a picture's pixels, and a list's start."""

MAX_COLUMNS: Final = 1_000
"""Maximum of the columns that a cell spans, as in HTML."""

MAX_DEPTH: Final = 100
"""Maximum of elements inside each other; WeasyPrint lays out about 150."""

_NUMBERS: Final = frozenset(("colspan", "rowspan", "width", "height", "start"))
_WITHOUT_SOURCE: Final = re.compile(r'<img(?!(?:\s[\w-]+="[^"]*")*?\ssrc=)(?:\s[\w-]+="[^"]*")*>')
_UNSCOPED: Final = re.compile(r"<th(?=[ >])(?![^>]*\sscope=)")
_TAG: Final = re.compile(r"<(/?)(?!(?:img|br|hr)\b)[a-z]")
_VOID: Final = re.compile(r'<(img|br|hr)((?:\s[\w-]+="[^"]*")*)>')


def sanitize_html(html: str) -> str:
    """The HTML with the elements and attributes above only, as well-formed XML.

    Empty if it contains neither text nor a picture. What is nested too deeply becomes its text.
    """
    clean = nh3.clean(
        html,
        tags=set(ELEMENTS),
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        attribute_filter=_checked_attribute,
        clean_content_tags=set(REMOVED_WITH_CONTENT),
        url_schemes={"https", "mailto", "data"},
        url_relative=_anchor_only,
    )
    clean = _WITHOUT_SOURCE.sub("", clean)
    if _depth(clean) > MAX_DEPTH:
        clean = f"<p>{nh3.clean(clean, tags=set())}</p>"
    if "<img" not in clean and not nh3.clean(clean, tags=set()).strip():
        return ""
    return _VOID.sub(r"<\1\2 />", _with_scopes(level_rows(clean))).replace(
        "&nbsp;", "\N{NO-BREAK SPACE}"
    )


def _depth(html: str) -> int:
    """How many elements are inside each other at most."""
    steps = (-1 if match[1] else 1 for match in _TAG.finditer(html))
    return max(accumulate(steps), default=0)


def _anchor_only(address: str) -> str | None:
    """A link within the report; None removes a link to another file."""
    return address if address.startswith("#") else None


def _with_scopes(html: str) -> str:
    """Adds the scope of headings (PDF/UA): `col` in a row of headings only, else `row`."""
    parts = re.split(r"(<thead>.*?</thead>|<tr>.*?</tr>)", html, flags=re.DOTALL)
    return "".join(
        _UNSCOPED.sub(
            f'<th scope="{"row" if part.startswith("<tr>") and "<td" in part else "col"}"', part
        )
        for part in parts
    )


def _checked_attribute(element: str, attribute: str, value: str) -> str | None:
    """The value of an attribute; None removes it."""
    if attribute in _NUMBERS:
        is_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_NUMBER))
        limit = MAX_COLUMNS if attribute == "colspan" else MAX_NUMBER
        return value if is_number and 1 <= int(value) <= limit else None
    if attribute in ("href", "src"):
        is_data = value.lstrip().lower().startswith("data:")
        return value if is_data == (element == "img") else None
    return value
