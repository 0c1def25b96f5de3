"""Checks of a request before anything is started for it."""

from __future__ import annotations

from typing import Any

from smartinst.errors import ReportError
from smartinst.runs.definitions import notebook_path
from smartinst.runs.parameters import check_parameters
from smartinst.runs.run_request import RunRequest
from smartinst.settings import Settings


def checked_parameters(request: RunRequest, settings: Settings) -> dict[str, Any]:
    """The parameters of a run's notebook; SmartinstError if it cannot be run with them."""
    notebook = notebook_path(request.definition, settings)
    parameters = check_parameters(notebook, _run_parameters(request), request.parameters)
    if request.where and "where" not in parameters:
        raise ReportError(
            f"{notebook.name} declares no parameter `where`: it cannot be run with filters"
        )
    if request.anonymous and "anonymous" not in parameters:
        raise ReportError(
            f"{notebook.name} declares no parameter `anonymous`: it would show buyers' names"
        )
    return parameters


def _run_parameters(request: RunRequest) -> dict[str, Any]:
    """The parameters that the run sets itself; `previous` is completed when it is prepared."""
    period = {"period": request.definition.period} if request.definition.period else {}
    return {
        "seller": request.seller.id,
        "as_of": request.as_of.isoformat(),
        "locale": request.seller.locale,
        "where": dict(request.where),
        "title": request.definition.title,
        "report": request.definition.name,
        "anonymous": request.anonymous,
        "live": False,
        "previous": dict(request.previous or {}),
        **request.operational,
        **period,
    }
