"""Pictures by other programs have their texts and the bundled font in PDF and page."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import page as pdfua
import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import render_pdf
from tests.pages.test_compiler import notebook
from tests.support.chromium import chromium
from tests.support.executed import edition_at
from tests.support.svg_texts import TEXTS, letters, sample

__all__ = ["chromium"]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that displays every sample, as SVG and within HTML."""
    outputs: list[dict[str, Any]] = [
        {"image/svg+xml": sample(name), "text/plain": f"The picture {name}."} for name in TEXTS
    ]
    outputs.append({"text/html": sample("mermaid") + sample("variables"), "text/plain": "x"})
    return notebook(tmp_path_factory.mktemp("foreign"), *outputs, markdown="## One\n\nWord.")


@pytest.fixture(scope="module")
def printed(executed: Path) -> Path:
    path = executed.with_suffix(".pdf")
    path.write_bytes(render_pdf(edition_at(executed), strict=True))
    return path


def test_the_pdf_has_the_texts_of_each_drawing(printed: Path) -> None:
    content = letters(*(page.extract_text() for page in PdfReader(printed).pages))
    missing = [text for texts in TEXTS.values() for text in texts if letters(text) not in content]
    assert missing == []
    assert content.count("Charge&retry") == 2


def test_the_pdf_has_the_bundled_font_only_and_passes_pdf_ua(printed: Path) -> None:
    verdict = pdfua.validate_pdf(str(printed), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(failure) for failure in verdict.failures[:3]]
    lines = subprocess.run(
        ["pdffonts", printed], check=True, capture_output=True, text=True
    ).stdout.splitlines()[2:]
    assert {line.split()[0].split("+")[1].split("-")[0] for line in lines} == {"Inter"}


def test_the_report_names_the_texts_that_it_lacks(executed: Path) -> None:
    places = edition_at(executed).report.undrawn
    assert [place.partition(": ")[2] for place in places] == [
        "a text in a picture (x2)",
        "a text in a picture (typed)",
        "a text in a picture (nowhere)",
    ]


def test_an_image_that_is_too_deep_is_left_out_and_named(tmp_path: Path) -> None:
    deep = '<svg xmlns="http://www.w3.org/2000/svg">' + "<g>" * 5000 + "</g>" * 5000 + "</svg>"
    output = {"image/svg+xml": deep, "text/plain": "The picture is deep."}
    edition = edition_at(notebook(tmp_path, output))
    assert len(edition.report.undrawn) == 1
    assert "data:image/svg" not in render_page(edition)


@pytest.mark.browser
def test_a_picture_brings_its_font_into_the_page(
    executed: Path, tmp_path: Path, chromium: Browser
) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_page(edition_at(executed)), encoding="utf-8")
    page = chromium.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(path.as_uri())
    picture = page.locator("img[alt='The picture seaborn.']")
    embedded = picture.screenshot()
    picture.evaluate(
        """async image => {
          const svg = atob(image.src.split(',')[1]).replace(/@font-face{[^}]*}/g, '');
          image.src = 'data:image/svg+xml;base64,' + btoa(svg);
          await image.decode();
        }"""
    )
    assert picture.screenshot() != embedded
    assert messages == []
