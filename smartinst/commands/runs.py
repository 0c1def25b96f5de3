"""The `runs` commands: the history of scheduled runs, and running one again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from smartinst.commands.options import JSON, NOW, fail_if, print_rows
from smartinst.commands.schedule import print_report
from smartinst.settings import load_settings


@click.group()
def runs() -> None:
    """Scheduled runs: their parameters, artifacts, duration and errors."""


@runs.command("list")
@click.option("--report", help="only this report")
@click.option("--seller", "seller_id", metavar="ID", help="only this seller")
@JSON
def list_scheduled_runs(report: str | None, seller_id: str | None, as_json: bool) -> None:
    """Lists every run, newest period first."""
    from smartinst.database.engine import connected
    from smartinst.delivery.run_history import list_runs

    with connected(load_settings().database) as engine, engine.begin() as connection:
        rows = list_runs(connection, report, seller_id)
    print_rows(rows, _run_line, as_json, "runs")


def _run_line(row: dict[str, Any]) -> str:
    """The columns of a run that have a value."""
    names = ("run_id", "report", "seller_id", "period", "state", "attempts", "note")
    return "  ".join(str(row[name]) for name in names if row[name] is not None)


@runs.command("show")
@click.argument("run_id")
def show_run(run_id: str) -> None:
    """Prints one run with its parameters, ledger version, artifacts and measures, as JSON."""
    from smartinst.database.engine import connected
    from smartinst.delivery.run_history import find_run

    with connected(load_settings().database) as engine, engine.begin() as connection:
        row = find_run(connection, run_id)
    click.echo(json.dumps(row, ensure_ascii=False, indent=2))


@runs.command("rerun")
@click.argument("run_id")
@NOW
def rerun_run(run_id: str, now: datetime | None) -> None:
    """Executes a run again under a new id.

    Its message is queued again, unless it was sent, may have been sent, or was refused.
    """
    from smartinst.database.engine import connected
    from smartinst.delivery.tick import rerun

    settings = load_settings()
    with connected(settings.database) as engine:
        report = rerun(settings, engine, run_id, now or datetime.now(UTC))
    print_report(report, as_json=False)
    fail_if(not report.is_ok)
