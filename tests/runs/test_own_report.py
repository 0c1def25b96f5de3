"""The example of docs/own-report.md, cell by cell, is a report like any other."""

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
def made(workspace: Path) -> dict[str, Path]:
    """The example's artifacts, by kind."""
    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    for at, (kind, source) in enumerate(
        BLOCK.findall((ROOT / "docs" / "own-report.md").read_text(encoding="utf-8"))
    ):
        new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = new(source, id=f"cell-{at}")  # type: ignore[no-untyped-call]
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
    done = smartinst(workspace, *words, "--to", "html,pdf,xlsx")
    assert done.returncode == 0, done.stderr
    return {Path(line).suffix[1:]: Path(line) for line in done.stdout.splitlines()}


def test_it_has_the_page_the_pdf_and_the_workbook(made: dict[str, Path]) -> None:
    assert set(made) == {"html", "pdf", "xlsx", "ipynb"}
    page = made["html"].read_text(encoding="utf-8")
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page)[-1] == "Who is late"
    assert 'data-seller="loft"' in page
    assert page.count('class="drawing"') == 3
    assert '<th scope="col" class="number">Overdue</th>' in page
    assert 'data-filter="status"' in page
    assert made["pdf"].read_bytes().startswith(b"%PDF-")


def test_its_own_frame_is_a_sheet(made: dict[str, Path]) -> None:
    heads = [
        [cell.value for cell in sheet[1]]
        for sheet in openpyxl.load_workbook(made["xlsx"]).worksheets
    ]
    assert ["Plan", "Product", "Currency", "Overdue", "Days past due"] in heads


def test_a_workspaces_own_template_comes_before_the_shipped_one(
    workspace: Path, made: dict[str, Path], tmp_path: Path
) -> None:
    own = workspace / "templates" / "report.html"
    own.parent.mkdir()
    own.write_text(
        "{% extends layout_template %}{% block cover %}<h1>Our own page</h1>{% endblock %}",
        encoding="utf-8",
    )
    done = smartinst(
        workspace, "render", str(made["ipynb"]), "--to", "html,pdf", "--out", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    page, sheet = sorted(tmp_path.iterdir())
    assert "<h1>Our own page</h1>" in page.read_text(encoding="utf-8")
    assert "Our own page" in " ".join(PdfReader(sheet).pages[0].extract_text().split())
    own.unlink()
    own.parent.rmdir()
