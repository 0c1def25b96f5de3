"""From a run that was made to a mail that left: asked for, checked, sent over one connection, each step committed."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from smartinst.delivery import delivery_ledger, run_history
from smartinst.delivery.tick_report import Tick, name_of
from smartinst.errors import ConfigurationError, ReportError, SmartinstError
from smartinst.runs.artifacts import sha256
from smartinst.runs.definitions import Definition, seller_of
from smartinst.settings import Settings

if TYPE_CHECKING:
    from smartinst.delivery.transport.folder import Outlet


def ask(
    connection: Connection,
    run: dict[str, Any],
    definition: Definition,
    settings: Settings,
    now: datetime,
    done: Tick,
) -> None:
    """The messages of a run that was made: queued, held by a gate, or none where its condition does not hold."""
    from smartinst.delivery import gates
    from smartinst.runs import conditions

    if definition.delivery is None:
        connection.commit()
        return
    which = connection, run["report"], run["seller_id"], run["period"]
    last, told = run_history.last_measures(*which), run_history.last_measures(*which, told=True)
    try:
        when = definition.schedule.when if definition.schedule else "always"
        if not conditions.holds(when, run["measures"], told or None):
            run_history.note(connection, run["run_id"], f"not sent: {when} does not hold")
            connection.commit()
            return
        whose = seller_of(run["seller_id"], settings).id
        files = {kind: (Path(one["path"]), one["sha256"]) for kind, one in run["artifacts"].items()}
        reasons = gates.failed(
            definition, run["measures"], files, files["ipynb"][0], last or None, now, whose
        )
    except SmartinstError as error:
        reasons = [str(error)]
    except Exception as error:  # measures are a notebook's own words: whatever they hold, it is this one run's fault
        reasons = [f"its measures cannot be read: {type(error).__name__}: {error}"]
    for recipient in _addresses(connection, definition, run, settings, done):
        state = delivery_ledger.put(
            connection, run, recipient, run["artifacts"], settings.mail.sender, now, reasons
        )
        if state == "held":
            done.counts["held"] += 1
            done.tell(connection, f"{name_of(run)}: held: {'; '.join(reasons)}")
    connection.commit()


def _addresses(
    connection: Connection,
    definition: Definition,
    run: Mapping[str, Any],
    settings: Settings,
    done: Tick,
) -> list[str]:
    """Whom a run's message goes to; for the operator nobody, and a problem, while [mail] operator is not set."""
    to = definition.delivery.to if definition.delivery else ()
    if to == "seller":
        return [seller_of(run["seller_id"], settings).email]
    if to != "operator":
        return list(to)
    if settings.mail.operator is None:
        said = "not sent: [mail] operator is not set"
        run_history.note(connection, run["run_id"], said)
        done.tell(connection, f"{name_of(run)}: {said}")
        return []
    return [settings.mail.operator]


def deliver(
    connection: Connection,
    known: Mapping[str, Definition],
    settings: Settings,
    now: datetime,
    done: Tick,
    line: Outlet,
    wait: Container[str] = (),
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Sends what is queued over a line, while it `goes_on`, but of the reports in `wait`.

    What each message's ending means stands in smtp.py.
    """
    waiting = [row for row in delivery_ledger.ready(connection, now) if row["report"] not in wait]
    connection.commit()
    for row in waiting:
        if not goes_on():
            return
        try:
            message = _message(row, known, settings, now)
        except Exception as error:  # a file, a recipient, a page: of this message alone
            said = (
                str(error)
                if isinstance(error, SmartinstError)
                else f"{type(error).__name__}: {error}"
            )
            delivery_ledger.settle(connection, row, "held", said, now)
            done.counts["held"] += 1
            done.tell(connection, f"{name_of(row)}: held: {said}")
            connection.commit()
            continue
        is_ours = delivery_ledger.set_sending(connection, row, now)
        connection.commit()
        if not is_ours:  # settled or taken by somebody else since the list was made
            continue
        _settle(connection, row, line.send(message, row["recipient"]), now, done)


def _message(
    row: Mapping[str, Any], known: Mapping[str, Definition], settings: Settings, now: datetime
) -> Any:
    """The message of a delivery from the files it was asked for with; ReportError when one of them is another now."""
    from smartinst.delivery.message import compose

    if row["report"] not in known:
        raise ConfigurationError(f"report {row['report']!r} is not defined any more")
    files = json.loads(row["files"])
    for one in files.values():
        if sha256(Path(one["path"])) != one["sha256"]:
            raise ReportError(
                f"{Path(one['path']).name}: not the file that was made: its SHA-256 differs"
            )
    paths = {kind: Path(one["path"]) for kind, one in files.items()}
    seller = seller_of(row["seller_id"], settings)
    if seller.email != row["recipient"]:
        seller = seller.model_copy(update={"email": row["recipient"]})
    definition = known[row["report"]]
    return compose(
        paths["ipynb"],
        paths,
        seller,
        definition,
        row["period"],
        row["message_id"],
        settings,
        date=now,
    )


def _settle(
    connection: Connection, row: Mapping[str, Any], answer: Any, now: datetime, done: Tick
) -> None:
    from smartinst.delivery.transport.smtp import InDoubt, Ours, Refused, Sent

    states = {Sent: "sent", Refused: "refused", InDoubt: "in_doubt"}
    state = states.get(type(answer), "queued")
    reason = "" if isinstance(answer, Sent) else answer.reason
    delivery_ledger.settle(connection, row, state, reason, now)
    done.counts[state] += 1
    if state in ("refused", "in_doubt") or isinstance(answer, Ours):
        done.tell(connection, f"{name_of(row)}: {state.replace('_', ' ')}: {reason}")
    connection.commit()
