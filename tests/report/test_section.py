"""What a section displays to a reader of the page, and to a reader of the PDF alone."""

from __future__ import annotations

from typing import Any

import altair as alt
import pytest

from smartinst.report.mime_bundles import TABLE, DisplayBundle, text_output
from smartinst.report.reader import PRINTED_VARIABLE
from smartinst.report.section import ReportSection

HEADING = text_output("## Arrears")
TABLE_ON_PAPER = DisplayBundle({TABLE: {"rows": []}})
TABLE_OFF_PAPER = DisplayBundle({TABLE: {"rows": [], "paper": False}})
CHART_ON_PAPER = alt.Chart(usermeta={"smartinst": {"title": "Aging"}})
CHART_OFF_PAPER = alt.Chart(usermeta={"smartinst": {"title": "Aging", "paper": False}})
OWN_CHART = alt.Chart()
OUTPUTS = (
    *(HEADING, TABLE_ON_PAPER, TABLE_OFF_PAPER),
    *(CHART_ON_PAPER, CHART_OFF_PAPER, OWN_CHART),
)


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Receives what is displayed."""
    outputs: list[Any] = []
    monkeypatch.setattr("IPython.display.display", outputs.append)
    return outputs


def test_the_page_has_every_output(displayed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PRINTED_VARIABLE, raising=False)
    ReportSection(OUTPUTS)._ipython_display_()
    assert [id(output) for output in displayed] == [id(output) for output in OUTPUTS]


def test_the_pdf_alone_has_what_is_on_paper(
    displayed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PRINTED_VARIABLE, "1")
    ReportSection(OUTPUTS)._ipython_display_()
    on_paper = (HEADING, TABLE_ON_PAPER, CHART_ON_PAPER, OWN_CHART)
    assert [id(output) for output in displayed] == [id(output) for output in on_paper]
