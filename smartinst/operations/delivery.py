"""From a run that was made to a mail that left: asked for, checked, sent over one connection, each step committed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from smartinst.errors import ConfigurationError, ReportError, SmartinstError
from smartinst.operations import deliveries, run_history
from smartinst.operations.artifacts import sha256
from smartinst.operations.definitions import Definition, seller_of
from smartinst.operations.progress import Tick, name_of
from smartinst.settings import Settings


def ask(
    connection: Connection, run: dict[str, Any], definition: Definition, settings: Settings, now: datetime, done: Tick
) -> None:
    """The messages of a run that was made: queued, held by a gate, or none where its condition does not hold."""
    from smartinst.operations import conditions, gates

    if definition.delivery is None:
        connection.commit()
        return
    last = run_history.last_measures(connection, run["report"], run["seller_id"], run["period"])
    try:
        when = definition.schedule.when if definition.schedule else "always"
        if not conditions.holds(when, run["measures"], last or None):
            run_history.note(connection, run["run_id"], f"not sent: {when} does not hold")
            connection.commit()
            return
        files = {kind: (Path(one["path"]), one["sha256"]) for kind, one in run["artifacts"].items()}
        reasons = gates.failed(definition, run["measures"], files, files["ipynb"][0], last or None, now)
    except SmartinstError as error:
        reasons = [str(error)]
    for recipient in _addresses(definition, run, settings, done):
        state = deliveries.put(connection, run, recipient, run["artifacts"], settings.mail.sender, now, reasons)
        if state == "held":
            done.counts["held"] += 1
            done.problems.append(f"{name_of(run)}: held: {'; '.join(reasons)}")
    connection.commit()


def _addresses(definition: Definition, run: Mapping[str, Any], settings: Settings, done: Tick) -> list[str]:
    """Whom a run's message goes to; for the operator nobody, and a problem, while [mail] operator is not set."""
    to = definition.delivery.to if definition.delivery else ()
    if to == "seller":
        return [seller_of(run["seller_id"], settings).email]
    if to != "operator":
        return list(to)
    if settings.mail.operator is None:
        done.problems.append(f"{name_of(run)}: not sent: [mail] operator is not set")
        return []
    return [settings.mail.operator]


def deliver(connection: Connection, known: Mapping[str, Definition], settings: Settings, now: datetime, done: Tick) -> None:
    """Sends what is queued, over one connection; what each message's ending means stands in smtp.py."""
    waiting = deliveries.ready(connection, now)
    connection.commit()
    if not waiting:
        return
    from smartinst.operations.folder import outlet

    with outlet(settings) as line:
        for row in waiting:
            try:
                message = _message(row, known, settings, now)
            except (SmartinstError, OSError) as error:
                deliveries.settle(connection, row, "held", str(error), now)
                connection.commit()
                done.counts["held"] += 1
                done.problems.append(f"{name_of(row)}: held: {error}")
                continue
            deliveries.set_sending(connection, row, now)
            connection.commit()
            _settle(connection, row, line.send(message, row["recipient"]), now, done)


def _message(row: Mapping[str, Any], known: Mapping[str, Definition], settings: Settings, now: datetime) -> Any:
    """The message of a delivery from the files it was asked for with; ReportError when one of them is another now."""
    from smartinst.operations.mail import compose

    if row["report"] not in known:
        raise ConfigurationError(f"report {row['report']!r} is not defined any more")
    files = json.loads(row["files"])
    for one in files.values():
        if sha256(Path(one["path"])) != one["sha256"]:
            raise ReportError(f"{Path(one['path']).name}: not the file that was made: its SHA-256 differs")
    paths = {kind: Path(one["path"]) for kind, one in files.items()}
    seller = seller_of(row["seller_id"], settings)
    if seller.email != row["recipient"]:
        seller = seller.model_copy(update={"email": row["recipient"]})
    definition = known[row["report"]]
    return compose(paths["ipynb"], paths, seller, definition, row["period"], row["message_id"], settings, date=now)


def _settle(connection: Connection, row: Mapping[str, Any], answer: Any, now: datetime, done: Tick) -> None:
    from smartinst.operations.smtp import InDoubt, Ours, Refused, Sent

    states = {Sent: "sent", Refused: "refused", InDoubt: "in_doubt"}
    state = states.get(type(answer), "queued")
    reason = "" if isinstance(answer, Sent) else answer.reason
    deliveries.settle(connection, row, state, reason, now)
    connection.commit()
    done.counts[state] += 1
    if state in ("refused", "in_doubt") or isinstance(answer, Ours):
        done.problems.append(f"{name_of(row)}: {state.replace('_', ' ')}: {reason}")
