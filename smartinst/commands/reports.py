"""run, render, demo, doctor, lab: executed notebooks and what they become."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import ANONYMOUS, AS_OF, JSON, day_of, filter_options, names_nobody, say, today
from smartinst.errors import ConfigurationError, InputError
from smartinst.settings import PROJECT, Seller, Settings, load

if TYPE_CHECKING:
    from smartinst.operations.runs import Outcome


@click.command()
@click.argument("report")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="a parameter of the notebook; may be repeated")
@click.option("--seller", "seller_ids", multiple=True, metavar="ID", help="may be repeated")
@click.option("--all-sellers", is_flag=True, help="every configured seller")
@AS_OF
@click.option("--to", "formats", default="", metavar="LIST", help="pdf,html,xlsx,ipynb; default: the definition's")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="folder; default: <home>/runs/…")
@click.option("--jobs", type=click.IntRange(1), default=None, help="reports at a time; default: one a core")
@click.option("--executor", metavar="ADDRESS", help="dask://host:port: runs on a cluster; default: `executor`, or local")
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
    from smartinst.operations import definitions
    from smartinst.operations.runs import Request, run_many

    names_nobody(anonymous, where)
    settings = load()
    if executor:
        settings = settings.model_copy(update={"executor": executor})
    definition = definitions.find(report, settings)
    if definition.per == "all" and seller_ids:
        raise click.UsageError(f"report {definition.name} is over every seller; leave --seller out")
    sellers = [definitions.everyone()] if definition.per == "all" else _sellers(settings, seller_ids, all_sellers)
    wanted = _formats(formats, definition.formats)
    parameters = _parameters(given)
    requests = [Request(definition, one, day_of(as_of, one), where, parameters, wanted, out, anonymous) for one in sellers]
    outcomes = []
    for outcome in run_many(requests, settings, jobs or min(len(requests), os.cpu_count() or 1)):
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
    return list(settings.seller) if all_sellers else [settings.find(one) for one in dict.fromkeys(seller_ids)]


def _formats(text: str, default: tuple[Any, ...]) -> tuple[Any, ...]:
    from smartinst.operations.definitions import FORMATS

    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip())) or default
    if unknown := [one for one in wanted if one not in FORMATS]:
        raise click.UsageError(f"--to: {unknown[0]!r} is not one of {', '.join(FORMATS)}")
    return wanted


def _parameters(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError(f"-p: expected NAME=VALUE, found {one!r}")
        if name in ("seller", "as_of", "where"):
            raise click.UsageError(f"-p: {name} has an option of its own")
        found[name] = value
    return found


def _tell(outcome: Outcome, quiet: bool) -> None:
    if outcome.error:
        say(f"smartinst: {outcome.report} of {outcome.seller_id}: {' '.join(outcome.error.split())}")
    elif not quiet:
        for path in outcome.artifacts.values():
            click.echo(path)


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
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
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="folder; default: beside the notebook")
def render(executed: Path, formats: str, out: Path | None) -> None:
    """Compiles an executed notebook again, without running it."""
    from smartinst.operations.runs import render as render_notebook

    wanted = _formats(formats, ("html",))
    if "ipynb" in wanted:
        raise click.UsageError("--to: an executed notebook is compiled to pdf, html or xlsx")
    for path in render_notebook(executed, wanted, load(), out):
        click.echo(str(path))


@click.command()
def demo() -> None:
    """Sample sales of three sellers in the platform's own JSON, ingested and reported, in ./var/demo."""
    from smartinst.operations.demo import make

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
    from smartinst.operations.doctor import examine

    findings = examine(Path.cwd())
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding.line())
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--port", type=click.IntRange(0, 65535), default=8888, show_default=True, help="of this machine only")
@click.option("--no-browser", is_flag=True, help="print the address with its token instead of opening a browser")
def lab(arguments: tuple[str, ...], port: int, no_browser: bool) -> None:
    """Opens JupyterLab on notebooks/explore.ipynb of the workspace (or the shipped one), with a token, on 127.0.0.1.

    explore.ipynb: filters, linked charts, the detail table, a plan's page and the recovery actions. portfolio.ipynb: all
    sellers. Run > Run All Cells starts a notebook. ARGUMENTS go to JupyterLab as they are.
    """
    folder = _notebooks()
    _lay_dashboard(folder)
    options = [f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    options += [
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]  # works offline: asks nobody for news, updates or extensions
    options.append("--LabApp.default_url=/lab/tree/explore.ipynb")
    if no_browser:
        options.append("--no-browser")
    _become("jupyterlab", [*options, *arguments])


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8866, show_default=True, help="of this machine only")
@click.option("--no-browser", is_flag=True, help="print the address with its token instead of opening a browser")
def serve(port: int, no_browser: bool) -> None:
    """Serves the explore notebook as a page by Voilà, with a token, on 127.0.0.1 (needs the extra smartinst[serve])."""
    from importlib.util import find_spec

    if find_spec("voila") is None:
        raise ConfigurationError("smartinst serve needs Voilà; install it with: pip install 'smartinst[serve]'")
    path = _notebooks() / "explore.ipynb"
    if not path.is_file():
        path = PROJECT / "notebooks" / "explore.ipynb"
    options = ["--Voila.ip=127.0.0.1", f"--port={port}", "--token", "--show_tracebacks=True"]
    _become("voila", [str(path), *options, *(["--no-browser"] if no_browser else [])])


def _notebooks() -> Path:
    own = load().workspace / "notebooks"
    return own if own.is_dir() else PROJECT / "notebooks"


def _lay_dashboard(folder: Path) -> None:
    """JupyterLab sees one folder: a copy of the dashboard beside the workspace's own notebooks, where it lacks one."""
    target = folder / "explore.ipynb"
    if target.exists():
        return
    try:
        copyfile(PROJECT / "notebooks" / "explore.ipynb", target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
    say(f"smartinst: {target} is a copy of the shipped dashboard, yours to change")


def _become(module: str, arguments: list[str]) -> None:
    """This process becomes the server; its kernels find the workspace by SMARTINST_CONFIG wherever they start."""
    settings = load()
    path = settings.workspace / "smartinst.toml"
    if path.is_file():
        os.environ.setdefault("SMARTINST_CONFIG", str(path))
    else:  # the demo lies below the directory we were called in, kernels start beside the notebook
        os.environ.setdefault("SMARTINST_HOME", str(settings.home))
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own Python
