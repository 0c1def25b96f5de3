"""Rare lives. Each has its turn among every `TURNS` plans, so that a sample of a few hundred tells them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from smartinst.sample.draws import Draws, day_of, instant
from smartinst.sample.lives import Life, late, negotiate, never_activated, pay, steady
from smartinst.sample.story import Plan, approve, cancel, collect, reverse, settle_together


@dataclass(frozen=True)
class Role:
    """A life, and when and with which N it must be bought to be seen on the last day of sales."""

    life: Life
    age: tuple[int, int] | None = None  # days since the purchase
    due: int | None = None  # or: a charge falls due this many days before the last day
    installments: tuple[int, int] | None = None
    billing_type: str = "SMART_INSTALLMENT"


def slip_waits(plan: Plan, draws: Draws) -> None:
    """The first slip is printed and waits for its payment."""
    plan.method = plan.market.slips.pick(draws)
    steady(plan, draws)
    first = plan.attempts[0]
    first.approved = instant(plan.until + 1, 32_400) if first.approved else None


def slip_lapses(plan: Plan, draws: Draws) -> None:
    """Never activated: the slip was printed and never paid."""
    plan.method = plan.market.slips.pick(draws)
    collect(plan, draws, 1, failures=draws.between(1, 2), pays=False)


def refused_lately(plan: Plan, draws: Draws) -> None:
    """A charge of the last days was refused and will be tried again; the others are paid."""
    for number in range(1, plan.installments + 1):
        refused = plan.until - 3 < plan.due(number) <= plan.until
        collect(plan, draws, number, failures=4 if refused else 0, pays=True)


def disputes(plan: Plan, draws: Draws) -> None:
    """The newest payment is claimed since yesterday; it will be refunded in some days, and the plan canceled."""
    pay(plan, draws, 1, plan.installments, trouble=0)
    newest = [attempt for attempt in plan.attempts if day_of(attempt.ordered) < plan.until][-1]
    newest.claimed = instant(plan.until - 1, 52_300)
    newest.reversed = newest.settled = instant(plan.until + draws.between(2, 6), 40_000)
    newest.reversal = "REFUNDED"
    cancel(plan, newest.reversed, "SELLER")


def charged_twice(plan: Plan, draws: Draws) -> None:
    """The second charge is collected twice within the hour."""
    steady(plan, draws)
    once = [attempt for attempt in plan.attempts if attempt.numbers == (2,)][-1]
    again = replace(once, sequence=once.sequence + 1, ordered=once.ordered + 1_500_000)
    approve(again, draws)
    plan.attempts.append(again)


def anticipates(plan: Plan, draws: Draws) -> None:
    """After four charges the buyer pays the next three at once."""
    pay(plan, draws, 1, 4, trouble=0.02)
    numbers = tuple(range(5, min(plan.installments, 7) + 1))
    settle_together(
        plan,
        draws,
        numbers,
        "ANTICIPATION",
        plan.due(4) + draws.between(6, 20),
        plan.charge_minor * len(numbers),
    )
    pay(plan, draws, numbers[-1] + 1, plan.installments, trouble=0.02)


def suspended(plan: Plan, draws: Draws) -> None:
    """From the third charge on the platform does not charge any more: the payment method is restricted."""
    pay(plan, draws, 1, 2, trouble=0.02)
    plan.suspended = instant(plan.due(3) - 4, 40_000)


def commission_changes(plan: Plan, draws: Draws) -> None:
    """The seller's commission is paid in another currency from the third charge on."""
    steady(plan, draws)
    plan.new_commission_from = 3


def partly_refunded(plan: Plan, draws: Draws) -> None:
    """Part of the second charge goes back, the plan goes on."""
    pay(plan, draws, 1, plan.installments, trouble=0)
    reverse(
        plan.attempts[1],
        draws,
        draws.between(3, 20),
        "PARTIALLY_REFUNDED",
        kept_percent=draws.one((40, 50, 75)),
    )


def charged_back(plan: Plan, draws: Draws) -> None:
    """The first charge is charged back weeks later, and the platform cancels the plan."""
    pay(plan, draws, 1, plan.installments, trouble=0)
    cancel(plan, reverse(plan.attempts[0], draws, draws.between(20, 55), "CHARGEBACK"), "ADMIN")


def forgiven(plan: Plan, draws: Draws) -> None:
    """Two or three unpaid charges are settled together, less a fifth."""
    stop = draws.between(2, 4)
    pay(plan, draws, 1, stop - 1, trouble=0.05)
    negotiate(plan, draws, stop, draws.between(2, 3), 20)


def rolls_over(plan: Plan, draws: Draws) -> None:
    """An ordinary subscription, the neighbour in the feed that is no plan: charged plan.until the buyer leaves."""
    pay(plan, draws, 1, plan.installments, trouble=0.04)
    cancel(plan, instant(plan.due(draws.between(3, 20)) + 11, 40_000), "CUSTOMER")


TURNS: Final = 400
ROLES: Final = {
    3: Role(steady, age=(0, 0)),
    13: Role(slip_waits, age=(0, 0)),
    23: Role(never_activated, age=(0, 0)),
    33: Role(slip_waits, age=(1, 1)),
    43: Role(steady, due=0, installments=(4, 12)),
    53: Role(refused_lately, due=0, installments=(4, 12)),
    63: Role(refused_lately, due=2, installments=(4, 12)),
    73: Role(disputes, age=(3, 6)),
    83: Role(disputes, age=(70, 110), installments=(6, 12)),
    93: Role(charged_twice, age=(80, 500), installments=(3, 12)),
    103: Role(anticipates, age=(160, 500), installments=(6, 12)),
    113: Role(suspended, age=(95, 150), installments=(6, 12)),
    123: Role(commission_changes, age=(150, 500), installments=(5, 12)),
    133: Role(partly_refunded, age=(60, 500), installments=(3, 12)),
    143: Role(charged_back, age=(80, 500)),
    153: Role(forgiven, age=(200, 450), installments=(8, 12)),
    163: Role(slip_lapses, age=(20, 500)),
    173: Role(late, age=(60, 500), installments=(6, 12), billing_type="SMART_RECOVERY"),
    183: Role(steady, age=(60, 500), installments=(6, 12), billing_type="SMART_RECOVERY"),
    193: Role(rolls_over, age=(20, 500), installments=(24, 24), billing_type="SUBSCRIPTION"),
    198: Role(late, age=(60, 500), installments=(6, 12), billing_type="SMART_RECOVERY"),
    203: Role(rolls_over, age=(20, 500), installments=(24, 24), billing_type="SUBSCRIPTION"),
}
"""Turn → role; the other turns live ordinarily."""
