"""A sample seller's business: products, markets, and the currencies of its commission."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from smartinst.sample.draws import Odds
from smartinst.sample.people import Culture

_CASH: Final = Odds({"CASH_PAYMENT": 1})
_POINT_MILLIONTHS: Final = {"EUR": 1_000_000, "USD": 1_080_000}
"""Value of one list-price point, in millionths of each payout currency of foreign sales."""


@dataclass(frozen=True)
class Payout:
    """Currency of the seller's commission.

    `rate_millionths`: its units for a million units of the purchase currency.
    """

    currency: str
    exponent: int
    rate_millionths: int = 1_000_000


@dataclass(frozen=True)
class Market:
    """A purchase currency and its buyers; amounts are integers of its minor unit."""

    currency: str
    exponent: int
    minor_per_point: int  # price of one list-price point
    step_minor: int  # prices are multiples of this
    fixed_fee_minor: int  # the platform's fixed fee of each transaction
    commission: str  # the currency in which the seller is paid
    countries: Odds[str]
    slips: Odds[str] = _CASH  # payment types that are paid by a slip

    @cached_property
    def payout(self) -> Payout:
        """The seller's commission."""
        return self._payout(self.commission)

    @cached_property
    def other_payout(self) -> Payout:
        """The seller's commission after its currency changed during a plan."""
        return self._payout("EUR" if self.commission == "USD" else "USD")

    def _payout(self, currency: str) -> Payout:
        if currency == self.currency:
            return Payout(currency, self.exponent)
        return Payout(
            currency, 2, _POINT_MILLIONTHS[currency] * 10**self.exponent // self.minor_per_point
        )

    def price(self, points: int) -> int:
        """Total price of a product, in minor units."""
        return (
            max(1, round_half_up(points * self.minor_per_point, self.step_minor)) * self.step_minor
        )


@dataclass(frozen=True)
class Product:
    """A course; `risk` multiplies the share of plans that are late or stop."""

    id: int
    name: str
    offer: str
    points: int  # list price
    counts: Odds[int]  # weight of each N
    risk: float
    guarantee_days: int = 15
    launched: int = 730  # days before the last sale


@dataclass(frozen=True)
class Profile:
    """A seller's business.

    `expatriates`: the share of foreign buyers with names of the seller's language.
    """

    producer: str
    language: Culture
    size: int  # plans of the demo
    expatriates: float
    products: Odds[Product]
    markets: Odds[Market]
    club: str  # name of a plain subscription, which is not a plan


def round_half_up(value: int, unit: int) -> int:
    """The number of units in a value, rounded half up."""
    return (2 * value + unit) // (2 * unit)
