"""Pictures beside a notebook, such as `![Logo](logo.png)`, as attachments of its Markdown cells."""

from __future__ import annotations

import base64
import os
import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

MAX_BYTES: Final = 5_000_000
"""Maximum size of an attached picture; larger ones would make the notebook hard to open."""

MAX_EMBEDDED: Final = 20_000_000
"""Maximum length of the pictures that are repeated in the text of one cell, as base64."""

_MARKDOWN_PICTURE: Final = re.compile(r"(!\[[^\[\]\n]*\]\(\s*)(<[^<>\n]+>|[^()<>\s]+)")
_IMG_ELEMENT: Final = re.compile(
    r"""(<img\b[^<>]*?\ssrc\s*=\s*)(["'])([^"'<>]+)\2""", re.IGNORECASE
)


def attach_pictures(cell: dict[str, Any], folder: Path) -> None:
    """Attaches the pictures of a Markdown cell that are files in the notebook's folder or below.

    Other addresses stay as they are, and `src` of elements beyond MAX_EMBEDDED.
    """
    attachments: dict[str, dict[str, str]] = {}
    read_picture = lru_cache(maxsize=64)(partial(_read_picture, folder))
    remaining = MAX_EMBEDDED

    def attach(match: re.Match[str]) -> str:
        name = unquote(match[2].strip("<>"))
        if not (picture := read_picture(name)):
            return match[0]
        mime_type, content = picture
        attachments[name] = {mime_type: content}
        return f"{match[1]}attachment:{quote(name)}"

    def embed(match: re.Match[str]) -> str:
        nonlocal remaining
        picture = read_picture(unquote(match[3]))
        if not picture or len(picture[1]) > remaining:
            return match[0]
        remaining -= len(picture[1])
        address = "data:{};base64,{}".format(*picture)
        return f"{match[1]}{match[2]}{address}{match[2]}"

    source = _MARKDOWN_PICTURE.sub(attach, cell["source"])
    cell["source"] = _IMG_ELEMENT.sub(embed, source)
    if attachments:
        cell["attachments"] = {**(cell.get("attachments") or {}), **attachments}


def _read_picture(folder: Path, name: str) -> tuple[str, str] | None:
    """MIME type and base64 of a picture below the folder; None if there is none of this name."""
    if re.match(r"[A-Za-z][\w+.-]*:|[/\\#]", name):
        return None
    try:
        if not os.path.isfile(os.path.join(folder, name)):  # noqa: PTH113, PTH118 (30 times faster)
            return None
        path = (folder / name).resolve()
        is_inside = path.is_relative_to(folder.resolve())
        if not is_inside or path.stat().st_size > MAX_BYTES:
            return None
        content = path.read_bytes()
    except (OSError, ValueError):
        return None
    from smartinst.pages.markup.pictures import SVG, drawable_bitmap, safe_data_uri

    mime_type, bitmap = drawable_bitmap(content)
    if mime_type:
        return mime_type, base64.b64encode(bitmap).decode()
    text = base64.b64encode(content).decode()
    return (SVG, text) if safe_data_uri(f"data:{SVG};base64,{text}") else None
