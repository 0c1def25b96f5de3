"""One generated plan: a function of the seed, the seller and the plan's number alone."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import Final

from smartinst.sample.business import Product, Profile
from smartinst.sample.draws import Draws, Odds, months_later
from smartinst.sample.people import invent_buyer
from smartinst.sample.profiles import PROFILES
from smartinst.sample.rare_scenarios import CYCLE, RARE_SCENARIOS, TimedScenario
from smartinst.sample.scenarios import ordinary_scenario
from smartinst.sample.timeline import REFUSALS, Plan

HORIZON: Final = 730
"""Days on which plans are bought, up to the last day of sales."""

MAX_PLANS: Final = 1_000_000
"""Maximum number of plans of one seller: the size of its block of plan ids."""

_METHODS: Final = Odds(
    {"CREDIT_CARD": 80, "PAYPAL": 10, "GOOGLE_PAY": 5, "APPLE_PAY": 3.5, "slip": 1.5}
)
_CARDS: Final = Odds({"VISA": 58, "MC": 37, "AMEX": 5})
_SEASON: Final = (0.95, 0.62, 0.66, 0.60, 0.58, 0.50, 0.44, 0.42, 0.72, 0.66, 1.0, 0.52)
"""Purchases of January to December, as shares of the best month."""

_ORDINARY: Final = TimedScenario(ordinary_scenario)


def generate_plan(
    seller_id: str, profile: Profile, number: int, sales_end: date, seed: int
) -> Plan:
    """Plan `number` of a seller with all its events, bought on or before the day `sales_end`."""
    draws, last_day = Draws(f"{seed}/{seller_id}/{number}"), sales_end.toordinal()
    timed_scenario = RARE_SCENARIOS.get(number % CYCLE, _ORDINARY)
    product, market = profile.products.pick(draws), profile.markets.pick(draws)
    count = (
        draws.between(*timed_scenario.installments)
        if timed_scenario.installments
        else product.counts.pick(draws)
    )
    if timed_scenario.billing_type == "SUBSCRIPTION":
        product = Product(
            product.id + 900, profile.club, product.offer, 25 * count, product.counts, 1.0
        )
    method = _METHODS.pick(draws)
    plan = Plan(
        id=_id_block(seller_id) * MAX_PLANS + number,
        product=product,
        market=market,
        buyer=invent_buyer(
            draws, number, market.countries.pick(draws), profile.language, profile.expatriates
        ),
        installments=count,
        charge_minor=market.price(product.points) // count,
        sales_end=last_day,
        purchase_day=_purchase_day(draws, timed_scenario, last_day, product.launched),
        charge_second=draws.between(32_400, 50_000),
        method=market.slips.pick(draws) if method == "slip" else method,
        card=_CARDS.pick(draws),
        refusal=REFUSALS.pick(draws),
        billing_type=timed_scenario.billing_type,
    )
    timed_scenario.scenario(plan, draws)
    plan.attempts.sort(key=lambda attempt: attempt.ordered_at)
    return plan


def _id_block(seller_id: str) -> int:
    """The seller's block of plan ids; the largest id fits into the 53 bits of a JSON number."""
    demo = list(PROFILES)
    if seller_id in demo:
        return 20 + demo.index(seller_id)
    return (
        1000 + int.from_bytes(blake2b(seller_id.encode(), digest_size=8).digest()) % 9_000_000_000
    )


def _purchase_day(
    draws: Draws, timed_scenario: TimedScenario, sales_end: int, launched: int
) -> int:
    """The day that the scenario requires, else a random one, with growth and seasons."""
    if timed_scenario.age_days:
        return sales_end - draws.between(*timed_scenario.age_days)
    if timed_scenario.due_days_ago is not None:
        due_day = sales_end - timed_scenario.due_days_ago
        starts = (months_later(due_day, -months) for months in (1, 2, 3))
        return next(
            day
            for day in starts
            if any(months_later(day, months) == due_day for months in (1, 2, 3))
        )
    while True:
        age = draws.between(0, min(launched, HORIZON) - 1)
        month = date.fromordinal(sales_end - age).month
        if draws.chance((1 - 0.55 * age / HORIZON) * _SEASON[month - 1]):
            return sales_end - age
