"""The measures of earlier reports, from their executed notebooks."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from smartinst.errors import ReportError
from smartinst.runs.run_request import RunRequest
from smartinst.settings import Settings


def previous_measures(request: RunRequest, settings: Settings) -> dict[str, Any]:
    """The measures of the newest earlier report of this kind and seller; empty if there is none."""
    folder = settings.home / "runs" / request.definition.name / request.seller.id
    return newest_measures(folder, request.as_of)


def newest_measures(folder: Path, day: date) -> dict[str, Any]:
    """The measures of the newest report in a folder of dates before a date; empty if none.

    They are also empty if that report cannot be read, so that it does not stop a run.
    """
    notebooks = (
        path for path in folder.glob("????-??-??/*.ipynb") if path.parent.name < day.isoformat()
    )
    newest = max(notebooks, key=lambda path: path.parent.name, default=None)
    if newest is None:
        return {}
    from smartinst.pages.reading.report import read_report

    try:
        return dict(read_report(newest).measures)
    except ReportError:
        return {}
