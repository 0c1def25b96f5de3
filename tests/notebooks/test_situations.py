"""Every notebook becomes a faithful report: nothing lost, nothing published that was hidden."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import page as pdfua
import pytest
from nbconvert.exporters import get_exporter

from tests.notebooks import (
    charts,
    documents,
    foreign_html,
    interactive,
    markdown_cells,
    streams,
    tables,
    tags,
)
from tests.notebooks.published import PublishedReport, between, missing_texts, squeezed
from tests.notebooks.situations import SOURCE, Situation, display, visible_output

SITUATIONS: Final = (
    *markdown_cells.SITUATIONS,
    *streams.SITUATIONS,
    *tables.SITUATIONS,
    *charts.SITUATIONS,
    *interactive.SITUATIONS,
    *foreign_html.SITUATIONS,
    *tags.SITUATIONS,
    *documents.SITUATIONS,
)
MARKUP: Final = re.compile(
    r"</?(?:a|b|br|div|iframe|img|input|p|pre|script|small|span|style|svg|table|tbody|td|th|tr)"
    r"(?:\s[^<>]*)?/?>|\x1b|\[\d+(?:;\d+)*m|[\x00-\x08\x0e-\x1f]"
)
"""HTML tags, escape codes and control characters, which no reader should see."""
REFUSED_ELEMENTS: Final = (
    "iframe, object, embed, base, form, link, video, audio, applet, frame, meta[http-equiv=refresh]"
)

Publish = Callable[[Situation], PublishedReport]


@pytest.fixture(scope="session")
def publish(tmp_path_factory: pytest.TempPathFactory) -> Publish:
    """The report of a situation, compiled once for all tests."""
    folder = tmp_path_factory.mktemp("situations")
    reports: dict[str, PublishedReport] = {}

    def report(situation: Situation) -> PublishedReport:
        name = situation.name
        return reports.setdefault(name, PublishedReport(situation, folder / str(len(reports))))

    return report


def for_each(*situations: Situation) -> pytest.MarkDecorator:
    """A parameter for each situation, with its name as test id."""
    return pytest.mark.parametrize(
        "situation", situations, ids=[situation.name for situation in situations]
    )


def test_each_situation_has_its_own_name() -> None:
    names = [situation.name for situation in SITUATIONS]
    assert len(names) == len(set(names)) >= 50


@for_each(*SITUATIONS)
def test_the_page_shows_every_text_and_picture_in_order(
    situation: Situation, publish: Publish
) -> None:
    report = publish(situation)
    assert not missing_texts(report.page_text, situation.visible), report.page_text
    assert not missing_texts(report.page_text, situation.on_page), report.page_text
    assert [text for text in situation.exact if text not in report.page_text] == []
    assert [t for t in situation.once if squeezed(report.page_text).count(squeezed(t)) != 1] == []
    assert len(report.images()) == situation.pictures


@for_each(*SITUATIONS)
def test_the_pdf_shows_every_text_and_picture_without_warnings(
    situation: Situation, publish: Publish
) -> None:
    report = publish(situation)
    assert not missing_texts(report.pdf_text, situation.visible), report.pdf_text
    assert [t for t in situation.on_paper if squeezed(t) not in squeezed(report.pdf_text)] == []
    assert [t for t in situation.once if squeezed(report.pdf_text).count(squeezed(t)) != 1] == []
    assert report.pdf_bitmaps == situation.pictures + situation.inner_pictures


@for_each(*SITUATIONS)
def test_the_pdf_is_accessible(situation: Situation, publish: Publish, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(publish(situation).pdf)
    verdict = pdfua.validate_pdf(str(path), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(failure) for failure in verdict.failures[:3]]


@for_each(*SITUATIONS)
def test_the_workbook_opens_and_has_no_formulas(situation: Situation, publish: Publish) -> None:
    report = publish(situation)
    assert [cell.coordinate for cell in report.cells if cell.data_type == "f"] == []
    texts = squeezed(report.cell_texts)
    assert [text for text in situation.in_workbook if squeezed(text) not in texts] == []


@for_each(*SITUATIONS)
def test_no_medium_shows_code_hidden_content_or_markup(
    situation: Situation, publish: Publish
) -> None:
    report = publish(situation)
    for text in (report.page_text, report.pdf_text, report.cell_texts):
        absent = (SOURCE, *situation.absent)
        assert [part for part in absent if squeezed(part) in squeezed(text)] == []
        if not situation.shows_markup:
            assert MARKUP.findall(text) == []


@for_each(*(situation for situation in SITUATIONS if situation.place == "filled"))
def test_a_drawing_or_sentence_is_in_the_place_of_the_output(
    situation: Situation, publish: Publish
) -> None:
    report = publish(situation)
    assert between(report.page_text, situation.remarks)
    assert between(report.pdf_text, situation.remarks) or report.pdf_alternatives


@for_each(*(situation for situation in SITUATIONS if situation.undrawn is not None))
def test_the_gate_counts_outputs_that_are_not_drawn(situation: Situation, publish: Publish) -> None:
    undrawn = publish(situation).edition.report.undrawn
    assert len(undrawn) == situation.undrawn, undrawn


def test_the_sentence_is_in_the_language_of_the_reader(tmp_path: Path) -> None:
    sentences = set()
    for locale in ("en", "pt-BR", "es"):
        parameters = {"papermill": {"parameters": {"locale": locale}}}
        situation = visible_output(locale, display(interactive.PLOTLY), metadata=parameters)
        sentences.add(between(PublishedReport(situation, tmp_path / locale).page_text))
    assert len(sentences) == 3 and "" not in sentences


@for_each(*(situation for situation in SITUATIONS if situation.place == "empty"))
def test_an_output_without_content_leaves_nothing(situation: Situation, publish: Publish) -> None:
    report = publish(situation)
    assert (between(report.page_text), between(report.pdf_text)) == ("", "")


@for_each(*SITUATIONS)
def test_the_page_runs_no_script_of_the_notebook(situation: Situation, publish: Publish) -> None:
    soup = publish(situation).soup
    (meta,) = soup.select("meta[http-equiv=Content-Security-Policy]")
    policy = str(meta["content"])
    assert "default-src 'none'" in policy and "'unsafe-" not in policy
    scripts = [tag.string or "" for tag in soup("script") if not tag.get("type")]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in scripts]
    assert [digest for digest in digests if f"'sha256-{digest.decode()}'" not in policy] == []
    assert [tag.name for tag in soup.select(REFUSED_ELEMENTS)] == []
    for tag in soup(True):
        assert [name for name in tag.attrs if name.startswith("on") or name == "style"] == []
        addresses = [str(tag.get(name, "")) for name in ("src", "href", "xlink:href", "srcset")]
        assert [a for a in addresses if re.match(r"\s*(javascript|vbscript|file):", a, re.I)] == []
        assert tag.name == "a" or [a for a in addresses if re.match("(https?:)?//", a)] == []


@for_each(*SITUATIONS)
def test_the_page_is_one_document_with_unique_ids(situation: Situation, publish: Publish) -> None:
    soup = publish(situation).soup
    assert [len(soup.select(name)) for name in ("html", "head", "body", "main", "h1")] == [1] * 5
    ids = [str(tag["id"]) for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))


@for_each(*SITUATIONS)
def test_jupyter_exports_the_same_page(situation: Situation, publish: Publish) -> None:
    report = publish(situation)
    exporter = get_exporter("smartinst_html")()
    page, _ = exporter.from_filename(str(report.edition.report.path))
    assert page == report.page


@pytest.mark.process
def test_nbconvert_writes_the_pages_of_several_notebooks(tmp_path: Path) -> None:
    reports = [
        PublishedReport(situation, tmp_path)
        for situation in SITUATIONS
        if situation.file_name in ("-rf.ipynb", "relatório – ações 報告.ipynb")
    ]
    names = [f"./{report.edition.report.path.name}" for report in reports]
    command = [sys.executable, "-m", "nbconvert", "--to", "smartinst_html", *names]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    assert len(reports) == 2
    for report in reports:
        path = report.edition.report.path.with_suffix(".html")
        assert path.read_text(encoding="utf-8") == report.page
