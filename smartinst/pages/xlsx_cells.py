"""Typed cells of the workbook: numbers, dates and booleans as such, anything else as text.

Excel computes with 15 digits, and with dates from 1900 to 9999. A value beyond is text, so that no
digit is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from smartinst.i18n.locales import Locale
from smartinst.money import exponent
from smartinst.report.table import Column
from smartinst.report.value_text import exact, format_value, mixed_value, split_offset

MAX_DIGITS: Final = 15
MAX_TEXT: Final = 32_767
MIN_YEAR: Final = 1900
"""Limits of a cell in Excel."""

RAW_KINDS: Final = ("month", "integer", "code", "decimal", "date", "datetime")
"""Kinds whose text, if they are written as text, is the same in every language."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class TypedValue:
    """A value as Excel's type, its number format, and its approximate width in characters."""

    value: float | datetime | time | timedelta
    pattern: str
    width: int


def typed_value(kind: str, value: Any, currency: str = "") -> TypedValue | None:
    """The value with Excel's type; None if the cell is text."""
    if isinstance(value, bool):
        return TypedValue(value, "General", 6)
    match kind:
        case "money":
            return _money(value, currency)
        case "integer" | "days":
            return _exact_number(value, "#,##0")
        case "code":
            return _exact_number(value, "0")
        case "decimal":
            return _exact_number(value, _decimal_pattern(str(value)))
        case "number" if isinstance(value, int):
            return _exact_number(value, "General")
        case "number" if isinstance(value, float):
            return TypedValue(value, "General", len(f"{value:.{MAX_DIGITS}g}"))
        case "percent":
            is_pair = not isinstance(value, int | float)
            share = float(Decimal(value[0]) / value[1]) if is_pair else value
            return TypedValue(share, "0.0%", 6)
        case "duration":
            return _duration(value)
        case "date" | "datetime" | "time":
            return _instant(kind, value)
    return None


def _money(minor: Any, currency: str) -> TypedValue | None:
    if not isinstance(minor, int | float):
        return None
    places = exponent(currency)
    amount = exact(minor).scaleb(-places)
    decimals = "." + "0" * places if places else ""
    pattern = f'#,##0{decimals} "{currency}"' if currency else "#,##0.00"
    return TypedValue(float(amount), pattern, len(f"{amount:,.{places}f} {currency}") + 1)


def _exact_number(value: Any, pattern: str) -> TypedValue | None:
    """A number all of whose digits Excel has."""
    number = Decimal(value)
    if not number.is_finite() or len(number.as_tuple().digits) > MAX_DIGITS:
        return None
    return TypedValue(float(number), pattern, len(f"{number:,f}"))


def _decimal_pattern(digits: str) -> str:
    places = len(digits.partition(".")[2])
    return "#,##0" + ("." + "0" * places if places else "")


def _duration(seconds: str) -> TypedValue | None:
    """Hours, minutes and seconds; Excel has no negative times."""
    exact = Decimal(seconds)
    if exact < 0:
        return None
    pattern = "[h]:mm:ss" if exact == int(exact) else "[h]:mm:ss.000"
    days = float(exact / 86_400)
    return TypedValue(days, pattern, len(f"{int(exact) // 3600}") + len(pattern) - 3)


def _instant(kind: str, text: str) -> TypedValue | None:
    """A date or a time of day; an offset from UTC is part of the number format."""
    try:
        value = time.fromisoformat(text) if kind == "time" else datetime.fromisoformat(text)
    except ValueError:
        return None
    if isinstance(value, datetime) and value.year < MIN_YEAR:
        return None
    clock = "hh:mm:ss.000" if value.microsecond else "hh:mm:ss"
    _, offset = split_offset(text.partition("T")[2])
    zone = f' "{offset}"' if offset else ""
    pattern = {"date": "yyyy-mm-dd", "time": clock}.get(kind, f"yyyy-mm-dd {clock}{zone}")
    return TypedValue(value.replace(tzinfo=None), pattern, len(pattern))


class CellWriter:
    """Writes cells of one workbook; each format is created once."""

    def __init__(self, book: Workbook, locale: Locale) -> None:
        self.book, self.locale = book, locale
        self.formats: dict[str, Format] = {}

    def write(
        self, sheet: Worksheet, line: int, index: int, column: Column, value: Any, currency: str
    ) -> int:
        """Writes a value that is not None; returns its approximate width in characters."""
        if column.kind == "percent" and isinstance(value, list | tuple) and not value[1]:
            return 0
        if column.kind == "mixed":
            kind, value = mixed_value(value)
            column = replace(column, kind=kind)
        cell = typed_value(column.kind, value, currency)
        if cell is None:
            text = self._text(column, value)
            sheet.write_string(line, index, text, self._number_format("@"))
            return len(text)
        if isinstance(cell.value, bool):
            sheet.write_boolean(line, index, cell.value)
        elif isinstance(cell.value, int | float):
            sheet.write_number(line, index, cell.value, self._number_format(cell.pattern))
        else:
            sheet.write_datetime(line, index, cell.value, self._number_format(cell.pattern))
        return cell.width

    def format(self, name: str, properties: dict[str, Any]) -> Format:
        """The format of this name, created at its first use."""
        if name not in self.formats:
            self.formats[name] = self.book.add_format(properties)
        return self.formats[name]

    def _number_format(self, pattern: str) -> Format:
        return self.format(pattern, {"num_format": pattern})

    def _text(self, column: Column, value: Any) -> str:
        is_raw = column.kind in RAW_KINDS
        text = str(value) if is_raw else format_value(column, value, self.locale)
        text = _CONTROL.sub("", text)
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
