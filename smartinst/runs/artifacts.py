"""One artifact of a report: the page, the PDF (with its seller's password), the workbook."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smartinst.runs.definitions import Format

if TYPE_CHECKING:
    from smartinst.pages.reading.report import Report


def write(
    report: Report, kind: Format, target: Path, seller_id: str = "", templates: Sequence[Path] = ()
) -> Path:
    """Writes a report as one artifact and returns its path.

    The PDF's password is that of `seller_id`, or else of the seller on the report's cover.
    `templates` are folders that are searched before the shipped one.
    """
    writers: dict[str, Callable[[], object]] = {
        "html": lambda: _write_html(report, target, templates),
        "pdf": lambda: _write_pdf(report, target, seller_id, templates),
        "xlsx": lambda: _write_xlsx(report, target),
    }
    writers[kind]()
    return target


def _write_html(report: Report, target: Path, templates: Sequence[Path]) -> None:
    from smartinst.pages.compiler import edition_of
    from smartinst.pages.html.page import render_page

    target.write_text(render_page(edition_of(report, templates)), encoding="utf-8")


def _write_pdf(report: Report, target: Path, seller_id: str, templates: Sequence[Path]) -> None:
    """Writes the PDF; the password, if one is set, is read here and never reaches a notebook."""
    from smartinst.pages.compiler import edition_of
    from smartinst.pages.pdf.encryption import encrypt_pdf, password_of
    from smartinst.pages.pdf.render import render_pdf

    password = password_of(seller_id or str(report.cover.get("seller_id") or ""))
    pdf = render_pdf(edition_of(report, templates))
    target.write_bytes(encrypt_pdf(pdf, password) if password else pdf)


def _write_xlsx(report: Report, target: Path) -> None:
    from smartinst.pages.xlsx import write_workbook

    write_workbook(report, target)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
