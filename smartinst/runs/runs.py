"""Runs: a notebook is executed with checked parameters and compiled into artifacts.

The input is parameters; the output is paths and measures. All artifacts appear together or not
at all.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from smartinst.errors import ReportError, SmartinstError
from smartinst.pages.pdf.encryption import lock_pdf
from smartinst.pages.reading.report import read_report
from smartinst.runs.artifacts import undrawn_warnings, write
from smartinst.runs.definitions import Format
from smartinst.runs.executors import LostResult, distribute
from smartinst.runs.failures import lost_outcome
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.sealed.sealed_runs import run_on_worker, run_sealed
from smartinst.settings import Settings

_LOGGER: Final = logging.getLogger(__name__)


def run_reports(
    requests: Iterable[RunRequest], settings: Settings, jobs: int
) -> Iterator[RunOutcome]:
    """Outcomes of several runs, `jobs` at a time; the failure of one does not stop the others."""
    if settings.executor == "local":
        yield from run_sealed(requests, settings, max(jobs, 1))
        return
    run = partial(run_on_worker, settings=settings)
    for request, result in distribute(run, list(requests), settings.executor):
        yield lost_outcome(request, result) if isinstance(result, LostResult) else result


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
