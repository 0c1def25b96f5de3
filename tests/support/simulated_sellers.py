"""Sellers whose buyers behave in different ways, as facts: the forecast is judged on them.

Every buyer has a latent quality and an ability to pay that changes with the season and with
common shocks; a refused charge is retried by the platform, paid by hand on a salary day, skipped,
or is the first of a plan that stops. Each seller is a function of its seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final

import polars as pl

from smartinst.facts import ATTEMPTS, COMMISSIONS, PLANS, STATUS_STATE, Facts

FIRST_DAY: Final = date(2023, 1, 1)
LAST_DAY: Final = date(2026, 9, 30)
REFUSALS: Final = (
    ("INSUFFICIENT FUNDS", 55, 1.0),
    ("TRANSACTION DECLINED", 20, 0.8),
    ("CARD EXPIRED", 10, 0.25),
    ("RESTRICTED CARD", 8, 0.35),
    ("INVALID CARD NUMBER", 4, 0.3),
    ("ERROR NOT IDENTIFIED", 3, 1.0),
)
"""Refusal, its weight, and how much a retry helps against it."""


@dataclass(frozen=True)
class Behavior:
    """What distinguishes one kind of seller from another."""

    name: str
    seed: int
    plans: int = 900
    sales: str = "steady"  # steady, growing, shrinking, launches
    currencies: tuple[tuple[str, int], ...] = (("EUR", 6_000),)
    stop: float = 0.035  # chance that a plan stops at a charge
    trouble: float = 0.10  # chance that a charge is refused at first
    retry: float = 0.45  # chance that one retry succeeds
    retries: int = 4
    by_hand: float = 0.35  # chance that a charge whose retries failed is paid by hand
    salary_day: bool = False
    season: float = 0.0  # amplitude of the yearly change of trouble
    shock: float = 0.15  # of the monthly common shock, as log odds
    change_on: date | None = None  # from then, trouble and stops are multiplied by `change`
    change: float = 1.0
    refund: float = 0.03
    seller_cancels: float = 0.02  # per month, of plans without debt
    patience: int = 5  # unpaid charges after which the platform cancels
    long_plans: float = 0.6
    products: int = 4
    negotiates: float = 0.05
    currency_risk: float = 0.0  # log odds between the currencies, one after the other


KINDS: Final = (
    Behavior("stable", 1),
    Behavior("stable, few stops", 2, stop=0.015, trouble=0.05, plans=700),
    Behavior("seasonal", 3, season=0.6, plans=1100),
    Behavior("launches", 4, sales="launches", plans=1300),
    Behavior("change for the worse", 5, change_on=date(2025, 9, 1), change=2.0),
    Behavior("change for the better", 6, change_on=date(2025, 7, 1), change=0.5, trouble=0.16),
    Behavior("growing", 7, sales="growing", plans=1600),
    Behavior("shrinking", 8, sales="shrinking", plans=1200),
    Behavior("many refusals", 9, trouble=0.32, retry=0.5, retries=8, plans=1000),
    Behavior("hard refusals", 10, trouble=0.25, retry=0.2, by_hand=0.5, stop=0.05),
    Behavior("salary day", 11, salary_day=True, trouble=0.28, retry=0.15, by_hand=0.75),
    Behavior("small", 12, plans=150),
    Behavior("small and risky", 13, plans=220, stop=0.08, trouble=0.2),
    Behavior(
        "three currencies",
        14,
        plans=1200,
        currencies=(("EUR", 6_000), ("ARS", 4_000_000), ("JPY", 9_000)),
    ),
    Behavior(
        "currencies that differ",
        21,
        plans=1200,
        currencies=(("EUR", 6_000), ("ARS", 4_000_000), ("JPY", 9_000)),
        currency_risk=0.8,
    ),
    Behavior("high risk", 15, stop=0.10, trouble=0.2, by_hand=0.2, plans=1200),
    Behavior("common shocks", 16, shock=0.5, trouble=0.14),
    Behavior("short plans", 17, long_plans=0.1, plans=1400),
    Behavior("refunds and cancellations", 18, refund=0.1, seller_cancels=0.05),
    Behavior("large", 19, plans=4000, season=0.3, shock=0.2),
    Behavior("late payers", 20, trouble=0.3, retry=0.1, by_hand=0.8, stop=0.02),
)


def months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    last_day = (date(year + month // 12, month % 12 + 1, 1) - timedelta(1)).day
    return date(year, month, min(day.day, last_day))


@dataclass
class SimulatedPlan:
    """A plan while it is simulated."""

    number: int
    purchase_date: date
    count: int
    price: int
    currency: str
    product: int
    quality: float
    refusal: str
    help_factor: float
    attempts: list[dict[str, Any]] = field(default_factory=list)
    canceled: date | None = None
    canceled_by: str | None = None
    paid: dict[int, date] = field(default_factory=dict)


class Simulation:
    """One seller's plans from FIRST_DAY to LAST_DAY."""

    def __init__(self, behavior: Behavior) -> None:
        self.behavior = behavior
        self.random = Random(behavior.seed)
        self.plans: list[SimulatedPlan] = []
        self._shocks = self._monthly_shocks()
        self._product_risk = [self.random.gauss(0, 0.5) for _ in range(behavior.products)]

    def run(self) -> Facts:
        for number in range(self.behavior.plans):
            plan = self._new_plan(number)
            self._live_through(plan)
            self.plans.append(plan)
        return self._facts()

    def _monthly_shocks(self) -> list[float]:
        level, shocks = 0.0, []
        for _ in range(60):
            level = 0.6 * level + self.random.gauss(0, self.behavior.shock)
            shocks.append(level)
        return shocks

    def _purchase_day(self) -> date:
        span = (LAST_DAY - FIRST_DAY).days
        while True:
            day = FIRST_DAY + timedelta(days=self.random.randrange(span))
            share = (day - FIRST_DAY).days / span
            weight = {
                "steady": 1.0,
                "growing": 0.08 + 0.92 * share**2,
                "shrinking": 1.0 - 0.85 * share,
                "launches": 1.0 if day.month in (2, 6, 10) and day.day <= 12 else 0.05,
            }[self.behavior.sales]
            if self.random.random() < weight:
                return day

    def _new_plan(self, number: int) -> SimulatedPlan:
        draw, behavior = self.random, self.behavior
        currency, mean = draw.choice(behavior.currencies)
        is_long = draw.random() < behavior.long_plans
        count = draw.choice((6, 8, 10, 12, 12)) if is_long else draw.choice((2, 3, 3, 4, 5, 6))
        product = draw.randrange(behavior.products)
        refusal, _, factor = draw.choices(REFUSALS, [weight for _, weight, _ in REFUSALS])[0]
        return SimulatedPlan(
            number,
            self._purchase_day(),
            count,
            max(1, round(mean * math.exp(draw.gauss(0, 0.4)) / count * 4)),
            currency,
            product,
            draw.gauss(0, 0.9)
            + self._product_risk[product]
            + (0.25 if count > 6 else -0.1)
            + behavior.currency_risk * behavior.currencies.index((currency, mean)),
            refusal,
            factor,
        )

    def _risk(self, plan: SimulatedPlan, day: date, base: float) -> float:
        """A probability near `base`, by the buyer, the season, shocks and the change of regime."""
        behavior = self.behavior
        month = (day.year - FIRST_DAY.year) * 12 + day.month - 1
        odds = math.log(base / (1 - base)) + 0.8 * plan.quality + self._shocks[min(month, 59)]
        odds += behavior.season * math.sin(2 * math.pi * (day.month - 1) / 12)
        if behavior.change_on and day >= behavior.change_on:
            odds += math.log(behavior.change)
        return 1 / (1 + math.exp(-odds))

    def _attempt(
        self,
        plan: SimulatedPlan,
        numbers: list[int],
        due: date,
        day: date,
        *,
        paid: bool,
        **changes: Any,
    ) -> None:
        sequence = sum(numbers[0] in attempt["numbers"] for attempt in plan.attempts) + 1
        status = "approved" if paid else "delayed"
        ordered_at = datetime.combine(day, time(12), tzinfo=UTC) + timedelta(minutes=sequence)
        plan.attempts.append(
            {
                "seller_id": "sim",
                "plan_id": str(plan.number),
                "transaction": f"HP{plan.number:06d}{numbers[0]:02d}{sequence:02d}",
                "numbers": numbers,
                "is_negotiation": len(numbers) > 1,
                "sequence": sequence,
                "status": status,
                "state": STATUS_STATE[status],
                "ordered_at": ordered_at,
                "ordered_date": day,
                "due_date": due,
                "approved_at": ordered_at if paid else None,
                "approved_date": day if paid else None,
                "failed_date": None if paid else day,
                "payment_type": "CREDIT_CARD",
                "refusal": None if paid else plan.refusal,
                "has_retry": not paid,
                "currency": plan.currency,
                "amount_minor": plan.price * len(numbers),
                **changes,
            }
        )
        if paid:
            plan.paid.update(dict.fromkeys(numbers, day))

    def _live_through(self, plan: SimulatedPlan) -> None:
        draw, behavior = self.random, self.behavior
        if draw.random() < 0.05:
            self._attempt(plan, [1], plan.purchase_date, plan.purchase_date, paid=False)
            return
        has_stopped, unpaid = False, 0
        refund_day = (
            plan.purchase_date + timedelta(days=draw.randrange(3, 28))
            if draw.random() < behavior.refund
            else None
        )
        for number in range(1, plan.count + 1):
            due = months_later(plan.purchase_date, number - 1)
            if refund_day and due >= refund_day:
                self._refund(plan, refund_day)
                return
            if plan.canceled and plan.canceled <= due:
                return
            if number == 1:
                self._attempt(plan, [1], due, due, paid=True)
                continue
            if not unpaid and draw.random() < behavior.seller_cancels:
                plan.canceled, plan.canceled_by = due - timedelta(days=2), "SELLER"
                return
            early = 1.6 if number == 2 else 1.0
            has_stopped |= draw.random() < self._risk(plan, due, min(0.5, behavior.stop * early))
            if has_stopped:
                unpaid += 1
                self._fail(plan, number, due, draw.randrange(2, behavior.retries + 1))
                if self._returns(plan, number, due, unpaid):
                    has_stopped, unpaid = False, 0
                elif unpaid >= behavior.patience:
                    plan.canceled, plan.canceled_by = due + timedelta(days=8), "ADMIN"
            else:
                unpaid += not self._collect(plan, number, due)

    def _refund(self, plan: SimulatedPlan, day: date) -> None:
        for attempt in plan.attempts:
            if attempt["approved_date"]:
                attempt.update(
                    status="refunded", state="reversed", reversed_date=day, reversal="refunded"
                )
        plan.canceled, plan.canceled_by = day, "ADMIN"

    def _fail(self, plan: SimulatedPlan, number: int, due: date, times: int) -> date:
        day = due
        for _ in range(times):
            self._attempt(plan, [number], due, day, paid=False)
            day += timedelta(days=self.random.randrange(1, 5))
        return day

    def _returns(self, plan: SimulatedPlan, number: int, due: date, unpaid: int) -> bool:
        """Whether a buyer who stopped pays all or negotiates."""
        draw = self.random
        chance = self.behavior.negotiates * (1.5 if unpaid == 1 else 0.7)
        if draw.random() > chance:
            return False
        owed = [k for k in range(2, number + 1) if k not in plan.paid]
        day = due + timedelta(days=draw.randrange(6, 25))
        if len(owed) > 1 and draw.random() < 0.5:
            price = plan.price * len(owed) * draw.choice((100, 90, 80)) // 100
            self._attempt(plan, owed, due, day, paid=True, amount_minor=price)
        else:
            for k in owed:
                first_due = months_later(plan.purchase_date, k - 1)
                self._attempt(plan, [k], first_due, day, paid=True)
        return True

    def _collect(self, plan: SimulatedPlan, number: int, due: date) -> bool:
        """One charge of a buyer who goes on: paid at once, by a retry, by hand, or skipped."""
        draw, behavior = self.random, self.behavior
        if draw.random() > self._risk(plan, due, behavior.trouble):
            self._attempt(plan, [number], due, due, paid=True)
            return True
        day = due
        for _ in range(behavior.retries):
            self._attempt(plan, [number], due, day, paid=False)
            day += timedelta(days=draw.randrange(1, 6))
            if draw.random() < behavior.retry * plan.help_factor:
                self._attempt(plan, [number], due, day, paid=True)
                return True
        if draw.random() < behavior.by_hand:
            day += timedelta(days=round(draw.expovariate(1 / 16)) + 1)
            if behavior.salary_day:
                day = next(
                    day + timedelta(days=k)
                    for k in range(40)
                    if (day + timedelta(days=k)).day in (5, 6)
                )
            self._attempt(plan, [number], due, day, paid=True)
            return True
        return False

    def _facts(self) -> Facts:
        plans: list[dict[str, object]] = [
            {
                "seller_id": "sim",
                "plan_id": str(plan.number),
                "billing_type": "SMART_INSTALLMENT",
                "product_id": str(plan.product),
                "product": f"Course {plan.product}",
                "buyer": f"Buyer {plan.number}",
                "installments": plan.count,
                "purchase_date": plan.purchase_date,
                "cancellation_date": plan.canceled,
                "canceled_by": plan.canceled_by,
                "is_suspended": False,
            }
            for plan in self.plans
        ]
        attempts = [
            attempt
            for plan in self.plans
            for attempt in plan.attempts
            if attempt["ordered_date"] <= LAST_DAY
            and not (plan.canceled and attempt["ordered_date"] > plan.canceled)
        ]
        return Facts(
            PLANS.frame(plans).lazy(), ATTEMPTS.frame(attempts).lazy(), COMMISSIONS.empty().lazy()
        )


def simulate(behavior: Behavior) -> Facts:
    """The facts of one simulated seller."""
    return Simulation(behavior).run()


def facts_until(seller_facts: Facts, day: date) -> Facts:
    """The facts as a ledger of that day has them: nothing later is in it."""
    attempts = seller_facts.attempts.filter(pl.col("ordered_date") <= day).with_columns(
        pl.when(pl.col("reversed_date") <= day).then(name).alias(name)
        for name in ("reversed_date", "reversal")
    )
    is_canceled = pl.col("cancellation_date") <= day
    plans = seller_facts.plans.filter(pl.col("purchase_date") <= day).with_columns(
        pl.when(is_canceled).then(name).alias(name) for name in ("cancellation_date", "canceled_by")
    )
    return replace(seller_facts, plans=plans, attempts=attempts)
