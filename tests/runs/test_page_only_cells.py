"""Cells with the tag `page-only` are executed for the page, not for a run of the PDF alone."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from smartinst.pages.reading.notebook_file import read_document, write_notebook
from smartinst.runs.definitions import Definition, Format
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings
from tests.support.workspace import AS_OF

PARAMETERS = 'seller: str = "acme"  # id\nas_of: str = ""  # date'


def run_with_page_cell(workspace: Path, folder: Path, formats: tuple[Format, ...]) -> RunOutcome:
    """The outcome of a notebook whose second cell is for the page only, and fails."""
    document = nbformat.v4.new_notebook()
    for tag, source in (("parameters", PARAMETERS), ("page-only", "1 / 0"), (None, "20 + 22")):
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = [tag] if tag else []
        document.cells.append(cell)
    path = folder / "parts.ipynb"
    write_notebook(document, path)
    settings = load_settings(workspace, {})
    definition = Definition(name="parts", title="Parts", notebook=str(path))
    seller = settings.find("loft")
    request = RunRequest(definition, seller, AS_OF, formats=formats, folder=folder / "run")
    (outcome,) = run_reports([request], settings, 1)
    return outcome


def test_a_run_of_the_pdf_alone_does_not_execute_them(workspace: Path, tmp_path: Path) -> None:
    outcome = run_with_page_cell(workspace, tmp_path, ("pdf",))
    assert outcome.error is None
    cells = read_document(Path(outcome.artifacts["ipynb"]))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    assert "1 / 0" not in sources
    assert "20 + 22" in sources


@pytest.mark.parametrize("formats", [("html",), ("pdf", "html"), ("pdf", "xlsx"), ("ipynb",)])
def test_a_run_with_anything_else_executes_them(
    workspace: Path, tmp_path: Path, formats: tuple[Format, ...]
) -> None:
    outcome = run_with_page_cell(workspace, tmp_path, formats)
    assert outcome.error == "parts.ipynb, cell [2]: ZeroDivisionError"
