"""Who buys what, when and how: one plan from the seed, the seller and its number, and from nothing else."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import Final

from smartinst.sample.draws import Draws, Odds, months_later
from smartinst.sample.lives import ordinary
from smartinst.sample.people import buyer
from smartinst.sample.profiles import PROFILES, Product, Profile
from smartinst.sample.rare import ROLES, TURNS, Role
from smartinst.sample.story import REFUSALS, Plan

HORIZON: Final = 730
"""Days of purchases that a sample covers."""

MOST_PLANS: Final = 1_000_000
"""Of one seller: plan ids are given in blocks of this size."""

_METHODS: Final = Odds(
    {"CREDIT_CARD": 80, "PAYPAL": 10, "GOOGLE_PAY": 5, "APPLE_PAY": 3.5, "slip": 1.5}
)
_CARDS: Final = Odds({"VISA": 58, "MC": 37, "AMEX": 5})
_SEASON: Final = (0.95, 0.62, 0.66, 0.60, 0.58, 0.50, 0.44, 0.42, 0.72, 0.66, 1.0, 0.52)
"""Purchases of January to December, as shares of the best month."""

_ORDINARY: Final = Role(ordinary)


def cast(seller_id: str, profile: Profile, number: int, until: date, seed: int) -> Plan:
    """Plan `number` (below MOST_PLANS) of a seller with its whole life; `until`: the last day of sales."""
    draws, last_day = Draws(f"{seed}/{seller_id}/{number}"), until.toordinal()
    role = ROLES.get(number % TURNS, _ORDINARY)
    product, market = profile.products.pick(draws), profile.markets.pick(draws)
    count = draws.between(*role.installments) if role.installments else product.counts.pick(draws)
    if role.billing_type == "SUBSCRIPTION":
        product = Product(
            product.id + 900, profile.club, product.offer, 25 * count, product.counts, 1.0
        )
    method = _METHODS.pick(draws)
    plan = Plan(
        id=_block(seller_id) * MOST_PLANS + number,
        product=product,
        market=market,
        buyer=buyer(draws, number, market.countries.pick(draws), profile.language, profile.abroad),
        installments=count,
        charge_minor=market.price(product.points) // count,
        until=last_day,
        day=_purchase_day(draws, role, last_day, product.launched),
        second=draws.between(32_400, 50_000),
        method=market.slips.pick(draws) if method == "slip" else method,
        card=_CARDS.pick(draws),
        refusal=REFUSALS.pick(draws),
        billing_type=role.billing_type,
    )
    role.life(plan, draws)
    plan.attempts.sort(key=lambda attempt: attempt.ordered)
    return plan


def _block(seller_id: str) -> int:
    """Which block of plan ids is this seller's; a JSON reader with 53-bit integers holds the largest id."""
    demo = list(PROFILES)
    if seller_id in demo:
        return 20 + demo.index(seller_id)
    return (
        1000 + int.from_bytes(blake2b(seller_id.encode(), digest_size=8).digest()) % 9_000_000_000
    )


def _purchase_day(draws: Draws, role: Role, until: int, launched: int) -> int:
    """Where the role wants it, else a day of the last two years: sales grow, and have their seasons."""
    if role.age:
        return until - draws.between(*role.age)
    if role.due is not None:
        wanted = until - role.due
        starts = (months_later(wanted, -months) for months in (1, 2, 3))
        return next(
            day
            for day in starts
            if any(months_later(day, months) == wanted for months in (1, 2, 3))
        )
    while True:
        age = draws.between(0, min(launched, HORIZON) - 1)
        month = date.fromordinal(until - age).month
        if draws.chance((1 - 0.55 * age / HORIZON) * _SEASON[month - 1]):
            return until - age
