"""Phone numbers as E.164 and countries as ISO 3166 alpha-2 (docs/metrics.md §7)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

import phonenumbers
from babel import Locale

from smartinst.hotmart.parsing.vocabulary import normalize

_LANGUAGES: Final = ("en", "es", "pt_PT", "pt")
_NOT_COUNTRIES: Final = frozenset("ZZ XA XB EU EZ UN QO".split())
_OTHER_NAMES: Final = {
    "eua": "US",
    "usa": "US",
    "united states of america": "US",
    "estados unidos da america": "US",
    "estados unidos de america": "US",
    "inglaterra": "GB",
    "england": "GB",
    "uk": "GB",
    "great britain": "GB",
    "holanda": "NL",
    "holland": "NL",
    "republica checa": "CZ",
    "czech republic": "CZ",
}


@lru_cache(maxsize=1 << 16)
def format_phone(area: str | None, number: str | None, country: str | None = None) -> str | None:
    """A phone number as E.164, None if invalid. A foreign number has its country code as area."""
    if not number or len(number) + len(area or "") > 60:
        return None
    valid = [
        candidate
        for candidate in _candidates(area or "", number, country)
        if candidate and phonenumbers.is_valid_number(candidate)
    ]
    if not valid:
        return None
    phone = next(
        (match for match in valid if phonenumbers.region_code_for_number(match) == country),
        valid[0],
    )
    return phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164)


def _candidates(
    area: str, number: str, country: str | None
) -> list[phonenumbers.PhoneNumber | None]:
    """The number read as international, then as national in the country, then as Brazilian."""
    international = number if number.startswith("+") else area.lstrip("+0") + number
    candidates = [_parse_phone(f"+{international.lstrip('+')}", None)]
    if country:
        candidates.append(_parse_phone(area + number, country))
    if len(area.lstrip("0")) == 2 and country in (None, "BR"):
        candidates.append(_parse_phone(area.lstrip("0") + number, "BR"))
    return candidates


def _parse_phone(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=4096)
def country_code(iso: str | None, name: str | None) -> str | None:
    """Alpha-2 code from a code, else from a name in Portuguese, Spanish or English; else None."""
    if iso and iso.strip().upper() in _codes():
        return iso.strip().upper()
    if not name:
        return None
    code = name.strip().upper()
    return code if code in _codes() else _code_by_name().get(normalize(name))


@cache
def _codes() -> frozenset[str]:
    codes = (str(code) for code in Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


@cache
def _code_by_name() -> dict[str, str]:
    names = {
        normalize(str(name)): str(code)
        for language in _LANGUAGES
        for code, name in Locale.parse(language).territories.items()
        if code in _codes()
    }
    return names | _OTHER_NAMES
