"""Writes one artifact of a report: the page, the PDF or the workbook."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Final

from smartinst.file_writing import write_file
from smartinst.runs.definition_sections import Format

if TYPE_CHECKING:
    from smartinst.pages.reading.report import Report

MAX_WARNING_LENGTH: Final = 460


def write(
    report: Report,
    kind: Format,
    target: Path,
    templates: Sequence[Path] = (),
    formats: Iterable[Format] = (),
) -> Path:
    """Writes a report as one artifact and returns its path.

    `templates` are folders that are searched before the shipped one. `formats` are those that the
    reader receives together: page and PDF refer to no others.
    """
    from smartinst.pages.compiler import edition_of
    from smartinst.pages.html.page import render_page
    from smartinst.pages.pdf.render import render_pdf
    from smartinst.pages.xlsx import write_workbook

    edition = edition_of(report, templates, formats)
    if kind == "xlsx":
        write_workbook(report, target)
    elif kind == "html":
        write_file(target, render_page(edition).encode())
    else:
        write_file(target, render_pdf(edition))
    return target


def undrawn_warnings(report: Report) -> list[str]:
    """One line for each output that is missing from the artifacts."""
    return [
        shorten(
            f"{report.path.name}, {output}: not in the report, because it cannot be drawn",
            MAX_WARNING_LENGTH,
            placeholder="…",
        )
        for output in report.undrawn
    ]


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
