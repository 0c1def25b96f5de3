"""Hostile texts in the free-text fields of payloads do nothing in the artifacts of a run.

The page has no faults and no serious axe-core finding at both widths, light and dark; the PDF is
valid; workbook and CSV have no formulas; the notebook's HTML outputs have no scripts.
"""

from __future__ import annotations

import csv
import subprocess
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import page as pdfua
import pytest
from axe_playwright_python.sync_playwright import Axe  # ships no types
from playwright.sync_api import Browser

from tests.support.chromium import STATE, open_page, set_filters
from tests.support.executed import outputs_at
from tests.support.hostile import HOSTILE
from tests.support.workspace import AS_OF, smartinst

DAY = ("--as-of", AS_OF.isoformat())


@pytest.fixture(scope="module")
def artifacts(hostile_workspace: Path) -> dict[str, Path]:
    """The artifacts of a run, by kind."""
    result = smartinst(
        hostile_workspace, "run", "seller", "--seller", "acme", *DAY, "--to", "html,pdf,xlsx"
    )
    assert result.returncode == 0, result.stderr
    return {Path(line).suffix[1:]: Path(line) for line in result.stdout.splitlines()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_has_no_faults_and_is_accessible(
    chromium: Browser, artifacts: dict[str, Path], width: int, scheme: Any
) -> None:
    page, faults = open_page(chromium, artifacts["html"], width, color_scheme=scheme)
    page.evaluate("document.getElementById('filters').open = true")
    set_filters(page, {"status": ["In progress with issues", "In progress"]})
    violations = Axe().run(page).response["violations"]
    serious = [
        (violation["id"], violation["nodes"][0]["html"][:200])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert (
        page.evaluate(
            "document.querySelectorAll('pwn-canary, #pwned, iframe, img[onerror]').length"
        )
        == 0
    )
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert faults == []


def test_the_page_shows_the_names_unchanged_and_finds_them(
    chromium: Browser, artifacts: dict[str, Path]
) -> None:
    page, faults = open_page(chromium, artifacts["html"])
    buyers = set(page.evaluate("frames.plans.buyer"))
    assert {"</script><script>alert(1)</script>", "{{7*7}}", "X" * 500} <= buyers
    page.click("#clear")
    set_filters(page, {"buyer": "</SCRIPT><script>ALERT"})
    assert page.evaluate(STATE)["ids"]
    assert faults == []


def test_the_pdf_is_valid(artifacts: dict[str, Path]) -> None:
    verdict = pdfua.validate_pdf(str(artifacts["pdf"]), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(failure) for failure in verdict.failures[:3]]
    subprocess.run(["qpdf", "--check", artifacts["pdf"]], check=True, capture_output=True)
    text = subprocess.run(
        ["pdftotext", artifacts["pdf"], "-"], check=True, capture_output=True, text=True
    ).stdout
    assert {"<pwn-canary onclick=alert(4)>click", "%s%n%d {0} {name}"} <= {
        name for name in HOSTILE if name in text
    }
    assert "\u202e" not in text


def test_no_cell_of_the_workbook_is_a_formula_and_links_open_sheets_or_whatsapp(
    artifacts: dict[str, Path],
) -> None:
    book = openpyxl.load_workbook(artifacts["xlsx"])
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    links = [cell.hyperlink for cell in cells if cell.hyperlink]
    assert links
    assert not [
        link
        for link in links
        if not (link.location or "").startswith("'")
        and not link.target.startswith("https://wa.me/")
    ]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {"=cmd|' /C calc'!A0", "{{7*7}}"} <= texts
    assert all(
        cell.number_format == "@"
        for cell in cells
        if cell.data_type == "s" and str(cell.value).startswith("=")
    )


def test_no_cell_of_the_csv_is_a_formula(hostile_workspace: Path) -> None:
    result = smartinst(hostile_workspace, "plans", "--seller", "acme", *DAY, "--format", "csv")
    assert result.returncode == 0, result.stderr
    cells = [cell for row in csv.reader(StringIO(result.stdout)) for cell in row]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


class TagCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}


def test_the_html_of_the_notebook_has_only_tables(artifacts: dict[str, Path]) -> None:
    tags = TagCollector()
    for html in outputs_at(artifacts["ipynb"], "text/html"):
        tags.feed("".join(html))
    assert {"table", "td"} <= tags.names
    assert not tags.names & {
        "script",
        "img",
        "iframe",
        "style",
        "onerror",
        "onclick",
        "pwn-canary",
        "href",
        "b",
    }
