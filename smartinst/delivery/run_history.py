"""The run history in SQL: scheduled runs, one per period, with their results.

States: planned → running → made | unchanged | failed | planned (again); planned → missed. An
unchanged run has measures and no artifacts: its notebook was not executed, since nothing has
changed since the last report that was sent.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, exists, func, select, update

from smartinst.database.engine import fetch_rows, portable_insert
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.database.text import instant_text, storable_text
from smartinst.errors import InputError

MAX_ATTEMPTS: Final = 3
"""Attempts to execute a run whose process dies; after that the run counts as failed."""

SUCCESSFUL: Final = ("made", "unchanged")

JSON_COLUMNS: Final = ("parameters", "ledger_version", "artifacts", "measures")


def insert_run(
    connection: Connection,
    key: tuple[str, str, str],
    instant: datetime,
    now: datetime,
    state: str = "planned",
    note: str | None = None,
) -> bool:
    """Records a run that is due, or missed; false if its period is already on record.

    `key` is report, seller id and period (nominal local time).
    """
    report, seller_id, period = key
    row = {
        "run_id": str(uuid.uuid4()),
        "report": report,
        "seller_id": seller_id,
        "period": period,
        "instant": instant_text(instant),
        "as_of": period[:10],
        "state": state,
        "attempts": 0,
        "planned_at": instant_text(now),
        "note": note,
    }
    statement = portable_insert(connection, RUNS).on_conflict_do_nothing()
    run_id = connection.execute(statement.values(row).returning(RUNS.c.run_id)).scalar()
    return run_id is not None


def recorded_periods(connection: Connection, since: datetime) -> set[tuple[str, str, str]]:
    """Report, seller id and period of every run on record whose instant is not before `since`."""
    columns = RUNS.c
    query = select(columns.report, columns.seller_id, columns.period)
    rows = connection.execute(query.where(columns.instant >= instant_text(since)))
    return {(report, seller_id, period) for report, seller_id, period in rows}


def newest_instants(connection: Connection) -> dict[tuple[str, str], str]:
    """The instant of the newest period on record, as text, by report and seller."""
    columns = RUNS.c
    query = select(columns.report, columns.seller_id, func.max(columns.instant)).group_by(
        columns.report, columns.seller_id
    )
    return {(report, seller): instant for report, seller, instant in connection.execute(query)}


def reset_interrupted_runs(connection: Connection) -> None:
    """Schedules running runs again, without a limit: their scheduler died, not their process."""
    connection.execute(update(RUNS).where(RUNS.c.state == "running").values(state="planned"))


def mark_missed_runs(
    connection: Connection, earliest: datetime, now: datetime
) -> list[dict[str, Any]]:
    """Marks scheduled runs whose period is older than `earliest` as missed; returns them."""
    columns = RUNS.c
    is_late = (columns.state == "planned") & (columns.instant < instant_text(earliest))
    rows = fetch_rows(connection, select(RUNS).where(is_late))
    for row in rows:
        finish_run(connection, row["run_id"], "missed", now)
    return rows


def pending_runs(connection: Connection) -> list[dict[str, Any]]:
    """The runs to execute, oldest first."""
    columns = RUNS.c
    query = select(RUNS).where(columns.state == "planned")
    return fetch_rows(
        connection, query.order_by(columns.instant, columns.report, columns.seller_id)
    )


def start_run(
    connection: Connection,
    row: dict[str, Any],
    parameters: Mapping[str, Any],
    version: Any,
    now: datetime,
) -> str:
    """Marks a run as running; returns its new id. Values of an earlier attempt are cleared."""
    run_id = str(uuid.uuid4())
    values = {
        "run_id": run_id,
        "state": "running",
        "attempts": row["attempts"] + 1,
        "started_at": instant_text(now),
        "parameters": json.dumps(dict(parameters), sort_keys=True),
        "ledger_version": json.dumps(version, sort_keys=True),
        **dict.fromkeys(("ended_at", "seconds", "artifacts", "measures", "note")),
    }
    connection.execute(update(RUNS).where(RUNS.c.run_id == row["run_id"]).values(values))
    return run_id


def finish_run(
    connection: Connection, run_id: str, state: str, now: datetime, **values: Any
) -> None:
    """Records the result of a run: made, unchanged, failed, missed, or planned again."""
    columns = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    if columns.get("note"):
        columns["note"] = storable_text(columns["note"])
    connection.execute(
        update(RUNS)
        .where(RUNS.c.run_id == run_id)
        .values(state=state, ended_at=instant_text(now), **columns)
    )


def annotate_run(connection: Connection, run_id: str, text: str) -> None:
    """Sets the note of a finished run."""
    connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(note=storable_text(text)))


def last_measures(
    connection: Connection, report: str, seller_id: str, before_period: str, *, mailed: bool = False
) -> dict[str, Any]:
    """The measures of the newest successful run before `before_period`; empty if there is none.

    `mailed`: only runs whose message was sent, or may have been.
    """
    columns = RUNS.c
    query = _newest_successful(columns.measures, report, seller_id, before_period)
    if mailed:
        delivery = DELIVERIES.c
        is_same = (delivery[name] == columns[name] for name in ("report", "seller_id", "period"))
        query = query.where(exists().where(*is_same, delivery.state.in_(("sent", "in_doubt"))))
    measures = connection.execute(query).scalar()
    return dict(json.loads(measures)) if measures else {}


def last_version(
    connection: Connection, report: str, seller_id: str, before_period: str
) -> dict[str, Any]:
    """The ledger version of the newest successful run before `before_period`; may be empty."""
    query = _newest_successful(RUNS.c.ledger_version, report, seller_id, before_period)
    version = connection.execute(query).scalar()
    return dict(json.loads(version)) if version else {}


def _newest_successful(
    column: Column[Any], report: str, seller_id: str, before_period: str
) -> Select[Any]:
    columns = RUNS.c
    return (
        select(column)
        .where(
            columns.report == report,
            columns.seller_id == seller_id,
            columns.state.in_(SUCCESSFUL),
            columns.period < before_period,
        )
        .order_by(columns.period.desc())
        .limit(1)
    )


def list_runs(
    connection: Connection, report: str | None = None, seller_id: str | None = None
) -> list[dict[str, Any]]:
    """Every run, newest period first, as `runs list --json` prints it."""
    query = select(RUNS).order_by(RUNS.c.instant.desc(), RUNS.c.report, RUNS.c.seller_id)
    if report:
        query = query.where(RUNS.c.report == report)
    if seller_id:
        query = query.where(RUNS.c.seller_id == seller_id)
    return [_decode(row) for row in fetch_rows(connection, query)]


def find_run(connection: Connection, run_id: str) -> dict[str, Any]:
    """A run by its id; InputError if there is none."""
    rows = fetch_rows(connection, select(RUNS).where(RUNS.c.run_id == run_id))
    if not rows:
        raise InputError(f"no run {run_id!r}; smartinst runs list shows the ids")
    return _decode(rows[0])


def _decode(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.loads(value) if name in JSON_COLUMNS and value else value
        for name, value in row.items()
    }
