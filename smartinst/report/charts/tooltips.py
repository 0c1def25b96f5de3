"""Tooltips of charts: the reader's language, and full amounts in their own currency.

The functions return Vega expressions on the row of a mark. Without them Vega displays column names,
and numbers in a single format.
"""

from __future__ import annotations

import json
from typing import Final

import altair as alt

from smartinst.i18n.locales import MINUS, Locale
from smartinst.money import exponent

DAYS: Final = "',.1~f'"


def text(value: str) -> str:
    """A string as an expression."""
    return json.dumps(value, ensure_ascii=False)


def money(locale: Locale, currency: str, amount: str = "datum.amount") -> str:
    """An amount in major units, formatted for the locale and currency."""
    prefix, suffix = locale.currency_affixes(currency)
    number = f"format(abs({amount}), ',.{exponent(currency)}f')"
    return f"({amount} < 0 ? {text(MINUS)} : '') + {text(prefix)} + {number} + {text(suffix)}"


def month(column: str) -> str:
    """The name and the year of a column's month `2026-10`."""
    return f"timeFormat(toDate(datum.{column} + '-01T00:00:00'), '%b %Y')"


def day_range(minimum: str, maximum: str) -> str:
    """A range of days."""
    return f"format({minimum}, {DAYS}) + ' – ' + format({maximum}, {DAYS})"


def line(label: str, value: str) -> str:
    """`label: value`, both expressions."""
    return f"{label} + ': ' + {value}"


def lines(*expressions: str) -> str:
    """Several expressions, each on its own line."""
    return " + '\\n' + ".join(f"({expression})" for expression in expressions)


def count(field: str, title: str) -> alt.Tooltip:
    """A whole number with its heading."""
    return alt.Tooltip(field, title=title, format=",d")
