"""HTML of notebooks whose pictures, formulas and foreign content a report can draw or name.

Beautiful Soup reads the elements that nh3 would drop without a word: frames, videos, scripts and
pictures from elsewhere become a sentence, `svg` and `math` become pictures. nh3 has the last word.
"""

from __future__ import annotations

import re
from typing import Any, Final

from bs4 import BeautifulSoup, Tag

from smartinst.pages.markup.formulas import mathml_picture
from smartinst.pages.markup.pictures import safe_address, svg_address
from smartinst.pages.markup.safe_html import sanitize_html
from smartinst.pages.markup.undrawn import Undrawn

_SPECIAL: Final = re.compile(
    r"<(?:script|noscript|iframe|frame|object|embed|video|audio|canvas|svg|math|img|picture"
    r"|details|dl)\b|display\s*:\s*none|visibility\s*:\s*hidden|<[^>]*\shidden\b",
    re.IGNORECASE,
)
"""HTML without these needs no parser of its own."""

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
_SCRIPT_TYPES: Final = frozenset(("", "module", "text/javascript", "application/javascript"))
_PROMPTS: Final = ("Make this Notebook Trusted", "Loading ITables", "Loading BokehJS")
"""Beginnings of texts that a program displays until its script runs."""

_RENAMED: Final = {"details": "div", "dl": "div", "dd": "p"}
_EMPHASIZED: Final = ("summary", "dt")


def drawable_html(html: str, undrawn: Undrawn) -> str:
    """The HTML as a report can draw it, sanitized; empty if nothing of it is visible."""
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


def _replace_scripts(soup: BeautifulSoup, undrawn: Undrawn) -> None:
    """Removes scripts; a sentence takes the place of what a script would draw.

    That is an empty element with an id, or a text that is displayed until the script runs. If
    there is none, the whole output is what the script would draw, unless it has other content.
    """
    for tag in soup.find_all("noscript"):
        tag.unwrap()
    scripts = [
        tag
        for tag in soup.find_all("script")
        if str(tag.get("type") or "").lower() in _SCRIPT_TYPES
    ]
    for tag in soup.find_all(["script", "style"]):
        tag.decompose()
    prompts = [text.parent for text in soup.find_all(string=_is_prompt) if text.parent]
    targets = soup.find_all(_is_empty_container) if scripts else []
    if scripts and not prompts and not targets and not _is_visible(soup):
        soup.append(BeautifulSoup(undrawn.replacement("script"), "html.parser"))
    elif (scripts and prompts) or targets:
        _replace((prompts or targets)[0], undrawn.replacement("script"))
        prompts = prompts[1:]
    for tag in prompts:
        tag.decompose()


def _is_prompt(text: str | None) -> bool:
    return bool(text and text.strip().startswith(_PROMPTS))


def _is_empty_container(tag: Tag) -> bool:
    is_block = tag.name in ("div", "span", "section", "figure", "p")
    return is_block and tag.has_attr("id") and not _is_visible(tag)


def _is_visible(tag: Tag) -> bool:
    """Whether an element has text, or content that a report draws or names."""
    return bool(tag.get_text(strip=True)) or bool(tag.find(["img", "svg", "math", *_EMBEDDED]))


def _origin(tag: Tag) -> str:
    """The host of an embedded page or file, for the operator; empty if there is none."""
    address = str(tag.get("src") or tag.get("data") or "")
    match = re.match(r"(?:https?:)?//([^/?#]{1,100})", address)
    return match[1] if match else ""


def _replace_drawing(tag: Tag, undrawn: Undrawn) -> None:
    """Replaces an `svg` element by a picture with its title as text alternative."""
    if tag.find_parent("svg"):
        return
    tag.attrs.setdefault("xmlns", "http://www.w3.org/2000/svg")
    title = tag.find("title")
    name = title.get_text(" ", strip=True) if title else str(tag.get("aria-label") or "")
    svg = _as_xml(tag)
    if address := svg_address(svg):
        undrawn.add_texts_of(svg)
        picture = BeautifulSoup("", "html.parser").new_tag("img", src=address, alt=name)
        tag.replace_with(picture)
    else:
        _replace(tag, undrawn.replacement("picture"))


_CAMEL_CASE: Final = (
    *("viewBox", "preserveAspectRatio", "gradientUnits", "gradientTransform", "patternUnits"),
    *("patternTransform", "clipPathUnits", "maskUnits", "textLength", "lengthAdjust", "pathLength"),
    *("markerWidth", "markerHeight", "markerUnits", "refX", "refY", "stdDeviation", "startOffset"),
    *("linearGradient", "radialGradient", "clipPath", "textPath", "foreignObject"),
)


def _as_xml(tag: Tag) -> str:
    """An `svg` element with the names of SVG, which HTML parsers turn into small letters."""
    text = tag.decode(formatter="minimal")
    for name in _CAMEL_CASE:
        text = re.sub(rf"(?<=[\s</]){name.lower()}(?=[\s=>])", name, text)
    return text


def _check_picture(tag: Tag, undrawn: Undrawn) -> None:
    """Keeps a picture that the notebook stores; a sentence and its text replace any other."""
    source = str(tag.get("src") or "")
    alternative = str(tag.get("alt") or "").strip()
    if address := safe_address(source):
        tag["src"] = address
        tag["alt"] = alternative or undrawn.translate("Picture")
        return
    origin = _origin(tag) or ("" if source.startswith("data:") else source[:100])
    sentence = undrawn.replacement("picture", origin or alternative[:100])
    tag.insert_before(f"{alternative} ")
    _replace(tag, sentence.replace("<p class", "<span class").replace("</p>", "</span>"))


def _simplify(soup: Any) -> None:
    """Turns folded and defined texts into paragraphs, which page and paper display alike."""
    for tag in soup.find_all(list(_EMPHASIZED)):
        tag.wrap(soup.new_tag("p"))
        tag.name = "strong"
    for tag in soup.find_all(list(_RENAMED)):
        tag.name = _RENAMED[tag.name]
