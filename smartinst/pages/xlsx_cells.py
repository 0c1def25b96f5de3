"""Typed cells of the workbook: numbers, dates and booleans as such, anything else as text.

Excel computes with 15 digits, and with dates from 1900 to 9999. A value beyond is text, so that no
digit is lost. A link to WhatsApp opens it; no other text is a link, and none is a formula.
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

from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.money import exponent
from smartinst.report.table import Column
from smartinst.report.value_text import exact, format_value, mixed_value, split_offset

MAX_DIGITS: Final = 15
MAX_TEXT: Final = 32_767
MIN_YEAR: Final = 1900
"""Limits of a cell in Excel."""

MAX_LINKS: Final = 65_530
MAX_ADDRESS: Final = 2_079
"""Limits of links: in a sheet, and characters of an address."""
WRAPPED_LENGTH: Final = 60
"""Characters from which on a text is wrapped."""
LANGUAGE_IDS: Final = {"en": "409", "es": "C0A", "pt-BR": "416"}
"""Windows' identifiers of the languages, for the names of months in number formats."""
LINK_START: Final = "https://wa.me/"
"""The only addresses that become links."""

RAW_KINDS: Final = ("month", "integer", "code", "decimal", "date", "datetime")
"""Kinds whose text, if they are written as text, is the same in every language."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class TypedValue:
    """A value as Excel's type, its number format, and its approximate width in characters."""

    value: float | datetime | time | timedelta
    pattern: str
    width: int


def typed_value(kind: str, value: Any, currency: str, locale: Locale) -> TypedValue | None:
    """The value with Excel's type, and the format of its currency; None if the cell is text."""
    if isinstance(value, bool):
        return TypedValue(value, "General", 6)
    match kind:
        case "money":
            return _money(value, currency, locale)
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
            return _instant(kind, value, locale)
        case "month":
            return _month(value, locale)
    return None


def _money(minor: Any, currency: str, locale: Locale) -> TypedValue | None:
    if not isinstance(minor, int | float):
        return None
    places = exponent(currency)
    amount = exact(minor).scaleb(-places)
    pattern = money_pattern(currency, locale)
    return TypedValue(float(amount), pattern, len(f"{amount:,.{places}f}") + len(currency) + 2)


def money_pattern(currency: str, locale: Locale) -> str:
    """The number format of a currency: its sign where the language puts it, and its decimals."""
    if not currency:
        return "#,##0.00"
    places = exponent(currency)
    decimals = "." + "0" * places if places else ""
    prefix, suffix = (f'"{affix}"' if affix else "" for affix in locale.currency_affixes(currency))
    return f"{prefix}#,##0{decimals}{suffix}"


def _month(text: str, locale: Locale) -> TypedValue | None:
    """The first day of a month, with the month's name in the reader's language."""
    try:
        value = datetime.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return None
    if value.year < MIN_YEAR:
        return None
    return TypedValue(value, f"[$-{LANGUAGE_IDS.get(locale.tag, '409')}]mmm yyyy", 9)


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


def _instant(kind: str, text: str, locale: Locale) -> TypedValue | None:
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
    pattern = {"date": _date_pattern(locale), "time": clock}.get(kind, f"yyyy-mm-dd {clock}{zone}")
    return TypedValue(value.replace(tzinfo=None), pattern, len(pattern))


def _date_pattern(locale: Locale) -> str:
    """Digits in the order of the language; ISO if that order begins with the month's name."""
    pattern = locale.date_pattern
    if pattern.startswith("M"):
        return "yyyy-mm-dd"
    return pattern.casefold().replace("y", "yyyy")


class CellWriter:
    """Writes cells of one workbook; each format is created once."""

    def __init__(self, book: Workbook, locale: Locale) -> None:
        self.book, self.locale = book, locale
        self.formats: dict[tuple[str, bool], Format] = {}
        self._link_text = locale.gettext("Write on WhatsApp")

    def write(
        self,
        sheet: Worksheet,
        place: tuple[int, int],
        column: Column,
        value: Any,
        currency: str = "",
        *,
        is_total: bool = False,
    ) -> int:
        """Writes a value that is not None at (line, column); returns its approximate width."""
        if column.kind == "percent" and isinstance(value, list | tuple) and not value[1]:
            return 0
        if column.kind == "mixed":
            kind, value = mixed_value(value)
            column = replace(column, kind=kind)
        if column.kind == "link" and self._write_link(sheet, place, str(value)):
            return len(self._link_text)
        cell = typed_value(column.kind, value, currency, self.locale)
        if cell is None:
            text = self._text(column, value)
            sheet.write_string(*place, text, self._text_format(text, is_total=is_total))
            return len(text)
        number_format = self._number_format(cell.pattern, is_total)
        if isinstance(cell.value, bool):
            sheet.write_boolean(*place, cell.value)
        elif isinstance(cell.value, int | float):
            sheet.write_number(*place, cell.value, number_format)
        else:
            sheet.write_datetime(*place, cell.value, number_format)
        return cell.width

    def format(self, name: str, properties: dict[str, Any]) -> Format:
        """The format of this name, created at its first use."""
        return self._cached_format((name, False), properties)

    def _cached_format(self, key: tuple[str, bool], properties: dict[str, Any]) -> Format:
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"valign": "top", **properties})
        return self.formats[key]

    def _number_format(self, pattern: str, is_total: bool) -> Format:
        emphasis = {"bold": True, "top": 1} if is_total else {}
        return self._cached_format((pattern, is_total), {"num_format": pattern, **emphasis})

    def _text_format(self, text: str, *, is_total: bool) -> Format:
        """Text; a long one in several lines if its column is not wide enough."""
        properties = {"num_format": "@", "align": "left", "indent": 1}
        if is_total:
            return self._cached_format(("@", True), {**properties, "bold": True, "top": 1})
        if len(text) <= WRAPPED_LENGTH:
            return self._cached_format(("@", False), properties)
        return self._cached_format(("@ wrapped", False), {**properties, "text_wrap": True})

    def _write_link(self, sheet: Worksheet, place: tuple[int, int], address: str) -> bool:
        """Writes a link to WhatsApp; false if the sheet cannot have it, so that it stays text."""
        is_full = sheet.hlink_count >= MAX_LINKS
        if is_full or not address.startswith(LINK_START) or len(address) > MAX_ADDRESS:
            return False
        properties = {"font_color": palette.ACCENT, "underline": 1, "align": "left", "indent": 1}
        link = self.format("link", properties)
        sheet.write_url(*place, address, link, self._link_text)
        return True

    def _text(self, column: Column, value: Any) -> str:
        is_raw = column.kind in RAW_KINDS
        text = str(value) if is_raw else format_value(column, value, self.locale)
        text = _CONTROL.sub("", text)
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
