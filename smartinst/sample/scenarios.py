"""Ordinary scenarios: most buyers pay, some pay late, some stop, a few get a refund."""

from __future__ import annotations

from collections.abc import Callable

from smartinst.sample.draws import Draws, Odds, day_of_instant, epoch_milliseconds
from smartinst.sample.timeline import (
    Plan,
    cancel_plan,
    collect_charge,
    pay_by_hand,
    pay_together,
    reverse_payment,
)

Scenario = Callable[[Plan, Draws], None]
"""Adds to a new plan the attempts, refunds and cancellation of its lifetime."""


def ordinary_scenario(plan: Plan, draws: Draws) -> None:
    """A random one of the scenarios below.

    Risky products and recent purchases have more late and unpaid plans.
    """
    count, risk = plan.installments, plan.product.risk
    if plan.purchase_day > plan.sales_end - 240:
        risk *= 1.8
    shares = {
        no_activation: 0.05,
        payment_default: 0.13 * risk if count > 1 else 0,
        late_payments: 0.06 * risk,
        early_refund: 0.03,
        later_refund: 0.015,
        seller_cancellation: 0.025 if count > 2 else 0,
    }
    Odds({**shares, on_time_payments: 1 - sum(shares.values())}).pick(draws)(plan, draws)


def on_time_payments(plan: Plan, draws: Draws) -> None:
    """Every charge is paid; one in fifty needs several attempts."""
    pay_charges(plan, draws, 1, plan.installments, trouble=0.02)


def late_payments(plan: Plan, draws: Draws) -> None:
    """About every third charge is paid late: by a retry, or by hand weeks later."""
    pay_charges(plan, draws, 1, 1, trouble=0.02)
    pay_charges(plan, draws, 2, plan.installments, trouble=0.34)


def no_activation(plan: Plan, draws: Draws) -> None:
    """The first charge is refused, or its slip expires."""
    if draws.chance(0.3):
        plan.method = plan.market.slips.pick(draws)
    collect_charge(plan, draws, 1, failures=draws.between(1, 3), pays=False)


def payment_default(plan: Plan, draws: Draws) -> None:
    """The buyer stops paying, mostly early.

    Some negotiate, many others are canceled by the seller or the platform.
    """
    earliness = draws.random() if draws.chance(0.5) else 1
    first_unpaid = 2 + int((plan.installments - 1) * draws.random() * earliness)
    pay_charges(plan, draws, 1, first_unpaid - 2, trouble=0.08)
    pay_charges(
        plan,
        draws,
        max(1, first_unpaid - 1),
        first_unpaid - 1,
        trouble=0.5 if first_unpaid > 2 else 0.02,
    )
    unpaid_charges = plan.installments - first_unpaid + 1
    if unpaid_charges >= 2 and draws.chance(0.15):
        negotiate(
            plan,
            draws,
            first_unpaid,
            min(unpaid_charges, draws.between(2, 3)),
            draws.choose((0, 0, 10, 20, 30)),
        )
    else:
        for number in range(first_unpaid, plan.installments + 1):
            collect_charge(plan, draws, number, failures=draws.between(2, 5), pays=False)
        cancel_unpaid_plan(plan, draws, first_unpaid, unpaid_charges)


def cancel_unpaid_plan(plan: Plan, draws: Draws, first_unpaid: int, unpaid_charges: int) -> None:
    """The platform cancels after five unpaid charges.

    The seller may cancel earlier, later or never.
    """
    patience = draws.between(2, 4)
    if unpaid_charges >= patience and draws.chance(0.08):
        cancel_plan(
            plan,
            epoch_milliseconds(
                plan.due_day(first_unpaid + patience - 1) + draws.between(12, 26), 40_000
            ),
            "SELLER",
        )
    elif unpaid_charges >= 5:
        fifth = [attempt for attempt in plan.attempts if attempt.numbers == (first_unpaid + 4,)]
        cancel_plan(
            plan,
            epoch_milliseconds(
                day_of_instant(fifth[-1].expires_at or fifth[-1].ordered_at) + 1, 32_500
            ),
            "ADMIN",
        )
    elif draws.chance(0.1):
        cancel_plan(
            plan,
            epoch_milliseconds(plan.due_day(plan.installments) + draws.between(40, 130), 40_000),
            "SELLER",
        )


def negotiate(
    plan: Plan, draws: Draws, first_number: int, count: int, discount_percent: int
) -> None:
    """`count` unpaid charges are paid together at a discount.

    Later charges are paid, not always on time.
    """
    numbers = tuple(range(first_number, first_number + count))
    for number in numbers:
        collect_charge(plan, draws, number, failures=draws.between(2, 5), pays=False)
    owed = plan.charge_minor * count
    day = max(
        plan.due_day(numbers[-1]) + 9,
        day_of_instant(plan.attempts[-1].expires_at or plan.attempts[-1].ordered_at) + 1,
    )
    day += draws.between(0, 6)
    pay_together(plan, draws, numbers, "NEGOTIATION", day, owed - owed * discount_percent // 100)
    pay_charges(plan, draws, numbers[-1] + 1, plan.installments, trouble=0.15)


def early_refund(plan: Plan, draws: Draws) -> None:
    """The first charge is refunded within the guarantee, and the platform cancels the plan."""
    pay_charges(plan, draws, 1, plan.installments, trouble=0)
    days = draws.between(2, min(plan.product.guarantee_days, 25))
    cancel_plan(plan, reverse_payment(plan.attempts[0], draws, days, "REFUNDED"), "ADMIN")


def later_refund(plan: Plan, draws: Draws) -> None:
    """All charges are refunded and the plan canceled, or one charge is refunded or charged back."""
    pay_charges(plan, draws, 1, plan.installments, trouble=0.03)
    payments = [attempt for attempt in plan.attempts if attempt.approved_at]
    payments = payments[: draws.between(1, plan.installments)]
    chance = draws.random()
    if chance < 0.35:
        day = max(day_of_instant(attempt.approved_at or 0) for attempt in payments) + draws.between(
            8, 25
        )
        for attempt in payments:
            attempt.reversed_at, attempt.reversal = epoch_milliseconds(day, 41_000), "REFUNDED"
        cancel_plan(plan, epoch_milliseconds(day, 41_000), "SELLER")
    elif chance < 0.65:
        reverse_payment(payments[-1], draws, draws.between(3, 40), "REFUNDED")
    else:
        reverse_payment(payments[-1], draws, draws.between(15, 70), "CHARGEBACK")
    if payments[0].reversed_at:
        cancel_plan(plan, payments[0].reversed_at, "ADMIN")


def seller_cancellation(plan: Plan, draws: Draws) -> None:
    """The seller cancels a plan that has no debt."""
    pay_charges(plan, draws, 1, plan.installments, trouble=0.02)
    number = draws.between(1, plan.installments - 1)
    cancel_plan(
        plan, epoch_milliseconds(plan.due_day(number) + draws.between(4, 24), 39_000), "SELLER"
    )


def pay_charges(
    plan: Plan, draws: Draws, first_number: int, last_number: int, trouble: float
) -> None:
    """Charges first_number to last_number are paid.

    `trouble` is the probability that a charge is not paid at once.
    """
    for number in range(first_number, last_number + 1):
        if not draws.chance(trouble):
            collect_charge(plan, draws, number, failures=0, pays=True)
        elif draws.chance(0.75):
            collect_charge(plan, draws, number, failures=draws.between(1, 3), pays=True)
        else:
            collect_charge(plan, draws, number, failures=draws.between(3, 5), pays=False)
            pay_by_hand(plan, draws, number, draws.between(14, 50))
