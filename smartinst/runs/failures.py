"""The outcome of a run that failed, and its log."""

from __future__ import annotations

import logging
import re
import traceback
from pathlib import Path
from typing import Final

from smartinst import errors
from smartinst.errors import SmartinstError
from smartinst.machine_errors import error_summary, type_name
from smartinst.runs.executors import LostResult
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.terminal import visible

_LOGGER: Final = logging.getLogger(__name__)
MAX_ERROR_LENGTH: Final = 1000
"""Longer errors are cut, so that each is one line of a list."""
MAX_LOG_LENGTH: Final = 1_000_000
_PACKAGE: Final = Path(errors.__file__).parent
_COLOR_CODES: Final = re.compile(r"\x1b\[[0-9;]*m")


def failed_outcome(
    request: RunRequest, error: str, log: str = "", loss: LostResult | None = None
) -> RunOutcome:
    """The outcome of a run with an error; `log` is written if the request names a folder."""
    return RunOutcome(
        request.definition.name,
        request.seller.id,
        request.as_of.isoformat(),
        _write_log(request, visible(log[:MAX_LOG_LENGTH])),
        error=_one_line(error),
        folder=str(request.folder or ""),
        loss=loss,
    )


def _one_line(error: str) -> str:
    line = visible(error[: MAX_ERROR_LENGTH + 1].replace("\r\n", "\n").replace("\r", "\n"))
    return line if len(line) <= MAX_ERROR_LENGTH else f"{line[: MAX_ERROR_LENGTH - 1]}…"


def outcome_of_error(request: RunRequest, error: Exception) -> RunOutcome:
    """The outcome of a run that raised this error."""
    return failed_outcome(request, error_line(error), error_log(error))


def lost_outcome(request: RunRequest, loss: LostResult) -> RunOutcome:
    """The outcome of a run whose process ended without a result."""
    return failed_outcome(request, loss.reason, loss=loss)


def error_line(error: Exception) -> str:
    """One line about an error: its text if smartinst has raised it, else its type.

    A notebook may raise smartinst's classes too, with any text; that is in the log only.
    """
    if isinstance(error, SmartinstError) and not _is_raised_by_smartinst(error):
        return type_name(error)
    if not isinstance(error, SmartinstError):
        _LOGGER.debug("a run failed", exc_info=error)
    return error_summary(error)


def _is_raised_by_smartinst(error: Exception) -> bool:
    """Whether the code that raised an error is smartinst's; also if nothing has raised it."""
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    return not files or Path(files[-1]).is_relative_to(_PACKAGE)


def error_log(error: Exception) -> str:
    """The traceback of an error, after the notebook's."""
    lines = [*getattr(error.__cause__, "traceback", ()), *traceback.format_exception(error)]
    return _COLOR_CODES.sub("", "\n".join(lines))


def _write_log(request: RunRequest, log: str) -> dict[str, str]:
    """Writes the log into the run's folder, if the request names one.

    Returns no path if it cannot be written: the error itself is reported anyway.
    """
    if request.folder is None or not log:
        return {}
    path = request.folder / "failure.txt"
    try:
        request.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(log, encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return {"log": str(path)}
