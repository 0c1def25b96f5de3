"""The `ingest`, `quarantine`, `plans` and `metrics` commands: payloads in, figures out.

Heavy libraries are imported by the functions that need them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.data_end import say_data_end
from smartinst.commands.options import (
    ANONYMOUS,
    AS_OF,
    JSON,
    SELLER,
    day_of,
    fail_if,
    filter_options,
    forbid_personal_filters,
    print_rows,
    print_summary,
    say,
    show,
)
from smartinst.commands.text_table import text_table
from smartinst.errors import InputError
from smartinst.file_writing import write_file
from smartinst.machine_errors import free_space, no_space_error
from smartinst.settings import load_settings
from smartinst.terminal import visible

if TYPE_CHECKING:
    from smartinst.i18n.locales import Locale


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@SELLER
@JSON
def ingest(paths: tuple[Path, ...], seller_id: str, as_json: bool) -> None:
    """Reads files or folders of the platform's payloads into the ledger.

    Files are recognised by their content, not by their name.
    """
    from smartinst.ledger.ingest import ingest as ingest_paths
    from smartinst.ledger.presence import begin_ledger

    settings = load_settings()
    seller = settings.find(seller_id)
    ledger, notice = begin_ledger(settings)
    if notice:
        say(notice)
    summary = ingest_paths(paths, seller, ledger, datetime.now(UTC), settings.limits)
    for reason, rows in sorted(summary.ignored_reasons.items()):
        say(f"ignored {rows}: {reason}")
    print_summary("read", summary, as_json)
    if summary.unreadable:
        say(
            f"smartinst: {summary.unreadable} file(s) could not be read; see `smartinst quarantine`"
        )
    fail_if(summary.unreadable > 0)


@click.group(invoke_without_command=True)
@click.option("--seller", "seller_id", metavar="ID", help="only this seller's rows")
@JSON
@click.pass_context
def quarantine(context: click.Context, seller_id: str | None, as_json: bool) -> None:
    """Lists the rows that could not be read, with their file, position and reason."""
    if context.invoked_subcommand is not None:
        context.obj = seller_id
        return
    from smartinst.ledger.presence import open_ledger

    settings = load_settings()
    if seller_id:
        settings.find(seller_id)
    rows = (
        open_ledger(settings)
        .quarantine(seller_id)
        .sort("seller_id", "source", "position", "reason")
        .to_dicts()
    )
    for row in rows:
        row["received_at"] = row["received_at"].isoformat().replace("+00:00", "Z")
    line = "{seller_id}  {source}  {position}  {reason}  {excerpt}".format_map
    print_rows(rows, line, as_json, "rows in quarantine")


@quarantine.command("retry")
@click.option("--seller", "seller_id", metavar="ID", help="only this seller's events")
@click.option("--reason", metavar="TEXT", help="only rows whose reason contains this text")
@JSON
@click.pass_context
def retry_quarantine(
    context: click.Context, seller_id: str | None, reason: str | None, as_json: bool
) -> None:
    """Parses quarantined webhook events again, after a wrong clock or an upgrade.

    What passes leaves the list. Rows of files stay: ingest the file again.
    """
    from smartinst.database.engine import connected
    from smartinst.intake.connection import current_instant
    from smartinst.intake.quarantine_retry import retry_quarantined
    from smartinst.ledger.presence import open_ledger

    settings = load_settings()
    if seller_id := seller_id or context.obj:
        settings.find(seller_id)
    with connected(settings.database) as engine:
        ledger = open_ledger(settings)
        result = retry_quarantined(engine, ledger, current_instant, seller_id, reason)
    if result.without_event:
        say(f"{result.without_event} rows were not retried: the inbox has no event for them")
    print_summary("retried", result.summary, as_json)


@click.command()
@SELLER
@AS_OF
@click.option(
    "--format", "kind", type=click.Choice(["table", "json", "csv", "xlsx"]), default="table"
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="file to write (xlsx: plans.xlsx)",
)
@ANONYMOUS
@filter_options
def plans(
    seller_id: str,
    as_of: datetime | None,
    kind: str,
    out: Path | None,
    anonymous: bool,
    where: dict[str, Any],
) -> None:
    """Prints one row per plan; the plans to contact come first."""
    from smartinst.analytics.anonymize import PERSONAL
    from smartinst.analytics.currency_order import rows_in_currency_order
    from smartinst.analytics.metrics import PLAN_KEYS, plan_details
    from smartinst.analytics.sales import read_sales
    from smartinst.i18n.locales import Locale
    from smartinst.pages.csv_export import to_csv
    from smartinst.report.whatsapp import whatsapp_linker

    settings = load_settings()
    seller = settings.find(seller_id)
    forbid_personal_filters(anonymous, where)
    sales, day = read_sales(settings, seller, where), day_of(as_of, seller)
    rows = rows_in_currency_order(sales.rows(day))
    names = [name for name in PLAN_KEYS if not (anonymous and name in PERSONAL)]
    details = [
        {name: row[name] for name in names}
        for row in plan_details(rows, whatsapp_linker(settings, seller))
    ]
    locale = Locale(seller.locale)
    match kind:
        case "json":
            _write_text(json.dumps(details, ensure_ascii=False), out)
        case "csv":
            _write_text(to_csv(details, names).rstrip("\n"), out)
        case "xlsx":
            from smartinst.pages.xlsx import write_plans

            path = out or Path("plans.xlsx")
            _write_file(path, lambda: write_plans(details, names, path, locale))
        case _:
            _write_text(visible(_plan_table(details, locale)), out)
            say(f"{len(details)} plans")
    unconfirmed_plans = int((rows["plans"]["unconfirmed_installments"] > 0).sum())
    say_data_end(sales.data_quality.data_through_date, day, unconfirmed_plans)


def _plan_table(details: list[dict[str, Any]], locale: Locale) -> str:
    """The rows of `plans --format table`, in the seller's language."""
    _ = locale.gettext
    headings = (
        *(_("Plan"), _("Status"), _("Buyer"), _("Issued"), _("Total"), _("Overdue")),
        _("Days past due"),
    )
    rows = [
        (
            row["plan_id"],
            locale.status(row["status"]),
            " ".join((row.get("buyer") or "").split())[:28],
            f"{row['issued_installments']}/{row['installments'] or '?'}",
            _amount(row["total_minor"], row["currency"], locale),
            _amount(row["overdue_minor"], row["currency"], locale),
            locale.number(row["days_past_due"]),
        )
        for row in details
    ]
    return text_table(headings, rows, left_aligned=(0, 1, 2))


def _amount(minor: int, currency: str | None, locale: Locale) -> str:
    """An amount with its currency; a dash for a plan without any known price."""
    return locale.money(minor, currency) if currency else "–"


def _write_text(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text)
    else:
        _write_file(out, lambda: write_file(out, f"{text}\n".encode()))


def _write_file(path: Path, write: Callable[[], object]) -> None:
    """Writes a file and prints its path; InputError if it cannot be written."""
    try:
        write()
    except OSError as error:
        space = free_space(path) if no_space_error(error) else ""
        reason = f"{error.strerror or error}{space}"
        raise InputError(f"{path} cannot be written: {reason}") from error
    click.echo(str(path))


@click.command()
@SELLER
@AS_OF
@JSON
@filter_options
def metrics(seller_id: str, as_of: datetime | None, as_json: bool, where: dict[str, Any]) -> None:
    """Prints every figure as a table: revenue, statuses, countries, products and delays."""
    from smartinst.analytics.metrics import metrics_document
    from smartinst.analytics.sales import read_sales

    settings = load_settings()
    seller = settings.find(seller_id)
    day = day_of(as_of, seller)
    rows = read_sales(settings, seller, where).rows(day)
    document = metrics_document(rows, day)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for name, table in document.items():
        if isinstance(table, list) and table:
            cells = [[str(value) for value in row.values()] for row in table]
            show(f"\n{name}\n{text_table(list(table[0]), cells)}")
