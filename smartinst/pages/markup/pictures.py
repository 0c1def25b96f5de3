"""Pictures that are stored in a notebook, as data addresses that any medium can draw."""

from __future__ import annotations

import base64
import binascii
import re
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from smartinst.drawing.svg import minify_svg
from smartinst.drawing.svg_source import parse_svg

_SIGNATURES: Final = {
    "image/png": rb"\x89PNG\r\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/gif": rb"GIF8",
    "image/webp": rb"RIFF....WEBP",
}
"""MIME type → how the file begins."""

SVG: Final = "image/svg+xml"
PICTURE_TYPES: Final = (SVG, *_SIGNATURES)
_DATA_ADDRESS: Final = re.compile(r"data:([\w/+.-]+)((?:;[^,;]*)*),(.*)", re.DOTALL)


def drawable_bitmap(content: bytes) -> tuple[str, bytes]:
    """The MIME type and the bytes of a bitmap; both empty if no medium can draw it.

    That is an unsupported format, or a file that is cut off, damaged or far too large. Grays of 16
    bits, which WeasyPrint does not draw, become grays of 8 bits.
    """
    types = (
        kind for kind, start in _SIGNATURES.items() if re.match(start, content[:16], re.DOTALL)
    )
    if not (kind := next(types, "")):
        return "", b""
    from PIL import Image

    try:
        with Image.open(BytesIO(content)) as image:
            has_16_bits = image.mode.startswith("I")
            image.verify()
        if not has_16_bits:
            return kind, content
        buffer = BytesIO()
        with Image.open(BytesIO(content)) as image:
            grays = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
            grays.save(buffer, "PNG")
        return "image/png", buffer.getvalue()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return "", b""


def decoded(text: Any) -> bytes:
    """The bytes of base64 text in one or several lines; empty if it is not base64."""
    joined = "".join(text) if isinstance(text, list) else str(text)
    try:
        return base64.b64decode("".join(joined.split()), validate=True)
    except binascii.Error:
        return b""


def bitmap_base64(text: Any) -> str:
    """The base64 of a supported bitmap without white space; empty if it is not one."""
    return base64.b64encode(drawable_bitmap(decoded(text))[1]).decode()


def safe_address(address: str) -> str:
    """The data address of a stored picture, an SVG minified; empty if it cannot be drawn."""
    if not (match := _DATA_ADDRESS.fullmatch(address.strip())):
        return ""
    is_base64 = match[2].replace(" ", "").endswith(";base64")
    content = decoded(match[3]) if is_base64 else unquote_to_bytes(match[3])
    if match[1] == SVG:
        return svg_address(content.decode("utf-8", "replace"))
    kind, content = drawable_bitmap(content)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else ""


def svg_address(svg: str) -> str:
    """The data address of an SVG without scripts and references; empty if it is not an SVG."""
    minified = minify_svg(svg)
    root = parse_svg(minified)
    if root is None or not len(root):
        return ""
    return f"data:{SVG};base64,{base64.b64encode(minified.encode()).decode()}"
