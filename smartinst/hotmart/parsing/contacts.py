"""A buyer's phone as E.164 and country as ISO 3166 alpha-2; null where it cannot be told (docs/metrics.md §7)."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

import phonenumbers
from babel import Locale

from smartinst.hotmart.parsing.vocabulary import fold

_LANGUAGES: Final = ("en", "es", "pt_PT", "pt")
_NO_COUNTRIES: Final = frozenset("ZZ XA XB EU EZ UN QO".split())
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
def phone(area: str | None, number: str | None, country: str | None = None) -> str | None:
    """E.164 of an area code (abroad: the country's) and a number, or null unless it is a valid number."""
    if not number or len(number) + len(area or "") > 60:
        return None
    found = [
        one
        for one in _readings(area or "", number, country)
        if one and phonenumbers.is_valid_number(one)
    ]
    if not found:
        return None
    best = next(
        (one for one in found if phonenumbers.region_code_for_number(one) == country), found[0]
    )
    return phonenumbers.format_number(best, phonenumbers.PhoneNumberFormat.E164)


def _readings(area: str, number: str, country: str | None) -> list[phonenumbers.PhoneNumber | None]:
    """With the country's code in front; then as dialled in the buyer's country; then as in Brazil."""
    abroad = area.lstrip("+0") + number.lstrip("+") if not number.startswith("+") else number
    readings = [_parsed(f"+{abroad.lstrip('+')}", None)]
    if country:
        readings.append(_parsed(area + number, country))
    if len(area.lstrip("0")) == 2 and country in (None, "BR"):
        readings.append(_parsed(area.lstrip("0") + number, "BR"))
    return readings


def _parsed(words: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(words, region)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=4096)
def country(iso: str | None, name: str | None) -> str | None:
    """Alpha-2 of a code, else of a country's name in Portuguese, Spanish or English; null where neither is known."""
    if iso and iso.strip().upper() in _codes():
        return iso.strip().upper()
    if not name:
        return None
    known = name.strip().upper()
    return known if known in _codes() else _names().get(fold(name))


@cache
def _codes() -> frozenset[str]:
    known = (str(code) for code in Locale.parse("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


@cache
def _names() -> dict[str, str]:
    named = {
        fold(str(name)): str(code)
        for language in _LANGUAGES
        for code, name in Locale.parse(language).territories.items()
        if code in _codes()
    }
    return named | _OTHER_NAMES
