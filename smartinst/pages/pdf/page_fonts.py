"""Fonts that WeasyPrint embeds for the page: those of its stylesheet, also for texts of charts."""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from smartinst.drawing import fonts
from smartinst.drawing.palette import FONT
from smartinst.drawing.pdf.operands import operands, product
from smartinst.drawing.pdf.operations import TextLine
from smartinst.errors import ReportError
from smartinst.pages.pdf.assets import ASSET_URLS, asset_fetcher
from smartinst.pages.stylesheets import print_styles
from smartinst.shipped import ASSETS

_FACE: Final = "@font-face"


def page_fonts(html: str) -> PageFonts:
    """The fonts of a sheet: those of this process, unless the sheet declares others.

    A process registers the font files once, for all its documents and for forked processes.
    """
    from weasyprint.text.fonts import FontConfiguration

    if html.count(_FACE) > print_styles().count(_FACE):
        return PageFonts(FontConfiguration())
    return _bundled_fonts()


@lru_cache(maxsize=1)
def _bundled_fonts() -> PageFonts:
    from weasyprint.text.fonts import FontConfiguration

    class BundledFonts(FontConfiguration):  # type: ignore[misc]  # WeasyPrint has no types
        """Fonts whose files stay where they are: forked processes may not see a temporary copy."""

        def __init__(self) -> None:
            super().__init__()
            self._urls: set[str] = set()

        def add_font_face(self, rule_descriptors: Mapping[str, Any], _url_fetcher: Any) -> None:
            """Registers a face of the print stylesheet, once."""
            ((_, url),) = rule_descriptors["src"]
            if url not in self._urls:
                self._urls.add(url)
                path = ASSETS / urlsplit(url).path.lstrip("/")
                _register(self, path, _face_rule(path, rule_descriptors))

    atexit.register(_bundled_fonts.cache_clear)  # Pango crashes if it is released any later
    return PageFonts(BundledFonts())


def _face_rule(path: Path, descriptors: Mapping[str, Any]) -> bytes:
    """The rule of Fontconfig that gives a file the family and the weight of a face."""
    from weasyprint.text.constants import FONTCONFIG_WEIGHT

    root = ET.Element("fontconfig")
    match = ET.SubElement(root, "match", target="scan")
    test = ET.SubElement(match, "test", name="file", compare="eq")
    ET.SubElement(test, "string").text = str(path)
    family = ET.SubElement(match, "edit", name="family", mode="prepend")
    ET.SubElement(family, "string").text = descriptors["font_family"]
    weight = ET.SubElement(match, "edit", name="weight", mode="assign_replace")
    ET.SubElement(weight, "int").text = str(FONTCONFIG_WEIGHT[descriptors["font_weight"]])
    rule = ET.tostring(root, encoding="unicode")
    doctype = '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
    return f'<?xml version="1.0"?>{doctype}{rule}'.encode()


def _register(configuration: Any, path: Path, rule: bytes) -> None:
    """Adds a font file to a configuration and notifies Pango."""
    from weasyprint.text.ffi import ffi, fontconfig, pangoft2

    fontconfig.FcConfigParseAndLoadFromMemory(configuration._config, rule, True)
    if not fontconfig.FcConfigAppFontAddFile(configuration._config, os.fsencode(path)):
        raise ReportError(f"{path}: not a font that Fontconfig can read")
    pangoft2.pango_fc_font_map_config_changed(ffi.cast("PangoFcFontMap *", configuration.font_map))


class PageFonts:
    """The fonts of a document, among them the bundled one in the weights of its charts.

    Glyphs are registered as WeasyPrint registers those of the page, so that one subset of each
    weight has both. The glyphs of charts have no features: no kerning, no tabular figures.
    `configuration` is that of WeasyPrint's document.
    """

    def __init__(self, configuration: Any) -> None:
        self.configuration = configuration
        self._fonts: dict[int, Any] = {}

    @cached_property
    def print_stylesheet(self) -> Any:
        """The print stylesheet, parsed, its faces registered in this configuration."""
        import weasyprint

        return weasyprint.CSS(
            string=print_styles(),
            base_url=ASSET_URLS,
            url_fetcher=asset_fetcher(weasyprint),
            font_config=self.configuration,
        )

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
