"""The example of docs/own-report.md works as a report."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import openpyxl
import pytest
from pypdf import PdfReader

from smartinst.pages.reading.notebook_file import write_notebook
from tests.support.paths import ROOT
from tests.support.workspace import AS_OF, smartinst

BLOCK = re.compile(r"^```(python parameters|python|markdown)\n(.*?)\n```$", re.M | re.S)


@pytest.fixture(scope="module")
def artifacts(workspace: Path) -> dict[str, Path]:
    """The example's artifacts by format."""
    notebook = nbformat.v4.new_notebook()
    for number, (kind, source) in enumerate(
        BLOCK.findall((ROOT / "docs" / "own-report.md").read_text(encoding="utf-8"))
    ):
        new_cell = (
            nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        )
        cell = new_cell(source, id=f"cell-{number}")  # type: ignore[no-untyped-call]
        cell.metadata["tags"] = ["parameters"] if kind.endswith("parameters") else []
        notebook.cells.append(cell)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    (workspace / "notebooks").mkdir(exist_ok=True)
    write_notebook(notebook, workspace / "notebooks" / "late.ipynb")
    words = (
        "run",
        "notebooks/late.ipynb",
        "--seller",
        "loft",
        "--as-of",
        AS_OF.isoformat(),
        "-p",
        "least_days=3",
    )
    process = smartinst(workspace, *words, "--to", "html,pdf,xlsx")
    assert process.returncode == 0, process.stderr
    return {Path(line).suffix[1:]: Path(line) for line in process.stdout.splitlines()}


def test_it_has_the_page_the_pdf_and_the_workbook(artifacts: dict[str, Path]) -> None:
    assert set(artifacts) == {"html", "pdf", "xlsx", "ipynb"}
    page = artifacts["html"].read_text(encoding="utf-8")
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page)[-1] == "Who is late"
    assert 'data-seller="loft"' in page
    assert page.count('class="drawing"') == 3
    assert '<th scope="col" class="number">Overdue</th>' in page
    assert 'data-filter="status"' in page
    assert artifacts["pdf"].read_bytes().startswith(b"%PDF-")


def test_its_data_frame_is_a_sheet(artifacts: dict[str, Path]) -> None:
    heads = [
        [cell.value for cell in sheet[1]]
        for sheet in openpyxl.load_workbook(artifacts["xlsx"]).worksheets
    ]
    assert ["Plan", "Product", "Currency", "Overdue", "Days past due"] in heads


def test_a_template_of_the_workspace_replaces_the_shipped_one(
    workspace: Path, artifacts: dict[str, Path], tmp_path: Path
) -> None:
    template = workspace / "templates" / "report.html"
    template.parent.mkdir()
    template.write_text(
        "{% extends layout_template %}{% block cover %}<h1>Our own page</h1>{% endblock %}",
        encoding="utf-8",
    )
    process = smartinst(
        workspace, "render", str(artifacts["ipynb"]), "--to", "html,pdf", "--out", str(tmp_path)
    )
    assert process.returncode == 0, process.stderr
    page, sheet = sorted(tmp_path.iterdir())
    assert "<h1>Our own page</h1>" in page.read_text(encoding="utf-8")
    assert "Our own page" in " ".join(PdfReader(sheet).pages[0].extract_text().split())
    template.unlink()
    template.parent.rmdir()
