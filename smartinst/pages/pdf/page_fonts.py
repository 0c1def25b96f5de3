"""Texts of charts in the fonts that WeasyPrint embeds for the page."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from smartinst.drawing import fonts
from smartinst.drawing.palette import FONT
from smartinst.drawing.pdf.operands import operands, product
from smartinst.drawing.pdf.operations import TextLine
from smartinst.pages.stylesheets import print_styles

_FACE: Final = "@font-face"


def page_fonts(html: str) -> PageFonts:
    """The fonts of a sheet: those of this process, unless the sheet declares others.

    A process reads and registers the font files once, for all its documents (and before a fork).
    """
    from weasyprint.text.fonts import FontConfiguration

    if html.count(_FACE) > print_styles().count(_FACE):
        return PageFonts(FontConfiguration())
    if not _bundled_fonts().has_files:
        _bundled_fonts.cache_clear()
    return _bundled_fonts()


@lru_cache(maxsize=1)
def _bundled_fonts() -> PageFonts:
    from weasyprint.text.fonts import FontConfiguration

    process = os.getpid()

    class BundledFonts(FontConfiguration):  # type: ignore[misc]  # WeasyPrint has no types
        """Keeps its files, which are copies in a temporary folder, when a forked process ends."""

        def __del__(self) -> None:
            if os.getpid() == process:
                super().__del__()

    return PageFonts(BundledFonts())


class PageFonts:
    """The fonts of a document, among them the bundled one in the weights of its charts.

    Glyphs are registered as WeasyPrint registers those of the page, so that one subset of each
    weight has both. The glyphs of charts have no features: no kerning, no tabular figures.
    `configuration` is that of WeasyPrint's document.
    """

    def __init__(self, configuration: Any) -> None:
        self.configuration = configuration
        self._fonts: dict[int, Any] = {}

    @property
    def has_files(self) -> bool:
        """False if something has removed font files, for example old ones in /tmp."""
        folder: Path | None = self.configuration._folder
        if folder is None:
            return True
        count = sum(len(fonts.font_files(name)) for name in (fonts.TEXT, fonts.MONOSPACED))
        return folder.is_dir() and len(list(folder.iterdir())) >= count

    def text_operators(self, stream: Any, line: TextLine) -> bytes:
        """The operators that draw a line of text."""
        font, _ = stream.add_font(self._pango_font(line.weight))
        glyphs = fonts.glyphs(font.file_content)
        codes, width = [], 0.0
        for character in line.text:
            glyph = glyphs[ord(character)]
            font.to_unicode.setdefault(glyph.number, character)
            font.widths.setdefault(glyph.number, round(glyph.advance * 1000))
            codes.append(f"{glyph.number:04x}")
            width += glyph.advance
        start = (1.0, 0.0, 0.0, 1.0, -line.anchor * width * line.size, 0.0)
        matrix = operands(*product(start, line.matrix))
        return (
            f"BT /{font.hash} {operands(line.size)} Tf {matrix} Tm <{''.join(codes)}> Tj ET"
        ).encode()

    def _pango_font(self, weight: int) -> Any:
        if weight not in self._fonts:
            self._fonts[weight] = _load_font(self.configuration.font_map, weight)
        return self._fonts[weight]


def _load_font(font_map: Any, weight: int) -> Any:
    """Pango's font of a weight."""
    from weasyprint.text.ffi import TO_UNITS, ffi, gobject, pango

    description = ffi.gc(pango.pango_font_description_new(), pango.pango_font_description_free)
    family = ffi.new("char[]", FONT.encode())
    pango.pango_font_description_set_family(description, family)
    pango.pango_font_description_set_weight(description, weight)
    pango.pango_font_description_set_absolute_size(description, 10 * TO_UNITS)
    context = ffi.gc(pango.pango_font_map_create_context(font_map), gobject.g_object_unref)
    font = pango.pango_font_map_load_font(font_map, context, description)
    return ffi.gc(font, gobject.g_object_unref)
