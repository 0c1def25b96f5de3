"""Locale: translated messages from a catalogue; amounts, numbers, dates and names from CLDR.

The English text is the message id, so `en` needs no catalogue. Every other language is one file,
`templates/locale/<pt_BR>/LC_MESSAGES/smartinst.po`. Messages have named {placeholders}.
"""

from __future__ import annotations

import datetime
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

from babel import Locale as Cldr
from babel.dates import format_date, get_day_names, get_month_names, get_period_names
from babel.numbers import (
    NumberPattern,
    format_decimal,
    get_currency_name,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    parse_pattern,
)

from smartinst.errors import ConfigurationError
from smartinst.i18n import catalogue
from smartinst.i18n.catalogue import available_languages
from smartinst.money import exponent

__all__ = ["MINUS", "N_", "Locale", "available_languages"]

NO_BREAK: Final = "\u00a0"
MINUS: Final = "\u2212"

SYMBOLS: Final = {"BRL": "R$", "USD": "US$", "XXX": "XXX"}
"""Symbols that every language has here, because CLDR's is ambiguous or missing in some."""


def N_(text: str) -> str:  # noqa: N802 - the conventional name in gettext
    """Mark a string for extraction into the catalogue, without translating it."""
    return text


def plural_message(singular: str, plural: str) -> tuple[str, str]:
    """Mark two strings for extraction, as the arguments of a later `ngettext`."""
    return singular, plural


STATUSES: Final = {
    "In progress": N_("In progress"),
    "In progress with issues": N_("In progress with issues"),
    "Completed": N_("Completed"),
    "Completed with issues": N_("Completed with issues"),
    "Canceled": N_("Canceled"),
    "Refunded": N_("Refunded"),
    "Inactive": N_("Inactive"),
}
PAYMENT_TYPES: Final = {
    "CREDIT_CARD": N_("Credit card"),
    "DEBIT_CARD": N_("Debit card"),
    "BILLET": N_("Boleto"),
    "FINANCED_BILLET": N_("Financed boleto"),
    "FINANCED_INSTALLMENT": N_("Financed installments"),
    "CASH_PAYMENT": N_("Cash payment"),
    "DIRECT_BANK_TRANSFER": N_("Bank transfer"),
    "DIRECT_DEBIT": N_("Direct debit"),
    "HOTCARD": N_("Hotmart card"),
    "HOTMART_INSTALLMENTS": N_("Hotmart installments"),
    "HYBRID": N_("Two cards"),
    "MANUAL_TRANSFER": N_("Manual transfer"),
    "PAYPAL_INTERNACIONAL": "PayPal",
    "PAYPAL": "PayPal",
    "PICPAY": "PicPay",
    "PIX": "Pix",
    "GOOGLE_PAY": "Google Pay",
    "APPLE_PAY": "Apple Pay",
    "SAMSUNG_PAY": "Samsung Pay",
    "WALLET": N_("Wallet"),
}


def currency_sign(code: str, cldr: Cldr) -> str:
    """The sign of a currency: a single character that no other has, else CLDR's of the language.

    CLDR's English signs are unique: `¥` is the yen, and the yuan is `CN¥`. Other languages have
    `JP¥` or the code for what their readers know by the same character.
    """
    if code in SYMBOLS:
        return SYMBOLS[code]
    english = str(get_currency_symbol(code, locale="en"))
    is_single = len(english) == 1 and unicodedata.category(english) == "Sc"
    return english if is_single else str(get_currency_symbol(code, locale=cldr))


@lru_cache(maxsize=8192)
def _format_number(tag: str, value: int | Decimal, decimals: int) -> str:
    """A formatted number; cached, because the page and the PDF contain the same numbers."""
    exact = Decimal(value)
    with localcontext(prec=max(28, exact.adjusted() + decimals + 3)):
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        text = format_decimal(abs(rounded), format=_pattern(decimals), locale=catalogue.cldr(tag))
    return f"{MINUS}{text}" if rounded < 0 else text


@lru_cache(maxsize=1024)
def _currency_affixes(tag: str, currency: str) -> tuple[str, str]:
    cldr = catalogue.cldr(tag)
    sign = currency_sign(currency, cldr)
    pattern = cldr.currency_formats["standard"].pattern.split(";")[0]
    if pattern.startswith("¤"):
        is_word = sign[-1].isalpha() or sign.endswith(".")
        has_space = is_word or NO_BREAK in pattern or " " in pattern
        return sign + (NO_BREAK if has_space else ""), ""
    return "", NO_BREAK + sign


@lru_cache(maxsize=16)
def _pattern(decimals: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * decimals if decimals else ""))


@dataclass(frozen=True)
class Locale:
    """The locale of a language tag (`pt-BR`); ConfigurationError if it has no catalogue."""

    tag: str = "en"

    def __post_init__(self) -> None:
        languages = available_languages()
        if self.tag not in languages:
            raise ConfigurationError(
                f"locale {self.tag!r} has no catalogue; there are {', '.join(languages)}"
            )

    @property
    def cldr(self) -> Cldr:
        """Babel's locale for this language."""
        return catalogue.cldr(self.tag)

    # --- words ------------------------------------------------------------------------------------

    def gettext(self, text: str, **values: object) -> str:
        """The translation of a message, else the message; values replace its {placeholders}."""
        forms = catalogue.translations(self.tag).get(text, text)
        translation = forms if isinstance(forms, str) else forms[0]
        return translation.format(**values) if values else translation

    def ngettext(self, singular: str, plural: str, n: int, **values: object) -> str:
        """The plural form for `n`; {n} is replaced by the formatted number."""
        forms = catalogue.translations(self.tag).get(singular)
        if isinstance(forms, tuple):
            translation = forms[min(catalogue.plural_rule(self.tag)(n), len(forms) - 1)]
        else:
            translation = singular if n == 1 else plural
        return translation.format(**{"n": self.number(n), **values})

    def plural_form_indexes(self) -> dict[str, int]:
        """CLDR's plural category (one, few, many, other…) → index of its form in `plural_forms`."""
        numbers = [*range(1, 201), 0, 1_000_000]
        return {
            self.cldr.plural_form(n): catalogue.plural_rule(self.tag)(n) for n in reversed(numbers)
        }

    def plural_forms(self, singular: str, plural: str) -> list[str]:
        """All forms of a message in the order of the catalogue, with {n}; for scripts."""
        forms = catalogue.translations(self.tag).get(singular)
        return list(forms) if isinstance(forms, tuple) else [singular, plural]

    def status(self, english: str) -> str:
        """The translation of a plan's status (docs/metrics.md §3); an unknown one is unchanged."""
        return self.gettext(STATUSES[english]) if english in STATUSES else english

    def payment_type(self, code: str) -> str:
        """The name of a payment type of the platform; an unknown one is unchanged."""
        return self.gettext(PAYMENT_TYPES[code]) if code in PAYMENT_TYPES else code

    def country(self, code: str) -> str:
        """The name of a country by its ISO 3166 code; an unknown code is unchanged."""
        return self.cldr.territories.get(code, code) if len(code) == 2 else code

    def currency(self, code: str) -> str:
        """The capitalized name of a currency by its ISO 4217 code; an unknown code is unchanged."""
        name = get_currency_name(code, locale=self.cldr)
        return name[:1].upper() + name[1:]

    def days(self, n: int) -> str:
        """A number of days: `3 days`."""
        return self.ngettext("{n} day", "{n} days", n)

    def join_words(self, words: list[str]) -> str:
        """Words as a list in a sentence: a, b and c."""
        if len(words) < 2:
            return "".join(words)
        return self.gettext("{items} and {last}", items=", ".join(words[:-1]), last=words[-1])

    # --- numbers ----------------------------------------------------------------------------------

    def number(self, value: int | Decimal, decimals: int = 0) -> str:
        """A number with the separators of the language, rounded half up; never pass a float."""
        return _format_number(self.tag, value, decimals)

    def money(self, minor: int, currency: str) -> str:
        """An amount in minor units, in full: `R$ 1.234,50`, `1.234,50 €`, `ARS 1,234.50`."""
        decimals = exponent(currency)
        number = self.number(abs(Decimal(minor).scaleb(-decimals)), decimals)
        prefix, suffix = self.currency_affixes(currency)
        return f"{MINUS if minor < 0 else ''}{prefix}{number}{suffix}"

    def currency_affixes(self, currency: str) -> tuple[str, str]:
        """Prefix and suffix of an amount, with no-break spaces."""
        return _currency_affixes(self.tag, currency)

    def percent(
        self, numerator: int | Decimal, denominator: int | Decimal = 1, decimals: int = 0
    ) -> str:
        """A share as a percentage, exact to the last digit; `–` if the denominator is 0."""
        if not denominator:
            return "–"
        share = Decimal(numerator) * 100 / Decimal(denominator)
        pattern = self.cldr.percent_formats[None].pattern
        space = NO_BREAK if NO_BREAK in pattern or " " in pattern else ""
        return f"{self.number(share, decimals)}{space}%"

    # --- dates ------------------------------------------------------------------------------------

    def date(self, day: datetime.date | str, form: str = "short") -> str:
        """A date in digits (`short`), with the month's name (`long`), or also the weekday (`full`).

        A string is parsed as an ISO date.
        """
        pattern = self.date_pattern if form == "short" else form
        if isinstance(day, str):
            day = datetime.date.fromisoformat(day)
        return format_date(day, pattern, locale=self.cldr)

    @cached_property
    def date_pattern(self) -> str:
        """CLDR's pattern for a date in a table: digits, with a four-digit year.

        The month is a name if it comes first.
        """
        pattern = self.cldr.date_formats["short"].pattern
        if pattern.startswith("M"):
            return str(self.cldr.date_formats["medium"].pattern)
        parts = {"d": "dd", "M": "MM", "yy": "y"}
        return "/".join(parts.get(part, part) for part in pattern.split("/"))

    def month(self, month: str, form: str = "short") -> str:
        """A month `2026-10` as `Oct 2026` (`long`: `October 2026`)."""
        names = self.months(form)
        name = names[int(month[5:7]) - 1]
        has_de = form == "long" and " 'de' y" in self.cldr.date_formats["long"].pattern
        return f"{name}{' de ' if has_de else ' '}{month[:4]}"

    def months(self, form: str = "short") -> list[str]:
        """Names of the twelve months in their stand-alone form, January first."""
        width: Literal["wide", "abbreviated"] = "wide" if form == "long" else "abbreviated"
        names = get_month_names(width, "stand-alone", locale=self.cldr)
        return [names[number].rstrip(".") for number in range(1, 13)]

    # --- formats for scripts ----------------------------------------------------------------------

    def vega_locale(self, currency: str | None = None) -> dict[str, dict[str, Any]]:
        """Vega's locale: {"number": …, "time": …}; `$` in a format stands for the currency."""
        affixes = self.currency_affixes(currency) if currency else ("", "")
        names = get_day_names("wide", "stand-alone", locale=self.cldr)
        short_names = get_day_names("abbreviated", "stand-alone", locale=self.cldr)
        periods = get_period_names(locale=self.cldr)
        sunday_first = [6, 0, 1, 2, 3, 4, 5]
        return {
            "number": {
                **self.separators(),
                "grouping": [3],
                "currency": list(affixes),
                "minus": MINUS,
                "percent": self.percent(0).removeprefix("0"),
            },
            "time": {
                "dateTime": "%x %X",
                "date": "%d/%m/%Y",
                "time": "%H:%M",
                "periods": [periods.get("am", "AM"), periods.get("pm", "PM")],
                "days": [names[day] for day in sunday_first],
                "shortDays": [short_names[day].rstrip(".") for day in sunday_first],
                "months": self.months("long"),
                "shortMonths": self.months("short"),
            },
        }

    def separators(self) -> dict[str, str]:
        """Decimal and thousands separators."""
        return {
            "decimal": get_decimal_symbol(self.cldr),
            "thousands": get_group_symbol(self.cldr),
        }
