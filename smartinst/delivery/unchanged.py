"""Runs of reports with `when = "changed"` whose measures are known before the notebook runs.

The measures of a shipped notebook are those of the book, which takes a tenth of a second. They are
computed if no file of the ledger that may have the seller's rows has changed since the last run;
otherwise the notebook is executed, and its measures are compared (dispatch.py).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Final

from smartinst.errors import ConfigurationError
from smartinst.report.measures import seller_measures
from smartinst.runs.conditions import CHANGED, is_satisfied
from smartinst.runs.definitions import Definition, notebook_path
from smartinst.runs.parameters import default_value
from smartinst.runs.run_request import RunRequest
from smartinst.settings import Settings
from smartinst.shipped import NOTEBOOKS

BOOK_NOTEBOOKS: Final = ("seller.ipynb", "weekly.ipynb")
"""Shipped notebooks that open the book of their seller without filters, and show its headline."""

MAX_SERIAL: Final = 20
"""More candidates than this are shared among processes."""

_LOGGER: Final = logging.getLogger(__name__)


Candidate = tuple[RunRequest, dict[str, Any]]
"""A run whose seller's data is that of the last run, and the measures last sent."""


def has_measures_of_book(definition: Definition, settings: Settings) -> bool:
    """Whether a report's measures are those of `seller_measures`: its notebook is a shipped one."""
    try:
        content = notebook_path(definition, settings).read_bytes()
    except (ConfigurationError, OSError):  # the run will report it
        return False
    shipped = [(NOTEBOOKS / name).read_bytes() for name in BOOK_NOTEBOOKS]
    return definition.per == "seller" and content in shipped


def unchanged_measures(
    candidates: Sequence[Candidate], settings: Settings
) -> Iterator[dict[str, Any] | None]:
    """The measures of each candidate; None if its notebook must be executed."""
    tasks = [
        (request, last_sent, settings.model_copy(update={"seller": (request.seller,)}))
        for request, last_sent in candidates
    ]
    if len(tasks) <= MAX_SERIAL:
        yield from map(_measures_if_unchanged, tasks)
        return
    with ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn")) as processes:
        yield from processes.map(_measures_if_unchanged, tasks, chunksize=MAX_SERIAL)


def _measures_if_unchanged(
    task: tuple[RunRequest, dict[str, Any], Settings],
) -> dict[str, Any] | None:
    request, last_sent, settings = task
    previous = request.previous or {}
    try:
        period = _period_name(request.definition, settings)
        measures = seller_measures(settings, request.seller, request.as_of, previous, period)
    except Exception:  # the run will report it
        _LOGGER.debug("measures of %s cannot be computed", request.seller.id, exc_info=True)
        return None
    return None if is_satisfied(CHANGED, measures, last_sent) else measures


def _period_name(definition: Definition, settings: Settings) -> str:
    return definition.period or str(default_value(notebook_path(definition, settings), "period"))
