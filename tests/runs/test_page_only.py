"""Cells of the offline page alone: a run that makes only the PDF does not execute them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smartinst.runs.definitions import Definition
from smartinst.runs.execution import notebook_to_execute
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import load_settings
from smartinst.shipped import NOTEBOOKS
from tests.support.notebooks import PARAMETERS, code_cell, document, save
from tests.support.workspace import AS_OF, smartinst


def test_a_run_to_pdf_alone_leaves_out_the_cells_of_the_page(workspace: Path) -> None:
    cells = (code_cell(PARAMETERS, "parameters"), code_cell("1 / 0", "page-only"))
    path = save(workspace / "notebooks" / "page.ipynb", document(*cells))
    command = ("run", str(path), "--seller", "loft", "--as-of", "2026-10-31", "--to")
    printed = smartinst(workspace, *command, "pdf")
    assert printed.returncode == 0, printed.stderr
    (path,) = (workspace / "var").rglob("page-*.ipynb")
    assert "executed for the PDF alone" in smartinst(workspace, "render", str(path)).stderr
    assert smartinst(workspace, "render", str(path), "--to", "pdf").stderr == ""
    for formats in ("pdf,html", "pdf,ipynb", "ipynb"):
        complete = smartinst(workspace, *command, formats)
        assert complete.returncode == 1, formats
        assert "ZeroDivisionError" in complete.stderr


def test_a_mailed_notebook_is_complete(workspace: Path, tmp_path: Path) -> None:
    settings = load_settings(workspace, {})
    cells = (code_cell(PARAMETERS, "parameters"), code_cell("1 / 0", "page-only"))
    path = save(tmp_path / "page.ipynb", document(*cells))
    definition = Definition(name="page", title="Page", notebook=str(path))
    request = RunRequest(
        definition, settings.find("loft"), AS_OF, formats=("pdf",), folder=tmp_path / "run"
    )
    errors = [
        outcome.error
        for attach in (("pdf",), ("pdf", "ipynb"))
        for outcome in run_reports([replace(request, attach=attach)], settings, 1)
    ]
    assert errors == [None, "page.ipynb, cell [2]: ZeroDivisionError"]


def test_the_loan_book_of_the_sellers_page_is_not_on_paper() -> None:
    path = NOTEBOOKS / "seller.ipynb"
    cells = [cell.id for cell in notebook_to_execute(path).cells]
    printed_cells = [cell.id for cell in notebook_to_execute(path, is_printed_only=True).cells]
    page_cells = [name for name in cells if name not in printed_cells]
    assert page_cells == ["expected", "arrears", "collection", "delays", "offers"]
