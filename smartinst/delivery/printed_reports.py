"""The overdue amounts that earlier reports of a seller printed, for the bridge of the loan book."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import make_url

from smartinst.database.engine import connected, reading
from smartinst.database.schema import RUNS
from smartinst.runs.measures import newest_measures
from smartinst.settings import Seller, Settings

Overdue = dict[date, dict[str, int]]


def printed_overdue(settings: Settings, seller: Seller, before: date) -> Overdue:
    """Date of a report → its overdue amounts by currency, of the newest one of each kind.

    Scheduled reports count, and those that were run by hand without filters. If there are several
    of one date, a scheduled one wins.
    """
    return _of_folders(settings, seller, before) | _of_schedule(settings, seller, before)


def _of_schedule(settings: Settings, seller: Seller, before: date) -> Overdue:
    """The amounts of successful scheduled runs."""
    url = make_url(settings.database)
    is_file = url.get_backend_name() == "sqlite" and url.database
    if is_file and not Path(str(url.database)).exists():
        return {}
    columns = RUNS.c
    query = (
        select(columns.measures)
        .where(columns.seller_id == seller.id, columns.state == "made")
        .where(columns.as_of < before.isoformat())
        .order_by(columns.instant)
    )
    with connected(settings.database) as engine, reading(engine) as connection:
        texts = [text for (text,) in connection.execute(query) if text]
    return _dated(map(json.loads, texts))


def _of_folders(settings: Settings, seller: Seller, before: date) -> Overdue:
    """The amounts of the newest report of each kind that was run by hand, if it can be read."""
    amounts: Overdue = {}
    for folder in sorted((settings.home / "runs").glob(f"*/{seller.id}")):
        amounts |= _dated([newest_measures(folder, before)])
    return amounts


def _dated(reports: Iterable[Mapping[str, Any]]) -> Overdue:
    """The overdue amounts in measures, by their date; measures without them are left out."""
    return {
        date.fromisoformat(measures["as_of"]): dict(measures["overdue_minor"])
        for measures in reports
        if "as_of" in measures and "overdue_minor" in measures
    }
