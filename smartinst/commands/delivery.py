"""schedule, deliveries, runs: what is due, what was sent, what was made."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import JSON, say
from smartinst.errors import SmartinstError
from smartinst.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from smartinst.delivery.tick_report import TickReport

TICK_SECONDS = 60


class Instant(click.ParamType[datetime]):
    """An instant with its offset, such as 2026-11-02T12:30:00Z."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"expected an instant such as 2026-11-02T12:30:00Z, found {value!r}", param, ctx
            )
        if found.tzinfo is None:
            self.fail(f"expected an instant with its offset, such as {value}Z", param, ctx)
        if not 1970 <= found.year <= 9000:
            self.fail(f"expected a year from 1970 to 9000, found {value}", param, ctx)
        return found.astimezone(UTC)


NOW = click.option(
    "--now", type=Instant(), help="the instant taken for now, such as 2026-11-02T12:30:00Z"
)


@click.group()
def schedule() -> None:
    """What is due: lists it, runs and delivers it, or keeps doing so."""


@schedule.command("list")
@JSON
def list_definitions(as_json: bool) -> None:
    """The reports that have a schedule, with their cron in words."""
    from smartinst.runs import definitions
    from smartinst.runs.cron import explain_cron

    rows = [
        {
            "report": one.name,
            "title": one.title,
            "per": one.per,
            "cron": one.schedule.cron,
            "in_words": explain_cron(one.schedule.cron),
            "missed": one.schedule.missed,
            "when": one.schedule.when,
            "formats": list(one.formats),
        }
        for one in definitions.all_definitions(load_settings())
        if one.schedule is not None
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['report']}: {row['in_words']} ({row['cron']}), per {row['per']}, when {row['when']}"
        )


@schedule.command("next")
@NOW
@click.option(
    "--count", type=click.IntRange(1, 100), default=3, show_default=True, help="periods of each"
)
@JSON
def next_periods(now: datetime | None, count: int, as_json: bool) -> None:
    """The next periods of each report and seller, in the seller's zone and in UTC."""
    from smartinst.runs import definitions
    from smartinst.runs.cron import explain_cron, upcoming_periods

    settings, rows = load_settings(), []
    for one in definitions.all_definitions(settings):
        if one.schedule is None:
            continue
        for seller_id, zone in definitions.scheduled_sellers(one, settings):
            for period in upcoming_periods(
                one.schedule.cron, zone, now or datetime.now(UTC), count
            ):
                local = period.instant.astimezone(zone).isoformat(timespec="minutes")
                instant = period.instant.isoformat(timespec="minutes").replace("+00:00", "Z")
                told = {
                    "period": period.name,
                    "local": local,
                    "utc": instant,
                    "in_words": explain_cron(one.schedule.cron),
                }
                rows.append({"report": one.name, "seller_id": seller_id, "zone": str(zone), **told})
    _show(rows, ("report", "seller_id", "local", "zone", "utc", "in_words"), as_json)


@schedule.command("notices")
@JSON
def list_notices(as_json: bool) -> None:
    """What the operator was told, or is still to be told, oldest first."""
    from smartinst.delivery import operator_notices

    with _connection() as connection:
        rows = operator_notices.list_notices(connection)
    _show(rows, ("said_at", "state", "said"), as_json, "notices")


@schedule.command()
@NOW
@JSON
def tick(now: datetime | None, as_json: bool) -> None:
    """Runs and delivers what is due, once; safe to call as often as you like, and twice at once."""
    settings = load_settings()
    with _engine(settings) as engine:
        done = _tick(settings, engine, now or datetime.now(UTC))
    _tell(done, as_json)
    if not done.is_ok:
        raise click.exceptions.Exit(1)


@schedule.command()
def serve() -> None:
    """Ticks once a minute until it is stopped; several may run on one PostgreSQL."""
    stopped: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: stopped.append(number))
    while not stopped:
        try:
            settings = load_settings()
            with _engine(settings) as engine:
                done = _tick(settings, engine, datetime.now(UTC), lambda: not stopped)
            if done.counts or done.problems:
                _tell(done, as_json=False)
        except (
            SmartinstError
        ) as error:  # a mistake in a file is told each minute until it is mended
            say(f"smartinst: {error}")
        wakes = time.monotonic() + TICK_SECONDS - datetime.now(UTC).second % TICK_SECONDS
        while not stopped and time.monotonic() < wakes:
            time.sleep(0.2)


def _tick(
    settings: Settings, engine: Engine, now: datetime, goes_on: Callable[[], bool] = lambda: True
) -> TickReport:
    from smartinst.delivery.tick import tick as run_tick

    return run_tick(settings, engine, now, goes_on)


def _show(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], as_json: bool, counted: str = ""
) -> None:
    """Rows as one JSON document, or a line each with these columns and, where they are counted, how many on stderr."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(str(row[name]) for name in names))
    if counted:
        say(f"{len(rows)} {counted}")


def _tell(done: TickReport, as_json: bool) -> None:
    for problem in done.problems:
        say(f"smartinst: {' '.join(problem.split())}")
    if as_json:
        click.echo(json.dumps(done.document()))
        return
    counts = ", ".join(
        f"{name} {value}" for name, value in done.document().items() if name != "now"
    )
    click.echo(f"{done.document()['now']}: {counts}")


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    from smartinst.database.engine import connect

    engine = connect(settings.database)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _connection() -> Iterator[Connection]:
    with _engine(load_settings()) as engine, engine.begin() as connection:
        yield connection


@click.group()
def deliveries() -> None:
    """The delivery ledger: what was asked to be sent, and what is known of it."""


@deliveries.command("list")
@JSON
def list_deliveries(as_json: bool) -> None:
    """Every delivery, oldest period first."""
    from smartinst.delivery import delivery_ledger as ledger

    with _connection() as connection:
        rows = ledger.list_deliveries(connection)
    _show(rows, ledger.LIST_COLUMNS, as_json, "deliveries")


@deliveries.command("show")
@click.argument("delivery_id")
def show_delivery(delivery_id: str) -> None:
    """One delivery with its files, reason and times, as JSON."""
    from smartinst.delivery import delivery_ledger as ledger

    with _connection() as connection:
        click.echo(
            json.dumps(ledger.find_delivery(connection, delivery_id), ensure_ascii=False, indent=2)
        )


@deliveries.command()
@click.argument("delivery_id")
def retry(delivery_id: str) -> None:
    """Releases one that is held, refused, missed or waiting: the next tick sends it."""
    from smartinst.delivery import delivery_ledger as ledger

    with _connection() as connection:
        ledger.requeue(connection, delivery_id, datetime.now(UTC))
    click.echo(f"{delivery_id}: queued; smartinst schedule tick sends it")


@deliveries.command()
@click.argument("delivery_id")
@click.argument("outcome", type=click.Choice(["sent", "not_sent"]))
def resolve(delivery_id: str, outcome: str) -> None:
    """Settles one in doubt, after a look into the mail server's log; not_sent sends it with the next tick."""
    from smartinst.delivery import delivery_ledger as ledger

    with _connection() as connection:
        ledger.resolve_delivery(connection, delivery_id, outcome, datetime.now(UTC))
    click.echo(f"{delivery_id}: {outcome.replace('_', ' ')}")


@click.group()
def runs() -> None:
    """Scheduled runs: what was made, from what, how long it took, and why it failed."""


@runs.command("list")
@click.option("--report", help="only this report")
@click.option("--seller", "seller_id", metavar="ID", help="only this seller")
@JSON
def list_runs(report: str | None, seller_id: str | None, as_json: bool) -> None:
    """Every run, newest period first."""
    from smartinst.delivery import run_history

    with _connection() as connection:
        rows = run_history.list_runs(connection, report, seller_id)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        names = ("run_id", "report", "seller_id", "period", "state", "attempts", "note")
        click.echo("  ".join(str(row[name]) for name in names if row[name] is not None))
    say(f"{len(rows)} runs")


@runs.command("show")
@click.argument("run_id")
def show_run(run_id: str) -> None:
    """One run with its parameters, ledger version, artifacts and measures, as JSON."""
    from smartinst.delivery import run_history

    with _connection() as connection:
        click.echo(
            json.dumps(run_history.find_run(connection, run_id), ensure_ascii=False, indent=2)
        )


@runs.command()
@click.argument("run_id")
@NOW
def rerun(run_id: str, now: datetime | None) -> None:
    """Makes a run again under a new id; its message is queued again unless it went out, may have, or was refused."""
    from smartinst.delivery.tick import rerun as make_again

    settings = load_settings()
    with _engine(settings) as engine:
        done = make_again(settings, engine, run_id, now or datetime.now(UTC))
    _tell(done, as_json=False)
    if not done.is_ok:
        raise click.exceptions.Exit(1)
