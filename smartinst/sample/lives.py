"""How a plan's life goes, ordinarily: most pay, some late, some stop, a few get their money back."""

from __future__ import annotations

from collections.abc import Callable

from smartinst.sample.draws import Draws, Odds, day_of, instant
from smartinst.sample.story import Plan, cancel, collect, pay_later, reverse, settle_together

Life = Callable[[Plan, Draws], None]
"""Fills a plan with what happens to it."""


def ordinary(plan: Plan, draws: Draws) -> None:
    """One of the lives below; more payers are late or stop where the product is riskier, and in recent purchases."""
    count, risk = plan.installments, plan.product.risk
    if plan.day > plan.until - 240:
        risk *= 1.8
    shares = {
        never_activated: 0.05,
        stops: 0.13 * risk if count > 1 else 0,
        late: 0.06 * risk,
        regrets: 0.03,
        returned_later: 0.015,
        leaves: 0.025 if count > 2 else 0,
    }
    Odds({**shares, steady: 1 - sum(shares.values())}).pick(draws)(plan, draws)


def steady(plan: Plan, draws: Draws) -> None:
    """Pays; a charge in fifty needs a second or third attempt."""
    pay(plan, draws, 1, plan.installments, trouble=0.02)


def late(plan: Plan, draws: Draws) -> None:
    """Every third charge is paid late: on a retry, or by hand weeks later."""
    pay(plan, draws, 1, 1, trouble=0.02)
    pay(plan, draws, 2, plan.installments, trouble=0.34)


def never_activated(plan: Plan, draws: Draws) -> None:
    """The first charge is refused, or its slip lapses."""
    if draws.chance(0.3):
        plan.method = plan.market.slips.pick(draws)
    collect(plan, draws, 1, failures=draws.between(1, 3), pays=False)


def stops(plan: Plan, draws: Draws) -> None:
    """Stops paying for good, rather early than late; some negotiate, the others are canceled by seller or platform."""
    early = draws.random() if draws.chance(0.5) else 1
    stop = 2 + int((plan.installments - 1) * draws.random() * early)
    pay(plan, draws, 1, stop - 2, trouble=0.08)
    pay(plan, draws, max(1, stop - 1), stop - 1, trouble=0.5 if stop > 2 else 0.02)
    unpaid = plan.installments - stop + 1
    if unpaid >= 2 and draws.chance(0.15):
        negotiate(
            plan, draws, stop, min(unpaid, draws.between(2, 3)), draws.one((0, 0, 10, 20, 30))
        )
    else:
        for number in range(stop, plan.installments + 1):
            collect(plan, draws, number, failures=draws.between(2, 5), pays=False)
        give_up(plan, draws, stop, unpaid)


def give_up(plan: Plan, draws: Draws, stop: int, unpaid: int) -> None:
    """The platform cancels after five unpaid charges; the seller may be quicker, or never do it."""
    patience = draws.between(2, 4)
    if unpaid >= patience and draws.chance(0.08):
        cancel(
            plan, instant(plan.due(stop + patience - 1) + draws.between(12, 26), 40_000), "SELLER"
        )
    elif unpaid >= 5:
        fifth = [attempt for attempt in plan.attempts if attempt.numbers == (stop + 4,)]
        cancel(plan, instant(day_of(fifth[-1].expires or fifth[-1].ordered) + 1, 32_500), "ADMIN")
    elif draws.chance(0.1):
        cancel(
            plan, instant(plan.due(plan.installments) + draws.between(40, 130), 40_000), "SELLER"
        )


def negotiate(plan: Plan, draws: Draws, first: int, count: int, discount_percent: int) -> None:
    """`count` unpaid charges are paid together, less a discount; then the plan goes on, not always on time."""
    numbers = tuple(range(first, first + count))
    for number in numbers:
        collect(plan, draws, number, failures=draws.between(2, 5), pays=False)
    owed = plan.charge_minor * count
    day = max(
        plan.due(numbers[-1]) + 9,
        day_of(plan.attempts[-1].expires or plan.attempts[-1].ordered) + 1,
    )
    day += draws.between(0, 6)
    settle_together(plan, draws, numbers, "NEGOTIATION", day, owed - owed * discount_percent // 100)
    pay(plan, draws, numbers[-1] + 1, plan.installments, trouble=0.15)


def regrets(plan: Plan, draws: Draws) -> None:
    """Refunded inside the guarantee: the first charge goes back and the platform cancels the plan."""
    pay(plan, draws, 1, plan.installments, trouble=0)
    days = draws.between(2, min(plan.product.guarantee_days, 25))
    cancel(plan, reverse(plan.attempts[0], draws, days, "REFUNDED"), "ADMIN")


def returned_later(plan: Plan, draws: Draws) -> None:
    """Every charge is refunded and the plan canceled, or one charge is refunded or charged back."""
    pay(plan, draws, 1, plan.installments, trouble=0.03)
    paid = plan.paid()[: draws.between(1, plan.installments)]
    chance = draws.random()
    if chance < 0.35:
        day = max(day_of(attempt.approved or 0) for attempt in paid) + draws.between(8, 25)
        for attempt in paid:
            attempt.reversed, attempt.reversal = instant(day, 41_000), "REFUNDED"
        cancel(plan, instant(day, 41_000), "SELLER")
    elif chance < 0.65:
        reverse(paid[-1], draws, draws.between(3, 40), "REFUNDED")
    else:
        reverse(paid[-1], draws, draws.between(15, 70), "CHARGEBACK")
    if paid[0].reversed:
        cancel(plan, paid[0].reversed, "ADMIN")


def leaves(plan: Plan, draws: Draws) -> None:
    """The seller lets the buyer go, without debt."""
    pay(plan, draws, 1, plan.installments, trouble=0.02)
    number = draws.between(1, plan.installments - 1)
    cancel(plan, instant(plan.due(number) + draws.between(4, 24), 39_000), "SELLER")


def pay(plan: Plan, draws: Draws, first: int, last: int, trouble: float) -> None:
    """Charges first..last are paid; `trouble`: the chance that one is not paid at once."""
    for number in range(first, last + 1):
        if not draws.chance(trouble):
            collect(plan, draws, number, failures=0, pays=True)
        elif draws.chance(0.75):
            collect(plan, draws, number, failures=draws.between(1, 3), pays=True)
        else:
            collect(plan, draws, number, failures=draws.between(3, 5), pays=False)
            pay_later(plan, draws, number, draws.between(14, 50))
