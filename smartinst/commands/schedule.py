"""The `schedule` commands: list what is due and when, and run it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from smartinst.commands.options import JSON, NOW, fail_if, print_rows, say, show
from smartinst.errors import SmartinstError
from smartinst.machine_errors import machine_error
from smartinst.settings import Settings, load_settings

if TYPE_CHECKING:
    from smartinst.delivery.tick_report import TickReport

TICK_SECONDS: Final = 60


@click.group()
def schedule() -> None:
    """Lists what is due, and runs and delivers it: once, or every minute."""


@schedule.command("list")
@JSON
def list_scheduled_reports(as_json: bool) -> None:
    """Lists the reports that have a schedule, with their cron in words."""
    from smartinst.runs.cron import explain_cron
    from smartinst.runs.definitions import all_definitions

    rows = [
        {
            "report": definition.name,
            "title": definition.title,
            "per": definition.per,
            "cron": definition.schedule.cron,
            "in_words": explain_cron(definition.schedule.cron),
            "missed": definition.schedule.missed,
            "when": definition.schedule.when,
            "formats": list(definition.formats),
            "paused": definition.paused,
            "sellers": None if definition.sellers is None else list(definition.sellers),
            "except": list(definition.except_sellers),
        }
        for definition in all_definitions(load_settings())
        if definition.schedule is not None
    ]
    print_rows(rows, _schedule_line, as_json)


def _schedule_line(row: dict[str, Any]) -> str:
    """One line of the list; the sellers only if they are not all."""
    line = "{report}: {in_words} ({cron}), per {per}, when {when}".format_map(row)
    parts = [
        f"only {', '.join(row['sellers'])}" if row["sellers"] is not None else "",
        f"except {', '.join(row['except'])}" if row["except"] else "",
        "paused" if row["paused"] else "",
    ]
    return ", ".join([line, *filter(None, parts)])


@schedule.command("next")
@NOW
@click.option(
    "--count",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="number of periods for each report and seller",
)
@JSON
def list_upcoming_periods(now: datetime | None, count: int, as_json: bool) -> None:
    """Lists the next periods of each report and seller, in the seller's zone and in UTC."""
    from smartinst.runs.cron import explain_cron, upcoming_periods
    from smartinst.runs.definitions import all_definitions, scheduled_sellers

    settings, rows = load_settings(), list[dict[str, Any]]()
    for definition in all_definitions(settings):
        if definition.schedule is None or definition.paused:
            continue
        cron = definition.schedule.cron
        for seller_id, zone in scheduled_sellers(definition, settings):
            for period in upcoming_periods(cron, zone, now or datetime.now(UTC), count):
                rows.append(
                    {
                        "report": definition.name,
                        "seller_id": seller_id,
                        "zone": str(zone),
                        "period": period.name,
                        "local": period.instant.astimezone(zone).isoformat(timespec="minutes"),
                        "utc": f"{period.instant:%Y-%m-%dT%H:%MZ}",
                        "in_words": explain_cron(cron),
                    }
                )
    line = "{report}  {seller_id}  {local}  {zone}  {utc}  {in_words}".format_map
    print_rows(rows, line, as_json)


@schedule.command("notices")
@JSON
def list_operator_notices(as_json: bool) -> None:
    """Lists the notices to the operator, sent and waiting, oldest first."""
    from smartinst.database.engine import connected
    from smartinst.delivery.operator_notices import list_notices

    with connected(load_settings().database) as engine, engine.begin() as connection:
        rows = list_notices(connection)
    print_rows(rows, "{said_at}  {state}  {said}".format_map, as_json, "notices")


@schedule.command("tick")
@NOW
@JSON
def tick_once(now: datetime | None, as_json: bool) -> None:
    """Runs and delivers what is due, once; safe to call at any time, even twice at once."""
    report = _tick(load_settings(), now or datetime.now(UTC))
    print_report(report, as_json)
    fail_if(not report.is_ok)


@schedule.command("serve")
def tick_every_minute() -> None:
    """Ticks once a minute until stopped; several schedulers may share one PostgreSQL database."""
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: signals.append(number))
    folders: tuple[Path, ...] = ()
    while not signals:
        try:
            settings = load_settings()
            folders = settings.local_folders
            report = _tick(settings, datetime.now(UTC), lambda: not signals)
            if report.counts or report.problems or report.warnings:
                print_report(report, as_json=False)
        except SmartinstError as error:  # repeated each minute until the file is corrected
            say(f"smartinst: {error}")
        except Exception as error:  # the database or disk, which the next tick may find again
            if (line := machine_error(error, folders)) is None:
                raise
            say(f"smartinst: {line}")
        next_tick = time.monotonic() + TICK_SECONDS - datetime.now(UTC).second % TICK_SECONDS
        while not signals and time.monotonic() < next_tick:
            time.sleep(0.2)


def _tick(
    settings: Settings, now: datetime, should_continue: Callable[[], bool] = lambda: True
) -> TickReport:
    from smartinst.database.engine import connected
    from smartinst.delivery.tick import tick

    with connected(settings.database) as engine:
        return tick(settings, engine, now, should_continue)


def print_report(report: TickReport, as_json: bool) -> None:
    """Prints problems and warnings of a tick on stderr, one per line, its counts on stdout."""
    for line in (*report.problems, *report.warnings):
        say(f"smartinst: {line}")
    document = report.document()
    if as_json:
        click.echo(json.dumps(document))
        return
    now = document.pop("now")
    show(f"{now}: {', '.join(f'{name} {value}' for name, value in document.items())}")
