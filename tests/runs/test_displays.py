"""Frames and charts of a run are complete, although its notebook does not import smartinst."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartinst.pages.reading.notebook_file import read_document
from smartinst.report.mime_bundles import TABLE, VEGALITE
from smartinst.report.table import Table
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings
from tests.support.executed import edition_at
from tests.support.notebooks import code_cell, document, save
from tests.support.workspace import AS_OF, SELLERS, configuration

CELLS = (
    "import sys; sorted({'polars', 'altair', 'babel', 'smartinst.report.table'} & {*sys.modules})",
    "import polars as pl\nframe = pl.DataFrame({'plans': range(6_000), 'x': 0.5})\nframe",
    "frame['plans']",
    "import altair as alt\nchart = alt.Chart(frame).mark_point().encode(x='plans', y='x')\nchart",
    "alt.renderers.enable('svg'), alt.data_transformers.enable('json')\nchart & chart",
    "alt.JupyterChart(chart)",
    "alt.Chart('https://example.com/sales.csv').mark_bar().encode(x='sold:Q')",
    "from smartinst.report.reader import Reader\nimport os\nReader.from_environment(os.environ)",
)
PARAMETERS = code_cell('seller: str = "acme"\nas_of: str = ""', "parameters")


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cells, executed in a run for acme; the notebook declares no language."""
    folder = tmp_path_factory.mktemp("displays")
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(folder, {})
    path = save(folder / "notebooks" / "plain.ipynb", document(PARAMETERS, *map(code_cell, CELLS)))
    definition = Definition(name="plain", title="Plain", notebook=str(path))
    seller = settings.find("acme")
    request = RunRequest(definition, seller, AS_OF, formats=("pdf",), folder=folder / "run")
    (outcome,) = run_reports([request], settings, 1)
    assert outcome.error is None
    return Path(outcome.artifacts["ipynb"])


@pytest.fixture(scope="module")
def outputs(executed: Path) -> list[dict[str, Any]]:
    """The output of each cell."""
    cells = read_document(executed)["cells"]
    return [output["data"] for cell in cells for output in cell["outputs"] if "data" in output]


def test_the_kernel_imports_no_library_before_the_notebook(outputs: list[dict[str, Any]]) -> None:
    assert outputs[0]["text/plain"] == ["[]"]


def test_a_frame_and_a_series_have_all_rows_and_headings(outputs: list[dict[str, Any]]) -> None:
    frame, series = (Table.from_json(output[TABLE]) for output in outputs[1:3])
    assert len(frame.rows) == len(series.rows) == 6_000
    assert [column.label for column in frame.columns] == ["Planos", "x"]


def test_charts_of_every_class_have_a_spec_with_all_rows_and_a_picture(
    outputs: list[dict[str, Any]],
) -> None:
    for output in outputs[3:6]:
        assert {VEGALITE, "image/svg+xml", "text/plain"} <= set(output)
        (rows,) = output[VEGALITE]["datasets"].values()
        assert len(rows) == 6_000


def test_a_chart_whose_data_are_elsewhere_has_no_picture(outputs: list[dict[str, Any]]) -> None:
    assert set(outputs[6]) == {VEGALITE, "text/plain"}


def test_the_kernel_knows_who_reads_the_report(outputs: list[dict[str, Any]]) -> None:
    assert outputs[7]["text/plain"] == [
        "Reader(locale='pt-BR', timezone='America/Sao_Paulo', is_live=False, is_printed_only=True)"
    ]


def test_the_report_is_in_the_readers_language_although_the_notebook_declares_none(
    executed: Path,
) -> None:
    assert edition_at(executed).locale.tag == "pt-BR"
