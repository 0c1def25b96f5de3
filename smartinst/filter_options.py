"""The filter table as command-line options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from smartinst.analytics.filters import FILTERS, check
from smartinst.errors import InputError

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
        return check({name: list(value) if isinstance(value, tuple) else value for name, value in given.items()})
    except InputError as error:
        raise click.UsageError(str(error)) from error
