"""HTML of notebooks as a report can draw it.

Beautiful Soup finds the elements that nh3 would remove without a trace. A sentence replaces frames,
videos, scripts and external pictures; pictures replace `svg` and `math`. Then nh3 sanitizes all.
"""

from __future__ import annotations

import re
from typing import Final

from bs4 import BeautifulSoup, Tag

from smartinst.pages.markup.formulas import mathml_picture
from smartinst.pages.markup.pictures import safe_data_uri, svg_data_uri
from smartinst.pages.markup.safe_html import sanitize_html
from smartinst.pages.markup.undrawn import UndrawnContent

_SPECIAL: Final = re.compile(
    r"<(?:script|noscript|iframe|frame|object|embed|video|audio|canvas|svg|math|img|picture"
    r"|details|dl|section|article|aside|header|footer|main|nav|figure|figcaption|center|address"
    r"|form|fieldset|legend)\b|display\s*:\s*none|visibility\s*:\s*hidden|<[^<>]*\shidden\b",
    re.IGNORECASE,
)
"""HTML without these is only sanitized, which is faster."""

_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_EMBEDDED: Final = {
    "iframe": "frame",
    "frame": "frame",
    "object": "document",
    "embed": "document",
    "video": "video",
    "audio": "audio",
    "canvas": "script",
}
"""Element → kind of undrawn content (undrawn.py)."""

_SCRIPT_TYPES: Final = frozenset(("", "module", "text/javascript", "application/javascript"))
_PLACEHOLDERS: Final = ("Make this Notebook Trusted", "Loading ITables", "Loading BokehJS")
"""Beginnings of texts that a library displays until its script runs."""

_BLOCKS: Final = (
    *("details", "dl", "section", "article", "aside", "header", "footer", "main", "nav"),
    *("figure", "figcaption", "center", "address", "form", "fieldset", "legend"),
)
_RENAMED: Final = {"dd": "p", **dict.fromkeys(_BLOCKS, "div")}
"""Element → the one that replaces it, so that its text stays apart from that around it."""
_EMPHASIZED: Final = ("summary", "dt")


def drawable_html(html: str, undrawn: UndrawnContent) -> str:
    """The sanitized HTML as a report can draw it; empty if nothing of it is visible."""
    if not _SPECIAL.search(html):
        return sanitize_html(html)
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(_is_hidden):
        tag.decompose()
    _replace_scripts(soup, undrawn)
    for tag in soup.find_all(list(_EMBEDDED)):
        _replace(tag, undrawn.replacement(_EMBEDDED[tag.name], _origin(tag)))
    for tag in soup.find_all("svg"):
        _replace_drawing(tag, undrawn)
    for tag in soup.find_all("math"):
        _replace(tag, mathml_picture(str(tag), tag.get_text(" ", strip=True)))
    for tag in soup.find_all("img"):
        _check_picture(tag, undrawn)
    _simplify(soup)
    return sanitize_html(str(soup))


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN.search(str(tag.get("style") or "")))


def _replace(tag: Tag, html: str) -> None:
    tag.replace_with(BeautifulSoup(html, "html.parser"))


def _replace_scripts(soup: BeautifulSoup, undrawn: UndrawnContent) -> None:
    """Removes scripts; a sentence takes the place of what a script would draw.

    Its place is a text that is displayed until the script runs, or an empty element with an id.
    Without either, the script would draw the whole output, unless that has other content.
    """
    had_scripts = _remove_scripts(soup)
    placeholders = [text.parent for text in soup.find_all(string=_is_placeholder) if text.parent]
    if had_scripts:
        if targets := placeholders or soup.find_all(_is_empty_container):
            _replace(targets[0], undrawn.replacement("script"))
            placeholders = placeholders[1:]
        elif not _is_visible(soup):
            soup.append(BeautifulSoup(undrawn.replacement("script"), "html.parser"))
    for tag in placeholders:
        tag.decompose()


def _remove_scripts(soup: BeautifulSoup) -> bool:
    """Removes scripts and styles; returns whether a browser would have run a script."""
    for tag in soup.find_all("noscript"):
        tag.unwrap()
    types = [str(tag.get("type") or "").lower() for tag in soup.find_all("script")]
    for tag in soup.find_all(["script", "style"]):
        tag.decompose()
    return not _SCRIPT_TYPES.isdisjoint(types)


def _is_placeholder(text: str | None) -> bool:
    return bool(text and text.strip().startswith(_PLACEHOLDERS))


def _is_empty_container(tag: Tag) -> bool:
    is_block = tag.name in ("div", "span", "section", "figure", "p")
    return is_block and tag.has_attr("id") and not _is_visible(tag)


def _is_visible(tag: Tag) -> bool:
    """Whether an element has text, or content that a report draws or replaces by a sentence."""
    return bool(tag.get_text(strip=True)) or bool(tag.find(["img", "svg", "math", *_EMBEDDED]))


def _origin(tag: Tag) -> str:
    """The host of an embedded page or file, for the operator; empty if there is none."""
    address = str(tag.get("src") or tag.get("data") or "")
    match = re.match(r"(?:https?:)?//([^/?#]{1,100})", address)
    return match[1] if match else ""


def _replace_drawing(tag: Tag, undrawn: UndrawnContent) -> None:
    """Replaces an `svg` element by a picture with its title as text alternative."""
    if tag.find_parent("svg"):
        return
    if not _has_drawing(tag):
        tag.decompose()
        return
    tag.attrs.setdefault("xmlns", "http://www.w3.org/2000/svg")
    title = tag.find("title")
    name = title.get_text(" ", strip=True) if title else str(tag.get("aria-label") or "")
    svg = _as_xml(tag)
    if address := svg_data_uri(svg):
        undrawn.add_texts_of(svg)
        picture = BeautifulSoup("", "html.parser").new_tag("img", src=address, alt=name)
        tag.replace_with(picture)
    else:
        _replace(tag, undrawn.replacement("picture"))


def _has_drawing(svg: Tag) -> bool:
    """Whether an `svg` element draws something, and does not only define symbols for others."""
    return any(child.name not in _DEFINITIONS for child in svg.find_all(recursive=False))


_DEFINITIONS: Final = ("defs", "symbol", "style", "title", "desc", "metadata")

_CAMEL_CASE: Final = (
    *("viewBox", "preserveAspectRatio", "gradientUnits", "gradientTransform", "patternUnits"),
    *("patternTransform", "clipPathUnits", "maskUnits", "textLength", "lengthAdjust", "pathLength"),
    *("markerWidth", "markerHeight", "markerUnits", "refX", "refY", "stdDeviation", "startOffset"),
    *("linearGradient", "radialGradient", "clipPath", "textPath", "foreignObject"),
)


def _as_xml(tag: Tag) -> str:
    """The text of an `svg` element, with the capitals of SVG that HTML parsers do not keep."""
    text = tag.decode(formatter="minimal")
    for name in _CAMEL_CASE:
        text = re.sub(rf"(?<=[\s</]){name.lower()}(?=[\s=>])", name, text)
    return text


def _check_picture(tag: Tag, undrawn: UndrawnContent) -> None:
    """Keeps a picture that the notebook stores; its text and a sentence replace any other."""
    source = str(tag.get("src") or "")
    alternative = str(tag.get("alt") or "").strip()
    if address := safe_data_uri(source):
        tag["src"] = address
        tag["alt"] = alternative or undrawn.translate("Picture")
        return
    origin = _origin(tag) or ("" if source.startswith("data:") else source[:100])
    tag.insert_before(f"{alternative} ")
    _replace(tag, undrawn.replacement("picture", origin or alternative[:100], element="span"))


def _simplify(soup: BeautifulSoup) -> None:
    """Turns `details` and definition lists into paragraphs, which page and paper display alike."""
    for tag in soup.find_all(list(_EMPHASIZED)):
        tag.wrap(soup.new_tag("p"))
        tag.name = "strong"
    for tag in soup.find_all(list(_RENAMED)):
        tag.name = _RENAMED[tag.name]
