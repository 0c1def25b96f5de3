"""Retention of scheduled runs: folders of old runs are removed, their rows in SQL stay.

A folder stays as long as a delivery needs its files. Runs that a person has started stay.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import exists, select, update

from smartinst.database.engine import fetch_rows
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.database.text import instant_text
from smartinst.delivery.tick_context import TickContext
from smartinst.runs.placement import remove_folder

UNFINISHED: Final = ("held", "queued", "sending", "in_doubt", "refused")
"""States of deliveries whose files may still be sent."""
FOLDERS_PER_TICK: Final = 1_000
RUN_FOLDER_DEPTH: Final = 4
"""Report, seller, period and run: the folders below `runs`."""

_LOGGER: Final = logging.getLogger(__name__)


def remove_old_runs(context: TickContext) -> int:
    """Removes the folders of runs older than `[limits] keep_run_days`; returns their number."""
    limit = context.now - timedelta(days=context.settings.limits.keep_run_days)
    columns, delivery = RUNS.c, DELIVERIES.c
    key = (delivery[name] == columns[name] for name in ("report", "seller_id", "period"))
    query = (
        select(columns.run_id, columns.artifacts)
        .where(
            columns.instant < instant_text(limit),
            columns.state.in_(("made", "failed")),
            columns.artifacts.is_not(None),
            columns.artifacts != "{}",
            ~exists().where(*key, delivery.state.in_(UNFINISHED)),
        )
        .order_by(columns.instant)
        .limit(FOLDERS_PER_TICK)
    )
    rows = fetch_rows(context.connection, query)
    runs = (context.settings.home / "runs").resolve()
    removed = 0
    for row in rows:
        try:
            _remove_artifacts(row, runs)
        except OSError as error:
            _LOGGER.warning("run %s is kept: %s", row["run_id"], error)
            continue
        context.connection.execute(
            update(RUNS).where(columns.run_id == row["run_id"]).values(artifacts="{}")
        )
        removed += 1
    context.connection.commit()
    return removed


def _remove_artifacts(row: dict[str, Any], runs: Path) -> None:
    """Removes the folder of a run, named by its id, below `runs`.

    The paths of artifacts are absolute: if the home was moved, the folder is looked for in it.
    """
    for artifact in json.loads(row["artifacts"]).values():
        folder = Path(artifact["path"]).parent
        if folder.name != row["run_id"]:
            continue
        for place in (folder, runs.joinpath(*folder.parts[-RUN_FOLDER_DEPTH:])):
            if place.resolve().is_relative_to(runs):
                remove_folder(place)
