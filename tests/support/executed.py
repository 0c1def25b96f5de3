"""An executed notebook as tests read it: the edition that is rendered, and its outputs of one MIME type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from smartinst.pages.compiler import Edition, edition_of
from smartinst.pages.reading.notebook_file import read_document
from smartinst.pages.reading.report import read_report


def edition_at(executed: Path, templates: Sequence[Path] = ()) -> Edition:
    """The edition of an executed notebook."""
    return edition_of(read_report(executed), templates)


def outputs_at(executed: Path, kind: str) -> Iterator[Any]:
    """The contents of one MIME type, in the order of the cells."""
    for cell in read_document(executed)["cells"]:
        for output in cell.get("outputs", []):
            if kind in output.get("data", {}):
                yield output["data"][kind]
