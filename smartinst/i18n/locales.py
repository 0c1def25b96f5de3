"""One language: its words from the catalogue, its amounts, numbers, dates and names from CLDR.

The English text is the message id, so `en` needs no catalogue; every other language is one file,
`templates/locale/<pt_BR>/LC_MESSAGES/smartinst.po`, and nothing else. Messages use named {placeholders}.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

from babel import Locale as Cldr
from babel.dates import format_date, get_day_names, get_month_names, get_period_names
from babel.numbers import (
    NumberPattern,
    format_decimal,
    get_currency_name,
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

SYMBOLS: Final = {"BRL": "R$", "EUR": "€", "GBP": "£", "USD": "US$"}
"""Symbols that no other currency shares and the bundled font has; every other currency is written by its code."""


def N_(text: str) -> str:  # noqa: N802 - the name by which gettext tools know a marked text
    """Marks a text for the catalogue without translating it here."""
    return text


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


@lru_cache(maxsize=8192)
def _number(tag: str, value: int | Decimal, decimals: int) -> str:
    """Kept: page and paper write the same numbers."""
    exact = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = format_decimal(abs(exact), format=_pattern(decimals), locale=catalogue.cldr(tag))
    return f"{MINUS}{text}" if exact < 0 else text


@lru_cache(maxsize=16)
def _pattern(decimals: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * decimals if decimals else ""))


@dataclass(frozen=True)
class Locale:
    """A language by its tag (`pt-BR`); ConfigurationError for one that has no catalogue."""

    tag: str = "en"

    def __post_init__(self) -> None:
        if self.tag not in available_languages():
            raise ConfigurationError(
                f"locale {self.tag!r} has no catalogue; there are {', '.join(available_languages())}"
            )

    @property
    def cldr(self) -> Cldr:
        """The same language in Babel."""
        return catalogue.cldr(self.tag)

    # --- words --------------------------------------------------------------------------------------------------------

    def gettext(self, text: str, **values: object) -> str:
        """The text in this language (itself where the catalogue lacks it), its {placeholders} filled when values come."""
        found = catalogue.translations(self.tag).get(text, text)
        said = found if isinstance(found, str) else found[0]
        return said.format(**values) if values else said

    def ngettext(self, one: str, many: str, n: int, **values: object) -> str:
        """The form for `n`; {n} is the number as this language writes it, unless `n` is given among the values' texts."""
        forms = catalogue.translations(self.tag).get(one)
        if isinstance(forms, tuple):
            said = forms[min(catalogue.plural_rule(self.tag)(n), len(forms) - 1)]
        else:
            said = one if n == 1 else many
        return said.format(**{"n": self.number(n), **values})

    def plural_form_indexes(self) -> dict[str, int]:
        """CLDR's category of a number (one, few, many, other…) → which of `forms` is its own in this catalogue."""
        numbers = [*range(1, 201), 0, 1_000_000]
        return {
            self.cldr.plural_form(n): catalogue.plural_rule(self.tag)(n) for n in reversed(numbers)
        }

    def plural_forms(self, one: str, many: str) -> list[str]:
        """Every form of a message in the catalogue's order, for a script that picks one; {n} stays."""
        forms = catalogue.translations(self.tag).get(one)
        return list(forms) if isinstance(forms, tuple) else [one, many]

    def status(self, english: str) -> str:
        """A plan's status (docs/metrics.md §3) in this language; an unknown word stays as it is."""
        return self.gettext(STATUSES[english]) if english in STATUSES else english

    def payment_type(self, code: str) -> str:
        """The platform's payment type in words; one we never saw stays as it is."""
        return self.gettext(PAYMENT_TYPES[code]) if code in PAYMENT_TYPES else code

    def country(self, code: str) -> str:
        """A country's name by its ISO 3166 code; an unknown code stays as it is."""
        return self.cldr.territories.get(code, code) if len(code) == 2 else code

    def currency(self, code: str) -> str:
        """A currency's name by its ISO 4217 code, with a capital; an unknown code stays as it is."""
        name = get_currency_name(code, locale=self.cldr)
        return name[:1].upper() + name[1:]

    def days(self, n: int) -> str:
        """A number of days in words."""
        return self.ngettext("{n} day", "{n} days", n)

    def join_words(self, words: list[str]) -> str:
        """Words joined as a sentence joins them: a, b and c."""
        if len(words) < 2:
            return "".join(words)
        return self.gettext("{words} and {last}", words=", ".join(words[:-1]), last=words[-1])

    # --- numbers ------------------------------------------------------------------------------------------------------

    def number(self, value: int | Decimal, decimals: int = 0) -> str:
        """A number with this language's separators and so many decimals, rounded half up; never a float."""
        return _number(self.tag, value, decimals)

    def money(self, minor: int, currency: str) -> str:
        """The full amount of minor units: `R$ 1.234,50`, `1.234,50 €`, `ARS 1,234.50`; JPY has no decimals, KWD three."""
        places = exponent(currency)
        number = self.number(abs(Decimal(minor).scaleb(-places)), places)
        before, after = self.currency_affixes(currency)
        return f"{MINUS if minor < 0 else ''}{before}{number}{after}"

    def currency_affixes(self, currency: str) -> tuple[str, str]:
        """What stands before and behind an amount's number, no-break spaces included."""
        sign = SYMBOLS.get(currency, currency)
        pattern = self.cldr.currency_formats["standard"].pattern.split(";")[0]
        if pattern.startswith("¤"):
            spaced = NO_BREAK in pattern or " " in pattern or sign.isalpha()
            return sign + (NO_BREAK if spaced else ""), ""
        return "", NO_BREAK + sign

    def percent(
        self, numerator: int | Decimal, denominator: int | Decimal = 1, decimals: int = 0
    ) -> str:
        """A share in per cent, exact to the last digit; `–` where the denominator is 0."""
        if not denominator:
            return "–"
        share = Decimal(numerator) * 100 / Decimal(denominator)
        tight = "%" in self.cldr.percent_formats[None].pattern.replace(NO_BREAK, " ").split(" ")[0]
        return f"{self.number(share, decimals)}{'' if tight else NO_BREAK}%"

    # --- dates --------------------------------------------------------------------------------------------------------

    def date(self, day: datetime.date | str, form: str = "short") -> str:
        """A date in figures (`short`), in words (`long`) or with its weekday (`full`); text is read as ISO."""
        pattern = self.date_pattern if form == "short" else form
        return format_date(_day(day), pattern, locale=self.cldr)

    @cached_property
    def date_pattern(self) -> str:
        """CLDR's pattern for a date in a table: in figures with the whole year; months by name where they stand first."""
        short = self.cldr.date_formats["short"].pattern
        if short.startswith("M"):
            return str(self.cldr.date_formats["medium"].pattern)
        parts = {"d": "dd", "M": "MM", "yy": "y"}
        return "/".join(parts.get(part, part) for part in short.split("/"))

    def month(self, month: str, form: str = "short") -> str:
        """A month `2026-10` as `Oct 2026` (`long`: `October 2026`)."""
        names = self.months(form)
        name = names[int(month[5:7]) - 1]
        joint = (
            " de "
            if form == "long" and " 'de' y" in self.cldr.date_formats["long"].pattern
            else " "
        )
        return f"{name}{joint}{month[:4]}"

    def months(self, form: str = "short") -> list[str]:
        """The twelve months' names, January first, as they stand alone."""
        width: Literal["wide", "abbreviated"] = "wide" if form == "long" else "abbreviated"
        names = get_month_names(width, "stand-alone", locale=self.cldr)
        return [names[number].rstrip(".") for number in range(1, 13)]

    def weekday(self, day: datetime.date | str) -> str:
        """The name of a date's weekday."""
        return str(get_day_names("wide", "stand-alone", locale=self.cldr)[_day(day).weekday()])

    # --- for scripts that write by themselves -------------------------------------------------------------------------

    def vega_locale(self, currency: str | None = None) -> dict[str, dict[str, Any]]:
        """Vega's locale: {"number": …, "time": …}; `$` in a format then means the currency given."""
        before, after = self.currency_affixes(currency) if currency else ("", "")
        names = get_day_names("wide", "stand-alone", locale=self.cldr)
        short = get_day_names("abbreviated", "stand-alone", locale=self.cldr)
        periods = get_period_names(locale=self.cldr)
        sunday_first = [6, 0, 1, 2, 3, 4, 5]
        return {
            "number": {
                **self.separators(),
                "grouping": [3],
                "currency": [before, after],
                "minus": MINUS,
            },
            "time": {
                "dateTime": "%x %X",
                "date": "%d/%m/%Y",
                "time": "%H:%M",
                "periods": [periods.get("am", "AM"), periods.get("pm", "PM")],
                "days": [names[day] for day in sunday_first],
                "shortDays": [short[day].rstrip(".") for day in sunday_first],
                "months": self.months("long"),
                "shortMonths": self.months("short"),
            },
        }

    def separators(self) -> dict[str, str]:
        """The decimal and the thousands sign."""
        return {
            "decimal": get_decimal_symbol(self.cldr),
            "thousands": get_group_symbol(self.cldr),
        }


def _day(day: datetime.date | str) -> datetime.date:
    return datetime.date.fromisoformat(day) if isinstance(day, str) else day
