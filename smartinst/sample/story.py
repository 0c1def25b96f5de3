"""What happens to one plan over its whole life, the days after any report included; `telling` cuts it at a date.

Days are `date.toordinal()`, instants milliseconds (UTC), amounts minor units. Every instant lies between 09:00 and
15:00 UTC, so that its business date is the same in every zone from UTC−9 to UTC+8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from smartinst.sample.draws import DAY, Draws, Odds, day_of, instant, months_later
from smartinst.sample.people import Buyer
from smartinst.sample.profiles import Market, Product

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
    """One try to collect a charge, or the charges of a negotiation or anticipation."""

    numbers: tuple[int, ...]
    kind: str  # AUTOMATIC, NEGOTIATION, ANTICIPATION
    sequence: int
    started: int  # when the charge fell due
    ordered: int
    minor: int
    method: str
    expires: int | None = None  # slips only
    approved: int | None = None
    refusal: str | None = None
    retry: int | None = None  # when the platform tries again by itself
    claimed: int | None = None
    settled: int | None = None  # when the claim ended
    reversed: int | None = None
    reversal: str = ""  # REFUNDED, CHARGEBACK, PARTIALLY_REFUNDED
    kept_minor: int = 0  # of a partial refund


@dataclass(slots=True)
class Plan:
    """One purchase split into N charges, with all that ever happens to it."""

    id: int
    product: Product
    market: Market
    buyer: Buyer
    installments: int
    charge_minor: int  # one charge
    until: int  # the last day of sales: rare lives are timed to be seen then
    day: int  # of the purchase
    second: int  # of the day, when it is charged
    method: str
    card: str
    refusal: str  # the usual reason why this card fails
    billing_type: str = "SMART_INSTALLMENT"
    attempts: list[Attempt] = field(default_factory=list)
    canceled: int | None = None
    canceled_by: str = ""
    suspended: int | None = None
    new_commission_from: int | None = (
        None  # the charge with which the commission's currency changes
    )

    def paid(self) -> list[Attempt]:
        """The attempts that collect money, one day or another."""
        return [attempt for attempt in self.attempts if attempt.approved]

    def due(self, number: int) -> int:
        """The day on which a charge falls due."""
        return months_later(self.day, number - 1)


def collect(plan: Plan, draws: Draws, number: int, *, failures: int, pays: bool) -> None:
    """One charge: `failures` attempts that fail, a few days apart, then one that succeeds if it `pays`."""
    started = ordered = instant(plan.due(number), plan.second)
    valid_days = SLIP_DAYS.get(plan.method)
    previous: Attempt | None = None
    for sequence in range(1, failures + pays + 1):
        if previous:
            ordered = _later(previous.expires or ordered, draws.between(1, 4), draws)
        attempt = Attempt(
            (number,), "AUTOMATIC", sequence, started, ordered, plan.charge_minor, plan.method
        )
        plan.attempts.append(attempt)
        if valid_days:
            attempt.expires = ordered + valid_days * DAY
        elif previous:
            previous.retry = ordered
        if sequence > failures:
            approve(attempt, draws)
        elif not valid_days:
            attempt.refusal = plan.refusal if draws.chance(0.8) else REFUSALS.pick(draws)
        previous = attempt


def approve(attempt: Attempt, draws: Draws) -> None:
    """The attempt succeeds: a card within two minutes, a slip a day or two after it was printed."""
    days = draws.between(0, 1) if attempt.expires else 0
    attempt.approved = attempt.ordered + days * DAY + draws.between(20, 110) * 1000


def pay_later(plan: Plan, draws: Draws, number: int, days: int) -> None:
    """After the last retry the buyer pays by hand, `days` days after the due date."""
    own = [attempt for attempt in plan.attempts if attempt.numbers == (number,)]
    ordered = max(
        _later(own[0].started, days, draws), _later(own[-1].expires or own[-1].ordered, 1, draws)
    )
    plan.attempts.append(
        Attempt(
            (number,),
            "AUTOMATIC",
            len(own) + 1,
            own[0].started,
            ordered,
            plan.charge_minor,
            "CREDIT_CARD",
        )
    )
    approve(plan.attempts[-1], draws)


def settle_together(
    plan: Plan, draws: Draws, numbers: tuple[int, ...], kind: str, day: int, minor: int
) -> None:
    """A negotiation or anticipation: one transaction for several charges, paid on `day` or soon after."""
    own = sum(numbers[0] in attempt.numbers for attempt in plan.attempts)
    ordered = instant(day, draws.between(32_400, 50_400))
    started = min(instant(plan.due(numbers[0]), plan.second), ordered)
    attempt = Attempt(numbers, kind, own + 1, started, ordered, minor, plan.method)
    if kind == "NEGOTIATION":
        attempt.method = plan.market.slips.pick(draws)
        attempt.expires = ordered + SLIP_DAYS[attempt.method] * DAY
    approve(attempt, draws)
    plan.attempts.append(attempt)


def reverse(attempt: Attempt, draws: Draws, days: int, reversal: str, kept_percent: int = 0) -> int:
    """The money goes back `days` days after the payment, a refund after a claim; the instant."""
    assert attempt.approved, "only a payment can go back"
    attempt.reversed = _later(attempt.approved, days, draws)
    attempt.reversal = reversal
    attempt.kept_minor = attempt.minor * kept_percent // 100
    if reversal == "REFUNDED" and days > 1:
        attempt.claimed = _later(attempt.approved, max(1, days - draws.between(1, 5)), draws)
        attempt.settled = attempt.reversed
    return attempt.reversed


def cancel(plan: Plan, when: int, by: str) -> None:
    """The plan ends: nothing is tried and nothing succeeds afterwards."""
    if plan.canceled and plan.canceled <= when:
        return
    plan.canceled, plan.canceled_by = when, by
    plan.attempts = [attempt for attempt in plan.attempts if attempt.ordered <= when]
    for attempt in plan.attempts:
        if attempt.approved and attempt.approved > when:
            attempt.approved = attempt.claimed = attempt.settled = attempt.reversed = None


def _later(moment: int, days: int, draws: Draws) -> int:
    """A moment of the day `days` days later."""
    return instant(day_of(moment) + days, draws.between(32_400, 52_200))
