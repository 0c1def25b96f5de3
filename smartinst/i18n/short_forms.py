"""Short forms of numbers and dates for the axes of charts, from CLDR."""

from __future__ import annotations

from datetime import date

from babel import Locale as Cldr
from babel.dates import format_skeleton


def compact_units(cldr: Cldr) -> tuple[tuple[int, str], ...]:
    """Divisors and what follows the number, the largest first: 1,000,000 `M`, 1,000 `K` (`en`)."""
    units: dict[int, str] = {}
    for magnitude, pattern in cldr.compact_decimal_formats["short"]["other"].items():
        digits = pattern.pattern.count("0")
        suffix = pattern.pattern.lstrip("0")
        if suffix not in units.values():
            units[int(magnitude) // 10 ** (digits - 1)] = suffix
    return tuple(sorted(units.items(), reverse=True))


def day_and_month(day: date, cldr: Cldr) -> str:
    """A date without the year: `Nov 2`, `2 de nov`."""
    return format_skeleton("MMMd", day, locale=cldr).rstrip(".")
