"""run, render, demo, doctor: executed notebooks and what they become."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import (
    ANONYMOUS,
    AS_OF,
    JSON,
    day_of,
    filter_options,
    names_nobody,
    say,
    today,
)
from smartinst.settings import Seller, Settings, load_settings

if TYPE_CHECKING:
    from smartinst.runs.run_request import RunOutcome


@click.command()
@click.argument("report")
@click.option(
    "-p",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="a parameter of the notebook; may be repeated",
)
@click.option("--seller", "seller_ids", multiple=True, metavar="ID", help="may be repeated")
@click.option("--all-sellers", is_flag=True, help="every configured seller")
@AS_OF
@click.option(
    "--to",
    "formats",
    default="",
    metavar="LIST",
    help="pdf,html,xlsx,ipynb; default: the definition's",
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="folder; default: <home>/runs/…"
)
@click.option(
    "--jobs", type=click.IntRange(1), default=None, help="reports at a time; default: one a core"
)
@click.option(
    "--executor",
    metavar="ADDRESS",
    help="dask://host:port: runs on a cluster; default: `executor`, or local",
)
@ANONYMOUS
@JSON
@filter_options
def run(
    report: str,
    given: tuple[str, ...],
    seller_ids: tuple[str, ...],
    all_sellers: bool,
    as_of: datetime | None,
    formats: str,
    out: Path | None,
    jobs: int | None,
    executor: str | None,
    anonymous: bool,
    as_json: bool,
    where: dict[str, Any],
) -> None:
    """Runs a report now: the executed notebook and its artifacts. REPORT: a definition's name, or a notebook's path."""
    from smartinst.runs import definitions
    from smartinst.runs.run_request import RunRequest
    from smartinst.runs.runs import run_reports

    names_nobody(anonymous, where)
    settings = load_settings()
    if executor:
        settings = settings.model_copy(update={"executor": executor})
    definition = definitions.find_definition(report, settings)
    if definition.per == "all" and seller_ids:
        raise click.UsageError(f"report {definition.name} is over every seller; leave --seller out")
    sellers = (
        [definitions.portfolio_seller()]
        if definition.per == "all"
        else _sellers(settings, seller_ids, all_sellers)
    )
    wanted = _formats(formats, definition.formats)
    parameters = _parameters(given)
    requests = [
        RunRequest(definition, one, day_of(as_of, one), where, parameters, wanted, out, anonymous)
        for one in sellers
    ]
    outcomes = []
    for outcome in run_reports(requests, settings, jobs or min(len(requests), os.cpu_count() or 1)):
        outcomes.append(outcome)
        _tell(outcome, as_json)
    if as_json:
        order = {one.id: at for at, one in enumerate(sellers)}
        outcomes.sort(key=lambda outcome: order[outcome.seller_id])
        click.echo(json.dumps([_outcome_json(one) for one in outcomes], ensure_ascii=False))
    if any(outcome.error for outcome in outcomes):
        raise click.exceptions.Exit(1)


def _sellers(settings: Settings, seller_ids: tuple[str, ...], all_sellers: bool) -> list[Seller]:
    if bool(seller_ids) == all_sellers:
        raise click.UsageError("say either --seller ID (may be repeated) or --all-sellers")
    return (
        list(settings.seller)
        if all_sellers
        else [settings.find(one) for one in dict.fromkeys(seller_ids)]
    )


def _formats(text: str, default: tuple[Any, ...]) -> tuple[Any, ...]:
    from smartinst.runs.definitions import FORMATS

    wanted = (
        tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip())) or default
    )
    if unknown := [one for one in wanted if one not in FORMATS]:
        raise click.UsageError(f"--to: {unknown[0]!r} is not one of {', '.join(FORMATS)}")
    return wanted


def _parameters(given: tuple[str, ...]) -> dict[str, str]:
    from smartinst.runs.parameters import refusal

    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError(f"-p: expected NAME=VALUE, found {one!r}")
        if why := refusal(name):
            raise click.UsageError(f"-p: {why}")
        found[name] = value
    return found


def _tell(outcome: RunOutcome, quiet: bool) -> None:
    if outcome.error:
        say(
            f"smartinst: {outcome.report} of {outcome.seller_id}: {' '.join(outcome.error.split())}"
        )
    elif not quiet:
        for path in outcome.artifacts.values():
            click.echo(path)


def _outcome_json(outcome: RunOutcome) -> dict[str, Any]:
    return {
        "report": outcome.report,
        "seller_id": outcome.seller_id,
        "as_of": outcome.as_of,
        "artifacts": outcome.artifacts,
        "error": outcome.error,
    }


@click.command()
@click.argument("executed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "formats", default="html", metavar="LIST", help="pdf,html,xlsx")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="folder; default: beside the notebook",
)
def render(executed: Path, formats: str, out: Path | None) -> None:
    """Compiles an executed notebook again, without running it."""
    from smartinst.runs.runs import render_notebook

    wanted = _formats(formats, ("html",))
    if "ipynb" in wanted:
        raise click.UsageError("--to: an executed notebook is compiled to pdf, html or xlsx")
    for path in render_notebook(executed, wanted, load_settings(), out):
        click.echo(str(path))


@click.command()
def demo() -> None:
    """Sample sales of three sellers in the platform's own JSON, ingested and reported, in ./var/demo."""
    from smartinst.demo import make

    failed = False
    for outcome in make(Path.cwd(), today, datetime.now(UTC), say):
        _tell(outcome, quiet=False)
        failed |= outcome.error is not None
    if failed:
        raise click.exceptions.Exit(1)


@click.command()
@JSON
def doctor(as_json: bool) -> None:
    """Checks libraries, fonts, ledger and configuration, each with the line that mends it."""
    from smartinst.doctor import examine

    findings = examine(Path.cwd())
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding.line())
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)
