"""Documents of a process share their fonts and WeasyPrint's shorter default stylesheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartinst.pages.pdf import render
from smartinst.pages.pdf.default_styles import default_stylesheet
from smartinst.pages.pdf.page_fonts import PageFonts, page_fonts
from smartinst.pages.stylesheets import print_styles
from smartinst.report.book import Book
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at, write_executed

LISTS = "## One\n\n- Word.\n\n1. First.\n\n> Quote\n\n<q>short</q><br>line"


def test_the_shorter_stylesheet_gives_the_same_bytes(
    hostile_book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weasyprint = render.import_weasyprint()
    whole = weasyprint.html.UA_STYLESHEET
    assert default_stylesheet(weasyprint, "<p>text</p>") is not whole
    (tmp_path / "lists").mkdir()
    for path in (
        write_executed(tmp_path / "hostile.ipynb", hostile_book),
        notebook(tmp_path / "lists", markdown=LISTS),
    ):
        edition = edition_at(path)
        pdf = render.render_pdf(edition, strict=True)
        with monkeypatch.context() as patch:
            patch.setattr(render, "default_stylesheet", lambda *_: whole)
            assert render.render_pdf(edition, strict=True) == pdf


@pytest.mark.parametrize(
    "style",
    ["aside { float: footnote }", "p::note-call { color: red }", "p { display: list-item }"],
)
def test_a_template_with_notes_or_list_items_has_the_whole_stylesheet(style: str) -> None:
    weasyprint = render.import_weasyprint()
    html = f"<style>{style}</style><p>text</p>"
    assert default_stylesheet(weasyprint, html) is weasyprint.html.UA_STYLESHEET


def test_documents_share_their_fonts_unless_one_declares_others() -> None:
    assert page_fonts(print_styles()) is page_fonts("")
    second_face = "@font-face { font-family: Inter; src: url(asset:///fonts/Inter-Bold.ttf) }"
    assert page_fonts(print_styles() + second_face) is not page_fonts(print_styles())


def test_the_font_files_stay_where_they_are(tmp_path: Path) -> None:
    edition = edition_at(notebook(tmp_path, markdown="## One\n\n`code`"))
    assert render.render_pdf(edition, strict=True)
    assert page_fonts("").configuration._folder is None


def test_documents_with_shared_fonts_have_the_same_bytes(
    hostile_book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from weasyprint.text.fonts import FontConfiguration

    edition = edition_at(write_executed(tmp_path / "hostile.ipynb", hostile_book))
    pdf = render.render_pdf(edition, strict=True)
    monkeypatch.setattr(render, "page_fonts", lambda _html: PageFonts(FontConfiguration()))
    assert render.render_pdf(edition, strict=True) == pdf
