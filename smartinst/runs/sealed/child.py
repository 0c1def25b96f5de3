"""The work of one run, in a process that ends with it: executes the notebook and compiles it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from smartinst.pages.reading.report import read_report
from smartinst.report.reader import Reader
from smartinst.runs.artifacts import undrawn_warnings, write
from smartinst.runs.execution import execute_notebook
from smartinst.runs.failures import error_line, error_log
from smartinst.runs.limits import compile_time_limit
from smartinst.runs.sealed.assignment import (
    ARTIFACTS,
    FILES,
    NOTEBOOK,
    SETTINGS,
    TEMPORARY,
    Assignment,
    Result,
)
from smartinst.settings import RUN_SETTINGS, Settings

COMPILING: Final = "compiling"
"""The stage of a run after its last cell."""


def perform_run(folder: Path, report_stage: Callable[[str], None]) -> None:
    """Executes and compiles the assignment in a folder, and writes the result there.

    `report_stage` is called with the name of each cell that begins, then with COMPILING.
    """
    try:
        result = _perform(folder, report_stage)
    except Exception as error:
        result = Result(error=error_line(error), log=error_log(error))
    result.write(folder)


def _perform(folder: Path, report_stage: Callable[[str], None]) -> Result:
    """Writes the artifacts of a run; returns its result."""
    assignment = Assignment.read(folder)
    settings = Settings.model_validate_json((folder / SETTINGS).read_bytes())
    reader = Reader(assignment.locale, assignment.timezone)
    _enter(folder, settings, reader)
    executed = folder / ARTIFACTS / f"{assignment.stem}.ipynb"
    execute_notebook(
        folder / NOTEBOOK / assignment.notebook,
        executed,
        assignment.parameters,
        reader,
        settings,
        on_cell=report_stage,
        in_process=True,
    )
    report_stage(COMPILING)
    with compile_time_limit(settings.limits.compile_seconds):
        return _compile(executed, assignment, settings.templates)


def _enter(folder: Path, settings: Settings, reader: Reader) -> None:
    """Sets the directory and the environment in which the cells of a run are executed."""
    os.environ |= {
        RUN_SETTINGS: str(folder / SETTINGS),
        "HOME": str(folder / TEMPORARY),
        "TMPDIR": str(folder / TEMPORARY),
        **reader.to_environment(),
    }
    tempfile.tempdir = None
    os.chdir(settings.workspace if settings.sandbox == "off" else folder / FILES)


def _compile(executed: Path, assignment: Assignment, templates: Sequence[Path]) -> Result:
    """Writes the artifacts next to the executed notebook."""
    report = read_report(executed)
    for kind in assignment.formats:
        if kind != "ipynb":
            target = executed.with_suffix(f".{kind}")
            write(report, kind, target, templates, assignment.formats_of_reader)
    return Result(dict(report.measures), warnings=undrawn_warnings(report))
