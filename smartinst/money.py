"""Conversion of amounts from text to integers in minor units: 83.09 EUR is 8309.

Exponents are those of ISO 4217, also if CLDR differs; an unknown currency has 2 decimals
(docs/metrics.md §7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from smartinst.text_cache import cache_short_texts

MAX_MINOR: Final = 10**12
"""Largest plausible amount in minor units."""

_EXPONENTS: Final = {
    **dict.fromkeys(
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF").split(),
        0,
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def exponent(currency: str) -> int:
    """Number of decimals of a currency: JPY 0, EUR 2, KWD 3; 2 for an unknown code."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Amount:
    """Minor units of an amount; `is_rounded` if it had more decimals than its currency."""

    minor: int
    is_rounded: bool = False


@cache_short_texts(1 << 16)
def parse_amount(text: str, currency: str) -> Amount:
    """An amount such as `83.09`, `40` or `4E1`, rounded half up to the minor unit.

    ValueError says what is wrong with the text.
    """
    number = _decimal(text)
    if number and number.adjusted() + exponent(currency) > 12:
        raise ValueError("amount too large" if number > 0 else "negative amount")
    sign, digits, power = number.as_tuple()
    exact = Decimal((sign, digits, int(power) + exponent(currency)))
    minor = int(exact.to_integral_value(rounding=ROUND_HALF_UP))
    if minor < 0:
        raise ValueError("negative amount")
    if minor > MAX_MINOR:
        raise ValueError("amount too large")
    return Amount(minor, is_rounded=minor != exact)


def to_minor(text: str, currency: str) -> int:
    """Minor units of an amount that needs no rounding; ValueError says what is wrong."""
    amount = parse_amount(text, currency)
    if amount.is_rounded:
        raise ValueError("more decimals than the currency has")
    return amount.minor


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        raise ValueError("amount too large") from None
