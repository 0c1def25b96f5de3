"""Notices to the operator: on record together with what they tell of, and mailed once a tick, all in one message.

    waiting ──▶ sending (committed first) ──▶ told | in_doubt | waiting (not taken: tried again, later and later)

One in doubt is told again, marked as such: to a seller a second mail is worse than none, to an operator silence is.
What waited longer than KEPT_FOR, or has nobody to be told to, is kept on record only.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from smartinst.database.schema import NOTICES
from smartinst.database.text import instant_text, storable_text
from smartinst.delivery.delivery_ledger import back_off, new_message_id
from smartinst.settings import Settings

KEPT_FOR: Final = timedelta(days=7)
MOST_AT_ONCE: Final = 500
LISTED: Final = ("said_at", "state", "attempts", "said", "reason")


def note(connection: Connection, said: str, now: datetime) -> None:
    """Puts a problem on record, in the transaction of what it tells of; the same words once a day."""
    words, columns = storable_text(" ".join(said.split())), NOTICES.c
    key = {
        "day": now.astimezone(UTC).date().isoformat(),
        "digest": hashlib.sha256(words.encode()).hexdigest(),
    }
    if connection.execute(
        select(columns.id).where(columns.day == key["day"], columns.digest == key["digest"])
    ).first():
        return
    at = instant_text(now)
    row = {
        **key,
        "id": str(uuid.uuid4()),
        "said": words,
        "said_at": at,
        "state": "waiting",
        "attempts": 0,
        "next_at": at,
    }
    connection.execute(insert(NOTICES).values(row))


def listed(connection: Connection) -> list[dict[str, Any]]:
    """Every notice, oldest first, as `schedule notices --json` prints it."""
    wanted = select(*(NOTICES.c[name] for name in LISTED)).order_by(
        NOTICES.c.said_at, NOTICES.c.said
    )
    return [dict(row) for row in connection.execute(wanted).mappings()]


def tell(connection: Connection, settings: Settings, now: datetime) -> None:
    """Mails what waits to [mail] operator, where one is set; never raises for what a server does. Commits.

    Called by whoever holds the scheduler's lock: what is being sent then, was being sent by somebody who died.
    """
    columns = NOTICES.c
    _set(connection, columns.state == "sending", state="in_doubt", next_at=instant_text(now))
    is_too_late = (
        columns.said_at < instant_text(now - KEPT_FOR)
        if settings.mail.operator
        else columns.id.is_not(None)
    )
    _set(connection, columns.state.in_(("waiting", "in_doubt")) & is_too_late, state="kept")
    wanted = select(NOTICES).where(
        columns.state.in_(("waiting", "in_doubt")), columns.next_at <= instant_text(now)
    )
    rows = (
        connection.execute(wanted.order_by(columns.said_at, columns.said).limit(MOST_AT_ONCE))
        .mappings()
        .all()
    )
    if rows and settings.mail.operator:
        _send(connection, [dict(row) for row in rows], settings.mail.operator, settings, now)
    connection.commit()


def _send(
    connection: Connection,
    rows: Sequence[dict[str, Any]],
    operator: str,
    settings: Settings,
    now: datetime,
) -> None:
    from smartinst.delivery.transport.folder import outlet
    from smartinst.delivery.transport.smtp import InDoubt, Sent

    message_id = new_message_id(settings.mail.sender)
    message = _message(rows, operator, message_id, settings, now)
    these, attempts = (
        NOTICES.c.id.in_([row["id"] for row in rows]),
        max(row["attempts"] for row in rows) + 1,
    )
    _set(connection, these, state="sending", message_id=message_id, attempts=attempts)
    connection.commit()
    with outlet(settings) as line:
        answer = line.send(message, operator)
    if isinstance(answer, Sent):
        _set(connection, these, state="told", reason=None)
        return
    state = "in_doubt" if isinstance(answer, InDoubt) else "waiting"
    _set(
        connection,
        these,
        state=state,
        reason=storable_text(answer.reason),
        next_at=instant_text(now + back_off(attempts)),
    )
    logging.getLogger(__name__).warning("the operator could not be told: %s", answer.reason)


def _message(
    rows: Sequence[dict[str, Any]],
    operator: str,
    message_id: str,
    settings: Settings,
    now: datetime,
) -> EmailMessage:
    from smartinst.delivery.message import POLICY, address, sender

    message = EmailMessage(policy=POLICY)
    message["From"] = sender(settings)
    message["To"] = address("", operator, where="[mail] operator")
    count = f"{len(rows)} problem{'s' if len(rows) > 1 else ''}"
    message["Subject"] = f"smartinst: {count}, the first at {rows[0]['said_at']}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    lines = [
        row["said"] + (" (you may have been told before)" if row["state"] == "in_doubt" else "")
        for row in rows
    ]
    told = "\n\n".join(lines)
    message.set_content(
        f"{told}\n\nsmartinst deliveries list, smartinst runs list, smartinst schedule notices\n"
    )
    return message


def _set(connection: Connection, which: Any, **values: Any) -> None:
    connection.execute(update(NOTICES).where(which).values(values))
