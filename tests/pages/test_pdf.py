"""The PDF is accessible, carries the bundle's fonts, asks for nothing and stays within 80 pages."""

from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import page as pdfua
import pytest
from pypdf import PdfReader

from smartinst.errors import MissingLibraryError, ReportError
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf import render
from smartinst.pages.pdf.render import render_pdf
from smartinst.report.book import Book
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at, write_executed


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
    assert verdict.is_compliant, [str(one) for one in verdict.failures[:3]]
    subprocess.run(["qpdf", "--check", hostile], check=True, capture_output=True)


def test_it_has_a_title_a_language_an_outline_and_few_pages(hostile: Path) -> None:
    reader = PdfReader(hostile)
    assert reader.metadata is not None
    assert reader.metadata.title == "Acme Cursos · Parcelamento Inteligente · 31 de outubro de 2026"
    assert str(reader.root_object["/Lang"]) == "pt-BR"
    name, sections = reader.outline
    assert isinstance(sections, list)
    assert len([one for one in sections if not isinstance(one, list)]) >= 5
    assert "Acme Cursos" in str(name)
    assert 2 <= len(reader.pages) <= 20


def test_its_fonts_are_the_bundles(hostile: Path) -> None:
    told = subprocess.run(
        ["pdffonts", hostile], check=True, capture_output=True, text=True
    ).stdout.splitlines()[2:]
    assert {line.split()[0].split("+")[1].split("-")[0] for line in told} == {"Inter"}


def test_it_is_the_same_file_every_time(tmp_path: Path) -> None:
    compiled = edition_at(notebook(tmp_path, markdown="## One\n\nWord."))
    assert render_pdf(compiled) == render_pdf(compiled)


def test_a_chart_is_drawn_once_and_its_words_can_be_found(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="900" viewBox="0 0 300 900">{}</svg>'
    words = '<rect width="200" height="90" fill="#215b98"/><text x="10" y="120" font-family="Inter" font-size="10">{}</text>'
    charts = [
        {
            "image/svg+xml": svg.format(words.format(one)),
            "text/plain": f"The chart of {one} says it.",
        }
        for one in ("Ana", "Bia")
    ]
    made = edition_at(notebook(tmp_path, *charts, markdown="## One\n\n" + "Word.\n\n" * 30))
    path = tmp_path / "charts.pdf"
    path.write_bytes(render_pdf(made, strict=True))
    pages = [page.extract_text() for page in PdfReader(path).pages]
    told = " ".join(pages).split()
    assert (told.count("Ana"), told.count("Bia")) == (
        2,
        2,
    )  # in the sentence above, and in the picture
    assert path.read_bytes() == render_pdf(made)
    origins: list[float] = []
    for page in PdfReader(path).pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, *_: (
                origins.append(tm[5] * cm[3] + cm[5]) if text.strip() else None
            )
        )
    assert all(0 < one < 842 for one in origins), "words off the sheet"
    assert pdfua.validate_pdf(str(path), profile=pdfua.ValidationProfile.PDF_UA_1).is_compliant


def test_well_formed_pages_are_read_as_a_reader_of_html_would(
    hostile_book: Book, tmp_path: Path
) -> None:
    weasyprint = render.import_weasyprint()
    path = write_executed(tmp_path / "seller.ipynb", hostile_book)
    html = render.print_sheet(edition_at(path)).html
    ElementTree.fromstring(html)
    tree, plain = (
        render.parse_html(weasyprint, html).etree_element,
        weasyprint.HTML(string=html).etree_element,
    )
    assert [_told(one) for one in tree.iter()] == [_told(one) for one in plain.iter()]


def test_pages_that_are_not_well_formed_are_read_all_the_same() -> None:
    source = render.parse_html(
        render.import_weasyprint(), "<html lang=en><body><p>one<br>two<p>three &nbsp;</body>"
    )
    assert [one.tag for one in source.etree_element.iter()] == [
        "html",
        "head",
        "body",
        "p",
        "br",
        "p",
    ]


def test_lists_have_their_marks(tmp_path: Path) -> None:
    made = render_pdf(
        edition_at(notebook(tmp_path, markdown="## One\n\n- Word.\n\n1. First.")), strict=True
    )
    lines = PdfReader(BytesIO(made)).pages[0].extract_text().split()
    assert ("•" in lines, "1." in lines) == (True, True)


def test_a_templates_footnotes_stand_at_the_foot_of_their_page(tmp_path: Path) -> None:
    style = "<style>.foot { float: footnote }</style>"
    own = (
        "{% extends layout_template %}{% block opening %}"
        + style
        + "<p>A<i class='foot'>Note.</i> b.</p>{% endblock %}"
    )
    (tmp_path / "report.html").write_text(own, encoding="utf-8")
    made = render_pdf(
        edition_at(notebook(tmp_path, markdown="## One\n\nWord."), [tmp_path]), strict=True
    )
    assert " ".join(PdfReader(BytesIO(made)).pages[0].extract_text().split()).endswith(
        "1. Note. Page 1 of 1"
    )


def test_a_templates_own_notes_stand_where_it_puts_them(tmp_path: Path) -> None:
    style = "<style>.n { position: note(own) } @page { @bottom-left { content: element(own, all-once) } }</style>"
    own = (
        "{% extends layout_template %}{% block opening %}"
        + style
        + "<p>A<i class='n'>Note.</i> b.</p>{% endblock %}"
    )
    (tmp_path / "report.html").write_text(own, encoding="utf-8")
    made = render_pdf(
        edition_at(notebook(tmp_path, markdown="## One\n\nWord."), [tmp_path]), strict=True
    )
    assert "b." in PdfReader(BytesIO(made)).pages[0].extract_text()


def test_the_accent_color_of_a_template_is_used_on_the_whole_sheet(tmp_path: Path) -> None:
    accent = "<style>:root { --accent: #123456 }</style>"
    template = "{% extends layout_template %}{% block opening %}" + accent + "{% endblock %}"
    (tmp_path / "report.html").write_text(template, encoding="utf-8")
    path = notebook(tmp_path, markdown="## One\n\nWord.")
    pdf = PdfReader(BytesIO(render_pdf(edition_at(path, [tmp_path]))))
    contents = pdf.pages[0].get_contents()
    assert contents is not None and b"0.070588" in contents.get_data()


def test_a_link_to_a_chart_or_a_table_leads_there_on_paper_too(tmp_path: Path) -> None:
    markdown = "## One\n\n[The chart](#chart), [the heading](#one)."
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30" viewBox="0 0 30 30"><path d="M0 0h9"/></svg>'
    made = edition_at(
        notebook(tmp_path, {"image/svg+xml": svg}, {"image/svg+xml": svg}, markdown=markdown)
    )
    html = render.print_sheet(made).html
    assert ('id="chart"' in html, 'id="chart-2"' in html) == (True, False)
    assert render_pdf(made, strict=True)


@pytest.mark.parametrize("name", ["W" * 500, "Nome " * 100])
def test_a_running_header_of_a_long_name_stays_on_the_sheet(tmp_path: Path, name: str) -> None:
    made = edition_at(
        notebook(
            tmp_path, markdown="## One\n\n" + "Word. " * 9, seller=name, title="T", locale="en"
        )
    )
    (running,) = re.findall(r'data-running="([^"]*)"', render.print_sheet(made).html)
    assert len(running) <= 90


def _told(element: ElementTree.Element) -> tuple[str, dict[str, str], str, str]:
    """An element's own part of a page; white space around it counts as one."""
    text, tail = (" ".join((one or "").split()) for one in (element.text, element.tail))
    return element.tag, dict(element.attrib), text, tail


def test_it_refuses_what_lies_outside() -> None:
    weasyprint = render.import_weasyprint()
    for url in (
        "file:///etc/passwd",
        "http://example.com/x",
        "asset:///../../pyproject.toml",
        "asset:///fonts/none.ttf",
    ):
        with pytest.raises(weasyprint.urls.FatalURLFetchingError):
            render.asset_fetcher(weasyprint).fetch(url)


def test_a_complaint_of_weasyprint_is_an_error_where_it_is_asked_for(tmp_path: Path) -> None:
    broken = {"image/svg+xml": "<svg", "text/plain": "A chart"}
    compiled = edition_at(notebook(tmp_path, broken, markdown="## One"))
    with pytest.raises(ReportError, match="not laid out cleanly"):
        render_pdf(compiled, strict=True)


def test_a_table_of_any_length_stays_within_80_pages(tmp_path: Path) -> None:
    rows = [["word " * 2000, at] for at in range(400)]
    table = {
        "name": "t",
        "columns": [{"name": n, "label": n, "kind": "text"} for n in "ab"],
        "rows": rows,
    }
    outputs = [
        {"application/vnd.smartinst.table+json": table | {"title": f"T{at}"}} for at in range(12)
    ]
    reader = PdfReader(
        BytesIO(render_pdf(edition_at(notebook(tmp_path, *outputs, markdown="## Tables"))))
    )
    assert len(reader.pages) <= 80


def test_without_pango_the_line_to_type_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    for name in [one for one in sys.modules if one.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    compiled = edition_at(notebook(tmp_path, markdown="## One"))
    with pytest.raises(MissingLibraryError, match="apt-get install -y libpango"):
        render_pdf(compiled)
    assert render_page(compiled)


def test_an_empty_notebook_says_so(tmp_path: Path) -> None:
    compiled = edition_at(notebook(tmp_path))
    assert "This report shows nothing yet" in render_page(compiled)
    assert render_pdf(compiled).startswith(b"%PDF")
