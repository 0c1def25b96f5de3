"""The measures of the previous report."""

from __future__ import annotations

from typing import Any

from smartinst.errors import ReportError
from smartinst.runs.run_request import RunRequest
from smartinst.settings import Settings


def previous_measures(request: RunRequest, settings: Settings) -> dict[str, Any]:
    """The measures of the newest earlier report of this kind and seller; empty if there is none.

    An unreadable earlier report is ignored, so that it does not stop this run.
    """
    folder = settings.home / "runs" / request.definition.name / request.seller.id
    earlier_notebooks = [
        path
        for path in folder.glob("????-??-??/*.ipynb")
        if path.parent.name < request.as_of.isoformat()
    ]
    if not earlier_notebooks:
        return {}
    from smartinst.pages.reading.report import read_report

    newest = max(earlier_notebooks, key=lambda path: path.parent.name)
    try:
        return dict(read_report(newest).measures)
    except ReportError:
        return {}
