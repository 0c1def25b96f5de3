"""What a mark of a chart says when it is pointed at: the reader's words, amounts in full in their own currency.

Vega expressions over the row behind the mark; without them Vega tells names of columns and numbers of one form.
"""

from __future__ import annotations

import json
from typing import Final

import altair as alt

from smartinst.i18n.locales import MINUS, Locale
from smartinst.money import exponent

DAYS: Final = "',.1~f'"


def text(words: str) -> str:
    """A text as an expression."""
    return json.dumps(words, ensure_ascii=False)


def money(locale: Locale, currency: str, amount: str = "datum.amount") -> str:
    """An amount of major units as the language writes it in this currency."""
    before, after = locale.currency_affixes(currency)
    number = f"format(abs({amount}), ',.{exponent(currency)}f')"
    return f"({amount} < 0 ? {text(MINUS)} : '') + {text(before)} + {number} + {text(after)}"


def month(column: str) -> str:
    """The name and the year of a column's month `2026-10`."""
    return f"timeFormat(toDate(datum.{column} + '-01T00:00:00'), '%b %Y')"


def span(least: str, most: str) -> str:
    """From one number of days to another."""
    return f"format({least}, {DAYS}) + ' – ' + format({most}, {DAYS})"


def line(label: str, value: str) -> str:
    """`label: value`, both expressions."""
    return f"{label} + ': ' + {value}"


def lines(*said: str) -> str:
    """Expressions below each other."""
    return " + '\\n' + ".join(f"({one})" for one in said)


def count(field: str, title: str) -> alt.Tooltip:
    """A whole number with its heading."""
    return alt.Tooltip(field, title=title, format=",d")
