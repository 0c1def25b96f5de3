"""Hostile texts in every free-text field of the platform's payloads, through a whole run: nothing of them acts.

The page is quiet and has no serious axe-core finding at both widths, light and dark; the PDF is valid; the workbook and
the CSV hold texts, not formulas; the notebook's HTML outputs hold no script.
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
def made(hostile_workspace: Path) -> dict[str, Path]:
    """The artifacts of a run, by kind."""
    done = smartinst(
        hostile_workspace, "run", "seller", "--seller", "acme", *DAY, "--to", "html,pdf,xlsx"
    )
    assert done.returncode == 0, done.stderr
    return {Path(line).suffix[1:]: Path(line) for line in done.stdout.splitlines()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_quiet_and_accessible(
    chromium: Browser, made: dict[str, Path], width: int, scheme: Any
) -> None:
    page, faults = open_page(chromium, made["html"], width, color_scheme=scheme)
    page.evaluate("document.getElementById('filters').open = true")
    set_filters(page, {"status": ["In progress with issues", "In progress"]})
    found = Axe().run(page).response["violations"]
    grave = [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert grave == []
    assert (
        page.evaluate(
            "document.querySelectorAll('pwn-canary, #pwned, iframe, img[onerror]').length"
        )
        == 0
    )
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    assert faults == []


def test_the_page_tells_the_names_as_they_are_and_finds_them(
    chromium: Browser, made: dict[str, Path]
) -> None:
    page, faults = open_page(chromium, made["html"])
    told = set(page.evaluate("frames.plans.buyer"))
    assert {"</script><script>alert(1)</script>", "{{7*7}}", "X" * 500} <= told
    page.click("#clear")
    set_filters(page, {"buyer": "</SCRIPT><script>ALERT"})
    assert page.evaluate(STATE)["ids"]
    assert faults == []


def test_the_pdf_is_valid(made: dict[str, Path]) -> None:
    verdict = pdfua.validate_pdf(str(made["pdf"]), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(one) for one in verdict.failures[:3]]
    subprocess.run(["qpdf", "--check", made["pdf"]], check=True, capture_output=True)
    text = subprocess.run(
        ["pdftotext", made["pdf"], "-"], check=True, capture_output=True, text=True
    ).stdout
    assert {"<pwn-canary onclick=alert(4)>click", "%s%n%d {0} {name}"} <= {
        one for one in HOSTILE if one in text
    }
    assert "\u202e" not in text


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(made: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(made["xlsx"])
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not [cell for cell in cells if cell.hyperlink]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {"=cmd|' /C calc'!A0", "{{7*7}}"} <= texts
    assert all(
        cell.number_format == "@"
        for cell in cells
        if cell.data_type == "s" and str(cell.value).startswith("=")
    )


def test_no_cell_of_the_csv_is_a_formula(hostile_workspace: Path) -> None:
    done = smartinst(hostile_workspace, "plans", "--seller", "acme", *DAY, "--format", "csv")
    assert done.returncode == 0, done.stderr
    cells = [cell for row in csv.reader(StringIO(done.stdout)) for cell in row]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs)}


def test_the_notebooks_html_is_tables_only(made: dict[str, Path]) -> None:
    tags = _Tags()
    for html in outputs_at(made["ipynb"], "text/html"):
        tags.feed("".join(html))
    assert {"table", "td"} <= tags.seen
    assert not tags.seen & {
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
