"""The measures of an executed notebook, and those of the report before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smartinst.errors import InputError
from smartinst.pages.reading.notebook_file import outputs
from smartinst.report.mime_bundles import MEASURES
from smartinst.runs.run_request import RunRequest
from smartinst.settings import Settings


def measures_of(executed: Path) -> dict[str, Any]:
    """The measures that an executed notebook displays; empty if there are none."""
    return dict(next(outputs(executed, MEASURES), {}))


def previous_measures(request: RunRequest, settings: Settings) -> dict[str, Any]:
    """The measures of the newest earlier report of this kind and seller; empty if there is none.

    An earlier report that cannot be read counts as none: it must not stop this run.
    """
    folder = settings.home / "runs" / request.definition.name / request.seller.id
    earlier_notebooks = [
        path
        for path in folder.glob("????-??-??/*.ipynb")
        if path.parent.name < request.as_of.isoformat()
    ]
    if not earlier_notebooks:
        return {}
    try:
        return measures_of(max(earlier_notebooks, key=lambda path: path.parent.name))
    except InputError:
        return {}
