"""Exporters of nbconvert: the same page and PDF as `smartinst render`, from any Jupyter."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import get_export_names, get_exporter

from smartinst.errors import ReportError
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.reading.notebook_file import read_notebook
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at

MARKDOWN = "# Study\n\n## Sales\n\nIt is $x^2$, R$ 5 and *so on*."
OUTPUTS = (
    {"text/html": "<table><tr><td>1</td></tr></table><iframe src='https://x.example'></iframe>"},
    {"text/plain": "42"},
)


def test_entry_points_offer_page_and_pdf_to_jupyter() -> None:
    group = {point.name: point.value for point in entry_points(group="nbconvert.exporters")}
    assert group["smartinst_html"] == "smartinst.pages.exporters:PageExporter"
    assert {"smartinst_html", "smartinst_pdf"} <= set(get_export_names())
    labels = {
        get_exporter(name).export_from_notebook for name in ("smartinst_html", "smartinst_pdf")
    }
    assert labels == {"Smart report (HTML)", "Smart report (PDF)"}


@pytest.mark.process
def test_exported_page_and_pdf_have_the_bytes_of_render(tmp_path: Path) -> None:
    """The page from a file, the PDF from a node, as JupyterLab gives it."""
    path = notebook(tmp_path, *OUTPUTS, markdown=MARKDOWN, locale="pt-BR", title="T")
    edition, resources = edition_at(path), {"metadata": {"name": path.stem}}
    page, _ = get_exporter("smartinst_html")().from_filename(str(path))
    pdf, _ = get_exporter("smartinst_pdf")().from_notebook_node(read_notebook(path), resources)
    assert (page, pdf) == (render_page(edition), render_pdf(edition))


def test_a_failed_cell_is_exported_with_its_error() -> None:
    node = nbformat.v4.new_notebook()
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=["t"])
    node.cells = [nbformat.v4.new_code_cell("x", outputs=[error], execution_count=1)]
    page, _ = get_exporter("smartinst_html")().export_here(node, {"metadata": {"name": "x"}})
    assert "ValueError: no" in page


@pytest.mark.process
def test_nbconvert_writes_the_pdf_of_any_notebook(tmp_path: Path) -> None:
    path = notebook(tmp_path, *OUTPUTS, markdown=MARKDOWN)
    command = [sys.executable, "-m", "nbconvert", "--to", "smartinst_pdf", str(path)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    assert path.with_suffix(".pdf").read_bytes() == render_pdf(edition_at(path))


@pytest.mark.process
def test_an_export_ends_at_the_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smartinst.toml").write_text("[limits]\ncompile_seconds = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    cell = nbformat.v4.new_markdown_cell("[" * 1_000_000)
    node, exporter = nbformat.v4.new_notebook(cells=[cell]), get_exporter("smartinst_pdf")()
    with pytest.raises(ReportError, match="compiling took longer than 1 s"):
        exporter.from_notebook_node(node)
