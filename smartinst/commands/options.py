"""Options and output that commands share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from smartinst.analytics.filter_table import FILTERS
from smartinst.errors import InputError
from smartinst.settings import Seller
from smartinst.terminal import visible, visible_line

if TYPE_CHECKING:
    from smartinst.ledger.ingest import Summary

Command = TypeVar("Command", bound=Callable[..., Any])

SELLER: Final = click.option(
    "--seller", "seller_id", required=True, metavar="ID", help="the seller's id"
)
AS_OF: Final = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="date of the figures (end of day in the seller's zone); default: today",
)
JSON: Final = click.option(
    "--json", "as_json", is_flag=True, help="print one JSON document and nothing else"
)

ANONYMOUS: Final = click.option(
    "--anonymous", is_flag=True, help="leave out buyers' names, e-mails and phones"
)

FILTER_OPTIONS: tuple[Callable[[Any], Any], ...] = tuple(
    click.option(
        declaration.flag,
        f"filter_{declaration.name}",
        multiple=declaration.kind == "one_of",
        metavar={"between": "MIN[:MAX]", "from": "DAY", "to": "DAY"}.get(declaration.kind, "TEXT"),
        help=declaration.help,
    )
    for declaration in FILTERS
)


class Instant(click.ParamType[datetime]):
    """An instant with its offset, such as 2026-11-02T12:30:00Z."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"expected an instant such as 2026-11-02T12:30:00Z, found {value!r}", param, ctx
            )
        if instant.tzinfo is None:
            self.fail(f"expected an instant with its offset, such as {value}Z", param, ctx)
        if not 1970 <= instant.year <= 9000:
            self.fail(f"expected a year from 1970 to 9000, found {value}", param, ctx)
        return instant.astimezone(UTC)


NOW: Final = click.option(
    "--now", type=Instant(), help="instant to use as the current time, such as 2026-11-02T12:30:00Z"
)


class ParameterError(click.ClickException):
    """A mistake in a parameter's text: bad usage, in one line without the command's usage."""

    exit_code = 2


def check_filter_options(values: Mapping[str, Any]) -> dict[str, Any]:
    """The checked filters; UsageError (exit 2) if one is invalid."""
    filters = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
    if not any(filters.values()):
        return {}
    from smartinst.analytics.filters import check_filters

    try:
        return check_filters(filters)
    except InputError as error:
        raise click.UsageError(str(error)) from error


def forbid_personal_filters(anonymous: bool, where: Mapping[str, Any]) -> None:
    """UsageError (exit 2) if a filter identifies a buyer and the output is anonymous."""
    if anonymous:
        from smartinst.analytics.anonymize import check_anonymous

        try:
            check_anonymous(where)
        except InputError as error:
            raise click.UsageError(str(error)) from error


def filter_options(command: Command) -> Command:
    """Adds an option per filter; the command receives their values as one dict, `where`."""

    @wraps(command)
    def wrapper(**arguments: Any) -> Any:
        values = {
            key.removeprefix("filter_"): arguments.pop(key)
            for key in tuple(arguments)
            if key.startswith("filter_")
        }
        return command(where=check_filter_options(values), **arguments)

    for option in reversed(FILTER_OPTIONS):
        wrapper = option(wrapper)
    return wrapper  # type: ignore[return-value]


def say(line: str) -> None:
    """Prints one line for the user on stderr, whatever its text has from files and data."""
    click.echo(visible_line(line), err=True)


def show(text: str) -> None:
    """Prints text for the user on stdout; control characters in it are shown."""
    click.echo(visible(text))


def print_rows(
    rows: Sequence[dict[str, Any]],
    line: Callable[[dict[str, Any]], str],
    as_json: bool,
    noun: str = "",
) -> None:
    """Prints rows as one JSON document, or the line of each row.

    If a noun is given, prints the number of rows on stderr.
    """
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        show(line(row).replace("\n", "␊"))
    if noun:
        say(f"{len(rows)} {noun}")


def print_summary(verb: str, summary: Summary, as_json: bool) -> None:
    """Prints what became of the rows; the reasons for quarantine with their source on stderr."""
    for reason, rows in sorted(summary.reasons.items()):
        source = summary.sources[reason]
        say(f"quarantined {rows}: {reason} ({source if rows == 1 else f'first in {source}'})")
    if as_json:
        click.echo(json.dumps(summary.document(), ensure_ascii=False))
    else:
        click.echo(
            f"{verb} {summary.read}: accepted {summary.accepted}, duplicates {summary.duplicates}, "
            f"ignored {summary.ignored}, quarantined {summary.quarantined}"
        )


def fail_if(has_error: bool) -> None:
    """Ends the command with exit code 1 after an error that was already printed."""
    if has_error:
        raise click.exceptions.Exit(1)


def today(zone: Any) -> date:
    """The current date in a zone. Only commands read the clock."""
    return datetime.now(zone).date()


def day_of(as_of: datetime | None, seller: Seller) -> date:
    """The date of --as-of, or else today in the seller's zone."""
    return as_of.date() if as_of else today(seller.zone)
