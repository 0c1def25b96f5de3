"""Scheduled runs in SQL: planned once a period, taken over when their maker died, kept with what they made."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.database.text import instant_text, storable_text
from smartinst.errors import InputError

MOST_ATTEMPTS: Final = 3
"""So often a run that ended with its own process is begun; after that it has failed."""


def plan(
    connection: Connection,
    report: str,
    seller_id: str,
    period: str,
    instant: datetime,
    now: datetime,
    state: str = "planned",
) -> bool:
    """Writes that a run is due, or was missed; false when that period was written before, by whomever."""
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
    }
    columns = RUNS.c
    known = select(columns.run_id).where(
        columns.report == report, columns.seller_id == seller_id, columns.period == period
    )
    if connection.execute(known).first():
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert(RUNS).values(row))
    except IntegrityError:
        return False
    return True


def newest(connection: Connection) -> dict[tuple[str, str], str]:
    """The newest period that is on record, by report and seller: its instant as the table holds it."""
    columns = RUNS.c
    wanted = select(columns.report, columns.seller_id, func.max(columns.instant)).group_by(
        columns.report, columns.seller_id
    )
    return {
        (report, seller_id): instant for report, seller_id, instant in connection.execute(wanted)
    }


def take_over(connection: Connection) -> None:
    """Runs whose maker died are planned again, however often: whoever kills a scheduler means no run of it."""
    connection.execute(update(RUNS).where(RUNS.c.state == "running").values(state="planned"))


def missed(connection: Connection, earliest: datetime, now: datetime) -> list[dict[str, Any]]:
    """The planned runs whose period is older than `earliest`: missed from now on."""
    columns = RUNS.c
    late = (columns.state == "planned") & (columns.instant < instant_text(earliest))
    rows = _rows(connection, select(RUNS).where(late))
    for row in rows:
        end(connection, row["run_id"], "missed", now)
    return rows


def planned(connection: Connection) -> list[dict[str, Any]]:
    """The runs to make, oldest first."""
    columns = RUNS.c
    wanted = select(RUNS).where(columns.state == "planned")
    return _rows(connection, wanted.order_by(columns.instant, columns.report, columns.seller_id))


def begin(
    connection: Connection,
    row: dict[str, Any],
    parameters: Mapping[str, Any],
    version: Any,
    now: datetime,
) -> str:
    """Marks a run as begun, under a new id."""
    run_id = str(uuid.uuid4())
    values = {
        "run_id": run_id,
        "state": "running",
        "attempts": row["attempts"] + 1,
        "started_at": instant_text(now),
        "parameters": json.dumps(dict(parameters), sort_keys=True),
        "ledger_version": json.dumps(version, sort_keys=True),
        **dict.fromkeys(
            ("ended_at", "seconds", "artifacts", "measures", "note")
        ),  # of this attempt, not of an earlier
    }
    connection.execute(update(RUNS).where(RUNS.c.run_id == row["run_id"]).values(values))
    return run_id


def end(connection: Connection, run_id: str, state: str, now: datetime, **values: Any) -> None:
    """What became of a run: made, failed or missed, or planned again."""
    packed = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    if packed.get("note"):
        packed["note"] = storable_text(packed["note"])
    connection.execute(
        update(RUNS)
        .where(RUNS.c.run_id == run_id)
        .values(state=state, ended_at=instant_text(now), **packed)
    )


def note(connection: Connection, run_id: str, said: str) -> None:
    """A remark on a run that was made."""
    connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(note=storable_text(said)))


def last_measures(
    connection: Connection, report: str, seller_id: str, before: str, *, told: bool = False
) -> dict[str, Any]:
    """The measures of the newest earlier run that was made (`told`: and mailed, or perhaps); empty when there is none."""
    columns = RUNS.c
    wanted = (
        select(columns.measures)
        .where(
            columns.report == report,
            columns.seller_id == seller_id,
            columns.state == "made",
            columns.period < before,
        )
        .order_by(columns.period.desc())
        .limit(1)
    )
    if told:
        mail = DELIVERIES.c
        same = (mail[name] == columns[name] for name in ("report", "seller_id", "period"))
        wanted = wanted.where(exists().where(*same, mail.state.in_(("sent", "in_doubt"))))
    found = connection.execute(wanted).scalar()
    return dict(json.loads(found)) if found else {}


def history(
    connection: Connection, report: str | None = None, seller_id: str | None = None
) -> list[dict[str, Any]]:
    """Every run, newest period first, as `runs list --json` prints it."""
    wanted = select(RUNS).order_by(RUNS.c.instant.desc(), RUNS.c.report, RUNS.c.seller_id)
    if report:
        wanted = wanted.where(RUNS.c.report == report)
    if seller_id:
        wanted = wanted.where(RUNS.c.seller_id == seller_id)
    return [_unpacked(row) for row in _rows(connection, wanted)]


def find(connection: Connection, run_id: str) -> dict[str, Any]:
    """One run; InputError when there is none."""
    rows = _rows(connection, select(RUNS).where(RUNS.c.run_id == run_id))
    if not rows:
        raise InputError(f"no run {run_id!r}; smartinst runs list names them")
    return _unpacked(rows[0])


def _rows(connection: Connection, wanted: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _unpacked(row: dict[str, Any]) -> dict[str, Any]:
    packed = ("parameters", "ledger_version", "artifacts", "measures")
    return {
        name: json.loads(value) if name in packed and value else value
        for name, value in row.items()
    }
