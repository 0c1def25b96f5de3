"""Lines of text on paper: none is printed over another, and a hyphen in a word is narrow."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from smartinst.i18n.locales import Locale
from smartinst.pages.pdf.render import render_pdf
from smartinst.report.mime_bundles import table_output
from smartinst.report.section import COMPACT
from smartinst.report.table import Column, Table
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at

BOX = re.compile(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*?)</word>')
Box = tuple[float, float, float, float]


def word_boxes(pdf: Path) -> dict[str, Box]:
    """Word → left, top, right, bottom in points; of a word that is there twice, the last."""
    command = ["pdftotext", "-bbox", str(pdf), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    boxes = {}
    for *edges, word in BOX.findall(text):
        left, top, right, bottom = map(float, edges)
        boxes[word] = (left, top, right, bottom)
    return boxes


def boxes_of(folder: Path, table: Table, **about: str) -> dict[str, Box]:
    """The words of a report of one table."""
    output = table_output(table, Locale("en")).bundle
    executed = notebook(folder, output, markdown="## Definitions", **about)
    path = folder / "definitions.pdf"
    path.write_bytes(render_pdf(edition_at(executed), strict=True))
    return word_boxes(path)


@pytest.mark.parametrize("about", [{}, {"seller": "Acme", **COMPACT}])
def test_a_term_of_more_lines_than_its_meaning_ends_above_the_next_term(
    tmp_path: Path, about: dict[str, str]
) -> None:
    columns = (Column("term", "Term"), Column("meaning", "Meaning"))
    rows = (
        ("A term that goes on and on, so that three lines hold it, finally", "x"),
        ("Next", "y"),
    )
    boxes = boxes_of(tmp_path, Table("g", "", columns, rows, role="glossary"), **about)
    end_of_term, next_term = boxes["finally"], boxes["Next"]
    assert end_of_term[1] > boxes["A"][3]
    assert next_term[1] >= end_of_term[3] - 0.5
    assert boxes["y"][1] == pytest.approx(next_term[1], abs=0.5)


def test_a_hyphen_in_a_word_is_narrower_than_a_digit_in_a_column(tmp_path: Path) -> None:
    columns = (Column("text", "Text"), Column("n", "N", "number"))
    words = boxes_of(tmp_path, Table("t", "", columns, ((f"n{'-' * 20}n", 1), ("nn", 11111))))
    hyphens, letters = (right - left for left, _, right, _ in (words[f"n{'-' * 20}n"], words["nn"]))
    digits = words["11,111"][2] - words["11,111"][0]
    assert (hyphens - letters) / 20 < 0.8 * digits / 6
