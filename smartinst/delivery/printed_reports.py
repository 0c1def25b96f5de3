"""What earlier reports of a seller printed: overdue amounts for the bridge, and past forecasts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import make_url

from smartinst.database.engine import connected, reading
from smartinst.database.schema import RUNS
from smartinst.report.loan_book.book_tables import FORECAST_OUTCOMES
from smartinst.runs.measures import newest_measures
from smartinst.settings import Seller, Settings

Measures = Mapping[str, Any]


@dataclass(frozen=True)
class PrintedReports:
    """The measures of a seller's earlier reports, by their date; a later one of a date wins."""

    measures: tuple[Measures, ...] = ()

    @property
    def overdue(self) -> dict[date, dict[str, int]]:
        """Date of a report → its overdue amounts by currency."""
        return {
            date.fromisoformat(measures["as_of"]): dict(measures["overdue_minor"])
            for measures in self.measures
            if "as_of" in measures and "overdue_minor" in measures
        }

    @property
    def forecast_outcomes(self) -> list[list[Any]]:
        """The forecasts that were over in the newest report that has some; empty: there is none."""
        reports = [
            measures
            for measures in self.measures
            if "as_of" in measures and measures.get(FORECAST_OUTCOMES)
        ]
        report = max(reports, key=lambda measures: str(measures["as_of"]), default={})
        return list(report.get(FORECAST_OUTCOMES, ()))


def printed_reports(settings: Settings, seller: Seller, before: date) -> PrintedReports:
    """The seller's reports as of days before a date; of those run by hand, the newest of each kind.

    Scheduled reports count, and those that were run by hand without filters. If there are several
    of one date, a scheduled one wins.
    """
    by_hand = _of_folders(settings, seller, before)
    return PrintedReports((*by_hand, *_of_schedule(settings, seller, before)))


def _of_schedule(settings: Settings, seller: Seller, before: date) -> list[Measures]:
    """The measures of successful scheduled runs, oldest first."""
    url = make_url(settings.database)
    is_file = url.get_backend_name() == "sqlite" and url.database
    if is_file and not Path(str(url.database)).exists():
        return []
    columns = RUNS.c
    query = (
        select(columns.measures)
        .where(columns.seller_id == seller.id, columns.state == "made")
        .where(columns.as_of < before.isoformat())
        .order_by(columns.instant)
    )
    with connected(settings.database) as engine, reading(engine) as connection:
        return [json.loads(text) for (text,) in connection.execute(query) if text]


def _of_folders(settings: Settings, seller: Seller, before: date) -> Iterable[Measures]:
    """The measures of the newest report of each kind that was run by hand, if it can be read."""
    folders = sorted((settings.home / "runs").glob(f"*/{seller.id}"))
    return [newest_measures(folder, before) for folder in folders]
