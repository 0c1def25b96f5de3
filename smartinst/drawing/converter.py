"""The bundled font in vl-convert, and the extent of what it draws."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Final

import pikepdf
import vl_convert

from smartinst.errors import ReportError
from smartinst.shipped import ASSETS

DEFAULT_SIZE: Final = (300.0, 150.0)
"""Width and height of an image without size and content, as in a browser."""


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Registers the bundled font, without its kerning, with vl-convert.

    ReportError if the bundle is missing: text in another font would have other widths.
    """
    folder = ASSETS / "chart-fonts"
    if not any(folder.glob("*.ttf")):
        raise ReportError(
            f"no fonts under {folder}: the checkout is incomplete, restore templates/assets"
        )
    vl_convert.register_font_directory(str(folder))


def svg_extent(svg: str) -> tuple[float, float]:
    """Width and height of the content of an SVG without a size, from its origin, in pixels."""
    register_fonts()
    try:
        content = vl_convert.svg_to_pdf(svg)
    except (RuntimeError, ValueError):  # vl-convert refuses an image without content
        return DEFAULT_SIZE
    with pikepdf.open(BytesIO(content)) as pdf:
        _, _, width, height = (float(length) for length in list(pdf.pages[0].mediabox))
    return width, height
