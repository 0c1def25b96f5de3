"""Writes one artifact of a report: the page, the PDF (with its password) or the workbook."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smartinst.runs.definitions import Format

if TYPE_CHECKING:
    from smartinst.pages.reading.report import Report


def write(
    report: Report,
    kind: Format,
    target: Path,
    seller_id: str = "",
    templates: Sequence[Path] = (),
    formats: Iterable[Format] = (),
) -> Path:
    """Writes a report as one artifact and returns its path.

    The PDF's password is that of `seller_id`, or if empty, of the seller on the report's cover.
    `templates` are folders that are searched before the shipped one. `formats` are those that the
    reader receives together: page and PDF refer to no others.
    """
    from smartinst.pages.compiler import edition_of
    from smartinst.pages.html.page import render_page
    from smartinst.pages.pdf.encryption import protected_pdf
    from smartinst.pages.xlsx import write_workbook

    edition = edition_of(report, templates, formats)
    if kind == "xlsx":
        write_workbook(report, target)
    elif kind == "html":
        target.write_text(render_page(edition), encoding="utf-8")
    else:
        target.write_bytes(protected_pdf(edition, seller_id))
    return target


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
