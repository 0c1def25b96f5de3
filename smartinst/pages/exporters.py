"""Exporters of nbconvert, with which Jupyter writes the page and the PDF of an executed notebook.

They are used by `jupyter nbconvert --to smartinst_pdf`, and by *Save and Export Notebook As* in
JupyterLab. Stages and templates are those of `smartinst render`, with one difference: a notebook
with a failed cell is exported with its error, while `render` refuses it. As there, `[limits]
compile_seconds` holds inside one call of a library's C.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbconvert.exporters import TemplateExporter
from nbconvert.exporters.exporter import Exporter
from traitlets import List, default
from traitlets.config import Config

from smartinst.errors import SmartinstError
from smartinst.isolated_call import call_isolated, compile_time_error
from smartinst.pages.compiler import Edition, edition_of
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.encryption import locked_pdf
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.reading.notebook_file import read_notebook
from smartinst.pages.reading.report import report_of
from smartinst.pages.reading.stages import STAGES
from smartinst.settings import Limits, load_settings


def _compile_seconds() -> int:
    """`[limits] compile_seconds` of the workspace; the default if Jupyter runs outside of one."""
    try:
        return load_settings().limits.compile_seconds
    except SmartinstError:
        return Limits().compile_seconds


def _export(
    exporter: type[ReportExporter], config: Config, templates: list[str], nb: Any, resources: Any
) -> tuple[str | bytes, Any]:
    return exporter(config=config, extra_template_paths=templates).export_here(nb, resources)


class ReportExporter(TemplateExporter):
    """The base of both exporters: applies the stages, then the templates of reports."""

    default_preprocessors = List([*STAGES])
    render: Callable[[Edition], str | bytes]
    """The content of the exported file."""

    @property
    def default_config(self) -> Config:
        """Enables all stages."""
        return Config({stage.__name__: {"enabled": True} for stage in STAGES})

    @default("extra_template_paths")
    def _templates_of_workspace(self) -> list[str]:
        try:
            return [str(folder) for folder in load_settings().templates]
        except SmartinstError:  # Jupyter may run outside of a workspace
            return []

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """The report of a notebook file in any format and encoding that `render` reads."""
        path = Path(filename)
        metadata = {"name": path.stem, "path": str(path.parent)}
        resources = {**(resources or {}), "metadata": metadata}
        return self.from_notebook_node(read_notebook(path), resources, **options)

    def from_notebook_node(self, nb: Any, resources: Any = None, **_options: Any) -> Any:
        """The report of a notebook, made in a process of its own, which a time limit ends."""
        seconds = _compile_seconds()
        templates = [str(folder) for folder in self.extra_template_paths]
        arguments = (type(self), self.config, templates, nb, resources)
        return call_isolated(_export, arguments, seconds, compile_time_error(seconds))

    def export_here(self, nb: Any, resources: Any) -> tuple[str | bytes, Any]:
        """The report of a notebook, made in this process."""
        notebook, resources = Exporter.from_notebook_node(self, nb, resources)
        path = Path(f"{resources['metadata']['name']}.ipynb")
        report = report_of(notebook, resources, path)
        edition = edition_of(report, [Path(folder) for folder in self.extra_template_paths])
        return self.render(edition), resources

    def _validate_preprocessor(self, _notebook: Any, _preprocessor: Any) -> None:
        """Accepts what nbformat forbids, such as a repeated tag, as `render` does."""


class PageExporter(ReportExporter):
    """The offline page."""

    export_from_notebook = "Smart report (HTML)"
    output_mimetype = "text/html"
    render = staticmethod(render_page)

    @default("file_extension")
    def _extension(self) -> str:
        return ".html"


class PdfExporter(ReportExporter):
    """The PDF, with the seller's password if there is one."""

    export_from_notebook = "Smart report (PDF)"
    output_mimetype = "application/pdf"

    @staticmethod
    def render(edition: Edition) -> bytes:
        """The PDF, with the password of the seller on its cover."""
        return locked_pdf(render_pdf(edition), str(edition.report.cover.get("seller_id") or ""))

    @default("file_extension")
    def _extension(self) -> str:
        return ".pdf"
