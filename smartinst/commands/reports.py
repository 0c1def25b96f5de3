"""The `run`, `render`, `demo` and `doctor` commands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import (
    ANONYMOUS,
    AS_OF,
    JSON,
    ParameterError,
    day_of,
    fail_if,
    filter_options,
    forbid_personal_filters,
    say,
    show,
    today,
)
from smartinst.settings import Seller, Settings, load_settings
from smartinst.terminal import visible_line

if TYPE_CHECKING:
    from smartinst.runs.definitions import Definition
    from smartinst.runs.run_request import RunOutcome
    from smartinst.runs.sealed.preloaded_process import PreloadedProcess


@click.command()
@click.argument("report")
@click.option(
    "-p",
    "assignments",
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
    "--jobs", type=click.IntRange(1), default=None, help="parallel reports; default: one per core"
)
@click.option(
    "--executor",
    metavar="ADDRESS",
    help="dask://host:port runs on a cluster; default: the setting `executor`, or local",
)
@ANONYMOUS
@JSON
@filter_options
def run(  # noqa: PLR0913 (one parameter per option)
    report: str,
    assignments: tuple[str, ...],
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
    """Runs a report now: executes its notebook and writes its artifacts.

    REPORT is the name of a definition, or the path of a notebook.
    """
    forbid_personal_filters(anonymous, where)
    settings = load_settings()
    if executor:
        settings = settings.model_copy(update={"executor": executor})
    with _process_for_runs(settings) as process:  # it imports at the same time as this one
        from smartinst.delivery.operational_data import operational_data
        from smartinst.runs.definitions import find_definition
        from smartinst.runs.run_request import RunRequest
        from smartinst.runs.runs import run_reports

        definition = find_definition(report, settings)
        kinds, parameters = _formats(formats, definition.formats), _parameters(assignments)
        requests = []
        for seller in _sellers(definition, settings, seller_ids, all_sellers=all_sellers):
            day = day_of(as_of, seller)
            operational = operational_data(settings, definition, seller, day)
            request = RunRequest(definition, seller, day, where, parameters, kinds, out, anonymous)
            requests.append(replace(request, operational=operational))
        jobs = jobs or min(len(requests), os.cpu_count() or 1)
        runs = run_reports(requests, settings, jobs, process)
        outcomes = _print_outcomes(runs, errors_only=as_json)
    if as_json:
        order = {request.seller.id: index for index, request in enumerate(requests)}
        outcomes.sort(key=lambda outcome: order[outcome.seller_id])
        names = ("report", "seller_id", "as_of", "artifacts", "error")
        documents = [{name: getattr(outcome, name) for name in names} for outcome in outcomes]
        click.echo(json.dumps(documents, ensure_ascii=False))
    fail_if(any(outcome.error for outcome in outcomes))


def _process_for_runs(settings: Settings) -> AbstractContextManager[PreloadedProcess | None]:
    """A preloaded process for runs on this machine; None for those on a cluster."""
    from smartinst.runs.sealed.preloaded_process import open_process

    return open_process(settings) if settings.executor == "local" else nullcontext()


def _sellers(
    definition: Definition, settings: Settings, seller_ids: tuple[str, ...], *, all_sellers: bool
) -> list[Seller]:
    from smartinst.runs.definitions import portfolio_seller

    if definition.per == "all":
        if seller_ids:
            raise click.UsageError(f"report {definition.name} covers all sellers: omit --seller")
        return [portfolio_seller()]
    if bool(seller_ids) == all_sellers:
        raise click.UsageError("expected either --seller ID (may be repeated) or --all-sellers")
    if all_sellers:
        return list(settings.seller)
    return [settings.find(seller_id) for seller_id in dict.fromkeys(seller_ids)]


def _formats(text: str, default: tuple[Any, ...]) -> tuple[Any, ...]:
    from smartinst.runs.definition_sections import FORMATS

    names = [part.strip() for part in text.split(",") if part.strip()]
    if unknown_names := [name for name in names if name not in FORMATS]:
        raise click.UsageError(f"--to: {unknown_names[0]!r} is not one of {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(names)) or default


def _parameters(assignments: tuple[str, ...]) -> dict[str, str]:
    from smartinst.runs.parameters import refusal

    parameters = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise ParameterError(f"-p: expected NAME=VALUE, found {assignment!r}")
        if reason := refusal(name):
            raise ParameterError(f"-p: {reason}")
        parameters[name] = value
    return parameters


def _print_outcomes(runs: Iterable[RunOutcome], *, errors_only: bool) -> list[RunOutcome]:
    """Prints the artifacts or the error of each run when it ends; the outcomes of all runs."""
    outcomes = []
    for outcome in runs:
        outcomes.append(outcome)
        if outcome.error:
            error = visible_line(outcome.error)
            log = f"; log: {outcome.artifacts['log']}" if "log" in outcome.artifacts else ""
            say(f"smartinst: {outcome.report} of {outcome.seller_id}: {error}{log}")
        elif not errors_only:
            for path in outcome.artifacts.values():
                click.echo(path)
    return outcomes


@click.command()
@click.argument("executed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "formats", default="html", metavar="LIST", help="pdf,html,xlsx")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="folder; default: the notebook's",
)
def render(executed: Path, formats: str, out: Path | None) -> None:
    """Compiles an executed notebook again, without running it."""
    from smartinst.runs.rendering import render_notebook

    kinds = _formats(formats, ("html",))
    if "ipynb" in kinds:
        raise click.UsageError("--to: an executed notebook is compiled to pdf, html or xlsx")
    for path in render_notebook(executed, kinds, load_settings(), out):
        click.echo(str(path))


@click.command()
def demo() -> None:
    """Runs reports on sample sales of three sellers, in ./var/demo.

    The sales are generated in the platform's JSON and ingested like real ones.
    """
    from smartinst.demo import run_demo

    runs = run_demo(Path.cwd(), today, datetime.now(UTC), say)
    outcomes = _print_outcomes(runs, errors_only=False)
    fail_if(any(outcome.error for outcome in outcomes))


@click.command()
@JSON
def doctor(as_json: bool) -> None:
    """Checks libraries, fonts, ledger and configuration, and names remedies."""
    from smartinst.doctor import examine

    findings = examine(Path.cwd())
    if as_json:
        documents = [finding.document() for finding in findings]
        click.echo(json.dumps(documents, ensure_ascii=False))
    else:
        for finding in findings:
            show(finding.line())
    fail_if(not all(finding.is_ok for finding in findings))
