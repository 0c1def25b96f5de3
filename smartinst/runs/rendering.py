"""Compilation of an executed notebook again, without running it.

The notebook may be hostile, so it is read and compiled in a process of its own, with a time limit.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from smartinst.errors import ReportError
from smartinst.isolated_call import call_isolated, compile_time_error
from smartinst.runs.definition_sections import Format
from smartinst.settings import Settings

PRINTED_ONLY: Final = (
    "it was executed for the PDF alone: page and workbook lack rows, tables, charts and cells; "
    "run the report again with --to html,xlsx"
)

_LOGGER: Final = logging.getLogger(__name__)


def render_notebook(
    executed: Path, formats: Iterable[Format], settings: Settings, out: Path | None = None
) -> list[Path]:
    """Compiles an executed notebook again, without running it; returns the paths written."""
    from smartinst.pages.pdf.encryption import lock_pdf

    folder, formats = out or executed.parent, tuple(formats)
    folder.mkdir(parents=True, exist_ok=True)
    seconds = settings.limits.compile_seconds
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as temporary:
        targets: dict[Format, Path] = {
            kind: Path(temporary) / f"{executed.stem}.{kind}" for kind in formats if kind != "ipynb"
        }
        arguments = (executed, targets, formats, settings.templates)
        try:
            seller_id, warnings = call_isolated(
                _compile, arguments, seconds, compile_time_error(seconds)
            )
        except ReportError as error:
            if str(error).startswith(executed.name):
                raise
            raise ReportError(f"{executed.name}: cannot be compiled: {error}") from error
        for line in warnings:
            _LOGGER.warning(line)
        if "pdf" in targets:
            lock_pdf(targets["pdf"], seller_id)
        return [target.replace(folder / target.name) for target in targets.values()]


def _compile(
    executed: Path,
    targets: dict[Format, Path],
    formats: tuple[Format, ...],
    templates: tuple[Path, ...],
) -> tuple[str, tuple[str, ...]]:
    """Writes the targets; returns the seller's id and what they lack."""
    from smartinst.pages.reading.report import read_report
    from smartinst.runs.artifacts import undrawn_warnings, write

    report = read_report(executed)
    for kind, target in targets.items():
        write(report, kind, target, templates, formats)
    warnings = undrawn_warnings(report)
    if report.is_printed_only and targets.keys() - {"pdf"}:
        warnings.insert(0, f"{executed.name}: {PRINTED_ONLY}")
    return str(report.cover.get("seller_id") or ""), tuple(warnings)
