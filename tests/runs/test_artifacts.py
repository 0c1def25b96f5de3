"""The artifacts of a run: what they name, and what is reported as missing from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from smartinst.report.mime_bundles import TABLE
from smartinst.runs import rendering, runs
from smartinst.runs.definition_sections import Format
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.settings import Settings, load_settings
from tests.support.notebooks import parameterized, save
from tests.support.workspace import AS_OF, SELLERS, configuration

UNDRAWN_OUTPUTS = """
from IPython.display import HTML, display
display(HTML("<video></video>"))
display(HTML("<iframe src='https://maps.example'></iframe>"))
"""


def run(folder: Path, source: str, **options: Any) -> RunOutcome:
    """The outcome of a notebook with this cell, which is executed for loft."""
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(folder, {})
    notebook = save(folder / "mine.ipynb", parameterized(source))
    definition = Definition(name="mine", title="Mine", notebook=str(notebook))
    request = RunRequest(definition, settings.find("loft"), AS_OF, folder=folder / "run", **options)
    (outcome,) = runs.run_reports([request], settings, 1)
    assert outcome.error is None
    return outcome


def test_run_and_render_name_each_output_that_cannot_be_drawn_and_succeed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = run(tmp_path, UNDRAWN_OUTPUTS, formats=("html",))
    assert set(outcome.artifacts) == {"html", "ipynb"}
    executed = Path(outcome.artifacts["ipynb"])
    warnings = [
        f"{executed.name}, cell [2]: {what}: not in the report, because it cannot be drawn"
        for what in ("a video", "an embedded web page (maps.example)")
    ]
    assert caplog.messages == warnings
    caplog.clear()
    (page,) = rendering.render_notebook(executed, ["html"], Settings(), tmp_path)
    assert page.is_file()
    assert caplog.messages == warnings


LONG_OUTPUTS = """
import polars as pl
from IPython.display import display
display(pl.DataFrame({"n": range(250)}))
print("line\\n" * 600)
"""


@pytest.mark.parametrize(
    ("attach", "row_note", "line_note"),
    [
        (None, "and 50 more rows in the workbook", "and 100 more lines"),
        (("html",), "and 50 more rows", "and 100 more lines"),
        (("html", "ipynb"), "and 50 more rows", "and 100 more lines in the notebook"),
    ],
    ids=["by hand", "page alone", "page and notebook"],
)
def test_a_page_refers_only_to_files_that_its_reader_has(
    tmp_path: Path, attach: tuple[Format, ...] | None, row_note: str, line_note: str
) -> None:
    outcome = run(tmp_path, LONG_OUTPUTS, formats=("html", "xlsx"), attach=attach)
    assert set(outcome.artifacts) == {"html", "xlsx", "ipynb"}
    page = Path(outcome.artifacts["html"]).read_text(encoding="utf-8")
    assert f'<p class="omissions">{row_note}</p>' in page
    assert f"{line_note}</pre>" in page


@pytest.mark.parametrize("formats", [("pdf",), ("pdf", "xlsx")])
def test_a_rendered_pdf_refers_to_a_workbook_only_if_one_is_rendered(
    executed_notebook: Path, tmp_path: Path, formats: tuple[Format, ...]
) -> None:
    notebook = tmp_path / "seller.ipynb"
    document = json.loads(executed_notebook.read_text(encoding="utf-8"))
    for table in tables_of(document, "detail"):
        table["total_rows"] = 1_200
    notebook.write_text(json.dumps(document), encoding="utf-8")
    pdf, *_ = rendering.render_notebook(notebook, formats, Settings())
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(pdf).pages).split())
    assert f"and {1_200 - 12:,} more rows" in text
    assert ("in the workbook" in text) == ("xlsx" in formats)


def tables_of(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The contents of a notebook's tables of this name."""
    outputs = [output for cell in document["cells"] for output in cell.get("outputs", [])]
    tables = [output["data"][TABLE] for output in outputs if TABLE in output["data"]]
    return [table for table in tables if table["name"] == name]
