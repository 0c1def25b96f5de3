"""Scheduled runs: planned once a period, made together, and each with its ending on record."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from smartinst.database.text import instant_text
from smartinst.delivery import run_history
from smartinst.delivery.tick_report import Tick, name_of
from smartinst.errors import ConfigurationError, SmartinstError
from smartinst.runs import cron
from smartinst.runs.artifacts import sha256
from smartinst.runs.definitions import Definition, scheduled_sellers, seller_of
from smartinst.settings import Settings

if TYPE_CHECKING:
    from smartinst.runs.run_request import RunOutcome, RunRequest

Row = dict[str, Any]


def plan(
    connection: Connection, known: Mapping[str, Definition], settings: Settings, done: Tick
) -> None:
    """Writes what is due; a period that went by unseen since the newest known one is told as missed."""
    catch_up = timedelta(hours=settings.schedule.catch_up_hours)
    newest = run_history.newest(connection)
    for name, definition in known.items():
        if definition.schedule is None:
            continue
        expression, missed = definition.schedule.cron, definition.schedule.missed
        for seller_id, zone in scheduled_sellers(definition, settings):
            last = newest.get((name, seller_id), "")
            found = cron.due(expression, zone, done.now, catch_up, missed)
            for period in found:
                if run_history.plan(
                    connection, name, seller_id, period.name, period.instant, done.now
                ):
                    done.counts["due"] += 1
            if last and missed != "none" and (missed == "all" or not found):
                since = min(done.now - datetime.fromisoformat(last), cron.YEAR)
                passed = cron.due(expression, zone, done.now, since, missed)
                _tell_passed(connection, name, seller_id, passed, last, done)
    connection.commit()


def _tell_passed(
    connection: Connection,
    name: str,
    seller_id: str,
    passed: list[cron.Period],
    last: str,
    done: Tick,
) -> None:
    """Nobody looked while a period was due: on record as missed, once, and told."""
    for period in passed:
        if instant_text(period.instant) <= last:
            continue
        if run_history.plan(
            connection, name, seller_id, period.name, period.instant, done.now, state="missed"
        ):
            done.tell(
                connection,
                f"{name} of {seller_id}, {period.name}: missed: no tick came while it was due",
            )


def make(
    connection: Connection,
    rows: list[Row],
    known: Mapping[str, Definition],
    settings: Settings,
    done: Tick,
) -> Iterator[tuple[Row, Definition]]:
    """Makes runs and yields those that were made, as they come; one that fails is told and stops no other.

    What was yielded is not committed yet: its reader does so together with what follows from it.
    """
    if not rows:
        return
    from smartinst.runs.runs import run_reports

    begun = _begin(connection, rows, known, settings, done)
    connection.commit()
    requests = [request for request, _ in begun.values()]
    isolated = any(row["attempts"] for _, row in begun.values())
    try:
        for outcome in run_reports(
            requests, settings, min(len(requests), os.cpu_count() or 1), isolated=isolated
        ):
            _, run = begun.pop(outcome.folder)
            if outcome.error is not None:
                _fail(connection, run, outcome, done)
                continue
            try:
                files = {
                    kind: {"path": one, "sha256": sha256(Path(one))}
                    for kind, one in outcome.artifacts.items()
                }
            except (
                OSError
            ) as error:  # made where another disk is mounted: a home that the workers do not share
                _fail(
                    connection,
                    run,
                    replace(outcome, error=f"its files cannot be read here: {error}"),
                    done,
                )
                continue
            run_history.end(
                connection,
                run["run_id"],
                "made",
                done.now,
                artifacts=files,
                measures=outcome.measures,
                seconds=outcome.seconds,
            )
            yield {**run, "artifacts": files, "measures": outcome.measures}, known[run["report"]]
    except (
        ConfigurationError
    ) as error:  # a cluster that does not answer: nothing was begun, and it is no run's fault
        for _, run in begun.values():
            run_history.end(
                connection,
                run["run_id"],
                "planned",
                done.now,
                attempts=run["attempts"],
                note=str(error),
            )
        done.counts["failed"] += len(begun)
        done.tell(connection, f"{len(begun)} runs are not made yet: {error}")
        connection.commit()


def _begin(
    connection: Connection,
    rows: list[Row],
    known: Mapping[str, Definition],
    settings: Settings,
    done: Tick,
) -> dict[str, tuple[RunRequest, Row]]:
    """By folder: what is asked of the executor, and the row of it under its new run id."""
    from smartinst.ledger.ledger import Ledger

    version, begun = Ledger(settings.ledger).version(), {}
    for row in rows:
        try:
            request = _request(connection, row, known, settings)
        except SmartinstError as error:
            run_history.end(connection, row["run_id"], "failed", done.now, note=str(error))
            done.counts["failed"] += 1
            done.tell(connection, f"{name_of(row)}: {error}")
            continue
        given = {
            "seller": request.seller.id,
            "as_of": row["as_of"],
            "locale": request.seller.locale,
        }
        given |= {"title": request.definition.title, "report": request.definition.name}
        run_id = run_history.begin(connection, row, given, version, done.now)
        folder = _folder(row, request.seller.id, run_id, settings)
        begun[str(folder)] = (replace(request, folder=folder), {**row, "run_id": run_id})
    return begun


def _request(
    connection: Connection, row: Row, known: Mapping[str, Definition], settings: Settings
) -> RunRequest:
    """What a planned run asks for; ConfigurationError when its report or seller is gone."""
    from smartinst.runs.run_request import RunRequest

    if row["report"] not in known:
        raise ConfigurationError(f"report {row['report']!r} is not defined any more")
    definition, seller = known[row["report"]], seller_of(row["seller_id"], settings)
    previous = run_history.last_measures(connection, row["report"], row["seller_id"], row["period"])
    return RunRequest(
        definition,
        seller,
        date.fromisoformat(row["as_of"]),
        formats=definition.formats,
        previous=previous,
    )


def _folder(row: Row, seller_id: str, run_id: str, settings: Settings) -> Path:
    """A run's own folder; what an earlier attempt at the same period had half made when it was killed is gone."""
    period = (
        settings.home
        / "runs"
        / str(row["report"])
        / seller_id
        / str(row["period"]).replace(":", "-")
    )
    for unfinished in period.glob(".making-*"):
        rmtree(unfinished, ignore_errors=True)
    return period / run_id


def _fail(connection: Connection, run: Row, outcome: RunOutcome, done: Tick) -> None:
    """A run with nothing but a log: failed, or planned again when its process was lost and may be well the next time."""
    attempts = run["attempts"] + 1
    again = False
    if outcome.loss is not None:
        attempts -= outcome.loss.infrastructure_fault
        again = outcome.loss.infrastructure_fault or attempts < run_history.MOST_ATTEMPTS
    state = "planned" if again else "failed"
    log = {kind: {"path": one} for kind, one in outcome.artifacts.items() if kind == "log"}
    values = {
        "note": outcome.error,
        "attempts": attempts,
        "seconds": outcome.seconds,
        "artifacts": log or None,
    }
    run_history.end(connection, run["run_id"], state, done.now, **values)
    done.counts["failed"] += 1
    done.tell(
        connection,
        f"{name_of(run)}: {'lost, planned again' if again else 'failed'}: {outcome.error}",
    )
    connection.commit()
