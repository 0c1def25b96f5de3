"""One tick: what is due is planned, made, checked and sent; whatever happens to it, the next one goes on from there.

Every step is committed before the next begins: plan → (run) → made + message queued → sending → what the server said.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from smartinst.errors import ConfigurationError, SmartinstError
from smartinst.operations import definitions, deliveries, run_history, schedule
from smartinst.operations.definitions import Definition
from smartinst.operations.exclusive import scheduler
from smartinst.settings import Seller, Settings

COUNTS: Final = ("due", "sent", "queued", "held", "refused", "in_doubt", "failed")


@dataclass
class Tick:
    """What a tick did: its counts, and what the operator has to know (never a seller)."""

    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether everything due is sent or queued, and nothing of ours is wrong."""
        return not self.problems

    def document(self) -> dict[str, Any]:
        """As `schedule tick --json` prints it (DESIGN §6)."""
        now = self.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"now": now, **{name: self.counts[name] for name in COUNTS}}


def tick(settings: Settings, engine: Engine, now: datetime) -> Tick:
    """Does everything that is due at `now`; ConfigurationError for a definition that cannot be read."""
    known = {one.name: one for one in definitions.all_of(settings)}
    done = Tick(now)
    with scheduler(engine, settings) as connection:
        _take_over(connection, settings, now, done)
        _plan(connection, known, settings, now, done)
        for run, definition in _make(connection, known, settings, now, done):
            _ask(connection, run, definition, settings, now, done)
        _deliver(connection, known, settings, now, done)
        connection.commit()
    tell_operator(done, settings)
    return done


def rerun(settings: Settings, engine: Engine, run_id: str, now: datetime) -> Tick:
    """Makes a run once more and asks for its message again, unless that went out or may have."""
    known = {one.name: one for one in definitions.all_of(settings)}
    done = Tick(now)
    with scheduler(engine, settings) as connection:
        row = run_history.find(connection, run_id)
        run_history.end(connection, run_id, "planned", now)
        connection.commit()
        for run, definition in _made(connection, [{**row, "attempts": 0}], known, settings, now, done):
            _ask(connection, run, definition, settings, now, done)
    tell_operator(done, settings)
    return done


def _earliest(settings: Settings, now: datetime) -> datetime:
    return now - timedelta(hours=settings.schedule.catch_up_hours)


def _take_over(connection: Connection, settings: Settings, now: datetime, done: Tick) -> None:
    """What a tick that died held, since we hold the lock now."""
    run_history.take_over(connection)
    for row in deliveries.interrupted(connection, now):
        done.counts["in_doubt"] += 1
        done.problems.append(f"{_name(row)}: in doubt: whoever sent it ended before the server's answer")
    for row in deliveries.missed(connection, _earliest(settings, now), now):
        done.problems.append(f"{_name(row)}: missed: it waited until its period was too old")
    connection.commit()


def _plan(connection: Connection, known: Mapping[str, Definition], settings: Settings, now: datetime, done: Tick) -> None:
    catch_up = timedelta(hours=settings.schedule.catch_up_hours)
    for definition in known.values():
        if definition.schedule is None:
            continue
        for seller_id, zone in recipients(definition, settings):
            for period in schedule.due(definition.schedule.cron, zone, now, catch_up, definition.schedule.missed):
                done.counts["due"] += run_history.plan(
                    connection, definition.name, seller_id, period.name, period.instant, now
                )
    connection.commit()


def recipients(definition: Definition, settings: Settings) -> list[tuple[str, ZoneInfo]]:
    """Whom a definition runs for, each with the zone in which its cron is read."""
    if definition.per == "all":
        return [(run_history.ALL_SELLERS, ZoneInfo("UTC"))]
    return [(seller.id, seller.zone) for seller in settings.seller]


def _make(
    connection: Connection, known: Mapping[str, Definition], settings: Settings, now: datetime, done: Tick
) -> Iterator[tuple[dict[str, Any], Definition]]:
    rows = run_history.planned(connection, _earliest(settings, now))
    yield from _made(connection, rows, known, settings, now, done)


def _made(
    connection: Connection,
    rows: list[dict[str, Any]],
    known: Mapping[str, Definition],
    settings: Settings,
    now: datetime,
    done: Tick,
) -> Iterator[tuple[dict[str, Any], Definition]]:
    """Makes runs and yields those that were made, as they come; one that fails is told and stops no other."""
    if not rows:
        return
    from smartinst.ledger.ledger import Ledger
    from smartinst.operations.runs import run_many

    version = Ledger(settings.ledger).version()
    requests, begun = [], {}
    for row in rows:
        request = _request(connection, row, known, settings, done, now)
        if request is None:
            continue
        run_id = run_history.begin(connection, row, {"as_of": row["as_of"]}, version, now)
        request = _into(request, row, run_id, settings)
        requests.append(request)
        begun[request.folder] = {**row, "run_id": run_id}
    connection.commit()
    for outcome in run_many(requests, settings, min(len(requests), os.cpu_count() or 1)):
        run = begun[Path(outcome.folder)]
        if outcome.error is None:
            files = {kind: {"path": path, "sha256": _sha256(Path(path))} for kind, path in outcome.artifacts.items()}
            run_history.end(connection, run["run_id"], "made", now, artifacts=files, measures=outcome.measures)
            yield {**run, "artifacts": files, "measures": outcome.measures}, known[run["report"]]
            continue
        again = outcome.is_lost and run["attempts"] + 1 < run_history.MOST_ATTEMPTS
        run_history.end(connection, run["run_id"], "planned" if again else "failed", now, note=outcome.error)
        connection.commit()
        done.counts["failed"] += 1
        done.problems.append(f"{_name(run)}: {'lost, planned again' if again else 'failed'}: {outcome.error}")


def _request(
    connection: Connection,
    row: Mapping[str, Any],
    known: Mapping[str, Definition],
    settings: Settings,
    done: Tick,
    now: datetime,
) -> Any:
    """The request of a planned run; null, and the run failed, when its report or seller is gone."""
    from smartinst.operations.runs import Request

    try:
        if row["report"] not in known:
            raise ConfigurationError(f"report {row['report']!r} is not defined any more")
        definition = known[row["report"]]
        previous = run_history.last_measures(connection, row["report"], row["seller_id"], row["period"])
        seller = seller_of(row["seller_id"], settings)
        return Request(definition, seller, date.fromisoformat(row["as_of"]), formats=definition.formats, previous=previous)
    except SmartinstError as error:
        run_history.end(connection, row["run_id"], "failed", now, note=str(error))
        done.counts["failed"] += 1
        done.problems.append(f"{_name(row)}: {error}")
        return None


def seller_of(seller_id: str, settings: Settings) -> Seller:
    """The seller of a run; for one over all sellers, the operator."""
    if seller_id != run_history.ALL_SELLERS:
        return settings.find(seller_id)
    return definitions.everyone()


def _into(request: Any, row: Mapping[str, Any], run_id: str, settings: Settings) -> Any:
    from dataclasses import replace

    period = row["period"].replace(":", "-")
    folder = settings.home / "runs" / row["report"] / request.seller.id / period / run_id
    return replace(request, folder=folder)


def _ask(
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
            done.problems.append(f"{_name(run)}: held: {'; '.join(reasons)}")
    connection.commit()


def _addresses(definition: Definition, run: Mapping[str, Any], settings: Settings, done: Tick) -> list[str]:
    """Whom a run's message goes to; for the operator nobody, and a problem, while [mail] operator is not set."""
    to = definition.delivery.to if definition.delivery else ()
    if to == "seller":
        return [seller_of(run["seller_id"], settings).email]
    if to != "operator":
        return list(to)
    if settings.mail.operator is None:
        done.problems.append(f"{_name(run)}: not sent: [mail] operator is not set")
        return []
    return [settings.mail.operator]


def _deliver(
    connection: Connection, known: Mapping[str, Definition], settings: Settings, now: datetime, done: Tick
) -> None:
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
                done.problems.append(f"{_name(row)}: held: {error}")
                continue
            deliveries.set_sending(connection, row, now)
            connection.commit()
            _settle(connection, row, line.send(message, row["recipient"]), now, done)


def _message(row: Mapping[str, Any], known: Mapping[str, Definition], settings: Settings, now: datetime) -> Any:
    """The message of a delivery from the files it was asked for with; ReportError when one of them is another now."""
    from smartinst.errors import ReportError
    from smartinst.operations.mail import compose

    if row["report"] not in known:
        raise ConfigurationError(f"report {row['report']!r} is not defined any more")
    files = json.loads(row["files"])
    for one in files.values():
        if _sha256(Path(one["path"])) != one["sha256"]:
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
        done.problems.append(f"{_name(row)}: {state.replace('_', ' ')}: {reason}")


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['report']} of {row['seller_id']}, {row['period']}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tell_operator(done: Tick, settings: Settings) -> None:
    """Sends the problems of a tick to [mail] operator, where one is set; they stand in the ledger all the same."""
    if not done.problems or not settings.mail.operator:
        return
    from email.message import EmailMessage

    from smartinst.operations.folder import outlet
    from smartinst.operations.smtp import Sent

    message = EmailMessage()
    message["From"], message["To"] = settings.mail.sender, settings.mail.operator
    message["Subject"] = f"smartinst: {len(done.problems)} problems at {run_history.text_of(done.now)}"
    message["Message-ID"] = deliveries.new_message_id(settings.mail.sender)
    message.set_content("\n".join(done.problems) + "\n\nsmartinst deliveries list, smartinst runs list\n")
    with outlet(settings) as line:
        answer = line.send(message, settings.mail.operator)
    if not isinstance(answer, Sent):
        logging.getLogger(__name__).warning("the operator could not be told: %s", answer.reason)
