"""Documents of a process share their fonts, the print stylesheet and a shorter default one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smartinst.pages.pdf import render
from smartinst.pages.pdf.default_styles import default_stylesheet
from smartinst.pages.pdf.page_fonts import PageFonts, page_fonts
from smartinst.pages.pdf.weasyprint_import import import_weasyprint
from smartinst.pages.stylesheets import print_styles
from smartinst.report.book import Book
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at, write_executed

LISTS = "## One\n\n- Word.\n\n1. First.\n\n> Quote\n\n<q>short</q><br>line"


def test_the_shorter_stylesheet_gives_the_same_bytes(
    hostile_book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weasyprint = import_weasyprint()
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
    weasyprint = import_weasyprint()
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


def test_documents_share_the_parsed_print_stylesheet_with_the_same_bytes(
    hostile_book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = edition_at(write_executed(tmp_path / "hostile.ipynb", hostile_book))
    sheet = render.print_sheet(edition)
    assert sheet.stylesheets == (page_fonts("").print_stylesheet,)
    assert "<style" not in sheet.html
    pdf = render.render_pdf(edition, strict=True)
    monkeypatch.setattr(render, "without_print_styles", lambda html: (html, False))
    assert "<style" in render.print_sheet(edition).html
    assert render.render_pdf(edition, strict=True) == pdf


def test_the_origin_of_the_print_stylesheet_makes_no_difference_if_it_is_alone() -> None:
    styles = print_styles()
    assert not re.search(r"!important|@(?:layer|counter-style|import|color-profile)", styles)
    selectors = re.findall(r"([^{}]*){", styles)
    assert not [selector for selector in selectors if "#" in selector]


@pytest.mark.parametrize(
    ("opening", "is_unchanged"),
    [
        ("<style>h1 { font-size: 40pt }</style>", True),
        ("<style>.cover h1 { font-size: 40pt }</style>", False),
    ],
)
def test_styles_of_a_template_win_only_by_their_selectors(
    tmp_path: Path, opening: str, is_unchanged: bool
) -> None:
    path = notebook(tmp_path, markdown="## One\n\nWord.")
    pdf = render.render_pdf(edition_at(path), strict=True)
    template = f"{{% extends layout_template %}}{{% block opening %}}{opening}{{% endblock %}}"
    (tmp_path / "report.html").write_text(template, encoding="utf-8")
    edition = edition_at(path, [tmp_path])
    assert render.print_sheet(edition).stylesheets == ()
    assert (render.render_pdf(edition, strict=True) == pdf) is is_unchanged


def test_a_template_without_the_print_stylesheet_does_not_get_it(tmp_path: Path) -> None:
    (tmp_path / "print").mkdir()
    (tmp_path / "print" / "print.html").write_text('{% extends "base.html" %}', encoding="utf-8")
    path = notebook(tmp_path, markdown="## One\n\nWord.")
    assert render.print_sheet(edition_at(path, [tmp_path])).stylesheets == ()
