"""One tick: what is due is planned, made, checked and sent; whatever happens to it, the next one goes on from there.

Every step is committed before the next begins: plan → (run) → made + message queued → sending → what the server said.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine

from smartinst.database.text import instant_text
from smartinst.delivery import delivery_ledger, operator_notices, run_history
from smartinst.delivery.dispatch import ask, deliver
from smartinst.delivery.scheduled_runs import make, plan
from smartinst.delivery.scheduler_lock import scheduler
from smartinst.delivery.tick_report import Tick, name_of
from smartinst.errors import ConfigurationError
from smartinst.runs import definitions
from smartinst.settings import Settings

BATCH: Final = 20
"""Messages leave whenever so many reports were made, not after the last of a thousand. The making pauses meanwhile."""


def tick(
    settings: Settings,
    engine: Engine,
    now: datetime,
    goes_on: Callable[[], bool] = lambda: True,
    batch: int = BATCH,
) -> Tick:
    """Does everything that is due at `now`; no further message is sent once it no longer `goes_on`.

    A definition with a mistake is told; its runs and messages wait until it is mended, all others go on.
    """
    from smartinst.delivery.transport.folder import outlet

    known, mistakes = definitions.load_definitions(settings)
    done = Tick(now)
    with scheduler(engine, settings) as connection:
        _take_over(connection, settings, done)
        for said in mistakes.values():
            done.tell(connection, said)
        plan(connection, known, settings, done)
        rows = [row for row in run_history.planned(connection) if row["report"] not in mistakes]
        connection.commit()
        with outlet(
            settings
        ) as line:  # one for all batches: a login that fails is not tried again at each
            for count, (run, definition) in enumerate(
                make(connection, rows, known, settings, done), 1
            ):
                ask(connection, run, definition, settings, now, done)
                if count % batch == 0:
                    deliver(connection, known, settings, now, done, line, mistakes, goes_on)
            deliver(connection, known, settings, now, done, line, mistakes, goes_on)
        operator_notices.tell(connection, settings, now)
    return done


def rerun(settings: Settings, engine: Engine, run_id: str, now: datetime) -> Tick:
    """Makes a run once more and asks for its message again, unless that went out or may have.

    The message is as young as this call: it is sent however old its period is.
    """
    known, mistakes = definitions.load_definitions(settings)
    done = Tick(now)
    with scheduler(engine, settings) as connection:
        row = {**run_history.find(connection, run_id), "attempts": 0, "instant": instant_text(now)}
        if row["report"] in mistakes:
            raise ConfigurationError(mistakes[row["report"]])
        for run, definition in make(connection, [row], known, settings, done):
            ask(connection, run, definition, settings, now, done)
        operator_notices.tell(connection, settings, now)
    return done


def _take_over(connection: Connection, settings: Settings, done: Tick) -> None:
    """What a tick that died held, since we hold the lock now; and what waited until it was too old."""
    earliest = done.now - timedelta(hours=settings.schedule.catch_up_hours)
    run_history.take_over(connection)
    for row in run_history.missed(connection, earliest, done.now):
        done.tell(connection, f"{name_of(row)}: missed: it was not made while its period was due")
    for row in delivery_ledger.interrupted(connection, done.now):
        done.counts["in_doubt"] += 1
        done.tell(
            connection,
            f"{name_of(row)}: in doubt: whoever sent it ended before the server's answer",
        )
    for row in delivery_ledger.missed(connection, earliest, done.now):
        done.tell(connection, f"{name_of(row)}: missed: it waited until its period was too old")
    connection.commit()
