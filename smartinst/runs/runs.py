"""Runs: a notebook is executed with checked parameters and compiled into artifacts.

The input is parameters; the output is paths and measures. All artifacts appear together or not
at all.
"""

from __future__ import annotations

import logging
import re
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import Any, Final

from smartinst.errors import ReportError, SmartinstError
from smartinst.pages.reading.report import Report, read_report
from smartinst.report.reader import Reader
from smartinst.runs.artifacts import write
from smartinst.runs.definitions import Format, notebook_path
from smartinst.runs.execution import execute_notebook
from smartinst.runs.executors import LostResult, distribute
from smartinst.runs.limits import time_bounded
from smartinst.runs.measures import previous_measures
from smartinst.runs.parameters import check_parameters
from smartinst.runs.placement import replace_folder
from smartinst.runs.run_request import RunOutcome, RunRequest, artifact_folder
from smartinst.settings import Settings

MAX_WARNING_LENGTH: Final = 400
_LOGGER: Final = logging.getLogger(__name__)
_COLOR_CODES: Final = re.compile(r"\x1b\[[0-9;]*m")


def run_report(request: RunRequest, settings: Settings) -> RunOutcome:
    """Executes and compiles one report; raises SmartinstError."""
    notebook = notebook_path(request.definition, settings)
    parameters = check_parameters(notebook, _run_parameters(request, settings), request.parameters)
    if request.where and "where" not in parameters:
        raise ReportError(
            f"{notebook.name} declares no parameter `where`: it cannot be run with filters"
        )
    if request.anonymous and "anonymous" not in parameters:
        raise ReportError(
            f"{notebook.name} declares no parameter `anonymous`: it would show buyers' names"
        )
    folder = artifact_folder(request, settings)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as temporary:
        unplaced = Path(temporary) / "set"
        unplaced.mkdir()
        executed = unplaced / f"{request.file_stem}.ipynb"
        reader = Reader(request.seller.locale, request.seller.timezone)
        execute_notebook(notebook, executed, parameters, reader, settings)
        with time_bounded(settings.limits.compile_seconds):
            measures = _compile(executed, request, settings)
        replace_folder(unplaced, folder)
    artifacts = {path.suffix[1:]: str(path) for path in sorted(folder.iterdir())}
    report, day = request.definition.name, request.as_of.isoformat()
    return RunOutcome(report, request.seller.id, day, artifacts, measures, folder=str(folder))


def run_reports(
    requests: Iterable[RunRequest], settings: Settings, jobs: int, *, isolated: bool = False
) -> Iterator[RunOutcome]:
    """Outcomes of several runs, `jobs` at a time; the failure of one does not stop the others.

    `isolated`: even a single run gets a separate process, because an earlier attempt may have
    killed its process.
    """
    pending = list(requests)
    if settings.executor == "local" and not isolated and (jobs <= 1 or len(pending) <= 1):
        yield from (_attempt(request, settings) for request in pending)
        return
    attempt = partial(_attempt, settings=settings)
    for request, result in distribute(attempt, pending, jobs, settings.executor):
        if isinstance(result, LostResult):
            yield replace(_failed_outcome(request, result.reason), loss=result)
        else:
            yield result


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
            _warn_of_undrawn_outputs(report)
            for kind, target in targets.items():
                write(report, kind, target, templates=settings.templates, formats=formats)
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


def _attempt(request: RunRequest, settings: Settings) -> RunOutcome:
    """Runs one report; any exception becomes its outcome."""
    start = time.perf_counter()
    try:
        outcome = run_report(request, settings)
    except Exception as error:
        reason = str(error)
        if not isinstance(error, SmartinstError):  # a bug, or the machine: reported with its type
            _LOGGER.debug("run of %s failed", request.seller.id, exc_info=True)
            reason = f"{type(error).__name__}: {error}"
        outcome = _failed_outcome(request, reason, _write_failure_log(request, error))
    return replace(outcome, seconds=round(time.perf_counter() - start))


def _failed_outcome(
    request: RunRequest, error: str, artifacts: dict[str, str] | None = None
) -> RunOutcome:
    return RunOutcome(
        request.definition.name,
        request.seller.id,
        request.as_of.isoformat(),
        artifacts or {},
        error=error,
        folder=str(request.folder or ""),
    )


def _write_failure_log(request: RunRequest, error: Exception) -> dict[str, str]:
    """Writes the traceback, the notebook's first, into the run's folder if the request names one.

    Returns no path if the log cannot be written: the error itself is reported anyway.
    """
    if request.folder is None:
        return {}
    lines = [*getattr(error.__cause__, "traceback", ()), *traceback.format_exception(error)]
    path = request.folder / "failure.txt"
    try:
        request.folder.mkdir(parents=True, exist_ok=True)
        text = _COLOR_CODES.sub("", "\n".join(lines))
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return {"log": str(path)}


def _run_parameters(request: RunRequest, settings: Settings) -> dict[str, Any]:
    """The parameters that the run sets itself."""
    previous = request.previous
    if previous is None:
        previous = {} if request.where else previous_measures(request, settings)
    return {
        "seller": request.seller.id,
        "as_of": request.as_of.isoformat(),
        "locale": request.seller.locale,
        "where": dict(request.where),
        "title": request.definition.title,
        "report": request.definition.name,
        "anonymous": request.anonymous,
        "live": False,
        "previous": dict(previous),
    }


def _compile(executed: Path, request: RunRequest, settings: Settings) -> dict[str, Any]:
    """Writes the artifacts next to the executed notebook; returns its measures."""
    report = read_report(executed)
    _warn_of_undrawn_outputs(report)
    for kind in request.formats:
        if kind != "ipynb":
            target = executed.with_suffix(f".{kind}")
            formats = request.formats_of_reader
            write(report, kind, target, request.seller.id, settings.templates, formats)
    return dict(report.measures)


def _warn_of_undrawn_outputs(report: Report) -> None:
    """Logs one line for each output that is missing from the artifacts."""
    for output in report.undrawn:
        line = shorten(f"{report.path.name}, {output}", MAX_WARNING_LENGTH, placeholder="…")
        _LOGGER.warning("%s: not in the report, because it cannot be drawn", line)
