"""Phone numbers as E.164 (docs/metrics.md §7).

The platform sends an area and a number. The area is a Brazilian area code or, for other buyers, a
country code; forms repeat either in the number, and people write prefixes and punctuation. Each
reading is tried in turn; the first one that is a valid number counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

MAX_PHONE: Final = 60
_BRAZIL: Final = "BR"
_LONGEST_NATIONAL: Final = 11
"""Usual number of digits of the longest number without a country code."""

_LONGEST_AREA: Final = 6  # country and area code: 5511, 1809
_SHORTEST_WITH_COUNTRY: Final = 10
_MEXICO_CODE: Final = "52"
_MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_EXTENSION: Final = re.compile(
    r"(?:ext|extens[aã]o|extensi[oó]n|ramal|x|#)[\s.:]*\d{1,6}\W*$", re.I
)
_SEPARATOR: Final = re.compile(r"[,;|/\n]|\b(?:e|o|ou|or|and|y)\b|(?<=\d)\s*(?=\+)", re.I)
_WHOLE_FRACTION: Final = re.compile(r"\.0+$")  # `5511987654321.0`: a spreadsheet made it a decimal
_DIGITS: Final = re.compile(r"\+?(?:[^\w+]|[\d_])*\d")
_MEXICAN_PREFIX: Final = re.compile(r"^(?:01|044|045|1)(?=\d{10}$)")
"""Prefixes of national numbers in Mexico until 2019."""


@dataclass(frozen=True, slots=True)
class _PhoneField:
    """The digits of a field; `is_international` if they follow `+` or `00`."""

    digits: str = ""
    is_international: bool = False


def phone_text(field: object) -> str | None:
    """The text of a phone field, which may be a JSON number; None for any other value."""
    is_text = isinstance(field, str) or type(field) is int
    return str(field) if is_text and len(str(field)) <= MAX_PHONE else None


@lru_cache(maxsize=1 << 16)
def format_phone(area: str | None, number: str | None, country: str | None = None) -> str | None:
    """A phone number as E.164, None if no reading of it is valid.

    `country` decides between readings. A number of another country counts if it is written as
    such (`+`, `00`, country code as area), or if it is too long for the buyer's country.
    """
    area_field, number_field = _read_digits(area), _read_digits(number)
    if area_field is None or number_field is None:
        return None
    if not number_field.digits:  # the area's field has the whole number
        area_field, number_field = _PhoneField(), area_field
    if not number_field.digits.strip("0") or len(area_field.digits) > _LONGEST_AREA:
        return None
    phone = next(filter(None, _readings(area_field, number_field, country)), None)
    if phone is None:
        return None
    return phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164)


def _read_digits(text: str | None) -> _PhoneField | None:
    """The digits in a field; None if it has an address, several numbers or too much text."""
    if not text:
        return _PhoneField()
    if "@" in text or len(text) > MAX_PHONE:
        return None
    visible = (char for char in text if unicodedata.category(char) != "Cf")
    text = _WHOLE_FRACTION.sub("", unicodedata.normalize("NFKC", "".join(visible)).strip())
    text = _EXTENSION.sub("", text)
    parts = [part for part in _SEPARATOR.split(text) if sum(map(str.isdigit, part)) >= 6]
    runs = [match[0] for match in _DIGITS.finditer(text)]
    if len(parts) > 1 or len(runs) > 1:
        return None
    run = runs[0] if runs else ""
    digits = "".join(str(int(char)) for char in run if char.isdigit())
    is_international = run.startswith("+") or digits.startswith("00")
    return _PhoneField(digits.removeprefix("00") if is_international else digits, is_international)


# --- readings, the most trustworthy first ---------------------------------------------------------


def _readings(
    area: _PhoneField, number: _PhoneField, country: str | None
) -> Iterator[PhoneNumber | None]:
    code = area.digits.lstrip("0")
    if area.is_international or number.is_international:
        yield from _international_numbers(area, number)
    if not country:
        yield from _numbers_of_unknown_country(code, number.digits)
    elif country != _BRAZIL:
        yield _with_country_code(code, number.digits, is_exact=True)
        yield _long_mobile(code, number.digits)
    if country:
        yield from _numbers_in_country(area.digits, number.digits, country)
    yield from _foreign_numbers(code, number.digits, country)
    if not country and not code:
        yield _mobile(_national(number.digits, _BRAZIL))


def _numbers_of_unknown_country(code: str, digits: str) -> Iterator[PhoneNumber | None]:
    """The area is a country code or a Brazilian area code; the one that gives a mobile wins."""
    foreign = _with_country_code(code, digits, is_exact=True)
    brazilian = list(_numbers_in_country(code, digits, _BRAZIL)) if len(code) == 2 else []
    yield _mobile(foreign)
    yield from map(_mobile, brazilian)
    yield foreign
    yield from brazilian


def _international_numbers(area: _PhoneField, number: _PhoneField) -> Iterator[PhoneNumber | None]:
    """Readings of a field that begins with `+` or `00`."""
    if number.is_international:
        yield _international(number.digits)
    if area.is_international:
        yield _international(area.digits + number.digits)
        yield _with_repeated_area(area.digits, number.digits)


def _with_country_code(code: str, digits: str, is_exact: bool) -> PhoneNumber | None:
    """The area is a country code, or begins with one if it need not be exact."""
    if not code:
        return None
    phone = _international(code + digits) or _with_repeated_area(code, digits)
    if phone is None or not code.startswith(str(phone.country_code)):
        return None
    return None if is_exact and code != str(phone.country_code) else phone


def _long_mobile(code: str, digits: str) -> PhoneNumber | None:
    """A mobile number with its country code, longer than any national number."""
    return _mobile(_with_repeated_area(code, digits)) if len(digits) > _LONGEST_NATIONAL else None


def _numbers_in_country(area: str, digits: str, country: str) -> Iterator[PhoneNumber | None]:
    """Numbers of one country: national, or with its code, with the area once or twice."""
    own_code = str(phonenumbers.country_code_for_region(country))
    code = area.lstrip("0")
    candidates = [
        _national(area + digits, country),
        _national(code + digits, country),
        _with_repeated_area(code, digits),
        _national(digits, country)
        if code in ("", own_code) or digits.lstrip("0").startswith(code)
        else None,
        _with_country_code(code, digits, is_exact=False),
    ]
    yield from (phone for phone in candidates if phone and str(phone.country_code) == own_code)


def _foreign_numbers(code: str, digits: str, country: str | None) -> Iterator[PhoneNumber | None]:
    """Numbers of any country.

    Not if the digits have the length of a number in the buyer's country: it may be mistyped.
    """
    if not _is_possible(code + digits, country):
        yield _with_country_code(code, digits, is_exact=country is not None)
    if len(digits) >= _SHORTEST_WITH_COUNTRY and not _is_possible(digits, country):
        yield _with_repeated_area(code, digits)


def _with_repeated_area(code: str, digits: str) -> PhoneNumber | None:
    """A number with its country code that repeats the area, or any such number without an area."""
    phone = _international(digits)
    if phone is None or phone.country_code is None:
        return None
    national = phonenumbers.national_significant_number(phone)
    token = phonenumbers.country_mobile_token(phone.country_code)
    beginnings = (f"{phone.country_code}{national}", national, national.removeprefix(token))
    return phone if any(text.startswith(code) for text in beginnings) else None


def _mobile(phone: PhoneNumber | None) -> PhoneNumber | None:
    return phone if phone and phonenumbers.number_type(phone) in _MOBILE else None


def _is_possible(digits: str, country: str | None) -> bool:
    """Whether the digits have the length of a number in the country."""
    try:
        return bool(country) and phonenumbers.is_possible_number(
            phonenumbers.parse(digits, country)
        )
    except phonenumbers.NumberParseException:
        return False


def _international(digits: str) -> PhoneNumber | None:
    digits = digits.lstrip("0")
    if digits.startswith(_MEXICO_CODE):
        digits = _MEXICO_CODE + _MEXICAN_PREFIX.sub("", digits.removeprefix(_MEXICO_CODE))
    return _parse(f"+{digits}", None)


def _national(digits: str, country: str) -> PhoneNumber | None:
    return _parse(_MEXICAN_PREFIX.sub("", digits) if country == "MX" else digits, country)


def _parse(text: str, country: str | None) -> PhoneNumber | None:
    """The number in a text; None if it is not valid."""
    try:
        phone = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return phone if phonenumbers.is_valid_number(phone) else None
