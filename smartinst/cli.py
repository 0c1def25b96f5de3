"""The command line: arguments → one call each. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from smartinst.errors import InputError, SmartinstError
from smartinst.settings import Seller, Settings, load

if TYPE_CHECKING:
    import polars as pl

    from smartinst.operations.runs import Outcome

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smartinst")
def cli() -> None:
    """Smart installments: statuses, money and reports from the platform's own payloads."""


def main() -> NoReturn:
    """Entry point: a SmartinstError is one line on stderr and exit 1; bad usage exits 2; anything else is a bug."""
    try:
        cli.main(standalone_mode=False)
        code = 0
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = 130
    except SmartinstError as error:
        say(f"smartinst: {' '.join(str(error).split())}")
        code = 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.stdout.flush()
    sys.exit(code)


def say(line: str) -> None:
    """One line for the person at the terminal: stderr."""
    click.echo(line, err=True)


def today(zone: Any) -> date:
    """The current date in a zone: the clock is read here and nowhere else."""
    return datetime.now(zone).date()


# --- options shared by commands -------------------------------------------------------------------------------------------


def filter_options(command: Command) -> Command:
    """The options of the filter table; the command receives them as one dict, `where`."""
    from smartinst.filter_options import FILTER_OPTIONS, where_of

    def wrapped(**arguments: Any) -> Any:
        given = {
            key.removeprefix("filter_"): arguments.pop(key) for key in list(arguments) if key.startswith("filter_")
        }
        return command(where=where_of(given), **arguments)

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    wrapped.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in reversed(FILTER_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


SELLER = click.option("--seller", "seller_id", required=True, metavar="ID", help="the seller's id")
AS_OF = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="the date that the report shows (end of day in the seller's zone); default: today there",
)
JSON = click.option("--json", "as_json", is_flag=True, help="one JSON document on stdout and nothing else")


def _date(as_of: datetime | None, seller: Seller) -> date:
    return as_of.date() if as_of else today(seller.zone)


# --- data in ------------------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@SELLER
@JSON
def ingest(paths: tuple[Path, ...], seller_id: str, as_json: bool) -> None:
    """Reads files or folders of the platform's payloads into the ledger; recognised by content, not by name."""
    from smartinst.ledger.ingest import ingest as ingest_paths

    settings = load()
    seller = settings.find(seller_id)
    summary = ingest_paths(paths, seller, _ledger(settings), datetime.now(UTC), settings.limits)
    for reason, rows in sorted(summary.ignored_reasons.items()):
        say(f"ignored {rows}: {reason}")
    for reason, rows in sorted(summary.reasons.items()):
        say(f"quarantined {rows}: {reason}")
    if as_json:
        click.echo(json.dumps(summary.document(), ensure_ascii=False))
    else:
        click.echo(
            f"read {summary.read}: accepted {summary.accepted}, duplicates {summary.duplicates}, "
            f"ignored {summary.ignored}, quarantined {summary.quarantined}"
        )
    if summary.unreadable:
        say(f"smartinst: {summary.unreadable} file(s) could not be read at all; see `smartinst quarantine`")
        raise click.exceptions.Exit(1)


@cli.command()
@click.option("--seller", "seller_id", metavar="ID", help="only this seller's rows")
@JSON
def quarantine(seller_id: str | None, as_json: bool) -> None:
    """Lists the rows that were refused, each with its file, position and reason; nothing is ever dropped."""
    settings = load()
    if seller_id:
        settings.find(seller_id)
    rows = _ledger(settings).quarantine(seller_id).sort("seller_id", "source", "position", "reason").to_dicts()
    for row in rows:
        row["received_at"] = row["received_at"].isoformat().replace("+00:00", "Z")
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['seller_id']}  {row['source']}  {row['position']}  {row['reason']}  {row['excerpt']}")
    say(f"{len(rows)} rows in quarantine")


def _ledger(settings: Settings) -> Any:
    from smartinst.ledger.ledger import Ledger

    return Ledger(settings.ledger)


# --- figures out ----------------------------------------------------------------------------------------------------------------


@cli.command()
@SELLER
@AS_OF
@click.option("--format", "kind", type=click.Choice(["table", "json", "csv", "xlsx"]), default="table")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="file to write (xlsx: plans.xlsx)")
@filter_options
def plans(seller_id: str, as_of: datetime | None, kind: str, out: Path | None, where: dict[str, Any]) -> None:
    """The detail table: one row a plan, those to contact first."""
    from smartinst.analytics.metrics import plan_details
    from smartinst.report.contact import linker

    settings = load()
    seller = settings.find(seller_id)
    rows, _ = _rows(settings, seller, _date(as_of, seller), where)
    details = plan_details(rows, linker(seller.name, seller.locale))
    writers = {"json": _plans_json, "csv": _plans_csv, "table": _plans_table, "xlsx": _plans_xlsx}
    writers[kind](details, seller, out)


def _plans_json(details: list[dict[str, Any]], _seller: Seller, out: Path | None) -> None:
    _write_text(json.dumps(details, ensure_ascii=False), out)


def _plans_csv(details: list[dict[str, Any]], _seller: Seller, out: Path | None) -> None:
    from io import StringIO

    from smartinst.analytics.metrics import PLAN_KEYS
    from smartinst.report.workbook import harmless

    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(PLAN_KEYS)
    for row in details:
        writer.writerow([harmless(_flat(row[name])) for name in PLAN_KEYS])
    _write_text(text.getvalue().rstrip("\n"), out)


def _plans_table(details: list[dict[str, Any]], seller: Seller, out: Path | None) -> None:
    from smartinst.locale import Locale

    words = Locale(seller.locale)
    lines = [
        "  ".join(
            (
                f"{row['plan_id']:<12}",
                f"{words.status(row['status']):<28}",
                f"{' '.join((row['buyer'] or '').split())[:28]:<28}",
                f"{row['issued_installments']:>3}/{row['installments'] or '?':<3}",
                f"{words.money(row['total_minor'], row['currency']):>18}",
                f"{words.money(row['overdue_minor'], row['currency']):>18}",
                f"{row['days_past_due']:>4}",
            )
        ).rstrip()
        for row in details
    ]
    _write_text("\n".join(lines), out)
    say(f"{len(details)} plans")


def _plans_xlsx(details: list[dict[str, Any]], seller: Seller, out: Path | None) -> None:
    from smartinst.report.workbook import write_plans

    path = out or Path("plans.xlsx")
    write_plans(details, path, seller.locale)
    click.echo(str(path))


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{currency}={minor}" for currency, minor in value.items())
    return " ".join(value) if isinstance(value, list) else value


def _write_text(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        click.echo(str(out))


@cli.command()
@SELLER
@AS_OF
@JSON
@filter_options
def metrics(seller_id: str, as_of: datetime | None, as_json: bool, where: dict[str, Any]) -> None:
    """Every figure as a table: revenue, statuses, countries, products, delays, possible values."""
    from smartinst.analytics.metrics import metrics as metrics_of

    settings = load()
    seller = settings.find(seller_id)
    day = _date(as_of, seller)
    rows, _ = _rows(settings, seller, day, where)
    document = metrics_of(rows, day)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for name, table in document.items():
        if isinstance(table, list) and table:
            click.echo(f"\n{name}\n{_aligned(table)}")


def _aligned(table: list[dict[str, Any]]) -> str:
    names = list(table[0])
    cells = [names, *([str(row[name]) for name in names] for row in table)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    return "\n".join("  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)) for line in cells)


def _rows(
    settings: Settings, seller: Seller, as_of: date, where: Mapping[str, Any]
) -> tuple[dict[str, pl.DataFrame], Any]:
    from smartinst.analytics.seller import read_rows

    return read_rows(settings, seller, as_of, where)


# --- reports -------------------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("report")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="a parameter of the notebook; may be repeated")
@click.option("--seller", "seller_ids", multiple=True, metavar="ID", help="may be repeated")
@click.option("--all-sellers", is_flag=True, help="every configured seller")
@AS_OF
@click.option("--to", "formats", default="", metavar="LIST", help="pdf,html,xlsx,ipynb; default: the definition's")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="folder; default: <home>/runs/…")
@click.option("--jobs", type=click.IntRange(1), default=None, help="reports at a time; default: one a core")
@click.option("--anonymous", is_flag=True, help="without buyers' names, e-mails and phones")
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
    anonymous: bool,
    as_json: bool,
    where: dict[str, Any],
) -> None:
    """Runs a report now: the executed notebook and its artifacts. REPORT: a definition's name, or a notebook's path."""
    from smartinst.operations import definitions
    from smartinst.operations.runs import Request, run_many

    settings = load()
    definition = definitions.find(report, settings)
    sellers = _sellers(settings, seller_ids, all_sellers)
    wanted = _formats(formats, definition.formats)
    parameters = _parameters(given)
    requests = [
        Request(definition, one, _date(as_of, one), where, parameters, wanted, out, anonymous) for one in sellers
    ]
    outcomes = []
    for outcome in run_many(requests, settings, jobs or min(len(requests), os.cpu_count() or 1)):
        outcomes.append(outcome)
        _tell(outcome, as_json)
    if as_json:
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


@cli.command()
@click.argument("executed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "formats", default="html", metavar="LIST", help="pdf,html,xlsx")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="folder; default: beside the notebook")
def render(executed: Path, formats: str, out: Path | None) -> None:
    """Compiles an executed notebook again, without running it."""
    from smartinst.operations.runs import render as render_notebook

    wanted = _formats(formats, ("html",))
    for path in render_notebook(executed, wanted, out):
        click.echo(str(path))


@cli.command()
def demo() -> None:
    """Sample sales of three sellers in the platform's own JSON, ingested and reported, in ./var/demo."""
    from smartinst.operations.demo import make

    failed = False
    for outcome in make(Path.cwd(), today, datetime.now(UTC), say):
        _tell(outcome, quiet=False)
        failed |= outcome.error is not None
    if failed:
        raise click.exceptions.Exit(1)


@cli.command()
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


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(arguments: tuple[str, ...]) -> None:
    """Opens JupyterLab on the workspace's notebooks/ (or the shipped ones)."""
    from smartinst.settings import PROJECT

    settings = load()
    own = settings.workspace / "notebooks"
    folder = own if own.is_dir() else PROJECT / "notebooks"
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", str(folder), *arguments])
