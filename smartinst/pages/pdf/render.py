"""The PDF: the print template through WeasyPrint, tagged (PDF/UA-1), with the bundle's fonts and nothing from outside."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from markupsafe import Markup

from smartinst.drawing import fonts
from smartinst.drawing.svg import minify_svg
from smartinst.errors import MissingLibraryError, ReportError
from smartinst.pages import compiler, stylesheets
from smartinst.pages.compiler import Edition
from smartinst.pages.layout import sections
from smartinst.pages.pdf.vector_image import Drawing, embed
from smartinst.shipped import ASSETS

MAX_PAGES: Final = 80
ROWS: Final = (40, 20, 6)
"""Rows that a table may have on paper; fewer when a report would pass MAX_PAGES."""

ASSET_URLS: Final = "asset:///"
NOTED: Final = re.compile(r"footnote|\bnote\(|::note|list-item")
"""What a template's own stylesheet says that wants notes, or marks of other elements than lists have."""

APT: Final = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def render_pdf(edition: Edition, *, strict: bool = False) -> bytes:
    """The PDF; ReportError when 80 pages do not do, and with `strict` when WeasyPrint complained of anything."""
    weasyprint = library()
    with _heard(edition.report.path.name, strict), _unhurried():
        try:
            return _within_limit(weasyprint, edition)
        except weasyprint.urls.FatalURLFetchingError as error:
            raise ReportError(f"{edition.report.path.name}: {error}") from error


def _within_limit(weasyprint: Any, edition: Edition) -> bytes:
    """The document with as many rows as 80 pages allow."""
    pages = 0
    for rows in ROWS:
        sheet = print_sheet(edition, rows)
        document = laid_out(weasyprint, sheet)
        pages = len(document.pages)
        if pages <= MAX_PAGES:
            return written(document, sheet.drawings.values())
    name = edition.report.path.name
    raise ReportError(f"{name}: {pages} pages, more than {MAX_PAGES}: show fewer charts and tables")


@dataclass(frozen=True)
class Sheet:
    """What WeasyPrint lays out: HTML of characters that the bundle has, and its pictures by their addresses."""

    html: str
    drawings: dict[str, Drawing]


def print_sheet(edition: Edition, rows: int = ROWS[0]) -> Sheet:
    """The report on paper; a picture that cannot be drawn is left to WeasyPrint, which says what is wrong with it."""
    made = sections.build_layout(edition.report.blocks, edition.locale, rows=rows, paper=True)
    drawings = {}
    for one in sections.charts(made):
        if one.chart.svg:
            with suppress(ValueError, RuntimeError):
                drawings[f"{ASSET_URLS}charts/{one.anchor}"] = Drawing(minify_svg(one.chart.svg))
    html = compiler.render_template(
        edition,
        "print/print.html",
        layout=made,
        paper=True,
        dataset=None,
        styles=Markup(stylesheets.print_styles()),  # noqa: S704 - our own stylesheet
        pictures=compiler.picture_addresses(
            made, {address.rsplit("/", 1)[1]: address for address in drawings}
        ),
    )
    return Sheet(fonts.drawable(_unnamed(_styled(html))), drawings)


def _styled(html: str) -> str:
    """The sheet with a stylesheet that follows where a template sets a custom property again."""
    styles = stylesheets.print_styles()
    own = re.search(r"--[\w-]+\s*:", html.replace(styles, ""))
    return html.replace(styles, stylesheets.print_styles(is_solved=False)) if own else html


def _unnamed(html: str) -> str:
    """The sheet without the ids of charts and tables that nothing of it names: elements without one share their styles."""
    named = set(re.findall(r"#([\w-]+)", html))
    return re.sub(
        r' id="((?:chart|table|picture)[\w-]*)"',
        lambda found: found[0] if found[1] in named else "",
        html,
    )


def laid_out(weasyprint: Any, sheet: Sheet) -> Any:
    """WeasyPrint's document, ready to be written."""
    return parsed(weasyprint, sheet.html).render(pdf_variant="pdf/ua-1", cache={**sheet.drawings})


def parsed(weasyprint: Any, html: str) -> Any:
    """WeasyPrint's source. Our own templates write well-formed XML, which Python reads in a tenth of the time of HTML."""
    own = {"base_url": ASSET_URLS, "url_fetcher": fetcher(weasyprint)}
    made = weasyprint.HTML if NOTED.search(html) else _without_notes()
    try:
        tree = ElementTree.fromstring(html)  # noqa: S314 - our own templates, every text escaped
    except ElementTree.ParseError:
        return made(string=html, **own)
    source = made(string="<!doctype html>", **own)
    source.etree_element.attrib.update(tree.attrib)
    source.etree_element[:] = tree
    return source


@lru_cache(maxsize=1)
def _without_notes() -> Any:
    """WeasyPrint's HTML for a report without footnotes: else each element gets five styles of notes and one of a marker."""
    from weasyprint import CSS, HTML
    from weasyprint.css.counters import CounterStyle
    from weasyprint.html import UA

    rules = re.sub(r"(?m)^::(foot)?note-.*$", "", UA).replace(
        "\n::marker", "\nli::marker, summary::marker"
    )
    sheet = CSS(string=rules, counter_style=CounterStyle())

    class Plain(HTML):  # type: ignore[misc]  # WeasyPrint has no types
        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return super()._ua_stylesheets(forms) if forms else [sheet]

    return Plain


def written(document: Any, drawings: Iterable[Drawing]) -> bytes:
    """The PDF's bytes."""
    return bytes(
        document.write_pdf(pdf_variant="pdf/ua-1", finisher=lambda _, made: embed(drawings, made))
    )


def library() -> Any:
    """WeasyPrint, imported where it is needed: without Pango the rest of the package still works."""
    from contextlib import redirect_stdout
    from io import StringIO

    try:
        with redirect_stdout(StringIO()):  # it prints a banner before it raises
            import weasyprint
            import weasyprint.urls
    except OSError as error:
        raise MissingLibraryError(f"the PDF needs Pango, which is missing; run: {APT}") from error
    return weasyprint


def fetcher(weasyprint: Any) -> Any:
    """A fetcher that serves `data:` and the files of templates/assets, and stops at anything else."""
    urls = weasyprint.urls

    class Own(urls.URLFetcher):  # type: ignore[misc,name-defined]  # WeasyPrint has no types
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            path = ASSETS / unquote(urlsplit(url).path).lstrip("/")
            if (
                not url.startswith(ASSET_URLS)
                or not path.resolve().is_relative_to(ASSETS.resolve())
                or not path.is_file()
            ):
                raise urls.FatalURLFetchingError(
                    f"the report asked for {url[:120]}: it may load nothing from outside"
                )
            return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})

    return Own(allow_redirects=False)


@contextmanager
def _unhurried() -> Iterator[None]:
    """The garbage collector rests: it costs a fifth of the layout and finds nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _heard(name: str, strict: bool) -> Iterator[None]:
    """WeasyPrint logs what it cannot do (bad CSS, a broken picture): said once, in our own words."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear, logger = Ear(logging.WARNING), logging.getLogger("weasyprint")
    logger.addHandler(ear)
    spread, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.propagate = spread
    if heard:
        complaint = (
            f"{name}: the PDF was not laid out cleanly: {heard[0]} ({len(heard)} complaints)"
        )
        if strict:
            raise ReportError(complaint)
        logging.getLogger(__name__).warning(complaint)
