"""Cells of the sales export: texts, numbers and dates, as the platform and spreadsheets write them.

Dates without a zone are in America/Sao_Paulo (docs/hotmart.md §4.2).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from smartinst.hotmart.values.fields import check_century, parse_iso_instant, to_amount
from smartinst.hotmart.values.outcome import InvalidItemError
from smartinst.money import Amount, exponent
from smartinst.text_cache import cache_short_texts

ZONE: Final = ZoneInfo("America/Sao_Paulo")
SPREADSHEET_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 (local time: gets a zone later)

EMPTY_VALUES: Final = frozenset(
    "|-|--|–|—|none|(none)|null|(null)|n/a|#n/a|(nenhum)|(nenhuma)|(vazio)|(ninguno)|(ninguna)|"
    "(vacío)|(empty)".split("|")
)
"""Texts of cells without a value, in lower case."""
_LONGEST_EMPTY: Final = max(map(len, EMPTY_VALUES))

_FORMULA: Final = re.compile(r'="([^"]*)"')
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d{2,}", re.ASCII)
_WHOLE_NUMBER: Final = re.compile(r"(\d{1,6})(?:[.,]0+)?", re.ASCII)
_LOCAL_DATE: Final = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:,?[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?",
    re.ASCII,
)
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SERIAL_DATE: Final = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_AMOUNT: Final = re.compile(
    r"(?P<prefix>[^\d.,]*(?:(?<=S/)\.|(?<=Bs)\.)?)"
    r"(?P<number>[\d.,][\d.,'’]*(?:[eE][+-]?\d+)?)"
    r"(?P<suffix>\D*)",
    re.ASCII,
)
_SYMBOL: Final = re.compile(r"[A-Za-z]{0,3}[$€£¥₡₲₱₹₺₽₩₦]|[A-Za-z]{2,3}|S/\.?|Bs\.?")
_CURRENCY_BY_SYMBOL: Final = {"R$": "BRL", "US$": "USD", "USD$": "USD", "€": "EUR", "BRL$": "BRL"}
"""Symbols of exactly one currency; a symbol of three letters is the code itself."""


@cache_short_texts(1 << 14)  # rows of a file repeat most of their cells
def cell_text(text: str) -> str | None:
    """The text of a cell without surrounding spaces; None if it stands for no value.

    `="00123"` is how programs keep Excel from changing a code.
    """
    value = text.strip()
    if len(value) <= _LONGEST_EMPTY and value.casefold() in EMPTY_VALUES:
        return None
    if value.startswith('="') and (formula := _FORMULA.fullmatch(value)):
        return cell_text(formula.group(1))
    return value.removeprefix("'") or None


def is_rounded_code(text: str) -> bool:
    """Whether a spreadsheet has turned a long code into a number such as 3,51912E+11."""
    return _ROUNDED.fullmatch(text) is not None


def read_code(value: str | None, name: str) -> str | None:
    """A code; InvalidItemError if a spreadsheet has rounded it."""
    if value is not None and "E" in value and is_rounded_code(value):
        raise InvalidItemError(
            f"{name}: rounded by a spreadsheet: export again and send the file as it is"
        )
    return value


def read_count(value: str | None, name: str, maximum: int) -> int | None:
    """A whole number from 1 to a maximum, such as `3` or `3,0`; None if missing."""
    if value is None:
        return None
    match = _WHOLE_NUMBER.fullmatch(value)
    if not match:
        raise InvalidItemError(f"{name}: expected an integer")
    if not 1 <= (count := int(match.group(1))) <= maximum:
        raise InvalidItemError(f"{name}: outside 1 to {maximum}")
    return count


@cache_short_texts(1 << 14)
def read_amount(value: str, currency: str, name: str) -> Amount:
    """An amount with or without its currency symbol: `1.234,56`, `R$ 1.234,56`, `US$ 50.00`.

    InvalidItemError if the symbol is that of another currency.
    """
    compact = "".join(value.split()).replace("−", "-")
    match = _AMOUNT.fullmatch(compact)
    if not match:
        raise InvalidItemError(f"{name}: not a number")
    prefix, suffix = match["prefix"], match["suffix"]
    symbol = (prefix + suffix).replace("-", "").replace("+", "").strip("()")
    if symbol and not _SYMBOL.fullmatch(symbol):
        raise InvalidItemError(f"{name}: not a number")
    code = _CURRENCY_BY_SYMBOL.get(symbol.upper(), symbol.upper() if len(symbol) == 3 else currency)
    if code.isalpha() and code != currency:
        raise InvalidItemError(f"{name}: an amount in another currency")
    is_negative = "-" in prefix + suffix or compact.startswith("(")
    number = normalize_number(match["number"], currency)
    return to_amount(f"-{number}" if is_negative else number, currency, name)


def normalize_number(value: str, currency: str) -> str:
    """A number with a decimal point, from a number with a decimal comma or point.

    The format is decided for each value. If it has commas and points, the last one is the decimal
    separator. A single one before exactly three digits separates thousands, unless the currency
    has three decimals.
    """
    text, power_sign, power = value.replace("'", "").replace("’", "").upper().partition("E")
    position = max(text.rfind(","), text.rfind("."))
    if position < 0:
        return text + power_sign + power
    separator, decimals = text[position], len(text) - position - 1
    other_separator = "." if separator == "," else ","
    is_thousands_separator = text.count(separator) > 1 or (
        other_separator not in text
        and decimals == 3
        and not power
        and not text.startswith(("0", separator))
        and exponent(currency) < 3
    )
    if is_thousands_separator:
        text = text.replace(separator, "").replace(other_separator, ".")
    else:
        text = text.replace(other_separator, "").replace(separator, ".")
    return text + power_sign + power


@cache_short_texts(1 << 16)
def read_date(value: str, name: str) -> datetime:
    """An instant from DD/MM/YYYY or ISO 8601, with or without a time, or a spreadsheet's number."""
    if match := _LOCAL_DATE.fullmatch(value):
        day, _, month, year, *time = match.groups()
        local = _local_time(
            name, int(year), int(month), int(day), *(int(part or 0) for part in time)
        )
    elif _ISO_DATE.match(value):
        return _parse_iso(value, name)
    elif _SERIAL_DATE.fullmatch(value):
        days = float(value.replace(",", "."))
        local = (SPREADSHEET_EPOCH + timedelta(seconds=round(days * 86_400))).replace(tzinfo=ZONE)
    else:
        raise InvalidItemError(f"{name}: expected DD/MM/YYYY HH:MM:SS")
    return check_century(local.astimezone(UTC), name)


def _parse_iso(value: str, name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidItemError(f"{name}: impossible date") from None
    if instant.tzinfo is None:
        return check_century(instant.replace(tzinfo=ZONE).astimezone(UTC), name)
    return parse_iso_instant(value, name)


def _local_time(name: str, *parts: int) -> datetime:
    try:
        return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc, arg-type]
    except ValueError:
        raise InvalidItemError(f"{name}: impossible date") from None
