"""Countries as ISO 3166 alpha-2, from codes or names in three languages (docs/metrics.md §7)."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pycountry
from babel import Locale

from smartinst.hotmart.values.vocabulary import normalize
from smartinst.text_cache import cache_short_texts

_CLDR_LANGUAGES: Final = ("en", "es", "es_419", "es_MX", "pt_PT", "pt")
_ISO_LANGUAGES: Final = ("es", "pt", "pt_BR")
_KOSOVO: Final = "XK"  # not in ISO 3166, but in use
_LINKING_WORDS: Final = frozenset(
    "and the of y el la los las de del e o a os as do da dos das".split()
)
_WORD: Final = re.compile(r"[a-z]{2,}")
_ABBREVIATION: Final = re.compile(r"(?<=\b[a-z])\.\s?(?=[a-z]\b)|(?<=\bee)\.\s?(?=uu\b)")
"""The full stops inside `e.u.a.` and `ee. uu.`."""

_OTHER_NAMES: Final = {
    "AE": ("UAE", "EAU", "Emirados Árabes", "Emiratos Árabes"),
    "BH": ("Bahrein",),
    "CD": ("DR Congo", "RD Congo", "Congo DRC", "Congo RDC", "DRC"),
    "CI": ("Ivory Coast",),
    "ES": ("Canárias", "Ilhas Canárias", "Islas Canarias"),
    "GB": (
        *("UK", "Great Britain", "Britain", "Grã-Bretanha", "Gran Bretaña"),
        *("England", "Inglaterra", "Scotland", "Escócia", "Escocia", "Wales", "País de Gales"),
        *("Gales", "Northern Ireland", "Irlanda do Norte", "Irlanda del Norte"),
    ),
    "HK": ("Hong Kong China", "RAE de Hong Kong", "Hongkong"),
    "IE": ("Republic of Ireland", "República da Irlanda", "República de Irlanda", "Eire"),
    "KR": ("Coreia", "Corea", "Korea"),
    "KW": ("Coveite",),
    "MK": ("Macedonia", "Macedônia", "FYROM"),
    "MM": ("Burma",),
    "MO": ("Macau China", "Macao China", "RAE de Macau", "RAE de Macao", "Macau SAR"),
    "MU": ("Ilhas Maurício", "Ilhas Maurícias"),
    "NL": ("Holland", "Holanda"),
    "PS": ("Palestine", "Palestina"),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Taiwan China", "Formosa"),
    "US": ("EUA", "EEUU", "Estados Unidos da América do Norte"),
    "VA": ("Vatican", "Vaticano", "Holy See", "Santa Sé", "Santa Sede"),
}
"""Names and abbreviations in use that neither CLDR nor ISO lists."""


@cache_short_texts(4096)
def country_code(iso: str | None, name: str | None) -> str | None:
    """Alpha-2 code from a code, else from a name in Portuguese, Spanish or English; else None."""
    return next(filter(None, map(_identify, (iso, name))), None)


def _identify(text: str | None) -> str | None:
    """The country of a code of two or three letters, or of a name."""
    if not text:
        return None
    code = _code_by_code().get(text.replace(".", "").strip().upper())
    return code or _code_by_name().get(_key(text))


def _key(name: str) -> frozenset[str]:
    """The words of a name that matter, in any order: ISO writes `Bolivia, Plurinational State of`.

    Accents, apostrophes, punctuation and linking words do not matter.
    """
    text = _ABBREVIATION.sub("", normalize(name))
    return frozenset(_WORD.findall(text)) - _LINKING_WORDS


@cache
def _code_by_code() -> dict[str, str]:
    """Alpha-2 and alpha-3 codes → alpha-2."""
    alpha_2 = {country.alpha_2: country.alpha_2 for country in pycountry.countries}
    alpha_3 = {country.alpha_3: country.alpha_2 for country in pycountry.countries}
    return alpha_2 | alpha_3 | {_KOSOVO: _KOSOVO}


@cache
def _code_by_name() -> dict[frozenset[str], str]:
    """Words of a name → alpha-2; names in use come first, then ISO's, then CLDR's."""
    names = [*_cldr_names(), *_iso_names()]
    names += [(name, code) for code, names_in_use in _OTHER_NAMES.items() for name in names_in_use]
    by_name = {_key(name): code for name, code in names}
    by_name.pop(frozenset(), None)
    return by_name


def _cldr_names() -> Iterator[tuple[str, str]]:
    codes = set(_code_by_code().values())
    for language in _CLDR_LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in codes:
                yield str(name), str(code)


def _iso_names() -> Iterator[tuple[str, str]]:
    """Short, official and common names, in English and translated."""
    catalogues = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        for language in _ISO_LANGUAGES
    ]
    for country in pycountry.countries:
        for kind in ("name", "official_name", "common_name"):
            if name := getattr(country, kind, None):
                yield name, country.alpha_2
                for catalogue in catalogues:
                    yield catalogue.gettext(name), country.alpha_2
