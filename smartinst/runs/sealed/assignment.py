"""What a sealed run is given, and what it returns: JSON files in its own folder.

assignment.json   Assignment       settings.json   Settings of the run (settings.for_run)
notebook/         its notebook     view/           the facts of its sellers
set/              artifacts        result.json     Result
errors.txt        standard output and error of its processes
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from smartinst.errors import ReportError
from smartinst.runs.definition_sections import Format

ASSIGNMENT: Final = "assignment.json"
SETTINGS: Final = "settings.json"
NOTEBOOK: Final = "notebook"
VIEW: Final = "view"
FILES: Final = "files"
ARTIFACTS: Final = "set"
TEMPORARY: Final = "tmp"
RESULT: Final = "result.json"
ERRORS: Final = "errors.txt"

MAX_RESULT_BYTES: Final = 64 << 20
"""A larger result is not read: it was not written by smartinst."""

MAX_ERROR_BYTES: Final = 64 << 10
"""More is not read of what a run writes to standard error."""


@dataclass(frozen=True)
class Assignment:
    """One run: the notebook's file name, its parameters, and the artifacts to write.

    `formats_of_reader` are those to which the artifacts may refer.
    """

    notebook: str
    stem: str
    parameters: dict[str, Any]
    locale: str
    timezone: str
    seller_id: str
    formats: tuple[Format, ...]
    formats_of_reader: tuple[Format, ...]

    def write(self, folder: Path) -> None:
        """Writes the assignment into the run's folder."""
        (folder / ASSIGNMENT).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @staticmethod
    def read(folder: Path) -> Assignment:
        """The assignment in the run's folder."""
        return _ASSIGNMENTS.validate_json((folder / ASSIGNMENT).read_bytes())


@dataclass(frozen=True)
class Result:
    """The outcome of a run: the measures of its report, or the error (one line) and a log.

    `warnings` are lines for the operator.
    """

    measures: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    log: str = ""
    warnings: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Writes the result into the run's folder; lone surrogates become question marks."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        (folder / RESULT).write_bytes(text.encode(errors="replace"))

    @staticmethod
    def read(folder: Path) -> Result:
        """The result in the run's folder; ReportError if the run has not written a valid one."""
        try:
            return _RESULTS.validate_json(_plain_content(folder / RESULT))
        except FileNotFoundError as error:
            raise ReportError("the notebook ended its own process") from error
        except OSError as error:
            raise ReportError(f"the run's result cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise ReportError("the notebook has changed the run's result") from error


_ASSIGNMENTS: Final = TypeAdapter(Assignment)
_RESULTS: Final = TypeAdapter(Result)


def read_errors(folder: Path) -> str:
    """What the processes of a run have written to standard output and error, at most its start."""
    try:
        return _plain_content(folder / ERRORS, MAX_ERROR_BYTES).decode(errors="replace")
    except (OSError, ReportError):  # the notebook has replaced it
        return ""


def _plain_content(path: Path, length: int = -1) -> bytes:
    """The content of a file; ReportError if it is not a plain one, or too large.

    It is opened without waiting: the notebook may have put a pipe in its place.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_RESULT_BYTES:
            raise ReportError("the notebook has replaced the run's result")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(length)
    finally:
        os.close(descriptor)
