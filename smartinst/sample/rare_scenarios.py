"""Rare scenarios, each at fixed plan numbers: a few hundred plans contain them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from smartinst.sample.draws import Draws, day_of_instant, epoch_milliseconds
from smartinst.sample.scenarios import (
    Scenario,
    late_payments,
    negotiate,
    no_activation,
    on_time_payments,
    pay_charges,
)
from smartinst.sample.timeline import (
    Plan,
    approve_attempt,
    cancel_plan,
    collect_charge,
    pay_together,
    reverse_payment,
)


@dataclass(frozen=True)
class TimedScenario:
    """A scenario, with the purchase day and N that make it visible on the last day of sales."""

    scenario: Scenario
    age_days: tuple[int, int] | None = None  # from the purchase to the last day
    due_days_ago: int | None = None  # or: days from the due date of a charge to the last day
    installments: tuple[int, int] | None = None
    billing_type: str = "SMART_INSTALLMENT"


def open_slip(plan: Plan, draws: Draws) -> None:
    """The first slip is printed and not paid yet."""
    plan.method = plan.market.slips.pick(draws)
    on_time_payments(plan, draws)
    attempt = plan.attempts[0]
    attempt.approved_at = (
        epoch_milliseconds(plan.sales_end + 1, 32_400) if attempt.approved_at else None
    )


def expired_slip(plan: Plan, draws: Draws) -> None:
    """The first slip is printed and never paid, so the plan is never activated."""
    plan.method = plan.market.slips.pick(draws)
    collect_charge(plan, draws, 1, failures=draws.between(1, 2), pays=False)


def recent_refusal(plan: Plan, draws: Draws) -> None:
    """Charges due in the last days were refused and will be retried; the others are paid."""
    for number in range(1, plan.installments + 1):
        is_recent = plan.sales_end - 3 < plan.due_day(number) <= plan.sales_end
        collect_charge(plan, draws, number, failures=4 if is_recent else 0, pays=True)


def open_dispute(plan: Plan, draws: Draws) -> None:
    """The latest payment was disputed yesterday; days later it is refunded, the plan canceled."""
    pay_charges(plan, draws, 1, plan.installments, trouble=0)
    payment = [
        attempt for attempt in plan.attempts if day_of_instant(attempt.ordered_at) < plan.sales_end
    ][-1]
    payment.claimed_at = epoch_milliseconds(plan.sales_end - 1, 52_300)
    payment.reversed_at = payment.claim_ended_at = epoch_milliseconds(
        plan.sales_end + draws.between(2, 6), 40_000
    )
    payment.reversal = "REFUNDED"
    cancel_plan(plan, payment.reversed_at, "SELLER")


def double_charge(plan: Plan, draws: Draws) -> None:
    """The second charge is paid twice within an hour."""
    on_time_payments(plan, draws)
    payment = [attempt for attempt in plan.attempts if attempt.numbers == (2,)][-1]
    second_payment = replace(
        payment, sequence=payment.sequence + 1, ordered_at=payment.ordered_at + 1_500_000
    )
    approve_attempt(second_payment, draws)
    plan.attempts.append(second_payment)


def anticipation(plan: Plan, draws: Draws) -> None:
    """After four charges the buyer pays the next three at once."""
    pay_charges(plan, draws, 1, 4, trouble=0.02)
    numbers = tuple(range(5, min(plan.installments, 7) + 1))
    pay_together(
        plan,
        draws,
        numbers,
        "ANTICIPATION",
        plan.due_day(4) + draws.between(6, 20),
        plan.charge_minor * len(numbers),
    )
    pay_charges(plan, draws, numbers[-1] + 1, plan.installments, trouble=0.02)


def suspension(plan: Plan, draws: Draws) -> None:
    """The platform stops charging before the third charge: the payment method is restricted."""
    pay_charges(plan, draws, 1, 2, trouble=0.02)
    plan.suspended_at = epoch_milliseconds(plan.due_day(3) - 4, 40_000)


def commission_currency_change(plan: Plan, draws: Draws) -> None:
    """The seller is paid in another currency from the third charge on."""
    on_time_payments(plan, draws)
    plan.new_commission_from = 3


def partial_refund(plan: Plan, draws: Draws) -> None:
    """Part of the second charge is refunded; the plan continues."""
    pay_charges(plan, draws, 1, plan.installments, trouble=0)
    reverse_payment(
        plan.attempts[1],
        draws,
        draws.between(3, 20),
        "PARTIALLY_REFUNDED",
        kept_percent=draws.choose((40, 50, 75)),
    )


def chargeback(plan: Plan, draws: Draws) -> None:
    """The first charge is charged back weeks later, and the platform cancels the plan."""
    pay_charges(plan, draws, 1, plan.installments, trouble=0)
    cancel_plan(
        plan, reverse_payment(plan.attempts[0], draws, draws.between(20, 55), "CHARGEBACK"), "ADMIN"
    )


def discounted_negotiation(plan: Plan, draws: Draws) -> None:
    """Two or three unpaid charges are paid together at a discount of a fifth."""
    first_unpaid = draws.between(2, 4)
    pay_charges(plan, draws, 1, first_unpaid - 1, trouble=0.05)
    negotiate(plan, draws, first_unpaid, draws.between(2, 3), 20)


def subscription(plan: Plan, draws: Draws) -> None:
    """A plain subscription, which the feed contains, too, and which is not a plan.

    The buyer eventually cancels it.
    """
    pay_charges(plan, draws, 1, plan.installments, trouble=0.04)
    cancel_plan(
        plan, epoch_milliseconds(plan.due_day(draws.between(3, 20)) + 11, 40_000), "CUSTOMER"
    )


CYCLE: Final = 400
RARE_SCENARIOS: Final = {
    3: TimedScenario(on_time_payments, age_days=(0, 0)),
    13: TimedScenario(open_slip, age_days=(0, 0)),
    23: TimedScenario(no_activation, age_days=(0, 0)),
    33: TimedScenario(open_slip, age_days=(1, 1)),
    43: TimedScenario(on_time_payments, due_days_ago=0, installments=(4, 12)),
    53: TimedScenario(recent_refusal, due_days_ago=0, installments=(4, 12)),
    63: TimedScenario(recent_refusal, due_days_ago=2, installments=(4, 12)),
    73: TimedScenario(open_dispute, age_days=(3, 6)),
    83: TimedScenario(open_dispute, age_days=(70, 110), installments=(6, 12)),
    93: TimedScenario(double_charge, age_days=(80, 500), installments=(3, 12)),
    103: TimedScenario(anticipation, age_days=(160, 500), installments=(6, 12)),
    113: TimedScenario(suspension, age_days=(95, 150), installments=(6, 12)),
    123: TimedScenario(commission_currency_change, age_days=(150, 500), installments=(5, 12)),
    133: TimedScenario(partial_refund, age_days=(60, 500), installments=(3, 12)),
    143: TimedScenario(chargeback, age_days=(80, 500)),
    153: TimedScenario(discounted_negotiation, age_days=(200, 450), installments=(8, 12)),
    163: TimedScenario(expired_slip, age_days=(20, 500)),
    173: TimedScenario(
        late_payments, age_days=(60, 500), installments=(6, 12), billing_type="SMART_RECOVERY"
    ),
    183: TimedScenario(
        on_time_payments, age_days=(60, 500), installments=(6, 12), billing_type="SMART_RECOVERY"
    ),
    193: TimedScenario(
        subscription, age_days=(20, 500), installments=(24, 24), billing_type="SUBSCRIPTION"
    ),
    198: TimedScenario(
        late_payments, age_days=(60, 500), installments=(6, 12), billing_type="SMART_RECOVERY"
    ),
    203: TimedScenario(
        subscription, age_days=(20, 500), installments=(24, 24), billing_type="SUBSCRIPTION"
    ),
}
"""Plan number modulo CYCLE → scenario; all other numbers have an ordinary one."""
