"""The work of one run, in processes that end with it: executes the notebook and compiles it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from smartinst.errors import ReportError
from smartinst.report.reader import Reader
from smartinst.runs.execution import execute_notebook
from smartinst.runs.failures import error_line, error_log
from smartinst.runs.limits import compile_time_limit, folder_bytes
from smartinst.runs.sealed.assignment import (
    ARTIFACTS,
    FILES,
    NOTEBOOK,
    RESULT,
    SETTINGS,
    TEMPORARY,
    VIEW,
    Assignment,
    Result,
)
from smartinst.settings import RUN_SETTINGS, Settings

COMPILING: Final = "compiling"
"""The stage of a run after its last cell."""

SMALL_VIEW_BYTES: Final = 32 << 20
"""Facts of a run up to which Polars computes faster in memory than in its streaming engine."""

ReportStage = Callable[[str], None]
"""Is called with the name of each cell that begins, then with COMPILING."""


def perform_run(folder: Path, report_stage: ReportStage) -> None:
    """Executes and compiles the assignment in a folder, and writes the result there."""
    execute_run(folder, report_stage)
    if not (folder / RESULT).exists():
        compile_run(folder, report_stage)


def execute_run(folder: Path, report_stage: ReportStage) -> None:
    """Executes the notebook of the assignment in a folder; writes a result only if it fails."""
    process_id = os.getpid()
    try:
        _execute(folder, report_stage)
    except Exception as error:
        if os.getpid() == process_id:
            _write_error(error, folder)
    finally:
        if os.getpid() != process_id:  # the notebook has forked this process
            os._exit(0)


def compile_run(folder: Path, report_stage: ReportStage) -> None:
    """Compiles what `execute_run` left in a folder, and writes the result there."""
    report_stage(COMPILING)
    try:
        _compile(folder).write(folder)
    except Exception as error:
        _write_error(error, folder)


def _execute(folder: Path, report_stage: ReportStage) -> None:
    assignment, settings = _read_assignment(folder)
    is_printed_only = {*assignment.formats, *assignment.formats_of_reader} == {"pdf"}
    reader = Reader(assignment.locale, assignment.timezone, is_printed_only=is_printed_only)
    _enter(folder, settings, reader)
    execute_notebook(
        folder / NOTEBOOK / assignment.notebook,
        _executed_path(folder, assignment),
        assignment.parameters,
        reader,
        settings,
        on_cell=report_stage,
        in_process=True,
    )


def _compile(folder: Path) -> Result:
    """Writes the artifacts next to the executed notebook."""
    from smartinst.pages.reading.report import read_report
    from smartinst.runs.artifacts import undrawn_warnings, write

    assignment, settings = _read_assignment(folder)
    executed = _executed_path(folder, assignment)
    if not executed.exists():
        raise ReportError("the notebook ended its own process")
    with compile_time_limit(settings.limits.compile_seconds):
        report = read_report(executed)
        for kind in assignment.formats:
            if kind != "ipynb":
                target = executed.with_suffix(f".{kind}")
                write(report, kind, target, settings.templates, assignment.formats_of_reader)
    return Result(dict(report.measures), warnings=undrawn_warnings(report))


def _read_assignment(folder: Path) -> tuple[Assignment, Settings]:
    settings = Settings.model_validate_json((folder / SETTINGS).read_bytes())
    return Assignment.read(folder), settings


def _executed_path(folder: Path, assignment: Assignment) -> Path:
    return folder / ARTIFACTS / f"{assignment.stem}.ipynb"


def _write_error(error: Exception, folder: Path) -> None:
    Result(error=error_line(error), log=error_log(error)).write(folder)


def _enter(folder: Path, settings: Settings, reader: Reader) -> None:
    """Sets the directory and the environment in which the cells of a run are executed."""
    os.environ |= {
        RUN_SETTINGS: str(folder / SETTINGS),
        "HOME": str(folder / TEMPORARY),
        "TMPDIR": str(folder / TEMPORARY),
        **reader.to_environment(),
    }
    tempfile.tempdir = None
    if folder_bytes(folder / VIEW, SMALL_VIEW_BYTES) <= SMALL_VIEW_BYTES:
        pl.Config.set_engine_affinity("in-memory")
    os.chdir(settings.workspace if settings.sandbox == "off" else folder / FILES)
