"""Conversion of amounts from text: exact, rounded, or refused with a reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartinst.money import Amount, exponent, parse_amount, to_minor

AMOUNTS = [
    ("83.09", "EUR", 8309),
    ("0.29", "USD", 29),
    ("1.15", "EUR", 115),
    ("40", "EUR", 4000),
    ("40.0", "EUR", 4000),
    ("4E1", "EUR", 4000),
    ("8309E-2", "EUR", 8309),
    ("4980.0", "JPY", 4980),
    ("1500000", "PYG", 1_500_000),
    ("12.345", "KWD", 12345),
    ("0.0001", "CLF", 1),
    ("0E9", "EUR", 0),
    ("-0", "EUR", 0),
    ("10000000000", "EUR", 10**12),
    ("1.00", "QQQ", 100),
]


@pytest.mark.parametrize(
    ("text", "currency", "minor"), AMOUNTS, ids=[f"{text} {code}" for text, code, _ in AMOUNTS]
)
def test_an_amount_is_converted_from_its_text_to_minor_units(
    text: str, currency: str, minor: int
) -> None:
    assert to_minor(text, currency) == minor
    assert parse_amount(text, currency) == Amount(minor, is_rounded=False)


ROUNDED_AMOUNTS = [
    ("83.091", "EUR", 8309),
    ("83.095", "EUR", 8310),
    ("83.09499999999999999999999999999999999999", "EUR", 8309),
    ("42.50000000000001", "EUR", 4250),
    ("42.499999999999996", "EUR", 4250),
    ("5625.21", "CLP", 5625),
    ("4980.5", "JPY", 4981),
    ("181818.18", "PYG", 181_818),
    ("12.3455", "KWD", 12346),
    ("0.00005", "CLF", 1),
    ("4e-300", "EUR", 0),
    ("-2.7E-17", "EUR", 0),
    ("10000000000.004", "EUR", 10**12),
]


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    ROUNDED_AMOUNTS,
    ids=[f"{text} {code}" for text, code, _ in ROUNDED_AMOUNTS],
)
def test_more_decimals_than_the_currency_has_are_rounded_half_up(
    text: str, currency: str, minor: int
) -> None:
    assert parse_amount(text, currency) == Amount(minor, is_rounded=True)
    with pytest.raises(ValueError, match="more decimals"):
        to_minor(text, currency)


INVALID_AMOUNTS = [
    ("-1", "EUR", "negative"),
    ("-0.005", "EUR", "negative"),
    ("-1E20", "EUR", "negative"),
    ("10000000000.01", "EUR", "too large"),
    ("1E999999999", "EUR", "too large"),
    ("1E99999999999999999999", "EUR", "too large"),
    ("NaN", "EUR", "not a number"),
    ("Infinity", "EUR", "not a number"),
    ("1_000", "EUR", "not a number"),
    ("٤٠", "EUR", "not a number"),
    ("", "EUR", "not a number"),
    ("40,00", "EUR", "not a number"),
]


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    INVALID_AMOUNTS,
    ids=[f"{text} {code}" for text, code, _ in INVALID_AMOUNTS],
)
def test_an_impossible_amount_is_refused_with_the_reason(
    text: str, currency: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_amount(text, currency)


@given(st.integers(0, 10**12), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_an_amount_in_major_units_converts_back_to_the_same_amount(
    minor: int, currency: str
) -> None:
    assert to_minor(str(Decimal(minor).scaleb(-exponent(currency))), currency) == minor
