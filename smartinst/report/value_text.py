"""Formatting of a table's raw values as text in the reader's language, for every output."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from smartinst.i18n.locales import MINUS, NO_BREAK, Locale
from smartinst.report.table import Column

MAX_PLAIN_NUMBER: Final = 10**15
"""Numbers with more digits before the decimal point are written with an exponent."""


def format_value(column: Column, value: Any, locale: Locale, currency: str = "") -> str:
    """The value as text, by its column's kind; empty for null, except an unknown country.

    money      minor units of `currency`; a mean of amounts may have a fraction
    amounts    pairs of minor units and currency
    percent    a numerator and a denominator, or a single number
    code       a whole number that names something, as a year does: its digits are not grouped
    decimal    the digits of an exact number
    date, month, time  ISO text
    datetime   ISO text, with an offset if the instant has one
    duration   seconds as digits
    status, country, payment  names from the catalogue or CLDR
    list       values, joined
    mixed      a number, a boolean, a text, or an object with the keys `kind` and `value`

    Any other kind is a number, a boolean or text. Numbers of any kind may also be one of the texts
    `NaN`, `Infinity` and `-Infinity`.
    """
    if value is None:
        return locale.gettext("Unknown country") if column.kind == "country" else ""
    if column.labels:
        value = column.labels.get(str(value), value)
    if isinstance(value, bool):
        return locale.gettext("yes") if value else locale.gettext("no")
    if column.kind == "mixed":
        kind, value = mixed_value(value)
        return format_value(Column(column.name, kind=kind), value, locale)
    if write := WRITERS.get(column.kind):
        return write(locale, str(value))
    if isinstance(value, int | float):
        return _number_text(column, value, locale, currency)
    match column.kind:
        case "amounts":
            return " · ".join(locale.money(minor, unit) for minor, unit in value)
        case "percent":
            numerator, denominator = value
            return locale.percent(exact(numerator), exact(denominator))
        case "list":
            return ", ".join(map(str, value))
    return NOT_FINITE.get(str(value), str(value)) if column.kind in NUMBERS else str(value)


def mixed_value(value: Any) -> tuple[str, Any]:
    """The kind of a value in a column of mixed types, and the value."""
    match value:
        case dict():
            return str(value["kind"]), value["value"]
        case bool():
            return "boolean", value
        case int():
            return "integer", value
        case float():
            return "number", value
    return "text", value


def _number_text(column: Column, value: float, locale: Locale, currency: str) -> str:
    match column.kind:
        case "percent":
            return locale.percent(exact(value))
        case "money":
            is_whole = isinstance(value, int)
            minor = value if is_whole else exact(value).to_integral_value(ROUND_HALF_UP)
            return locale.money(int(minor), currency)
        case "code":
            return str(value).replace("-", MINUS)
    if isinstance(value, int):
        return locale.number(value)
    if not math.isfinite(value):
        return NOT_FINITE["NaN"] if math.isnan(value) else f"{MINUS if value < 0 else ''}∞"
    decimals = column.decimals
    if decimals is None:
        decimals = 0 if value == int(value) else 2
    is_too_small = value != 0 and abs(value) < 0.5 * 10**-decimals
    if abs(value) >= MAX_PLAIN_NUMBER or is_too_small:
        return f"{value:.6g}".replace("-", MINUS).replace(".", locale.separators()["decimal"])
    return locale.number(exact(value), decimals)


def exact(value: Any) -> Decimal:
    """A number exactly as in JSON, without the error of a binary fraction."""
    return Decimal(str(value))


def datetime_text(locale: Locale, value: str) -> str:
    """`30/11/2026 21:00 UTC`: the time without seconds if they are zero, and the offset."""
    day, _, clock = value.partition("T")
    time, offset = split_offset(clock)
    zone = f"{NO_BREAK}{offset}" if offset else ""
    return f"{date_text(locale, day)} {time_text(locale, time)}{zone}"


def split_offset(clock: str) -> tuple[str, str]:
    """An ISO time of day, and its offset from UTC as text: `UTC`, `−03:00`, or empty."""
    time = clock.partition("+")[0].partition("-")[0]
    offset = clock[len(time) :]
    is_utc = bool(offset) and not offset.strip("+-0:")
    return time, "UTC" if is_utc else offset.replace("-", MINUS)


def time_text(_locale: Locale, value: str) -> str:
    """`21:00`: a time of day, without seconds if they are zero."""
    seconds, _, fraction = value[5:].partition(".")
    if fraction := fraction.rstrip("0"):
        return f"{value[:5]}{seconds}.{fraction}"
    return value[:5] if seconds == ":00" else value[:5] + seconds


def duration_text(locale: Locale, value: str) -> str:
    """`3 days 02:00:00`: whole days, and the rest as hours, minutes and seconds."""
    seconds = Decimal(value)
    whole = int(abs(seconds))
    fraction = f"{abs(seconds) - whole:f}"[1:].rstrip("0").rstrip(".")
    days, rest = divmod(whole, 86_400)
    clock = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}{fraction}"
    parts = [locale.days(days)] if days else []
    if rest or fraction or not days:
        parts.append(clock)
    return f"{MINUS if seconds < 0 else ''}{' '.join(parts)}"


def _decimal_text(locale: Locale, value: str) -> str:
    if value in NOT_FINITE:
        return NOT_FINITE[value]
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    return locale.number(number, max(0, -int(exponent)))


def date_text(locale: Locale, value: str) -> str:
    """The date; ISO text for a year that Python's dates do not have."""
    try:
        return locale.date(value)
    except ValueError:
        return value


WRITERS: Final[Mapping[str, Callable[[Locale, str], str]]] = {
    "date": date_text,
    "datetime": datetime_text,
    "time": time_text,
    "duration": duration_text,
    "decimal": _decimal_text,
    "month": Locale.month,
    "status": Locale.status,
    "country": Locale.country,
    "payment": Locale.payment_type,
}
"""Kind of a date, a time, an exact number or a name → its formatter."""

NUMBERS: Final = ("integer", "number", "money", "days", "decimal")
NOT_FINITE: Final = {"NaN": "NaN", "Infinity": "∞", "-Infinity": f"{MINUS}∞"}
"""Kinds of numbers; and their values that JSON lacks, as text."""
