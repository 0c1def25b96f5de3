"""The log of actions: append-only, each event sealed by the hash of the one before.

A call is begun by a `sending` event, committed before anything is sent, and ended by done, not_done or in_doubt. One
whose last event is `sending` was interrupted: it is in doubt.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, text

from smartinst.database.schema import ACTION_EVENTS
from smartinst.errors import InputError

FIRST_HASH: Final = "0" * 64
STATES: Final = ("done", "not_done", "in_doubt")
_SEALED: Final = tuple(column.name for column in ACTION_EVENTS.columns if column.name != "hash")
_LOCK: Final = 7_241_002
NEGOTIATION_LASTS: Final = timedelta(days=7)
"""A buyer may still pay what was negotiated so long ago; no second negotiation of the same charges before."""


@dataclass(frozen=True)
class Call:
    """One call to be made of the platform: what it is for, and for how much (minor units of `currency`)."""

    call_id: str
    seller_id: str
    plan_id: str
    kind: str
    target: str
    transaction: str | None
    installment: int | None
    amount_minor: int | None
    currency: str | None

    @property
    def numbers(self) -> set[int]:
        """The charges of a negotiation, which its target names; none of any other call."""
        return negotiated_charges(self.kind, self.target)


def negotiated_charges(kind: str, target: str) -> set[int]:
    """The charges that a negotiation's target names; none of any other call's."""
    return (
        {int(one) for one in target.partition(":")[2].split(",") if one}
        if kind == "reprocess"
        else set()
    )


@dataclass(frozen=True)
class CallRecord:
    """What the log knows of a target: its newest call, the state of that, since when, and who said so.

    `sent_at` is when each of its calls that nobody has settled was made, oldest first: any of them may have landed.
    """

    call: Call
    state: str
    at: datetime
    requested_at: datetime
    sent_at: tuple[datetime, ...]
    owner: str

    @property
    def is_open(self) -> bool:
        """Whether nobody knows what became of it."""
        return self.state in ("sending", "in_doubt")

    def has_lapsed(self, now: datetime) -> bool:
        """Whether it was a negotiation that a buyer cannot pay any more: its charges may be negotiated anew."""
        return (
            self.call.kind == "reprocess"
            and self.state == "done"
            and now - self.at >= NEGOTIATION_LASTS
        )


class ActionLog:
    """The log in one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, call: Call, now: datetime, allowed: Iterable[str | None]) -> CallRecord | None:
        """Writes that a call is about to be made, unless its target's state is none of those allowed (null: none yet).

        Null when it was written; else what is known: of the target, or of another negotiation of the same charges.
        Whoever comes first has it: events are written one at a time.
        """
        with self._engine.begin() as connection:
            _alone(connection)
            known = _newest(connection, call.seller_id, call.kind, call.target)
            if (known.state if known else None) not in tuple(allowed) and not (
                known and known.has_lapsed(now)
            ):
                return known
            if (other := _overlapping(connection, call, now)) is not None:
                return other
            _append(connection, call, "sending", now, "about to be called")
        return None

    def say(
        self, call: Call, state: str, now: datetime, detail: str, only_after: Iterable[str] = ()
    ) -> bool:
        """Adds what became known of a call; not (false) where its state is none of `only_after` any more."""
        with self._engine.begin() as connection:
            _alone(connection)
            if only_after and _state(connection, call) not in tuple(only_after):
                return False
            _append(connection, call, state, now, " ".join(detail.split())[:500])
        return True

    def known(self, seller_id: str, kind: str, target: str) -> CallRecord | None:
        """The newest call for a target; null where none was ever begun."""
        with self._engine.connect() as connection:
            return _newest(connection, seller_id, kind, target)

    def held_by(self, call: Call, now: datetime) -> CallRecord | None:
        """Another negotiation of some of the same charges, beside which this one is not begun; null where there is none."""
        with self._engine.connect() as connection:
            return _overlapping(connection, call, now)

    def open_of(self, seller_id: str, plan_id: str, kind: str) -> list[CallRecord]:
        """What is in doubt of one plan and kind, by target."""
        with self._engine.connect() as connection:
            found = (
                _newest(connection, seller_id, kind, one)
                for one in _targets(connection, seller_id, plan_id, kind)
            )
            return [known for known in found if known and known.is_open]

    def calls(self) -> list[dict[str, Any]]:
        """One object a call, oldest first, as `act log --json` prints it (docs/contracts.md §6)."""
        return _calls(self._events())

    def calls_of(self, seller_id: str) -> list[dict[str, Any]]:
        """The calls of one seller, oldest first; each has its `target` too, which is what one at a time acts on."""
        rows = self._events(ACTION_EVENTS.c.seller_id == seller_id)
        targets = {row["call_id"]: row["target"] for row in rows}
        return [{**one, "target": targets[one["id"]]} for one in _calls(rows)]

    def find(self, call_id: str) -> Call:
        """A call by its id; InputError when there is none."""
        for row in self._events():
            if row["call_id"] == call_id:
                return _call(row)
        raise InputError(f"no call {call_id!r} in the log; smartinst act log lists them")

    def broken_at(self) -> int | None:
        """The number of the first event that was changed, or that another was taken away before; null when all hold."""
        before = FIRST_HASH
        for place, row in enumerate(self._events(), start=1):
            if row["number"] != place or row["previous"] != before or row["hash"] != _hash(row):
                return place
            before = row["hash"]
        return None

    def head(self) -> tuple[int, str]:
        """How many events there are, and the hash of the last: note it elsewhere, and a cut end shows too."""
        events = self._events()
        return len(events), events[-1]["hash"] if events else FIRST_HASH

    def _events(self, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            wanted = select(ACTION_EVENTS).where(*where).order_by(ACTION_EVENTS.c.number)
            return [dict(row) for row in connection.execute(wanted).mappings()]


def _calls(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls that events tell of, each with its last state."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        call = found.setdefault(row["call_id"], _begun(row))
        call["state"] = "in_doubt" if row["state"] == "sending" else row["state"]
        call["detail"] = row["detail"]
    return list(found.values())


def _alone(connection: Connection) -> None:
    """Writers take turns: SQLite's transactions begin so by themselves."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _append(connection: Connection, call: Call, state: str, now: datetime, detail: str) -> None:
    columns = ACTION_EVENTS.c
    last = connection.execute(
        select(columns.number, columns.hash).order_by(columns.number.desc()).limit(1)
    ).first()
    row = {
        **call.__dict__,
        "number": last.number + 1 if last else 1,
        "state": state,
        "at": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "owner": socket.gethostname()[:255],
        "detail": detail,
        "previous": last.hash if last else FIRST_HASH,
    }
    connection.execute(insert(ACTION_EVENTS).values(**row, hash=_hash(row)))


def _hash(row: dict[str, Any]) -> str:
    sealed = {name: row[name] for name in _SEALED}
    return hashlib.sha256(
        json.dumps(sealed, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def _newest(connection: Connection, seller_id: str, kind: str, target: str) -> CallRecord | None:
    columns = ACTION_EVENTS.c
    wanted = (
        select(ACTION_EVENTS)
        .where(columns.seller_id == seller_id, columns.kind == kind, columns.target == target)
        .order_by(columns.number)
    )
    rows = [dict(row) for row in connection.execute(wanted).mappings()]
    if not rows:
        return None
    call = _call(max(rows, key=lambda row: row["number"] if row["state"] == "sending" else 0))
    of_call = [row for row in rows if row["call_id"] == call.call_id]
    last = of_call[-1]
    begun = _instant(of_call[0]["at"])
    settled = max(
        (row["number"] for row in rows if row["state"] in ("done", "not_done")), default=0
    )
    sent = tuple(
        _instant(row["at"]) for row in rows if row["number"] > settled and row["state"] == "sending"
    )
    return CallRecord(
        call, last["state"], _instant(last["at"]), begun, sent or (begun,), last["owner"]
    )


def _targets(connection: Connection, seller_id: str, plan_id: str, kind: str) -> list[str]:
    columns = ACTION_EVENTS.c
    of_plan = (columns.seller_id == seller_id, columns.plan_id == plan_id, columns.kind == kind)
    return list(
        connection.execute(
            select(columns.target).where(*of_plan).distinct().order_by(columns.target)
        ).scalars()
    )


def _overlapping(connection: Connection, call: Call, now: datetime) -> CallRecord | None:
    """Another negotiation that holds a charge of this one: two slips for one charge could both be paid."""
    if call.kind != "reprocess":
        return None
    for target in _targets(connection, call.seller_id, call.plan_id, call.kind):
        known = (
            _newest(connection, call.seller_id, call.kind, target)
            if target != call.target
            else None
        )
        if (
            known
            and known.call.numbers & call.numbers
            and known.state != "not_done"
            and not known.has_lapsed(now)
        ):
            return known
    return None


def _state(connection: Connection, call: Call) -> str | None:
    columns = ACTION_EVENTS.c
    newest = (
        select(columns.state)
        .where(columns.call_id == call.call_id)
        .order_by(columns.number.desc())
        .limit(1)
    )
    state: str | None = connection.execute(newest).scalar()
    return state


def _call(row: dict[str, Any]) -> Call:
    return Call(**{name: row[name] for name in Call.__dataclass_fields__})


def _begun(row: dict[str, Any]) -> dict[str, Any]:
    names = (
        "seller_id",
        "plan_id",
        "kind",
        "transaction",
        "installment",
        "amount_minor",
        "currency",
    )
    at = _instant(row["at"]).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "id": row["call_id"],
        **{name: row[name] for name in names},
        "state": "",
        "requested_at": at,
        "detail": "",
    }


def _instant(said: str) -> datetime:
    return datetime.fromisoformat(said)
