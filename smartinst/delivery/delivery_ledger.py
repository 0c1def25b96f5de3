"""The delivery ledger (docs/contracts.md §6): every message to send, and its result.

    held ──retry──▶ queued ──▶ sending ──▶ sent | refused | in_doubt
                      ▲ │         └──▶ queued again (4xx, no connection, own fault)
                retry │ └──── older than the catch-up ──▶ missed

An interrupted `sending` is in doubt: it may have arrived, so it is never sent again automatically.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from smartinst.addresses import encode_domain, parse_mailbox
from smartinst.database.engine import fetch_rows
from smartinst.database.schema import DELIVERIES
from smartinst.database.text import instant_text, storable_text
from smartinst.errors import InputError

STATES: Final = ("held", "queued", "sending", "sent", "refused", "in_doubt", "missed")
REQUEUABLE: Final = ("held", "refused", "missed", "queued")
"""States in which the message was certainly not accepted, so that it may be requeued by hand."""

LIST_COLUMNS: Final = (
    "id",
    "report",
    "seller_id",
    "period",
    "recipient",
    "state",
    "attempts",
    "message_id",
)
_DELIVERIES: Final = uuid.UUID("5f0c4f3a-2f0e-5d0b-9a1c-7d1a4b6c8e21")
"""Namespace of the UUIDs in the Message-IDs of deliveries (RFC 9562, version 5)."""

EPOCH: Final = instant_text(datetime(1970, 1, 1, tzinfo=UTC))
MIN_BACK_OFF: Final = timedelta(minutes=15)
MAX_BACK_OFF: Final = timedelta(hours=3)


def new_message_id(sender: str) -> str:
    """A new Message-ID, `<…@domain of the sender>`, that no other message has."""
    return _message_id(uuid.uuid4(), sender)


def delivery_message_id(key: Mapping[str, Any], sender: str) -> str:
    """The Message-ID of a delivery: always the same for its report, seller, period and recipient.

    A message that is sent again from an older database has the same Message-ID, so that the mail
    server or the reader's program can recognise it.
    """
    parts = [str(key[name]) for name in ("report", "seller_id", "period", "recipient")]
    return _message_id(uuid.uuid5(_DELIVERIES, json.dumps(parts)), sender)


def _message_id(identifier: uuid.UUID, sender: str) -> str:
    domain = encode_domain(parse_mailbox(sender).address).rpartition("@")[2]
    return f"<{identifier}@{domain}>"


def back_off(attempts: int) -> timedelta:
    """The delay after this many attempts: 15 minutes, doubled each time, at most three hours."""
    return min(MIN_BACK_OFF * (1 << min(max(attempts - 1, 0), 10)), MAX_BACK_OFF)


def enqueue(
    connection: Connection,
    run: Mapping[str, Any],
    recipient: str,
    files: Mapping[str, Any],
    sender: str,
    now: datetime,
    reasons: list[str],
) -> str:
    """Adds a message of a run, as held if there are reasons, else as queued; returns its state.

    An existing delivery keeps its Message-ID. If it was sent, or may have been, it is not
    changed, so that executing a run again sends nothing twice.
    """
    columns, state = DELIVERIES.c, "held" if reasons else "queued"
    values = {
        "run_id": run["run_id"],
        "state": state,
        "files": json.dumps(files, sort_keys=True),
        "reason": storable_text("; ".join(reasons)),
        "next_at": instant_text(now),
        "changed_at": instant_text(now),
        "instant": run["instant"],
    }
    key = {name: run[name] for name in ("report", "seller_id", "period")} | {"recipient": recipient}
    is_same = (columns[name] == value for name, value in key.items())
    existing = connection.execute(select(columns.id, columns.state).where(*is_same)).first()
    if existing is None:
        row = {**key, **values, "id": str(uuid.uuid4()), "attempts": 0}
        row["message_id"] = delivery_message_id(key, sender)
        connection.execute(insert(DELIVERIES).values(**row))
    elif existing.state in ("held", "queued", "missed"):
        connection.execute(update(DELIVERIES).where(columns.id == existing.id).values(values))
    else:
        return str(existing.state)
    return state


def mark_interrupted(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Marks deliveries whose sender died while sending as in doubt; returns them."""
    return _set_state(
        connection,
        DELIVERIES.c.state == "sending",
        "in_doubt",
        "the sending process ended before the server answered",
        now,
    )


def mark_missed_deliveries(
    connection: Connection, earliest: datetime, now: datetime
) -> list[dict[str, Any]]:
    """Marks queued deliveries whose period is older than `earliest` as missed; returns them."""
    is_late = (DELIVERIES.c.state == "queued") & (DELIVERIES.c.instant < instant_text(earliest))
    return _set_state(
        connection, is_late, "missed", "its period is older than [schedule] catch_up_hours", now
    )


def ready_deliveries(
    connection: Connection,
    now: datetime,
    skipped_reports: Collection[str] = (),
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """The deliveries to send now, oldest first; at most `limit`, without `skipped_reports`."""
    columns = DELIVERIES.c
    query = select(DELIVERIES).where(
        columns.state == "queued",
        columns.next_at <= instant_text(now),
        columns.report.not_in(skipped_reports),
    )
    order = columns.instant, columns.report, columns.seller_id
    return fetch_rows(connection, query.order_by(*order).limit(limit))


def mark_sending(connection: Connection, row: Mapping[str, Any], now: datetime) -> bool:
    """Marks a delivery as being sent; false if it is no longer queued and must not be sent.

    Must be committed before the server is contacted.
    """
    return _update(
        connection, row["id"], now, only=("queued",), state="sending", attempts=row["attempts"] + 1
    )


def record_result(
    connection: Connection, row: Mapping[str, Any], state: str, reason: str, now: datetime
) -> None:
    """Records the result of an attempt to send; a requeued message waits for its back-off."""
    next_at = now + back_off(row["attempts"] + 1) if state == "queued" else now
    _update(
        connection,
        row["id"],
        now,
        state=state,
        reason=storable_text(reason),
        next_at=instant_text(next_at),
    )


def list_deliveries(connection: Connection) -> list[dict[str, Any]]:
    """Every delivery, oldest period first, as `deliveries list --json` prints it."""
    columns = DELIVERIES.c
    query = select(*(columns[name] for name in LIST_COLUMNS)).order_by(
        columns.instant, columns.report, columns.seller_id, columns.recipient
    )
    return fetch_rows(connection, query)


def find_delivery(connection: Connection, delivery_id: str) -> dict[str, Any]:
    """A delivery with all its columns; InputError if there is none."""
    query = select(DELIVERIES).where(DELIVERIES.c.id == delivery_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise InputError(f"no delivery {delivery_id!r}; smartinst deliveries list shows the ids")
    return {**row, "files": json.loads(row["files"])}


def hold_queued(connection: Connection, reason: str, now: datetime) -> int:
    """Holds every queued delivery for a decision by hand; returns their number."""
    return len(_set_state(connection, DELIVERIES.c.state == "queued", "held", reason, now))


def requeue(connection: Connection, delivery_id: str, now: datetime) -> None:
    """Queues a delivery by hand for the next tick; its age counts from `now`.

    InputError unless its state is in REQUEUABLE.
    """
    row = find_delivery(connection, delivery_id)
    values = {**_queued_at_once(row, now), "reason": "queued again by hand"}
    if not _update(connection, delivery_id, now, only=REQUEUABLE, **values):
        raise InputError(
            f"delivery {delivery_id} is {row['state']}; "
            "if it is in doubt, use smartinst deliveries resolve"
        )


def resolve_delivery(connection: Connection, delivery_id: str, outcome: str, now: datetime) -> None:
    """Resolves a delivery in doubt by hand; `not_sent` queues it for the next tick."""
    row = find_delivery(connection, delivery_id)
    values = {"state": "sent", "reason": "resolved by hand: it arrived"}
    if outcome != "sent":
        values = {**_queued_at_once(row, now), "reason": "resolved by hand: it did not arrive"}
    if not _update(connection, delivery_id, now, only=("in_doubt",), **values):
        raise InputError(f"delivery {delivery_id} is {row['state']}, not in doubt")


def _queued_at_once(row: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Column values that make the next tick send a delivery, whatever the difference of clocks."""
    return {
        "state": "queued",
        "next_at": EPOCH,
        "instant": max(instant_text(now), row["changed_at"]),
    }


def _set_state(
    connection: Connection, condition: Any, state: str, reason: str, now: datetime
) -> list[dict[str, Any]]:
    """Updates the deliveries that satisfy an SQL condition; returns their former rows."""
    rows = fetch_rows(connection, select(DELIVERIES).where(condition))
    for row in rows:
        _update(connection, row["id"], now, state=state, reason=reason)
    return rows


def _update(
    connection: Connection,
    delivery_id: str,
    now: datetime,
    only: tuple[str, ...] = STATES,
    **values: Any,
) -> bool:
    """Updates a delivery if its state is one of `only` at that moment; returns whether it did."""
    condition = (DELIVERIES.c.id == delivery_id) & DELIVERIES.c.state.in_(only)
    statement = update(DELIVERIES).where(condition)
    result = connection.execute(statement.values(**values, changed_at=instant_text(now)))
    return result.rowcount == 1
