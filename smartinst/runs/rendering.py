"""Compilation of an executed notebook again, without running it."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from smartinst.errors import ReportError, SmartinstError
from smartinst.pages.pdf.encryption import lock_pdf
from smartinst.pages.reading.report import read_report
from smartinst.runs.artifacts import undrawn_warnings, write
from smartinst.runs.definitions import Format
from smartinst.settings import Settings

_LOGGER: Final = logging.getLogger(__name__)


def render_notebook(
    executed: Path, formats: Iterable[Format], settings: Settings, out: Path | None = None
) -> list[Path]:
    """Compiles an executed notebook again, without running it; returns the paths written."""
    folder, formats = out or executed.parent, tuple(formats)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as temporary:
        targets = {
            kind: Path(temporary) / f"{executed.stem}.{kind}" for kind in formats if kind != "ipynb"
        }
        try:
            report = read_report(executed)
            for line in undrawn_warnings(report):
                _LOGGER.warning(line)
            for kind, target in targets.items():
                write(report, kind, target, settings.templates, formats)
            if "pdf" in targets:
                lock_pdf(targets["pdf"], str(report.cover.get("seller_id") or ""))
        except SmartinstError:
            raise
        except Exception as error:  # the notebook may be from any program
            if isinstance(error, OSError) and error.filename is not None:
                raise
            _LOGGER.debug("compiling failed", exc_info=True)
            raise ReportError(
                f"{executed.name}: cannot be compiled: {type(error).__name__}: {error}"
            ) from error
        return [target.replace(folder / target.name) for target in targets.values()]
