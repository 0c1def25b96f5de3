"""Formatting of a table's raw values as text in the reader's language, for every output."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from smartinst.i18n.locales import Locale
from smartinst.report.table import Column

WRITERS: Final[Mapping[str, Callable[[Locale, str], str]]] = {
    "date": Locale.date,
    "month": Locale.month,
    "status": Locale.status,
    "country": Locale.country,
    "payment": Locale.payment_type,
}
"""Kind of a date or a name → its formatter."""


def format_value(column: Column, value: Any, locale: Locale, currency: str = "") -> str:
    """The value as text, by its column's kind; empty for null, except an unknown country.

    money    minor units of `currency`
    amounts  pairs of minor units and currency
    percent  a numerator and a denominator, or a single number
    date, month  ISO text
    status, country, payment  names from the catalogue or CLDR
    list     values, joined

    Any other kind is a number or text.
    """
    if value is None:
        return locale.gettext("Unknown country") if column.kind == "country" else ""
    if column.labels:
        value = column.labels.get(str(value), value)
    if isinstance(value, bool):
        return locale.gettext("yes") if value else locale.gettext("no")
    if write := WRITERS.get(column.kind):
        return write(locale, str(value))
    match column.kind:
        case "money":
            return locale.money(int(value), currency)
        case "amounts":
            return " · ".join(locale.money(minor, unit) for minor, unit in value)
        case "percent":
            numerator, denominator = value if isinstance(value, list | tuple) else (value, 1)
            return locale.percent(exact(numerator), exact(denominator))
        case "list":
            return ", ".join(map(str, value))
    return _number(value, locale) if isinstance(value, int | float) else str(value)


def _number(value: float, locale: Locale) -> str:
    if not math.isfinite(value):
        return ""
    return locale.number(exact(value), 0 if value == int(value) else 2)


def exact(value: Any) -> Decimal:
    """A number exactly as in JSON, without the error of a binary fraction."""
    return Decimal(str(value))
