"""The PDF is accessible, has only the bundled font, loads nothing and has at most 80 pages."""

from __future__ import annotations

import ctypes.util
import re
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import cffi
import page as pdfua
import pytest
from pypdf import PdfReader

from smartinst.errors import MissingLibraryError, ReportError
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf import render
from smartinst.pages.pdf.assets import asset_fetcher
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.pdf.weasyprint_import import COMPRESSION_LEVEL, import_weasyprint
from smartinst.report import mime_bundles
from smartinst.report.book import Book
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at, write_cells, write_executed


@pytest.fixture(scope="module")
def hostile(hostile_book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PDF of 140 plans with hostile names, in Portuguese."""
    folder = tmp_path_factory.mktemp("pdf")
    path = folder / "hostile.pdf"
    executed = write_executed(folder / "hostile.ipynb", hostile_book)
    path.write_bytes(render_pdf(edition_at(executed), strict=True))
    return path


def test_it_passes_pdf_ua_and_qpdf(hostile: Path) -> None:
    verdict = pdfua.validate_pdf(str(hostile), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(failure) for failure in verdict.failures[:3]]
    subprocess.run(["qpdf", "--check", hostile], check=True, capture_output=True)


def test_it_has_a_title_a_language_an_outline_and_few_pages(hostile: Path) -> None:
    reader = PdfReader(hostile)
    assert reader.metadata is not None
    assert reader.metadata.title == "Acme Cursos · Parcelamento Inteligente · 31 de outubro de 2026"
    assert str(reader.root_object["/Lang"]) == "pt-BR"
    name, sections = reader.outline
    assert isinstance(sections, list)
    assert len([entry for entry in sections if not isinstance(entry, list)]) >= 5
    assert "Acme Cursos" in str(name)
    assert 2 <= len(reader.pages) <= 20


def test_its_only_font_is_the_bundled_one(hostile: Path) -> None:
    fonts = subprocess.run(
        ["pdffonts", hostile], check=True, capture_output=True, text=True
    ).stdout.splitlines()[2:]
    assert {line.split()[0].split("+")[1].split("-")[0] for line in fonts} == {"Inter"}


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    edition = edition_at(notebook(tmp_path, markdown="## One\n\nWord."))
    assert render_pdf(edition) == render_pdf(edition)


def test_a_chart_is_drawn_once_and_its_text_can_be_found(tmp_path: Path) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="900" viewBox="0 0 300 900">'
        '<rect width="200" height="90" fill="#215b98"/>'
        '<text x="10" y="120" font-family="Inter" font-size="10">{}</text></svg>'
    )
    charts = [
        {
            "image/svg+xml": svg.format(name),
            "text/plain": f"The chart of {name} says it.",
        }
        for name in ("Ana", "Bia")
    ]
    edition = edition_at(notebook(tmp_path, *charts, markdown="## One\n\n" + "Word.\n\n" * 30))
    path = tmp_path / "charts.pdf"
    path.write_bytes(render_pdf(edition, strict=True))
    pages = [page.extract_text() for page in PdfReader(path).pages]
    words = " ".join(pages).split()  # those of the sentences above, and of the charts
    assert (words.count("Ana"), words.count("Bia")) == (2, 2)
    assert path.read_bytes() == render_pdf(edition)
    origins: list[float] = []
    for page in PdfReader(path).pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, *_: (
                origins.append(tm[5] * cm[3] + cm[5]) if text.strip() else None
            )
        )
    assert all(0 < y < 842 for y in origins), "text outside of the page"
    assert pdfua.validate_pdf(str(path), profile=pdfua.ValidationProfile.PDF_UA_1).is_compliant


def test_well_formed_html_is_parsed_to_the_same_tree_as_xml(
    hostile_book: Book, tmp_path: Path
) -> None:
    weasyprint = import_weasyprint()
    path = write_executed(tmp_path / "seller.ipynb", hostile_book)
    html = render.print_sheet(edition_at(path)).html
    ElementTree.fromstring(html)
    xml_tree = render.parse_html(weasyprint, html).etree_element
    html_tree = weasyprint.HTML(string=html).etree_element
    assert list(map(content, xml_tree.iter())) == list(map(content, html_tree.iter()))


def test_html_that_is_not_well_formed_is_parsed_too() -> None:
    source = render.parse_html(
        import_weasyprint(), "<html lang=en><body><p>one<br>two<p>three &nbsp;</body>"
    )
    assert [element.tag for element in source.etree_element.iter()] == [
        *("html", "head", "body", "p", "br", "p")
    ]


def test_list_items_have_bullets_and_numbers(tmp_path: Path) -> None:
    pdf = render_pdf(
        edition_at(notebook(tmp_path, markdown="## One\n\n- Word.\n\n1. First.")), strict=True
    )
    lines = PdfReader(BytesIO(pdf)).pages[0].extract_text().split()
    assert ("•" in lines, "1." in lines) == (True, True)


def test_printed_tables_keep_their_lines_and_columns(tmp_path: Path) -> None:
    printed = "┌─────┬─────┐\n│ a   ┆ 社  │\n└─────┴─────┘"
    edition = edition_at(notebook(tmp_path, {"text/plain": printed}, markdown="## One\n\n`x→y`"))
    pdf = PdfReader(BytesIO(render_pdf(edition, strict=True)))
    text = pdf.pages[0].extract_text()
    assert "┌─────┬─────┐" in text
    assert "▯" in text
    assert "x→y" in text
    fonts = {str(font["/BaseFont"]) for font in pdf.pages[0]["/Resources"]["/Font"].values()}  # type: ignore[index]
    assert any(name.endswith("+Monospaced") for name in fonts)


def test_the_accent_color_of_a_template_is_used_on_the_whole_sheet(tmp_path: Path) -> None:
    accent = "<style>:root { --accent: #123456 }</style>"
    template = "{% extends layout_template %}{% block opening %}" + accent + "{% endblock %}"
    (tmp_path / "report.html").write_text(template, encoding="utf-8")
    path = notebook(tmp_path, markdown="## One\n\nWord.")
    pdf = PdfReader(BytesIO(render_pdf(edition_at(path, [tmp_path]))))
    contents = pdf.pages[0].get_contents()
    assert contents is not None and b"0.070588" in contents.get_data()


def test_links_to_charts_and_tables_work_in_the_pdf(tmp_path: Path) -> None:
    markdown = "## One\n\n[The chart](#chart), [the heading](#one)."
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30" viewBox="0 0 30 30">'
        '<path d="M0 0h9"/></svg>'
    )
    edition = edition_at(
        notebook(tmp_path, {"image/svg+xml": svg}, {"image/svg+xml": svg}, markdown=markdown)
    )
    html = render.print_sheet(edition).html
    assert ('id="chart"' in html, 'id="chart-2"' in html) == (True, False)
    assert render_pdf(edition, strict=True)


@pytest.mark.parametrize("name", ["W" * 500, "Nome " * 100])
def test_the_running_header_of_a_long_name_is_shortened(tmp_path: Path, name: str) -> None:
    edition = edition_at(
        notebook(
            tmp_path, markdown="## One\n\n" + "Word. " * 9, seller=name, title="T", locale="en"
        )
    )
    (running,) = re.findall(r'data-running="([^"]*)"', render.print_sheet(edition).html)
    assert len(running) <= 90


def content(element: ElementTree.Element) -> tuple[str, dict[str, str], str, str]:
    """Tag, attributes and texts of an element, white space normalized."""
    text, tail = (" ".join((part or "").split()) for part in (element.text, element.tail))
    return element.tag, dict(element.attrib), text, tail


def test_only_assets_can_be_fetched() -> None:
    weasyprint = import_weasyprint()
    for url in (
        "file:///etc/passwd",
        "http://example.com/x",
        "asset:///../../pyproject.toml",
        "asset:///fonts/none.ttf",
    ):
        with pytest.raises(weasyprint.urls.FatalURLFetchingError):
            asset_fetcher(weasyprint).fetch(url)


def test_a_warning_of_weasyprint_is_an_error_if_strict(tmp_path: Path) -> None:
    style = "<style>p { colour: red }</style>"
    template = "{% extends layout_template %}{% block opening %}" + style + "{% endblock %}"
    (tmp_path / "report.html").write_text(template, encoding="utf-8")
    edition = edition_at(notebook(tmp_path, markdown="## One"), [tmp_path])
    with pytest.raises(ReportError, match="the layout of the PDF has warnings"):
        render_pdf(edition, strict=True)


def test_long_tables_have_fewer_rows_so_that_80_pages_do(tmp_path: Path) -> None:
    rows = [["word " * 2000, number] for number in range(400)]
    table = {
        "name": "t",
        "columns": [{"name": n, "label": n, "kind": "text"} for n in "ab"],
        "rows": rows,
    }
    outputs = [
        {"application/vnd.smartinst.table+json": table | {"title": f"T{number}"}}
        for number in range(12)
    ]
    reader = PdfReader(
        BytesIO(render_pdf(edition_at(notebook(tmp_path, *outputs, markdown="## Tables"))))
    )
    assert len(reader.pages) <= 80


def test_without_pango_the_error_has_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class WithoutWeasyPrint:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(sys, "meta_path", [WithoutWeasyPrint(), *sys.meta_path])
    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    edition = edition_at(notebook(tmp_path, markdown="## One"))
    with pytest.raises(MissingLibraryError, match="apt-get install -y libpango"):
        render_pdf(edition)
    assert render_page(edition)


def test_the_import_searches_a_library_only_if_the_linker_does_not_know_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[str] = []

    class NeedsSearch:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint" and not ctypes.util.find_library("pango"):
                raise OSError("cannot load library 'libpango-1.0-0'")

    def search(name: str) -> str:
        searched.append(name)
        return name

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes.util, "find_library", search)
    import_weasyprint()
    assert searched == []
    monkeypatch.setattr(sys, "meta_path", [NeedsSearch(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "weasyprint")
    import_weasyprint()
    assert searched[0] == "pango"
    assert ctypes.util.find_library is search


def test_types_of_glyph_arrays_are_not_parsed_for_each_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render_pdf(edition_at(notebook(tmp_path)))
    parsed: list[str] = []
    parse_type = cffi.cparser.Parser.parse_type

    def recorded(parser: cffi.cparser.Parser, declaration: str) -> object:
        parsed.append(declaration)
        return parse_type(parser, declaration)

    monkeypatch.setattr(cffi.cparser.Parser, "parse_type", recorded)
    other_glyphs = mime_bundles.DisplayBundle({"text/markdown": "Zß&Œ€ 0123456789"})
    pdf = render_pdf(edition_at(write_cells(tmp_path / "other.ipynb", other_glyphs)))
    assert parsed == []
    assert "Zß&Œ€ 0123456789" in PdfReader(BytesIO(pdf)).pages[0].extract_text()


def test_its_streams_are_compressed_at_the_chosen_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compressor, levels = zlib.compressobj, set[int]()

    def recorded(level: int) -> object:
        levels.add(level)
        return compressor(level)

    monkeypatch.setattr(zlib, "compressobj", recorded)
    render_pdf(edition_at(notebook(tmp_path)))
    assert levels == {COMPRESSION_LEVEL}


def test_versions_of_the_libraries_without_the_replaced_parts_are_used_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_weasyprint()
    monkeypatch.delattr("pydyf.zlib")
    monkeypatch.setitem(sys.modules, "weasyprint.pdf.fonts", None)
    assert import_weasyprint() is sys.modules["weasyprint"]


def test_the_page_of_an_empty_notebook_says_that_it_is_empty(tmp_path: Path) -> None:
    edition = edition_at(notebook(tmp_path))
    assert "This report shows nothing yet" in render_page(edition)
    assert render_pdf(edition).startswith(b"%PDF")


def test_a_report_that_consists_of_its_headline_does_not_say_that_it_is_empty(
    tmp_path: Path,
) -> None:
    content = {"sentence": "No one to write to today.", "currencies": [], "net": []}
    headline = mime_bundles.DisplayBundle({mime_bundles.KPI: content, "text/plain": ""})
    page = render_page(edition_at(write_cells(tmp_path / "recovery.ipynb", headline)))
    assert "No one to write to today." in page
    assert "This report shows nothing yet" not in page
