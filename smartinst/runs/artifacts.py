"""One artifact of an executed notebook: the page, the PDF (behind its seller's password), the workbook."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from smartinst.runs.definitions import Format


def write(
    executed: Path, kind: Format, target: Path, seller_id: str = "", templates: Sequence[Path] = ()
) -> Path:
    """Compiles an executed notebook into one artifact; the path written. Without a seller, the one it names itself.

    `templates` are folders looked into before the shipped one.
    """
    writers: dict[str, Callable[[], object]] = {
        "html": lambda: _write_html(executed, target, templates),
        "pdf": lambda: _write_pdf(executed, target, seller_id, templates),
        "xlsx": lambda: _write_xlsx(executed, target),
    }
    writers[kind]()
    return target


def _write_html(executed: Path, target: Path, templates: Sequence[Path]) -> None:
    from smartinst.pages.compiler import compile_report
    from smartinst.pages.html.page import render_page

    target.write_text(render_page(compile_report(executed, templates)), encoding="utf-8")


def _write_pdf(executed: Path, target: Path, seller_id: str, templates: Sequence[Path]) -> None:
    """The PDF, behind the seller's password where one is set: read here, and never handed to a notebook."""
    from smartinst.pages.compiler import compile_report
    from smartinst.pages.pdf.encryption import locked, password_of
    from smartinst.pages.pdf.render import render_pdf

    compiled = compile_report(executed, templates)
    password = password_of(seller_id or compiled.about["seller_id"])
    made = render_pdf(compiled)
    target.write_bytes(locked(made, password) if password else made)


def _write_xlsx(executed: Path, target: Path) -> None:
    from smartinst.pages.xlsx import write_workbook

    write_workbook(executed, target)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
