"""Pictures that are stored in a notebook, as data URIs that page, PDF and mail can draw."""

from __future__ import annotations

import base64
import binascii
import re
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from smartinst.drawing.svg.prepared import minify_svg
from smartinst.drawing.svg.references import is_too_large
from smartinst.drawing.svg.source import parse_svg

_SIGNATURES: Final = {
    "image/png": rb"\x89PNG\r\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/gif": rb"GIF8",
    "image/webp": rb"RIFF....WEBP",
}
"""MIME type → pattern of the first bytes of a file."""

SVG: Final = "image/svg+xml"
BITMAP_TYPES: Final = tuple(_SIGNATURES)
PICTURE_TYPES: Final = (SVG, *BITMAP_TYPES)
"""MIME types in the order in which a picture is chosen if an output has several."""

_DATA_URI: Final = re.compile(r"data:([\w/+.-]+)((?:;[^,;]*)*),(.*)", re.DOTALL)


def drawable_bitmap(content: bytes) -> tuple[str, bytes]:
    """The MIME type and the bytes of a bitmap; both empty if no medium can draw it.

    None can if the format is not supported, or the file is incomplete, damaged or far too large.
    Grays of 16 bits, which WeasyPrint does not draw, become grays of 8 bits.
    """
    start = content[:16]
    types = (name for name, pattern in _SIGNATURES.items() if re.match(pattern, start, re.DOTALL))
    if not (mime_type := next(types, "")):
        return "", b""
    from PIL import Image

    try:
        with Image.open(BytesIO(content)) as image:
            has_16_bits = image.mode.startswith("I")
            image.verify()
        if not has_16_bits:
            return mime_type, content
        buffer = BytesIO()
        with Image.open(BytesIO(content)) as image:
            grays = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
            grays.save(buffer, "PNG")
        return "image/png", buffer.getvalue()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return "", b""


def decode_base64(text: Any) -> bytes:
    """The bytes of base64 text in one or several lines; empty if it is not base64."""
    joined = "".join(text) if isinstance(text, list) else str(text)
    try:
        return base64.b64decode("".join(joined.split()), validate=True)
    except binascii.Error:
        return b""


def bitmap_base64(text: Any) -> str:
    """The base64 of a supported bitmap without white space; empty if it is not one."""
    return base64.b64encode(drawable_bitmap(decode_base64(text))[1]).decode()


def safe_data_uri(address: str) -> str:
    """The data URI of a stored picture, an SVG minified; empty for any other address.

    Empty too if the picture cannot be drawn.
    """
    if not (match := _DATA_URI.fullmatch(address.strip())):
        return ""
    is_base64 = match[2].replace(" ", "").endswith(";base64")
    content = decode_base64(match[3]) if is_base64 else unquote_to_bytes(match[3])
    if match[1] == SVG:
        return svg_data_uri(content.decode("utf-8", "replace"))
    mime_type, bitmap = drawable_bitmap(content)
    return f"data:{mime_type};base64,{base64.b64encode(bitmap).decode()}" if mime_type else ""


def svg_data_uri(svg: str) -> str:
    """The data URI of an SVG without scripts and references.

    Empty if it is not an SVG, or has far too many elements to be drawn.
    """
    minified = minify_svg(svg)
    root = parse_svg(minified)
    if root is None or not len(root) or is_too_large(root):
        return ""
    return f"data:{SVG};base64,{base64.b64encode(minified.encode()).decode()}"
