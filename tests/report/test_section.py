"""What a section has for a reader of the page, and for a reader of the PDF alone."""

from __future__ import annotations

from typing import Any

import altair as alt
import pytest

from smartinst.i18n.locales import Locale
from smartinst.report.mime_bundles import TABLE, DisplayBundle, text_output
from smartinst.report.reader import PRINTED_VARIABLE
from smartinst.report.section import ReportSection, off_paper, section

HEADING = text_output("## Arrears")
CHART = alt.Chart(usermeta={"smartinst": {"title": "Aging", "paper": False}})


@pytest.fixture(autouse=True)
def no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the reader of the run, if the tests are in one."""
    monkeypatch.delenv(PRINTED_VARIABLE, raising=False)


def test_a_section_displays_each_of_its_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    displayed: list[Any] = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    ReportSection((HEADING, CHART))._ipython_display_()
    assert [id(output) for output in displayed] == [id(HEADING), id(CHART)]


def test_the_page_has_what_is_off_paper() -> None:
    table = off_paper(lambda: DisplayBundle({TABLE: {"rows": [1]}, "text/plain": "1"}))
    assert table.bundle == {TABLE: {"rows": [1], "paper": False}, "text/plain": "1"}
    assert off_paper(lambda: CHART) is CHART
    assert off_paper(lambda: HEADING) is HEADING
    assert off_paper(lambda: None) is None


def test_the_pdf_alone_builds_nothing_that_is_off_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRINTED_VARIABLE, "1")
    assert off_paper(lambda: pytest.fail("it was built")) is None
    assert section("Arrears", [off_paper(lambda: CHART)], Locale("en")) == ReportSection()
