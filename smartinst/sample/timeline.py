"""One plan over its lifetime; `plan_state` leaves out what happens after a date.

Days are `date.toordinal()`, instants milliseconds (UTC), amounts minor units. Every instant is
between 09:00 and 15:00 UTC, so that its business date is the same in every zone from UTC−9 to
UTC+8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from smartinst.sample.business import Market, Product
from smartinst.sample.draws import (
    DAY,
    Draws,
    Odds,
    day_of_instant,
    epoch_milliseconds,
    months_later,
)
from smartinst.sample.people import Buyer

SLIP_DAYS: Final = {"PIX": 2, "BILLET": 3, "CASH_PAYMENT": 3}
"""Payment types that are slips, and how many days a slip is valid."""

REFUSALS: Final = Odds(
    {
        "INSUFFICIENT FUNDS": 52,
        "TRANSACTION DECLINED": 18,
        "CARD EXPIRED": 6,
        "RESTRICTED CARD": 5,
        "CARD ISSUER UNAVAILABLE": 4,
        "INVALID CARD NUMBER": 3,
        "ERROR NOT IDENTIFIED": 3,
        "CARD HAS NOT BEEN UNBLOCKED BY THE CARDHOLDER": 2,
        "INVALID SECURITY CODE": 2,
        "INVALID CARD EXPIRY DATE": 2,
        "DEBIT CARD IS NOT ENABLED FOR THE OPERATION": 1,
        "CARD DETAILS NOT PROVIDED": 1,
        "THIS SESSION HAS ALREADY BEEN STARTED": 0.5,
        "DUPLICATE TRANSACTION": 0.3,
    }
)


@dataclass(slots=True)
class Attempt:
    """One attempt to collect a charge, or the charges of a negotiation or anticipation."""

    numbers: tuple[int, ...]
    kind: str  # AUTOMATIC, NEGOTIATION, ANTICIPATION
    sequence: int
    due_at: int  # when the charge falls due
    ordered_at: int
    amount_minor: int
    method: str
    expires_at: int | None = None  # slips only
    approved_at: int | None = None
    refusal: str | None = None
    retry_at: int | None = None  # when the platform retries by itself
    claimed_at: int | None = None
    claim_ended_at: int | None = None
    reversed_at: int | None = None
    reversal: str = ""  # REFUNDED, CHARGEBACK, PARTIALLY_REFUNDED
    kept_minor: int = 0  # of a partial refund


@dataclass(slots=True)
class Plan:
    """One purchase split into N charges, with all its events."""

    id: int
    product: Product
    market: Market
    buyer: Buyer
    installments: int
    charge_minor: int  # one charge
    sales_end: int  # last day of sales: rare scenarios are visible on it
    purchase_day: int
    charge_second: int  # second of the day (UTC) at which charges are attempted
    method: str
    card: str
    refusal: str  # the usual reason why this card is refused
    billing_type: str = "SMART_INSTALLMENT"
    attempts: list[Attempt] = field(default_factory=list)
    canceled_at: int | None = None
    canceled_by: str = ""
    suspended_at: int | None = None
    new_commission_from: int | None = (
        None  # the charge with which the commission's currency changes
    )

    def due_day(self, number: int) -> int:
        """The day on which a charge falls due."""
        return months_later(self.purchase_day, number - 1)


def collect_charge(plan: Plan, draws: Draws, number: int, *, failures: int, pays: bool) -> None:
    """Adds `failures` failed attempts, days apart, then an approved one if the buyer `pays`."""
    due_at = ordered_at = epoch_milliseconds(plan.due_day(number), plan.charge_second)
    valid_days = SLIP_DAYS.get(plan.method)
    previous: Attempt | None = None
    for sequence in range(1, failures + pays + 1):
        if previous:
            ordered_at = _days_later(previous.expires_at or ordered_at, draws.between(1, 4), draws)
        attempt = Attempt(
            (number,), "AUTOMATIC", sequence, due_at, ordered_at, plan.charge_minor, plan.method
        )
        plan.attempts.append(attempt)
        if valid_days:
            attempt.expires_at = ordered_at + valid_days * DAY
        elif previous:
            previous.retry_at = ordered_at
        if sequence > failures:
            approve_attempt(attempt, draws)
        elif not valid_days:
            attempt.refusal = plan.refusal if draws.chance(0.8) else REFUSALS.pick(draws)
        previous = attempt


def approve_attempt(attempt: Attempt, draws: Draws) -> None:
    """Approves an attempt: a card within two minutes, a slip up to a day after it was printed."""
    days = draws.between(0, 1) if attempt.expires_at else 0
    attempt.approved_at = attempt.ordered_at + days * DAY + draws.between(20, 110) * 1000


def pay_by_hand(plan: Plan, draws: Draws, number: int, days: int) -> None:
    """Adds a payment by the buyer `days` days after the due date and after the last retry."""
    attempts = [attempt for attempt in plan.attempts if attempt.numbers == (number,)]
    ordered_at = max(
        _days_later(attempts[0].due_at, days, draws),
        _days_later(attempts[-1].expires_at or attempts[-1].ordered_at, 1, draws),
    )
    plan.attempts.append(
        Attempt(
            (number,),
            "AUTOMATIC",
            len(attempts) + 1,
            attempts[0].due_at,
            ordered_at,
            plan.charge_minor,
            "CREDIT_CARD",
        )
    )
    approve_attempt(plan.attempts[-1], draws)


def pay_together(
    plan: Plan, draws: Draws, numbers: tuple[int, ...], kind: str, day: int, amount_minor: int
) -> None:
    """Adds a negotiation or anticipation: one transaction for several charges, near `day`."""
    earlier_attempts = sum(numbers[0] in attempt.numbers for attempt in plan.attempts)
    ordered_at = epoch_milliseconds(day, draws.between(32_400, 50_400))
    due_at = min(epoch_milliseconds(plan.due_day(numbers[0]), plan.charge_second), ordered_at)
    attempt = Attempt(
        numbers, kind, earlier_attempts + 1, due_at, ordered_at, amount_minor, plan.method
    )
    if kind == "NEGOTIATION":
        attempt.method = plan.market.slips.pick(draws)
        attempt.expires_at = ordered_at + SLIP_DAYS[attempt.method] * DAY
    approve_attempt(attempt, draws)
    plan.attempts.append(attempt)


def reverse_payment(
    attempt: Attempt, draws: Draws, days: int, reversal: str, kept_percent: int = 0
) -> int:
    """Reverses a payment `days` days after it; a refund follows a claim.

    Returns the instant of the reversal.
    """
    assert attempt.approved_at, "only an approved attempt can be reversed"
    attempt.reversed_at = _days_later(attempt.approved_at, days, draws)
    attempt.reversal = reversal
    attempt.kept_minor = attempt.amount_minor * kept_percent // 100
    if reversal == "REFUNDED" and days > 1:
        attempt.claimed_at = _days_later(
            attempt.approved_at, max(1, days - draws.between(1, 5)), draws
        )
        attempt.claim_ended_at = attempt.reversed_at
    return attempt.reversed_at


def cancel_plan(plan: Plan, instant: int, actor: str) -> None:
    """Cancels the plan: no attempt is made or approved afterwards."""
    if plan.canceled_at and plan.canceled_at <= instant:
        return
    plan.canceled_at, plan.canceled_by = instant, actor
    plan.attempts = [attempt for attempt in plan.attempts if attempt.ordered_at <= instant]
    for attempt in plan.attempts:
        if attempt.approved_at and attempt.approved_at > instant:
            attempt.approved_at = attempt.claimed_at = attempt.claim_ended_at = (
                attempt.reversed_at
            ) = None


def _days_later(instant: int, days: int, draws: Draws) -> int:
    """A random instant of the day that is `days` days later."""
    return epoch_milliseconds(day_of_instant(instant) + days, draws.between(32_400, 52_200))
