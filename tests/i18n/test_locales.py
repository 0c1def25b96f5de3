"""Locales: amounts, numbers, dates and names in the conventions of each language."""

from __future__ import annotations

import pytest

from smartinst.drawing.fonts import characters
from smartinst.errors import ConfigurationError
from smartinst.i18n.locales import Locale, available_languages

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("tag", "minor", "currency", "text"),
    [
        ("pt-BR", 123456789, "EUR", f"€{NBSP}1.234.567,89"),
        ("pt-BR", 5, "USD", f"US${NBSP}0,05"),
        ("es", 123456789, "USD", f"1.234.567,89{NBSP}US$"),
        ("es", 123456789, "ARS", f"1.234.567,89{NBSP}ARS"),
        ("en", 123456, "USD", "US$1,234.56"),
        ("en", 123456, "ARS", f"ARS{NBSP}1,234.56"),
        ("en", 123456, "CAD", "CA$1,234.56"),
        ("en", 1234, "JPY", "¥1,234"),
        ("pt-BR", 1234, "JPY", f"¥{NBSP}1.234"),
        ("pt-BR", 1234, "CNY", f"CN¥{NBSP}12,34"),
        ("es", 1234, "GBP", f"12,34{NBSP}£"),
        ("es", 1234, "MXN", f"12,34{NBSP}MXN"),
        ("en", 1234567, "KWD", f"KWD{NBSP}1,234.567"),
        ("en", 1234567, "CLF", f"CLF{NBSP}123.4567"),
        ("en", -5, "EUR", "−€0.05"),
        ("en", 0, "EUR", "€0.00"),
        ("en", 10**17 + 1, "EUR", "€1,000,000,000,000,000.01"),
    ],
)
def test_an_amount_is_complete_and_its_dollar_is_unambiguous(
    tag: str, minor: int, currency: str, text: str
) -> None:
    assert Locale(tag).money(minor, currency) == text
    assert {ord(sign) for sign in text} <= characters()


@pytest.mark.parametrize(
    ("tag", "share", "day", "long_date", "month"),
    [
        ("pt-BR", "33,3%", "31/10/2026", "31 de outubro de 2026", "out 2026"),
        ("es", f"33,3{NBSP}%", "31/10/2026", "31 de octubre de 2026", "oct 2026"),
        ("en", "33.3%", "Oct 31, 2026", "October 31, 2026", "Oct 2026"),
    ],
)
def test_shares_and_dates_follow_the_language(
    tag: str, share: str, day: str, long_date: str, month: str
) -> None:
    locale = Locale(tag)
    assert locale.percent(1, 3, decimals=1) == share
    assert locale.date("2026-10-31") == day
    assert locale.date("2026-10-31", "long") == long_date
    assert locale.month("2026-10") == month


def test_a_share_of_zero_is_a_dash() -> None:
    assert Locale("en").percent(0, 0) == "–"


@pytest.mark.parametrize(
    ("n", "pt", "es"),
    [(0, "0 dia", "0 días"), (1, "1 dia", "1 día"), (1000, "1.000 dias", "1.000 días")],
)
def test_the_plural_follows_the_catalogue(n: int, pt: str, es: str) -> None:
    assert Locale("pt-BR").days(n) == pt
    assert Locale("es").days(n) == es


def test_status_names_are_translated() -> None:
    assert Locale("pt-BR").status("In progress with issues") == "Em andamento com pendências"
    assert Locale("es").status("Completed with issues") == "Completado con incidencias"
    assert Locale("es").status("Never seen") == "Never seen"


def test_names_come_from_cldr_and_unknown_codes_are_unchanged() -> None:
    locale = Locale("pt-BR")
    assert locale.country("ES") == "Espanha"
    assert locale.country("XQ") == "XQ"
    assert locale.currency("EUR") == "Euro"
    assert locale.payment_type("CREDIT_CARD") == "Cartão de crédito"
    assert locale.payment_type("NEW_WAY") == "NEW_WAY"


def test_braces_in_a_value_are_not_a_placeholder() -> None:
    assert Locale("pt-BR").gettext("As of {date}", date="{0} {name}") == "Posição em {0} {name}"


def test_vega_gets_number_and_date_formats_of_the_language() -> None:
    formats = Locale("pt-BR").vega_locale("EUR")
    assert formats["number"]["decimal"] == ","
    assert formats["number"]["currency"] == [f"€{NBSP}", ""]
    assert formats["time"]["shortMonths"][1] == "fev"
    assert formats["time"]["days"][0] == "domingo"


def test_languages_are_found_in_the_folder_and_others_are_refused() -> None:
    assert available_languages() == ("en", "es", "pt-BR")
    with pytest.raises(
        ConfigurationError, match="locale 'fr' has no catalogue; there are en, es, pt-BR"
    ):
        Locale("fr")
