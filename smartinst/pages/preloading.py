"""What a process prepares before it forks the processes that compile reports."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from smartinst.drawing import fonts
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import available_languages
from smartinst.pages.compiler import edition_of
from smartinst.pages.html.page import render_page
from smartinst.pages.pdf.render import render_pdf
from smartinst.pages.reading.report import read_report
from smartinst.report.mime_bundles import REPORT, TABLE

_MARKDOWN: Final = "# Title\n\n## Section\n\nText, **bold**, `code`\n\n- item\n\n1. number"
_TABLE: Final = {
    "name": "table",
    "title": "Table",
    "columns": [
        {"name": "name", "label": "Name", "kind": "text"},
        {"name": "amount", "label": "Amount", "kind": "money", "currency": "EUR"},
        {"name": "date", "label": "Date", "kind": "date"},
    ],
    "rows": [["a", 1, "2026-01-31"]] * 5,
}


def preload_compilers() -> None:
    """Imports what compiles reports, and fills the caches of fonts, styles and templates.

    A small page is compiled in each language, and one PDF. No query of Polars is made, no thread is
    started, and vl-convert converts nothing. What is missing (such as Pango) is left to the runs.
    """
    import smartinst.pages.xlsx  # noqa: F401 - its imports are the purpose

    with suppress(SmartinstError), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.ipynb"
        for language in available_languages():
            path.write_text(json.dumps(_notebook(language)), encoding="utf-8")
            edition = edition_of(read_report(path))
            render_page(edition)
        for font_file in fonts.font_files():
            fonts.glyphs(font_file.read_bytes())
        render_pdf(edition)


def _notebook(language: str) -> dict[str, Any]:
    bundles: list[dict[str, Any]] = [
        {REPORT: {"locale": language, "as_of": "2026-01-31", "seller": "Seller"}},
        {TABLE: _TABLE, "text/plain": "table"},
        {"text/plain": "printed"},
    ]
    outputs = [{"output_type": "display_data", "data": data, "metadata": {}} for data in bundles]
    code = {"cell_type": "code", "source": "", "execution_count": 1, "outputs": outputs}
    text = {"cell_type": "markdown", "source": _MARKDOWN}
    cells = [{**cell, "metadata": {}} for cell in (text, code)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
