"""The calls in the log of actions, their states and hashes, read from its events."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from smartinst.actions.calls import Call, CallRecord
from smartinst.database.engine import fetch_rows
from smartinst.database.schema import ACTION_EVENTS
from smartinst.i18n.message import decode_text

_HASHED_COLUMNS: Final = tuple(
    column.name for column in ACTION_EVENTS.columns if column.name != "hash"
)


def hashes_by_number(connection: Connection) -> dict[int, str]:
    """The hash of every event by its number."""
    columns = ACTION_EVENTS.c
    rows = connection.execute(select(columns.number, columns.hash).order_by(columns.number))
    return {row.number: row.hash for row in rows}


def calls_of_events(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls of events, each with its last state."""
    calls: dict[str, dict[str, Any]] = {}
    for row in rows:
        call = calls.setdefault(row["call_id"], _call_object(row))
        call["state"] = "in_doubt" if row["state"] == "sending" else row["state"]
        call["detail"] = decode_text(row["detail"])
    return list(calls.values())


def event_hash(row: dict[str, Any]) -> str:
    """The SHA-256 of an event: of all its columns except the hash itself."""
    content = {name: row[name] for name in _HASHED_COLUMNS}
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def latest_record(
    connection: Connection, seller_id: str, kind: str, target: str
) -> CallRecord | None:
    """The newest call for a target; None if none was started."""
    columns = ACTION_EVENTS.c
    query = (
        select(ACTION_EVENTS)
        .where(columns.seller_id == seller_id, columns.kind == kind, columns.target == target)
        .order_by(columns.number)
    )
    rows = fetch_rows(connection, query)
    if not rows:
        return None
    call = call_of(max(rows, key=lambda row: row["number"] if row["state"] == "sending" else 0))
    call_rows = [row for row in rows if row["call_id"] == call.call_id]
    last_event = call_rows[-1]
    requested_at = datetime.fromisoformat(call_rows[0]["at"])
    settled_number = max(
        (row["number"] for row in rows if row["state"] in ("done", "not_done")), default=0
    )
    sent_at = tuple(
        datetime.fromisoformat(row["at"])
        for row in rows
        if row["number"] > settled_number and row["state"] == "sending"
    )
    return CallRecord(
        call,
        last_event["state"],
        datetime.fromisoformat(last_event["at"]),
        requested_at,
        sent_at or (requested_at,),
        last_event["owner"],
    )


def targets_of_plan(connection: Connection, seller_id: str, plan_id: str, kind: str) -> list[str]:
    """The targets of a plan for which a kind of call was started, in order."""
    columns = ACTION_EVENTS.c
    of_plan = (columns.seller_id == seller_id, columns.plan_id == plan_id, columns.kind == kind)
    return list(
        connection.execute(
            select(columns.target).where(*of_plan).distinct().order_by(columns.target)
        ).scalars()
    )


def blocking_record(connection: Connection, call: Call, now: datetime) -> CallRecord | None:
    """Another negotiation that shares a charge with the call: a buyer could pay both."""
    if call.kind != "reprocess":
        return None
    for target in targets_of_plan(connection, call.seller_id, call.plan_id, call.kind):
        if target == call.target:
            continue
        record = latest_record(connection, call.seller_id, call.kind, target)
        if (
            record
            and record.call.numbers & call.numbers
            and record.state != "not_done"
            and not record.has_lapsed(now)
        ):
            return record
    return None


def call_state(connection: Connection, call: Call) -> str | None:
    """The last state of a call; None if it is not in the log."""
    columns = ACTION_EVENTS.c
    query = (
        select(columns.state)
        .where(columns.call_id == call.call_id)
        .order_by(columns.number.desc())
        .limit(1)
    )
    state: str | None = connection.execute(query).scalar()
    return state


def call_of(row: dict[str, Any]) -> Call:
    """The call of an event."""
    return Call(**{name: row[name] for name in Call.__dataclass_fields__})


def _call_object(row: dict[str, Any]) -> dict[str, Any]:
    """The object that `act log --json` prints, from a call's first event."""
    names = (
        "seller_id",
        "plan_id",
        "kind",
        "transaction",
        "installment",
        "amount_minor",
        "currency",
    )
    requested_at = (
        datetime.fromisoformat(row["at"]).isoformat(timespec="seconds").replace("+00:00", "Z")
    )
    return {
        "id": row["call_id"],
        **{name: row[name] for name in names},
        "state": "",
        "requested_at": requested_at,
        "detail": "",
    }
