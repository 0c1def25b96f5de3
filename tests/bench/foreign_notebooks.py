"""Notebooks of other projects through both exporters: what becomes of each output.

    python -m tests.bench.foreign_notebooks FOLDER       all .ipynb files below the folder

For each notebook: its outputs; those drawn; those that a sentence replaces; those that its author
removes (by tags or in JupyterLab) or that are the log (stderr); those with nothing to show; those
lost, which must be none. Each output is also read alone, so that none hides behind another. At the
end, the exports that raised an error.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bs4 import BeautifulSoup
from nbconvert.exporters import get_exporter

from smartinst.errors import ReportError
from smartinst.pages.reading.notebook_cells import cells_until_exit
from smartinst.pages.reading.notebook_file import read_document
from smartinst.pages.reading.report import read_report
from tests.support.notebooks import document, save

EXPORTERS: Final = ("smartinst_html", "smartinst_pdf")
COLUMNS: Final = ("outputs", "drawn", "sentence", "removed", "log", "empty", "lost")
DRAWN_ELEMENTS: Final = ["img", "svg", "iframe", "video", "audio", "canvas", "math", "object"]
VISIBLE_TEXT: Final = "words beside the output"


def main() -> None:
    """Prints the table, and the errors."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    total: Counter[str] = Counter()
    errors: list[str] = []
    print(f"{'notebook':44}" + "".join(f"{name:>10}" for name in COLUMNS))  # noqa: T201
    for path in sorted(folder.rglob("*.ipynb")):
        errors += export_errors(path)
        try:
            counts = outcomes(path)
        except ReportError as error:
            print(f"{path.name[:43]:44}  {str(error)[:90]}")  # noqa: T201
            continue
        total += counts
        print(f"{path.name[:43]:44}" + "".join(f"{counts[name]:10}" for name in COLUMNS))  # noqa: T201
    print(f"{'total':44}" + "".join(f"{total[name]:10}" for name in COLUMNS))  # noqa: T201
    print(f"errors of exports: {len(errors)}", *errors, sep="\n  ")  # noqa: T201


def export_errors(path: Path) -> list[str]:
    """Exporter and error of each export that fails."""
    errors = []
    for name in EXPORTERS:
        try:
            content, _ = get_exporter(name)().from_filename(str(path))
            assert content
        except Exception as error:
            errors.append(f"{path.name}, {name}: {type(error).__name__}: {str(error)[:200]}")
    return errors


def outcomes(path: Path) -> Counter[str]:
    """What becomes of the outputs of a notebook; the keys are COLUMNS."""
    counts: Counter[str] = Counter()
    cells = read_document(path)["cells"]
    executed = cells_until_exit(cells)
    for position, cell in enumerate(cells):
        for output in cell.get("outputs", ()):
            counts["outputs"] += 1
            kind = "removed" if position >= len(executed) else outcome(cell, output)
            counts[kind] += 1
    return counts


def outcome(cell: Mapping[str, Any], output: Mapping[str, Any]) -> str:
    """What becomes of one output, read in a notebook of its own."""
    if output.get("name") == "stderr":
        return "log"
    metadata = {**cell["metadata"], "tags": [*cell["metadata"].get("tags", ()), "raises-exception"]}
    alone = {**cell, "metadata": metadata, "outputs": [output]}
    beside = {"output_type": "stream", "name": "stdout", "text": VISIBLE_TEXT}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "one.ipynb")
        report = read_report(save(path, document(alone)))
        if report.undrawn:
            return "sentence"
        if report.blocks:
            return "drawn"
        if not has_content(output):
            return "empty"
        is_removed = not read_report(save(path, document({**alone, "outputs": [beside]}))).blocks
        return "removed" if is_removed else "lost"


def has_content(output: Mapping[str, Any]) -> bool:
    """Whether JupyterLab would show anything of an output."""
    if output["output_type"] == "stream":
        return bool("".join(output.get("text", "")).strip())
    if output["output_type"] == "error":
        return True
    data = output.get("data") or {}
    if "text/html" in data:
        soup = BeautifulSoup("".join(data["text/html"]), "html.parser")
        for tag in soup(["script", "style"]):
            tag.decompose()
        return bool(soup.get_text().strip() or soup.find(DRAWN_ELEMENTS))
    return any(content not in ("", [], {}) for content in data.values())


if __name__ == "__main__":
    main()
