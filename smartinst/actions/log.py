"""The append-only log of actions; each event contains the hash of the previous one.

A call begins with a `sending` event, committed before anything is sent, and ends with done,
not_done or in_doubt. A call whose last event is `sending` was interrupted: it is in doubt.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, insert, select

from smartinst.actions.anchor import Anchor, Head
from smartinst.actions.calls import Call, CallRecord
from smartinst.actions.log_events import (
    blocking_record,
    call_of,
    call_state,
    calls_of_events,
    event_hash,
    hashes_by_number,
    latest_record,
    targets_of_plan,
)
from smartinst.database.engine import fetch_rows, lock_transaction, reading
from smartinst.database.holds import require_released
from smartinst.database.schema import ACTION_EVENTS
from smartinst.errors import HeldHomeError, InputError
from smartinst.i18n.message import encode_text

FIRST_HASH: Final = "0" * 64
_LOCK: Final = 7_241_002


class ActionLog:
    """The log in one database."""

    def __init__(self, engine: Engine, anchor: Anchor | None = None) -> None:
        """`anchor` seals the last event outside of the database; None: it is not sealed."""
        self._engine = engine
        self._anchor = anchor

    def begin(self, call: Call, now: datetime, allowed: Iterable[str | None]) -> CallRecord | None:
        """Records that a call is about to be made, if its target's state is in `allowed`.

        `None` in `allowed`: no call was started for the target. Returns None if the event was
        written, else the record that prevents the call: the target's own, or another negotiation
        of the same charges. Events are written one at a time, so the first process wins.
        HeldHomeError in a restored home, or if the log has lost events.
        """
        with self._engine.begin() as connection:
            lock_transaction(connection, _LOCK)
            require_released(connection)
            self._require_whole(connection)
            record = latest_record(connection, call.seller_id, call.kind, call.target)
            has_lapsed = record is not None and record.has_lapsed(now)
            if (record.state if record else None) not in tuple(allowed) and not has_lapsed:
                return record
            if (blocking := blocking_record(connection, call, now)) is not None:
                return blocking
            head = self._append(connection, call, "sending", now, "about to be called")
        self._anchor_head(head)
        return None

    def record(
        self, call: Call, state: str, now: datetime, detail: str, only_after: Iterable[str] = ()
    ) -> bool:
        """Records a state of a call; false if its current state is no longer in `only_after`."""
        with self._engine.begin() as connection:
            lock_transaction(connection, _LOCK)
            if only_after and call_state(connection, call) not in tuple(only_after):
                return False
            is_whole = self._loss(connection) is None
            detail = encode_text(detail)
            if is_whole:
                head = self._append(connection, call, state, now, detail)
            else:  # the seal and the file stay as the evidence of what is missing
                _append(connection, call, state, now, detail)
        if is_whole:
            self._anchor_head(head)
        return True

    def latest(self, seller_id: str, kind: str, target: str) -> CallRecord | None:
        """The newest call for a target; None if none was started."""
        with self._engine.connect() as connection:
            return latest_record(connection, seller_id, kind, target)

    def blocking_record(self, call: Call, now: datetime) -> CallRecord | None:
        """Another negotiation of some of the same charges, which prevents this one; else None."""
        with self._engine.connect() as connection:
            return blocking_record(connection, call, now)

    def open_records(self, seller_id: str, plan_id: str, kind: str) -> list[CallRecord]:
        """The calls of one plan and kind that are in doubt, by target."""
        with self._engine.connect() as connection:
            records = (
                latest_record(connection, seller_id, kind, target)
                for target in targets_of_plan(connection, seller_id, plan_id, kind)
            )
            return [record for record in records if record and record.is_open]

    def calls(self) -> list[dict[str, Any]]:
        """One object for each call, oldest first, as `act log --json` prints it.

        `detail` is in English; it can be translated unless an earlier version wrote it.
        """
        return calls_of_events(self._events())

    def calls_of(self, seller_id: str) -> list[dict[str, Any]]:
        """The calls of one seller, oldest first, each with its `target` too."""
        rows = self._events(ACTION_EVENTS.c.seller_id == seller_id)
        targets = {row["call_id"]: row["target"] for row in rows}
        return [{**call, "target": targets[call["id"]]} for call in calls_of_events(rows)]

    def find(self, call_id: str) -> Call:
        """A call by its id; InputError if there is none."""
        for row in self._events():
            if row["call_id"] == call_id:
                return call_of(row)
        raise InputError(f"no call {call_id!r} in the log; smartinst act log lists them")

    def first_broken_event(self) -> int | None:
        """The first event that was changed or follows a missing one; None if there is none."""
        previous = FIRST_HASH
        for number, row in enumerate(self._events(), start=1):
            is_intact = row["previous"] == previous and row["hash"] == event_hash(row)
            if row["number"] != number or not is_intact:
                return number
            previous = row["hash"]
        return None

    def head(self) -> tuple[int, str]:
        """The number of events and the last hash; compare with a copy to detect a truncated log."""
        events = self._events()
        return len(events), events[-1]["hash"] if events else FIRST_HASH

    def tail_problem(self) -> str | None:
        """How the end of the log differs from its seal and its anchor; None if it does not."""
        if self._anchor is None:
            return None
        with reading(self._engine) as connection:
            lock_transaction(connection, _LOCK)
            return self._anchor.problem(connection, hashes_by_number(connection))

    def require_whole(self) -> None:
        """HeldHomeError if the log has lost events: the database may be an older one."""
        with reading(self._engine) as connection:
            lock_transaction(connection, _LOCK)
            self._require_whole(connection)

    def accept(self) -> Head:
        """Seals and notes the log as it is, even if events are missing; returns its last event."""
        with self._engine.begin() as connection:
            lock_transaction(connection, _LOCK)
            hashes = hashes_by_number(connection)
            head = Head(len(hashes), hashes.get(len(hashes), FIRST_HASH))
            if self._anchor is not None:
                self._anchor.seal(connection, head)
        self._anchor_head(head)
        return head

    def _require_whole(self, connection: Connection) -> None:
        if loss := self._loss(connection):
            raise HeldHomeError(
                f"{loss}; the database may be an older one", "smartinst act verify --accept"
            )

    def _loss(self, connection: Connection) -> str | None:
        return self._anchor.loss(connection, hashes_by_number(connection)) if self._anchor else None

    def _append(
        self, connection: Connection, call: Call, state: str, now: datetime, detail: str
    ) -> Head:
        """Writes an event, and seals it as the last one in the same transaction."""
        head = _append(connection, call, state, now, detail)
        if self._anchor is not None:
            self._anchor.seal(connection, head)
        return head

    def _anchor_head(self, head: Head) -> None:
        """Notes the last event in the home, after it is committed."""
        if self._anchor is not None:
            self._anchor.write_file(head)

    def _events(self, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            query = select(ACTION_EVENTS).where(*where).order_by(ACTION_EVENTS.c.number)
            return fetch_rows(connection, query)


def _append(connection: Connection, call: Call, state: str, now: datetime, detail: str) -> Head:
    columns = ACTION_EVENTS.c
    last_event = connection.execute(
        select(columns.number, columns.hash).order_by(columns.number.desc()).limit(1)
    ).first()
    row = {
        **call.__dict__,
        "number": last_event.number + 1 if last_event else 1,
        "state": state,
        "at": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "owner": socket.gethostname()[:255],
        "detail": detail,
        "previous": last_event.hash if last_event else FIRST_HASH,
    }
    head = Head(row["number"], event_hash(row))
    connection.execute(insert(ACTION_EVENTS).values(**row, hash=head.hash))
    return head
