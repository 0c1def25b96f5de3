"""Amounts of several currencies in one indicative currency, by the platform's own conversions.

The platform states with each commission how much of its currency a unit of the purchase currency
was. The newest statement of each pair is the rate. Amounts that it converts are indicative: for
comparing sellers, not for sums of money in figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

import polars as pl

from smartinst.facts import Facts
from smartinst.money import exponent

RATES: Final = {
    "currency": pl.String,  # of the purchase
    "commission_currency": pl.String,
    "rate": pl.String,  # decimal text: commission currency per purchase currency
    "rate_date": pl.Date,  # of the payment, in its seller's zone
}
"""Columns of conversions: the newest one of each pair of currencies."""


def newest_conversions(facts: Facts, as_of: date) -> pl.DataFrame:
    """The newest conversion of each pair by a date (RATES), of paid attempts."""
    # right: an attempt may have no commission yet
    attempts = facts.attempts.filter(pl.col("approved_date") <= as_of).select(
        "seller_id", "transaction", "currency", rate_date="approved_date"
    )
    conversions = facts.commissions.filter(pl.col("conversion_rate").is_not_null()).join(
        attempts, on=["seller_id", "transaction"]
    )
    return newest_of(
        [
            conversions.filter(pl.col("currency") != pl.col("commission_currency"))
            .select("currency", "commission_currency", "rate_date", rate="conversion_rate")
            .select(*RATES)
            .collect()
        ]
    )


def newest_of(conversions: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The newest row of each pair of currencies; of one day, that with the highest rate."""
    rows = pl.concat([pl.DataFrame(schema=RATES), *conversions])
    return (
        rows.sort("rate_date", pl.col("rate").cast(pl.Float64), descending=True)
        .unique(["currency", "commission_currency"], keep="first", maintain_order=True)
        .sort("currency", "commission_currency")
    )


@dataclass(frozen=True)
class IndicativeCurrency:
    """The currency in which sellers are compared: code → its rate and the rate's date.

    A rate is units of this currency per unit of the other; its own rate is 1, without a date.
    """

    code: str
    rates: Mapping[str, tuple[Fraction, date | None]] = field(default_factory=dict)

    def minor(self, amount_minor: int, currency: str) -> int | None:
        """An amount in minor units of this currency; None without a rate."""
        if currency not in self.rates:
            return None
        scale = Fraction(10) ** (exponent(self.code) - exponent(currency))
        return round(amount_minor * self.rates[currency][0] * scale)

    @property
    def oldest_date(self) -> date | None:
        """The date of the oldest rate; None if no rate has one."""
        return min((day for _, day in self.rates.values() if day), default=None)


def indicative_currency(
    conversions: pl.DataFrame, live_plans: Mapping[str, int]
) -> IndicativeCurrency | None:
    """The currency into which the balances of most live plans can be converted; None without any.

    conversions  as `newest_of` returns them
    live_plans   currency → number of live plans
    """
    codes = {*live_plans, *conversions["commission_currency"].to_list()}
    candidates = [IndicativeCurrency(code, _rates_of(code, conversions)) for code in sorted(codes)]
    return max(
        candidates,
        key=lambda candidate: (
            sum(count for code, count in live_plans.items() if code in candidate.rates),
            live_plans.get(candidate.code, 0),
        ),
        default=None,
    )


def _rates_of(code: str, conversions: pl.DataFrame) -> dict[str, tuple[Fraction, date | None]]:
    """The rates into a currency: stated ones, else the inverse of one in the other direction."""
    stated, inverse = dict[str, tuple[Fraction, date | None]](), {}
    for currency, commission_currency, rate, day in conversions.select(*RATES).iter_rows():
        value = Fraction(rate)
        if value <= 0:
            continue
        if commission_currency == code:
            stated[currency] = value, day
        elif currency == code:
            inverse[commission_currency] = 1 / value, day
    return {**inverse, **stated, code: (Fraction(1), None)}
