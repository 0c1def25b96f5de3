"""The media of a situation, each compiled once, and their texts as a reader sees them."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl
import pypdf
from bs4 import BeautifulSoup, Tag

from smartinst.pages.compiler import Edition
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.xlsx import write_workbook
from tests.notebooks.situations import AFTER, BEFORE, Situation
from tests.support.executed import edition_at
from tests.support.notebooks import save

NOT_TEXT: Final = ("script", "style", "template", "title", "[hidden]")
_SVG_TEXT: Final = re.compile(r"<(?:text|tspan)\b[^>]*>([^<]+)")


class PublishedReport:
    """The report of a situation in each medium."""

    def __init__(self, situation: Situation, folder: Path) -> None:
        self.situation = situation
        self.folder = folder

    @cached_property
    def edition(self) -> Edition:
        return edition_at(save(self.folder / self.situation.file_name, self.situation.notebook))

    @cached_property
    def page(self) -> str:
        """The HTML."""
        return render_page(self.edition)

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.page, "html.parser")

    @cached_property
    def page_text(self) -> str:
        return html_text(self.page)

    @cached_property
    def pdf(self) -> bytes:
        """The PDF; a warning of WeasyPrint is an error."""
        return render_pdf(self.edition, strict=True)

    @cached_property
    def pdf_path(self) -> Path:
        path = self.folder / "notebook.pdf"
        path.write_bytes(self.pdf)
        return path

    @cached_property
    def pdf_text(self) -> str:
        return pdf_text(self.pdf_path)

    @cached_property
    def pdf_bitmaps(self) -> int:
        """Distinct bitmaps on all pages."""
        pages = pypdf.PdfReader(BytesIO(self.pdf)).pages
        return len({image.data for page in pages for image in page.images})

    @cached_property
    def pdf_alternatives(self) -> list[str]:
        """The text alternatives of the pictures and drawings."""
        root = pypdf.PdfReader(BytesIO(self.pdf)).root_object
        return list(_alternatives(root["/StructTreeRoot"]))

    @cached_property
    def cells(self) -> list[Any]:
        """All cells of the workbook that have a value."""
        path = self.folder / "notebook.xlsx"
        write_workbook(self.edition.report, path)
        book = openpyxl.load_workbook(path)
        return [
            cell
            for sheet in book.worksheets
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]

    @cached_property
    def cell_texts(self) -> str:
        return "\n".join(str(cell.value) for cell in self.cells)

    def images(self) -> list[Tag]:
        """Bitmaps of the page."""
        return [
            image
            for image in self.soup.select("img")
            if re.match("data:image/(png|jpeg|gif|webp)", str(image.get("src")))
        ]


def html_text(html: str) -> str:
    """The text of a page in its order; pictures count as their alternative and SVG text."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(", ".join(NOT_TEXT)):
        element.decompose()
    for image in soup.select("img"):
        image.replace_with(f"{image.get('alt') or ''} {_svg_text(str(image.get('src')))}")
    for drawing in soup.select("[role=img][aria-label]"):
        drawing.append(str(drawing["aria-label"]))
    return soup.get_text()


def pdf_text(path: Path) -> str:
    """The text of a PDF in its order."""
    process = subprocess.run(
        ["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True
    )
    return process.stdout.replace("\xad", "")


def squeezed(text: str) -> str:
    """The text without blanks, because lines break differently in each medium."""
    return "".join(text.split())


def between(text: str, remarks: tuple[str, ...] = ()) -> str:
    """The text between the lines printed before and after the outputs, without these remarks."""
    start, end = squeezed(BEFORE), squeezed(AFTER)
    squeezed_text = squeezed(text)
    assert start in squeezed_text and end in squeezed_text, text[:500]
    inner = squeezed_text.split(start, 1)[1].rsplit(end, 1)[0]
    for remark in remarks:
        inner = inner.replace(squeezed(remark), "")
    return inner


def missing_texts(text: str, expected: tuple[str, ...]) -> list[str]:
    """Those of the expected texts that do not follow each other in the text."""
    squeezed_text = squeezed(text)
    position, missing = 0, []
    for part in expected:
        start = squeezed_text.find(squeezed(part), position)
        if start < 0:
            missing.append(part)
        else:
            position = start + len(squeezed(part))
    return missing


def _alternatives(element: Any) -> Iterator[str]:
    if isinstance(element, pypdf.generic.IndirectObject):
        element = element.get_object()
    if isinstance(element, list):
        for child in element:
            yield from _alternatives(child)
    elif isinstance(element, dict):
        if "/Alt" in element and element.get("/S") in ("/Figure", "/Formula"):
            yield str(element["/Alt"])
        yield from _alternatives(element.get("/K", []))


def _svg_text(address: str) -> str:
    prefix = "data:image/svg+xml;base64,"
    if not address.startswith(prefix):
        return ""
    return " ".join(_SVG_TEXT.findall(base64.b64decode(address[len(prefix) :]).decode()))
