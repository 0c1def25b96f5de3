"""HTML of other libraries, reduced by nh3 to elements and attributes that can only display text."""

from __future__ import annotations

import re
from typing import Final

import nh3

ELEMENTS: Final = frozenset(
    (
        *("p", "div", "span", "br", "pre", "blockquote", "a", "ul", "ol", "li"),
        *("b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "code", "kbd", "samp"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
    )
)
"""Without headings, because heading levels of a report must not be skipped (PDF/UA)."""

ATTRIBUTES: Final = {
    "a": {"href"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
REMOVED_WITH_CONTENT: Final = frozenset(
    (
        *("script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object"),
        *("button", "select", "textarea"),
    )
)
MAX_SPAN: Final = 1_000
"""Maximum columns or rows that a cell spans."""


_UNSCOPED: Final = re.compile(r"<th(?=[ >])(?![^>]*\sscope=)")


def sanitize_html(html: str) -> str:
    """The HTML with listed elements and attributes only; empty if it contains no text."""
    clean = nh3.clean(
        html,
        tags=set(ELEMENTS),
        attributes=ATTRIBUTES,
        attribute_filter=_checked_span,
        clean_content_tags=set(REMOVED_WITH_CONTENT),
        url_schemes={"https", "mailto"},
    )
    words = nh3.clean(clean, tags=set())
    return _with_scopes(clean) if words.strip() else ""


def _with_scopes(html: str) -> str:
    """Adds the scope of headings (PDF/UA): `col` in a row of headings only, else `row`."""
    parts = re.split(r"(<thead>.*?</thead>|<tr>.*?</tr>)", html, flags=re.DOTALL)
    return "".join(
        _UNSCOPED.sub(
            f'<th scope="{"row" if part.startswith("<tr>") and "<td" in part else "col"}"', part
        )
        for part in parts
    )


def _checked_span(_element: str, attribute: str, value: str) -> str | None:
    if attribute not in ("colspan", "rowspan"):
        return value
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_SPAN))
    return value if is_number and 1 <= int(value) <= MAX_SPAN else None
