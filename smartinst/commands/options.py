"""Options that commands share: the seller, the date, JSON, and the table of filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeVar

import click

from smartinst.analytics.filters import FILTERS, check_filters
from smartinst.errors import InputError
from smartinst.settings import Seller

Command = TypeVar("Command", bound=Callable[..., Any])

SELLER: Final = click.option(
    "--seller", "seller_id", required=True, metavar="ID", help="the seller's id"
)
AS_OF: Final = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="the date that is shown (end of day in the seller's zone); default: today there",
)
JSON: Final = click.option(
    "--json", "as_json", is_flag=True, help="one JSON document on stdout and nothing else"
)

ANONYMOUS: Final = click.option(
    "--anonymous", is_flag=True, help="without buyers' names, e-mails and phones"
)

FILTER_OPTIONS: tuple[Callable[[Any], Any], ...] = tuple(
    click.option(
        one.flag,
        f"filter_{one.name}",
        multiple=one.kind == "one_of",
        metavar={"between": "MIN[:MAX]", "from": "DAY", "to": "DAY"}.get(one.kind, "TEXT"),
        help=one.help,
    )
    for one in FILTERS
)


def where_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The filters that were given, checked; a mistake is bad usage (exit 2)."""
    try:
        return check_filters(
            {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in given.items()
            }
        )
    except InputError as error:
        raise click.UsageError(str(error)) from error


def names_nobody(anonymous: bool, where: Mapping[str, Any]) -> None:
    """A filter that names a buyer beside --anonymous is bad usage (exit 2)."""
    from smartinst.analytics.anonymize import check_anonymous

    if anonymous:
        try:
            check_anonymous(where)
        except InputError as error:
            raise click.UsageError(str(error)) from error


def filter_options(command: Command) -> Command:
    """The options of the filter table; the command receives them as one dict, `where`."""

    def wrapped(**arguments: Any) -> Any:
        given = {
            key.removeprefix("filter_"): arguments.pop(key)
            for key in tuple(arguments)
            if key.startswith("filter_")
        }
        return command(where=where_of(given), **arguments)

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    wrapped.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in reversed(FILTER_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def say(line: str) -> None:
    """One line for the person at the terminal: stderr."""
    click.echo(line, err=True)


def today(zone: Any) -> date:
    """The current date in a zone: the clock is read by commands and nowhere else."""
    return datetime.now(zone).date()


def day_of(as_of: datetime | None, seller: Seller) -> date:
    """The date asked for, else today in the seller's zone."""
    return as_of.date() if as_of else today(seller.zone)
