"""Samples of SVG as other programs write it, the texts of an SVG, and those of its drawing."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final
from xml.etree import ElementTree as ET

import vl_convert
from pypdf import PdfReader

from smartinst.drawing.converter import register_fonts
from smartinst.drawing.svg.prepared import minify_svg
from tests.support.paths import ROOT

SVG: Final = "{http://www.w3.org/2000/svg}"
SAMPLES: Final = ROOT / "tests" / "drawing" / "samples"
TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "drawio": ("A long label of a box that wraps",),
    "formula": ("Rate",),
    "graphviz": ("charge", "retry & pay"),
    "html_inline": ("a\u00a0b & c — d", "one", "two", "• three"),
    "illustrator": ("Smart © Co",),
    "inkscape": ("First  line", "second", "Flowed words in a box"),
    "languages": ("Instalments", "Recebido", "R$ 1.234,50  –  ação ▯ ▯"),
    "matplotlib_paths": (),
    "matplotlib_text": ("1.0", "vertical note", "Revenue by month", "x", "2"),
    "mermaid": ("30 days", "Charge & retry", "again"),
    "plotly": ("apples", "Fruit sold1"),
    "references": ("embedded", "shaded", "unfiltered", "linked"),
    "reuse": ("EUR", "EUR", "badge", "on the arc", "own path", "inner"),
    "seaborn": ("Jan", "value"),
    "svglite": ("Days past due", "Share"),
    "unsized": ("No size at all", "far below"),
    "variables": ("Variable",),
}
"""Sample → its visible texts in the order of drawing, as a reader of the source finds them."""


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.svg").read_text(encoding="utf-8")


def drawing(svg: str) -> PdfReader:
    """The PDF that vl-convert draws from an SVG."""
    register_fonts()
    return PdfReader(BytesIO(vl_convert.svg_to_pdf(minify_svg(svg))))


def letters(*texts: str) -> str:
    """Texts without spaces, which a PDF has as distances only."""
    return "".join("".join(texts).split())


def pdf_letters(svg: str) -> str:
    return letters(drawing(svg).pages[0].extract_text())


def visible_texts(svg: str) -> list[str]:
    """The texts of a chart by Vega that can be seen, in the order of drawing."""
    return list(_visible_texts(ET.fromstring(svg)))


def _visible_texts(element: ET.Element) -> Iterator[str]:
    if element.tag in (f"{SVG}defs", f"{SVG}title") or element.get("opacity") == "0":
        return
    if element.tag == f"{SVG}text":
        yield "".join(element.itertext())
        return
    for child in element:
        yield from _visible_texts(child)


def without_texts(svg: str) -> str:
    """The SVG as it is drawn, without its texts."""
    root = ET.fromstring(minify_svg(svg))
    for element in root.iter():
        for text in element.findall(f"{SVG}text"):
            element.remove(text)
    return ET.tostring(root, encoding="unicode")
