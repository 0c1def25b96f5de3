"""The state of a plan at an instant, with the platform's own statuses (docs/hotmart.md §1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartinst.sample.business import Profile
from smartinst.sample.draws import DAY, epoch_milliseconds
from smartinst.sample.timeline import Attempt, Plan

RECURRENCY_STATUSES: Final = {
    "APPROVED": "PAID",
    "COMPLETE": "PAID",
    "PARTIALLY_REFUNDED": "PAID",
    "PROTESTED": "CLAIMED",
    "REFUNDED": "REFUNDED",
    "CHARGEBACK": "CHARGEBACK",
}
"""`purchase.status` of an attempt that was approved → `recurrency.status`.

NOT_PAID for all others.
"""

PAYABLE_STATUSES: Final = ("WAITING_PAYMENT", "PRINTED_BILLET")
"""`purchase.status` of a slip that can still be paid."""


@dataclass(slots=True)
class PlanState:
    """A plan as the platform reports it at an instant."""

    plan: Plan
    profile: Profile
    now: int
    attempts: list[Attempt]
    statuses: list[str]  # `purchase.status` of each attempt
    payers: dict[int, Attempt]  # charge number → the attempt that paid it, else the latest one
    unpaid: set[int]  # charge numbers
    payable: set[int]  # of the unpaid, those with a slip that can still be paid
    is_canceled: bool


def state_at(plan: Plan, profile: Profile, now: int) -> PlanState | None:
    """The plan at an instant; None if it is bought later."""
    attempts = [attempt for attempt in plan.attempts if attempt.ordered_at <= now]
    if not attempts:
        return None
    statuses = [_purchase_status(plan, attempt, now) for attempt in attempts]
    payers: dict[int, Attempt] = {}
    paid: set[int] = set()
    payable: set[int] = set()
    for attempt, status in zip(attempts, statuses, strict=True):
        for number in attempt.numbers:
            if number not in paid:
                payers[number] = attempt
        if status in RECURRENCY_STATUSES:
            paid.update(attempt.numbers)
        elif status in PAYABLE_STATUSES:
            payable.update(attempt.numbers)
    is_canceled = plan.canceled_at is not None and plan.canceled_at <= now
    return PlanState(
        plan,
        profile,
        now,
        attempts,
        statuses,
        payers,
        payers.keys() - paid,
        payable - paid,
        is_canceled,
    )


def _purchase_status(plan: Plan, attempt: Attempt, now: int) -> str:
    """`purchase.status` of an attempt."""
    if attempt.reversed_at and attempt.reversed_at <= now:
        return attempt.reversal
    if attempt.approved_at and attempt.approved_at <= now:
        if (
            attempt.claimed_at
            and attempt.claimed_at <= now
            and (attempt.claim_ended_at is None or now < attempt.claim_ended_at)
        ):
            return "PROTESTED"
        return "COMPLETE" if _complete_at(plan, attempt.approved_at) <= now else "APPROVED"
    if attempt.expires_at and attempt.expires_at > now - DAY:
        return "WAITING_PAYMENT" if attempt.method == "PIX" else "PRINTED_BILLET"
    if 1 not in attempt.numbers:
        return "DELAYED"
    return "EXPIRED" if attempt.expires_at else "CANCELLED"


def _complete_at(plan: Plan, approved_at: int) -> int:
    """Instant at which it becomes COMPLETE: a day after payment or guarantee, if that is later."""
    guarantee_ends = epoch_milliseconds(
        plan.purchase_day + plan.product.guarantee_days, plan.charge_second
    )
    return (approved_at if approved_at > guarantee_ends else guarantee_ends) + DAY


def platform_status(state: PlanState) -> str:
    """`status` of the plan."""
    if state.is_canceled:
        return f"CANCELLED_BY_{state.plan.canceled_by}"
    if 1 in state.unpaid:
        return "STARTED" if 1 in state.payable else "INACTIVE"
    return "DELAYED" if state.unpaid - state.payable else "ACTIVE"


def last_update(state: PlanState) -> int:
    """The instant of the latest event of the plan."""
    plan, now = state.plan, state.now
    instants = [plan.canceled_at, plan.suspended_at]
    for attempt in state.attempts:
        instants += (
            attempt.ordered_at,
            attempt.approved_at,
            attempt.claimed_at,
            attempt.claim_ended_at,
            attempt.reversed_at,
        )
        if attempt.approved_at:
            instants.append(_complete_at(plan, attempt.approved_at))
        elif attempt.expires_at and attempt.expires_at <= now - DAY:
            instants.append(attempt.expires_at)
    return max(instant for instant in instants if instant and instant <= now)
