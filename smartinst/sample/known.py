"""What is known of a plan at an instant, in the platform's own words (docs/hotmart.md §1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartinst.sample.draws import DAY, instant
from smartinst.sample.profiles import Profile
from smartinst.sample.story import Attempt, Plan

PAID: Final = {
    "APPROVED": "PAID",
    "COMPLETE": "PAID",
    "PARTIALLY_REFUNDED": "PAID",
    "PROTESTED": "CLAIMED",
    "REFUNDED": "REFUNDED",
    "CHARGEBACK": "CHARGEBACK",
}
"""`purchase.status` of an attempt that was once paid → `recurrency.status`; of any other it is NOT_PAID."""

WAITING: Final = ("WAITING_PAYMENT", "PRINTED_BILLET")
"""`purchase.status` of a slip that can still be paid."""


@dataclass(slots=True)
class Known:
    """What is known of a plan at an instant."""

    plan: Plan
    profile: Profile
    now: int
    made: list[Attempt]
    words: list[str]  # of the attempts made, `purchase.status`
    payers: dict[int, Attempt]  # charge number → the attempt that paid it, else the latest
    unpaid: set[int]
    waiting: set[int]
    is_canceled: bool


def know(plan: Plan, profile: Profile, now: int) -> Known | None:
    """The plan at an instant; null when it is bought later."""
    made = [attempt for attempt in plan.attempts if attempt.ordered <= now]
    if not made:
        return None
    words = [_attempt_word(plan, attempt, now) for attempt in made]
    payers: dict[int, Attempt] = {}
    paid: set[int] = set()
    waiting: set[int] = set()
    for attempt, word in zip(made, words, strict=True):
        for number in attempt.numbers:
            if number not in paid:
                payers[number] = attempt
        if word in PAID:
            paid.update(attempt.numbers)
        elif word in WAITING:
            waiting.update(attempt.numbers)
    is_canceled = plan.canceled is not None and plan.canceled <= now
    return Known(
        plan, profile, now, made, words, payers, payers.keys() - paid, waiting - paid, is_canceled
    )


def _attempt_word(plan: Plan, attempt: Attempt, now: int) -> str:
    """`purchase.status` (docs/hotmart.md §1.6)."""
    if attempt.reversed and attempt.reversed <= now:
        return attempt.reversal
    if attempt.approved and attempt.approved <= now:
        if (
            attempt.claimed
            and attempt.claimed <= now
            and (attempt.settled is None or now < attempt.settled)
        ):
            return "PROTESTED"
        return "COMPLETE" if _complete_at(plan, attempt.approved) <= now else "APPROVED"
    if attempt.expires and attempt.expires > now - DAY:
        return "WAITING_PAYMENT" if attempt.method == "PIX" else "PRINTED_BILLET"
    if 1 not in attempt.numbers:
        return "DELAYED"
    return "EXPIRED" if attempt.expires else "CANCELLED"


def _complete_at(plan: Plan, approved: int) -> int:
    """A day after the payment, once the guarantee (which runs from the purchase) is over."""
    guarantee_ends = instant(plan.day + plan.product.guarantee_days, plan.second)
    return (approved if approved > guarantee_ends else guarantee_ends) + DAY


def plan_word(known: Known) -> str:
    """`status`: the platform's word for the plan (docs/hotmart.md §1.6)."""
    if known.is_canceled:
        return f"CANCELLED_BY_{known.plan.canceled_by}"
    if 1 in known.unpaid:
        return "STARTED" if 1 in known.waiting else "INACTIVE"
    return "DELAYED" if known.unpaid - known.waiting else "ACTIVE"


def last_update(known: Known) -> int:
    """The last thing that happened to the plan."""
    plan, now = known.plan, known.now
    moments = [plan.canceled, plan.suspended]
    for attempt in known.made:
        moments += (
            attempt.ordered,
            attempt.approved,
            attempt.claimed,
            attempt.settled,
            attempt.reversed,
        )
        if attempt.approved:
            moments.append(_complete_at(plan, attempt.approved))
        elif attempt.expires and attempt.expires <= now - DAY:
            moments.append(attempt.expires)
    return max(moment for moment in moments if moment and moment <= now)
