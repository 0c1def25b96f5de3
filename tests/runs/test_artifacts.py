"""The artifacts of a run: what they name, and what is reported as missing from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smartinst.pages.reading.report import Report, read_report
from smartinst.runs import runs
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunRequest
from smartinst.settings import Settings, load_settings
from tests.support.notebooks import parameterized, save
from tests.support.workspace import AS_OF, SELLERS, configuration

PLACES = ("cell [3]: an interactive\nPlotly chart", "cell [5]: a widget")
WARNINGS = [
    f"{{name}}, {place}: not in the report, because it cannot be drawn"
    for place in ("cell [3]: an interactive Plotly chart", "cell [5]: a widget")
]


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds two outputs that cannot be drawn to every notebook that is compiled."""

    def report_with_undrawn_outputs(path: Path) -> Report:
        return replace(read_report(path), undrawn=PLACES)

    monkeypatch.setattr(runs, "read_report", report_with_undrawn_outputs)


@pytest.mark.usefixtures("undrawn")
def test_rendering_names_each_output_that_cannot_be_drawn(
    executed_notebook: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (page,) = runs.render_notebook(executed_notebook, ["html"], Settings(), tmp_path)
    assert page.is_file()
    assert caplog.messages == [text.format(name=executed_notebook.name) for text in WARNINGS]


@pytest.mark.usefixtures("undrawn")
def test_a_run_names_each_output_that_cannot_be_drawn_and_succeeds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {})
    notebook = save(tmp_path / "mine.ipynb", parameterized("print(1)"))
    definition = Definition(name="mine", title="Mine", notebook=str(notebook))
    request = RunRequest(
        definition, settings.find("loft"), AS_OF, formats=("html",), folder=tmp_path / "run"
    )
    (outcome,) = runs.run_reports([request], settings, 1)
    assert outcome.error is None
    assert set(outcome.artifacts) == {"html", "ipynb"}
    name = Path(outcome.artifacts["ipynb"]).name
    assert caplog.messages == [text.format(name=name) for text in WARNINGS]
