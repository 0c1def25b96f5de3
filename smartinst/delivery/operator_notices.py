"""Notices to the operator: recorded with the change they describe, mailed in one message per tick.

    waiting ──▶ sending (committed first) ──▶ told | in_doubt | waiting (tried again, with back-off)

A notice in doubt is sent again with a remark: a seller must not get a message twice, but the
operator must not miss one. A notice that has waited longer than MAX_AGE, or for which no operator
is configured, is recorded but not sent.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select, update

from smartinst.database.engine import fetch_rows, portable_insert
from smartinst.database.schema import ACTION_EVENTS, NOTICES
from smartinst.database.text import instant_text, storable_text
from smartinst.delivery.delivery_ledger import back_off, new_message_id
from smartinst.settings import Settings

if TYPE_CHECKING:
    from smartinst.delivery.transport.send_result import SendResult
    from smartinst.delivery.transport.verified_message import VerifiedMessage

MAX_AGE: Final = timedelta(days=7)
MAX_NOTICES: Final = 500
"""The most notices in one message."""

LAST_ACTION: Final = "for your records: the last event of the log of actions is"
"""Beginning of the notice that is not about a problem."""

LIST_COLUMNS: Final = ("said_at", "state", "attempts", "said", "reason")


def record_notice(connection: Connection, text: str, now: datetime) -> None:
    """Records a problem in the current transaction; the same text only once a day (UTC)."""
    notice = storable_text(" ".join(text.split()))
    row = {
        "id": str(uuid.uuid4()),
        "day": now.astimezone(UTC).date().isoformat(),
        "digest": hashlib.sha256(notice.encode()).hexdigest(),
        "said": notice,
        "said_at": instant_text(now),
        "state": "waiting",
        "attempts": 0,
        "next_at": instant_text(now),
    }
    connection.execute(portable_insert(connection, NOTICES).on_conflict_do_nothing().values(row))


def list_notices(connection: Connection) -> list[dict[str, Any]]:
    """Every notice, oldest first, as `schedule notices --json` prints it."""
    columns = NOTICES.c
    query = select(*(columns[name] for name in LIST_COLUMNS))
    return fetch_rows(connection, query.order_by(columns.said_at, columns.said))


def send_notices(connection: Connection, settings: Settings, now: datetime) -> None:
    """Mails the waiting notices to [mail] operator, if set. Commits; a server fault raises nothing.

    The caller has the scheduler's lock: a notice in state `sending` is from a process that died.
    """
    columns = NOTICES.c
    _note_last_action(connection, now)
    _update(connection, columns.state == "sending", state="in_doubt", next_at=instant_text(now))
    is_unsent = columns.state.in_(("waiting", "in_doubt"))
    is_too_old = (
        columns.said_at < instant_text(now - MAX_AGE)
        if settings.mail.operator
        else columns.id.is_not(None)
    )
    _update(connection, is_unsent & is_too_old, state="kept")
    query = select(NOTICES).where(is_unsent, columns.next_at <= instant_text(now))
    query = query.order_by(columns.said_at, columns.said).limit(MAX_NOTICES)
    rows = fetch_rows(connection, query)
    if rows and settings.mail.operator:
        _send(connection, rows, settings.mail.operator, settings, now)
    connection.commit()


def _note_last_action(connection: Connection, now: datetime) -> None:
    """Records the last event of the log of actions once, so that a copy of it leaves this machine.

    `act verify` prints the same number and hash, unless the log was cut off.
    """
    events = ACTION_EVENTS.c
    query = select(events.number, events.hash).order_by(events.number.desc()).limit(1)
    if (last_event := connection.execute(query).first()) is None:
        return
    notice = f"{LAST_ACTION} {last_event.number}, hash {last_event.hash}"
    if connection.execute(select(NOTICES.c.id).where(NOTICES.c.said == notice)).first() is None:
        record_notice(connection, notice, now)


def _send(
    connection: Connection,
    rows: Sequence[dict[str, Any]],
    operator: str,
    settings: Settings,
    now: datetime,
) -> None:
    from smartinst.delivery.transport.folder import open_transport
    from smartinst.delivery.transport.send_result import Refused
    from smartinst.delivery.transport.verified_message import HeaderMismatchError

    message_id = new_message_id(settings.mail.sender)
    condition = NOTICES.c.id.in_([row["id"] for row in rows])
    attempts = max(row["attempts"] for row in rows) + 1
    try:
        message = _message(rows, operator, message_id, settings, now)
    except HeaderMismatchError as error:
        _record_result(connection, condition, Refused(str(error)), attempts, now)
        return
    _update(connection, condition, state="sending", message_id=message_id, attempts=attempts)
    connection.commit()
    with open_transport(settings) as transport:
        result = transport.send(message)
    _record_result(connection, condition, result, attempts, now)


def _record_result(
    connection: Connection, condition: Any, result: SendResult, attempts: int, now: datetime
) -> None:
    """Records the result of one message; notices that were not sent wait for their back-off."""
    from smartinst.delivery.transport.send_result import InDoubt, Sent

    if isinstance(result, Sent):
        _update(connection, condition, state="told", reason=None)
        return
    _update(
        connection,
        condition,
        state="in_doubt" if isinstance(result, InDoubt) else "waiting",
        reason=storable_text(result.reason),
        attempts=attempts,
        next_at=instant_text(now + back_off(attempts)),
    )
    logging.getLogger(__name__).warning("notices to the operator not sent: %s", result.reason)


def _message(
    rows: Sequence[dict[str, Any]],
    operator: str,
    message_id: str,
    settings: Settings,
    now: datetime,
) -> VerifiedMessage:
    """All notices in one message in English."""
    from smartinst.addresses import Mailbox, parse_mailbox
    from smartinst.delivery.message import new_message
    from smartinst.delivery.transport.verified_message import ExpectedHeaders, verify_message

    problems = [row for row in rows if not row["said"].startswith(LAST_ACTION)]
    first_at = (problems or rows)[0]["said_at"]
    subject = f"smartinst: {_count(len(rows), len(problems))}, the first at {first_at}"
    message = new_message(settings, Mailbox("", operator), subject, now, message_id)
    message.set_content(_text(rows), headers=["Content-Language: en"])
    sender = parse_mailbox(settings.mail.sender)
    return verify_message(message, ExpectedHeaders(sender, operator, message_id, "en"))


def _count(notices: int, problems: int) -> str:
    """The number of problems (`2 problems`); that of notices if none is about a problem."""
    number, noun = (problems, "problem") if problems else (notices, "notice")
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _text(rows: Sequence[dict[str, Any]]) -> str:
    doubt = " (you may already have received this)"
    notices = [f"{row['said']}{doubt if row['state'] == 'in_doubt' else ''}" for row in rows]
    commands = "smartinst deliveries list, smartinst runs list, smartinst schedule notices"
    return "\n\n".join([*notices, commands]) + "\n"


def _update(connection: Connection, condition: Any, **values: Any) -> None:
    connection.execute(update(NOTICES).where(condition).values(values))
