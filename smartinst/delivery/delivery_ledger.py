"""The delivery ledger (docs/contracts.md §6): what was asked to be sent, and what is known of it.

    held ──retry──▶ queued ──▶ sending ──▶ sent | refused | in_doubt | queued (4xx, no connection, our own fault)
                       └──── older than the catch-up ──▶ missed

An interrupted `sending` is in doubt: nobody knows, and it is never sent again by itself.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from smartinst.database.schema import DELIVERIES
from smartinst.database.text import instant_text, storable_text
from smartinst.errors import InputError

STATES: Final = ("held", "queued", "sending", "sent", "refused", "in_doubt", "missed")
RELEASED: Final = ("held", "refused", "missed", "queued")
"""What may be sent by hand: it went nowhere."""

LISTED: Final = (
    "id",
    "report",
    "seller_id",
    "period",
    "recipient",
    "state",
    "attempts",
    "message_id",
)
ALWAYS: Final = instant_text(datetime(1970, 1, 1, tzinfo=UTC))
FIRST_WAIT: Final = timedelta(minutes=15)
LONGEST_WAIT: Final = timedelta(hours=3)


def new_message_id(sender: str) -> str:
    """A Message-ID that is made once and kept: `<…@domain of the sender>`."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid.uuid4()}@{domain.encode('idna').decode('ascii')}>"


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many attempts: a quarter of an hour, doubled each time, at most three hours."""
    return min(FIRST_WAIT * (1 << min(max(attempts - 1, 0), 10)), LONGEST_WAIT)


def put(
    connection: Connection,
    run: Mapping[str, Any],
    recipient: str,
    files: Mapping[str, Any],
    sender: str,
    now: datetime,
    reasons: list[str],
) -> str:
    """Asks for one message of a run: queued, or held for reasons. One that exists keeps its Message-ID.

    A message that went out, or may have, stays as it is: a run that is made again sends nothing again.
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
    known = connection.execute(
        select(columns.id, columns.state).where(
            *(columns[name] == value for name, value in key.items())
        )
    ).first()
    if known is None:
        row = {**key, **values, "id": str(uuid.uuid4()), "attempts": 0}
        connection.execute(insert(DELIVERIES).values(**row, message_id=new_message_id(sender)))
    elif known.state in ("held", "queued", "missed"):
        connection.execute(update(DELIVERIES).where(columns.id == known.id).values(values))
    else:
        return str(known.state)
    return state


def interrupted(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Those that were being sent when their sender died: in doubt from now on."""
    return _move(
        connection,
        DELIVERIES.c.state == "sending",
        "in_doubt",
        "the process that sent it ended before the answer",
        now,
    )


def missed(connection: Connection, earliest: datetime, now: datetime) -> list[dict[str, Any]]:
    """Those that waited until their period was older than the catch-up."""
    late = (DELIVERIES.c.state == "queued") & (DELIVERIES.c.instant < instant_text(earliest))
    return _move(
        connection, late, "missed", "its period is older than [schedule] catch_up_hours", now
    )


def ready(connection: Connection, now: datetime, run_id: str | None = None) -> list[dict[str, Any]]:
    """Those to send now, oldest first; `run_id`: of one run."""
    columns = DELIVERIES.c
    wanted = select(DELIVERIES).where(
        columns.state == "queued", columns.next_at <= instant_text(now)
    )
    if run_id:
        wanted = wanted.where(columns.run_id == run_id)
    rows = connection.execute(
        wanted.order_by(columns.instant, columns.report, columns.seller_id)
    ).mappings()
    return [dict(row) for row in rows]


def set_sending(connection: Connection, row: Mapping[str, Any], now: datetime) -> bool:
    """Written, and to be committed, before the server is talked to; false when it is queued no more: not to be sent."""
    return _set(
        connection, row["id"], now, only=("queued",), state="sending", attempts=row["attempts"] + 1
    )


def settle(
    connection: Connection, row: Mapping[str, Any], state: str, reason: str, now: datetime
) -> None:
    """What became of one that was being sent; one that waits does so until its back-off has passed."""
    next_at = now + back_off(row["attempts"] + 1) if state == "queued" else now
    _set(
        connection,
        row["id"],
        now,
        state=state,
        reason=storable_text(reason),
        next_at=instant_text(next_at),
    )


def listed(connection: Connection) -> list[dict[str, Any]]:
    """As `deliveries list --json` prints them, oldest period first."""
    columns = DELIVERIES.c
    wanted = select(*(columns[name] for name in LISTED)).order_by(
        columns.instant, columns.report, columns.seller_id, columns.recipient
    )
    return [dict(row) for row in connection.execute(wanted).mappings()]


def find(connection: Connection, delivery_id: str) -> dict[str, Any]:
    """One delivery whole; InputError when there is none."""
    row = (
        connection.execute(select(DELIVERIES).where(DELIVERIES.c.id == delivery_id))
        .mappings()
        .first()
    )
    if row is None:
        raise InputError(f"no delivery {delivery_id!r}; smartinst deliveries list names them")
    return {**row, "files": json.loads(row["files"])}


def release(connection: Connection, delivery_id: str, now: datetime) -> None:
    """By hand: one that is held, refused, missed or waiting goes out with the next tick, its period counted from now."""
    row = find(connection, delivery_id)
    if not _set(
        connection, delivery_id, now, only=RELEASED, reason="released by hand", **_at_once(row, now)
    ):
        raise InputError(
            f"delivery {delivery_id} is {row['state']}; what is in doubt is settled by deliveries resolve"
        )


def resolve(connection: Connection, delivery_id: str, outcome: str, now: datetime) -> None:
    """By hand: what became of one in doubt; `not_sent` sends it with the next tick."""
    row = find(connection, delivery_id)
    values = {"state": "sent", "reason": "settled by hand: it arrived"}
    if outcome != "sent":
        values = {**_at_once(row, now), "reason": "settled by hand: it did not arrive"}
    if not _set(connection, delivery_id, now, only=("in_doubt",), **values):
        raise InputError(f"delivery {delivery_id} is {row['state']}, not in doubt")


def _at_once(row: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Queued for the next tick, whatever its clock says, and not missed: our clock may be ahead of it, or behind."""
    return {
        "state": "queued",
        "next_at": ALWAYS,
        "instant": max(instant_text(now), row["changed_at"]),
    }


def _move(
    connection: Connection, which: Any, state: str, reason: str, now: datetime
) -> list[dict[str, Any]]:
    rows = [dict(row) for row in connection.execute(select(DELIVERIES).where(which)).mappings()]
    for row in rows:
        _set(connection, row["id"], now, state=state, reason=reason)
    return rows


def _set(
    connection: Connection,
    delivery_id: str,
    now: datetime,
    only: tuple[str, ...] = STATES,
    **values: Any,
) -> bool:
    """Writes, where the state is one of `only` at that very moment; whether it was."""
    this = (DELIVERIES.c.id == delivery_id) & DELIVERIES.c.state.in_(only)
    return (
        connection.execute(
            update(DELIVERIES).where(this).values(**values, changed_at=instant_text(now))
        ).rowcount
        == 1
    )
