"""Exact conversion of amounts from text to integers in minor units: 83.09 EUR is 8309.

Exponents are those of ISO 4217, also if CLDR differs; an unknown currency has 2 decimals
(docs/metrics.md §7).
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

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


@lru_cache(maxsize=1 << 16)
def to_minor(text: str, currency: str) -> int:
    """Minor units of an amount such as `83.09`, `40` or `4E1`; ValueError says what is wrong."""
    amount = _decimal(text)
    if amount < 0:
        raise ValueError("negative amount")
    if not amount:
        return 0
    if amount.adjusted() + exponent(currency) > 12:
        raise ValueError("amount too large")
    return _scale(amount, exponent(currency))


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        raise ValueError("amount too large") from None


def _scale(amount: Decimal, decimals: int) -> int:
    _, digits, power = amount.as_tuple()
    text = "".join(map(str, digits))
    significant = text.rstrip("0")
    shift = int(power) + len(text) - len(significant) + decimals
    if shift < 0:
        raise ValueError("more decimals than the currency has")
    minor: int = int(significant) * 10**shift
    if minor > MAX_MINOR:
        raise ValueError("amount too large")
    return minor
