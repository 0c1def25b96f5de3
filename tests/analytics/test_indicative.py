"""Amounts of several currencies are compared at the platform's newest conversions."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl

from smartinst.analytics.indicative import RATES, indicative_currency, newest_of

Conversion = tuple[str, str, str, date]


def conversions(*rows: Conversion) -> pl.DataFrame:
    return newest_of([pl.DataFrame(list(rows), RATES, orient="row")])


def test_the_newest_conversion_of_a_pair_is_its_rate() -> None:
    frame = conversions(
        ("EUR", "BRL", "6.10", date(2026, 9, 1)),
        ("EUR", "BRL", "6.20", date(2026, 10, 2)),
        ("USD", "BRL", "5.50", date(2026, 10, 1)),
    )
    assert frame.rows() == [
        ("EUR", "BRL", "6.20", date(2026, 10, 2)),
        ("USD", "BRL", "5.50", date(2026, 10, 1)),
    ]


def test_the_currency_is_that_into_which_most_live_plans_convert() -> None:
    frame = conversions(
        ("EUR", "BRL", "6.20", date(2026, 10, 2)), ("USD", "EUR", "0.9", date(2026, 10, 1))
    )
    currency = indicative_currency(frame, {"BRL": 10, "EUR": 5, "USD": 4})
    assert currency is not None
    assert currency.code == "EUR"  # BRL by the inverse, USD as stated: 19 plans; BRL has 15
    assert currency.rates["BRL"] == (Fraction(5, 31), date(2026, 10, 2))
    assert currency.oldest_date == date(2026, 10, 1)


def test_minor_units_follow_the_exponents_of_both_currencies() -> None:
    frame = conversions(
        ("JPY", "EUR", "0.006", date(2026, 10, 2)), ("KWD", "EUR", "3", date(2026, 10, 2))
    )
    currency = indicative_currency(frame, {"EUR": 1, "JPY": 1, "KWD": 1})
    assert currency is not None
    assert currency.minor(10_000, "JPY") == 6_000  # 10,000 yen are 60.00 euros
    assert currency.minor(1_500, "KWD") == 450  # 1.500 dinars are 4.50 euros
    assert currency.minor(700, "EUR") == 700
    assert currency.minor(1, "ARS") is None


def test_without_plans_or_conversions_there_is_no_currency() -> None:
    assert indicative_currency(conversions(), {}) is None
    alone = indicative_currency(conversions(), {"EUR": 2})
    assert alone is not None
    assert (alone.code, alone.oldest_date) == ("EUR", None)


def test_a_rate_of_zero_is_no_rate() -> None:
    frame = conversions(("EUR", "BRL", "0", date(2026, 10, 2)))
    currency = indicative_currency(frame, {"BRL": 2, "EUR": 1})
    assert currency is not None
    assert set(currency.rates) == {"BRL"}
