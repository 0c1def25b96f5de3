"""The PDF, rendered by WeasyPrint from the print template: tagged (PDF/UA-1), no network."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from logging.handlers import BufferingHandler
from typing import Any, Final
from xml.etree import ElementTree

from markupsafe import Markup

from smartinst.drawing import fonts
from smartinst.drawing.svg.prepared import prepare_svg
from smartinst.errors import ReportError
from smartinst.garbage_collection import without_garbage_collection
from smartinst.pages import compiler, stylesheets
from smartinst.pages.compiler import Edition
from smartinst.pages.layout import section_views, sections
from smartinst.pages.pdf.assets import ASSET_URLS, asset_fetcher
from smartinst.pages.pdf.default_styles import default_stylesheet
from smartinst.pages.pdf.page_fonts import PageFonts, page_fonts
from smartinst.pages.pdf.vector_image import SheetImage, drawing_of, embed_images, sheet_image
from smartinst.pages.pdf.weasyprint_import import import_weasyprint

MAX_PAGES: Final = 80
ROW_LIMITS: Final = (40, 20, 6)
"""Rows of a printed table (recovery tables: print_tables.RECOVERY_ROWS times that); the next limit
is tried if the report has more than MAX_PAGES."""

_STYLES: Final = re.compile(r"<style|<link", re.IGNORECASE)
_CODE: Final = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>)", re.DOTALL)


def render_pdf(edition: Edition, *, strict: bool = False) -> bytes:
    """The PDF; ReportError if it has more than 80 pages, or if `strict` and there is a warning."""
    weasyprint = import_weasyprint()
    file = edition.report.path.name
    with _collected_warnings(file, strict), without_garbage_collection():
        try:
            return _within_page_limit(weasyprint, edition)
        except weasyprint.urls.FatalURLFetchingError as error:
            raise ReportError(f"{file}: {error}") from error


def _within_page_limit(weasyprint: Any, edition: Edition) -> bytes:
    """The PDF with the first of ROW_LIMITS that keeps it within MAX_PAGES.

    ReportError if none does.
    """
    pages = 0
    for row_limit in ROW_LIMITS:
        sheet = print_sheet(edition, row_limit)
        document = lay_out_sheet(weasyprint, sheet)
        pages = len(document.pages)
        if pages <= MAX_PAGES:
            return pdf_bytes(document, sheet.images.values())
    file = edition.report.path.name
    raise ReportError(f"{file}: {pages} pages, more than {MAX_PAGES}: show fewer charts and tables")


@dataclass(frozen=True)
class PrintSheet:
    """The input of WeasyPrint: HTML in characters of the bundled fonts, and images by address.

    stylesheets  parsed ones, which the HTML does not contain
    """

    html: str
    images: dict[str, SheetImage]
    fonts: PageFonts
    stylesheets: tuple[Any, ...] = ()


def print_sheet(edition: Edition, row_limit: int = ROW_LIMITS[0]) -> PrintSheet:
    """The print sheet of a report; WeasyPrint draws (or refuses) an SVG that is not converted."""
    layout = sections.build_layout(
        edition.report.printed_blocks,
        edition.locale,
        rows=row_limit,
        paper=True,
        attachments=edition.attachments,
    )
    drawings = {}
    for chart in section_views.charts(layout):
        if chart.chart.svg:
            with suppress(ValueError, RuntimeError):
                drawings[chart.anchor] = drawing_of(prepare_svg(chart.chart.svg))
    addresses = {anchor: f"{ASSET_URLS}charts/{anchor}" for anchor in drawings}
    html = compiler.render_template(
        edition,
        "print/print.html",
        layout=layout,
        paper=True,
        dataset=None,
        styles=Markup(stylesheets.print_styles()),  # noqa: S704 - our own stylesheet
        pictures=compiler.picture_addresses(layout, addresses),
    )
    sheet_fonts = page_fonts(html)
    images = {
        addresses[anchor]: sheet_image(drawing, sheet_fonts) for anchor, drawing in drawings.items()
    }
    html, has_print_styles = without_print_styles(html)
    return PrintSheet(
        in_bundled_characters(with_list_bodies(strip_unused_ids(html))),
        images,
        sheet_fonts,
        stylesheets=(sheet_fonts.print_stylesheet,) if has_print_styles else (),
    )


def without_print_styles(html: str) -> tuple[str, bool]:
    """The HTML without the print stylesheet, and whether that was removed: only if it is alone.

    A stylesheet that all documents share is a user's for WeasyPrint, and any rule of a document's
    own stylesheets would override it, even a less specific one. Style attributes always do.
    """
    markup = html.replace(f"<style>{stylesheets.print_styles()}</style>", "", 1)
    return (html, False) if markup == html or _STYLES.search(markup) else (markup, True)


def strip_unused_ids(html: str) -> str:
    """The HTML without ids of charts and tables to which nothing links.

    WeasyPrint shares styles among elements without ids, which saves 6 % of the PDF's time.
    """
    targets = set(re.findall(r"#([\w-]+)", html))
    return re.sub(
        r' id="((?:chart|table|picture)[\w-]*)"',
        lambda match: match[0] if match[1] in targets else "",
        html,
    )


def in_bundled_characters(html: str) -> str:
    """The HTML with ▯ for characters that the font lacks: Inter, in `pre` and `code` monospaced."""
    parts = _CODE.split(html)
    for index, part in enumerate(parts):
        folder = fonts.MONOSPACED if index % 2 else fonts.TEXT
        parts[index] = fonts.replace_missing_characters(part, folder)
    return "".join(parts)


def with_list_bodies(html: str) -> str:
    """The HTML with a box for the content of each list item, which WeasyPrint tags as its body.

    Without it, paragraphs would be tagged beside the bullet, which PDF/UA forbids.
    """
    return re.sub(r"<li\b[^>]*>", r"\g<0><li>", html).replace("</li>", "</li></li>")


def lay_out_sheet(weasyprint: Any, sheet: PrintSheet) -> Any:
    """WeasyPrint's document, ready to be written."""
    html = parse_html(weasyprint, sheet.html)
    styles = default_stylesheet(weasyprint, f"{stylesheets.print_styles()}{sheet.html}")
    html._ua_stylesheets = lambda *_: [styles]
    return html.render(
        pdf_variant="pdf/ua-1",
        font_config=sheet.fonts.configuration,
        cache={**sheet.images},
        stylesheets=sheet.stylesheets,
    )


def parse_html(weasyprint: Any, html: str) -> Any:
    """The parsed HTML for WeasyPrint; if it is well-formed XML, it is parsed as XML.

    This is ten times as fast as parsing HTML, and saves 9 % of the PDF's time.
    """
    options = {"base_url": ASSET_URLS, "url_fetcher": asset_fetcher(weasyprint)}
    try:
        tree = ElementTree.fromstring(html)  # noqa: S314 - our own templates, every text escaped
    except ElementTree.ParseError:
        return weasyprint.HTML(string=html, **options)
    source = weasyprint.HTML(string="<!doctype html>", **options)
    source.etree_element.attrib.update(tree.attrib)
    source.etree_element[:] = tree
    return source


def pdf_bytes(document: Any, images: Iterable[SheetImage]) -> bytes:
    """The PDF of a document, with its images embedded."""
    return bytes(
        document.write_pdf(
            pdf_variant="pdf/ua-1", finisher=lambda _, pdf: embed_images(images, pdf)
        )
    )


@contextmanager
def _collected_warnings(file: str, strict: bool) -> Iterator[None]:
    """Logs WeasyPrint's warnings (bad CSS, a broken picture) as one; ReportError if strict."""
    collector, logger = BufferingHandler(sys.maxsize), logging.getLogger("weasyprint")
    collector.setLevel(logging.WARNING)
    logger.addHandler(collector)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagate
    if warnings := [record.getMessage() for record in collector.buffer]:
        summary = (
            f"{file}: the layout of the PDF has warnings: {warnings[0]} ({len(warnings)} in all)"
        )
        if strict:
            raise ReportError(summary)
        logging.getLogger(__name__).warning(summary)
