"""Facts as small literal tables: `Plan(n, attempts)` and `Attempt(k, …)` as in docs/metrics.md §3.

`rows`, `plan_row` and `charge_rows` return the rows of these facts as of a date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import polars as pl

from smartinst.analytics.figures import collect_rows
from smartinst.analytics.filters import check_filters
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import ATTEMPTS, CHARGE_DAY_MOVES, COMMISSIONS, PLANS, STATUS_STATE, Facts

START = date(2026, 1, 15)
_codes = count(1)


def day(text: str) -> date:
    """`"15 Jan"` of 2026, or an ISO date."""
    if text[0].isdigit() and "-" in text:
        return date.fromisoformat(text)
    return datetime.strptime(f"{text} 2026", "%d %b %Y").replace(tzinfo=UTC).date()


def noon(calendar_day: date | None, minutes: int = 0) -> datetime | None:
    return (
        None
        if calendar_day is None
        else datetime.combine(calendar_day, time(12), tzinfo=UTC) + timedelta(minutes=minutes)
    )


@dataclass
class Attempt:
    """An attempt: charge number(s), order date (also the due date), payment and reversal."""

    numbers: int | tuple[int, ...]
    order_date: str
    paid: str | None = None
    due: str | None = None
    reversed: str | None = None
    reversal: str = "refunded"
    claim: str | None = None
    claim_end: str | None = None
    expires: str | None = None
    minor: int = 10_000
    total: int | None = None
    net: dict[str, int] = field(default_factory=dict)
    currency: str = "EUR"
    status: str | None = None
    negotiation: bool = False
    original: int | None = None
    original_paid: int | None = None
    refusal: str | None = None
    sequence: int = 1
    retry: str | None = None
    is_estimated: bool = False
    payment_type: str = "CREDIT_CARD"
    transaction: str = field(default_factory=lambda: f"HP{next(_codes):08d}")

    def row(self, seller_id: str, plan_id: str) -> dict[str, object]:
        numbers = (self.numbers,) if isinstance(self.numbers, int) else self.numbers
        order_date, paid = day(self.order_date), day(self.paid) if self.paid else None
        status = self.status or (
            self.reversal if self.reversed else "approved" if paid else "delayed"
        )
        failed = None
        if paid is None and STATUS_STATE.get(status) == "failed":
            failed = day(self.expires) + timedelta(1) if self.expires else order_date
        return {
            "seller_id": seller_id,
            "plan_id": plan_id,
            "transaction": self.transaction,
            "numbers": list(numbers),
            "is_negotiation": self.negotiation or len(numbers) > 1,
            "sequence": self.sequence,
            "status": status,
            "state": STATUS_STATE.get(status, "unknown"),
            "ordered_at": noon(order_date, self.sequence),
            "ordered_date": order_date,
            "due_date": day(self.due)
            if self.due
            else day(self.expires)
            if self.expires
            else order_date,
            "approved_at": noon(paid, 30 + self.sequence),
            "approved_date": paid,
            "failed_date": failed,
            "reversed_date": day(self.reversed) if self.reversed else None,
            "reversal": self.reversal if self.reversed else None,
            "claim_date": day(self.claim) if self.claim else None,
            "claim_end_date": day(self.claim_end) if self.claim_end else None,
            "payment_type": self.payment_type,
            "refusal": self.refusal,
            "has_retry": False,
            "retry_date": day(self.retry) if self.retry else None,
            "currency": self.currency,
            "amount_minor": self.minor,
            "total_minor": self.total,
            "original_minor": self.original,
            "original_paid_minor": self.original_paid,
        }


@dataclass
class Plan:
    """A plan of N charges, by default bought on 15 January 2026.

    moves  changes of the charge day: the day of the change, and the next charge's new due date
    """

    installments: int | None
    attempts: tuple[Attempt, ...] = ()
    canceled: str | None = None
    purchased: date = START
    plan_id: str = "1"
    seller_id: str = "acme"
    product_id: str = "7"
    product: str = "Curso"
    buyer: str | None = "Rita Exemplo"
    email: str | None = "rita@example.com"
    phone: str | None = "+351912000777"
    country: str | None = "PT"
    suspended: bool = False
    moves: tuple[tuple[str, str], ...] = ()

    def row(self) -> dict[str, object]:
        return {
            "seller_id": self.seller_id,
            "plan_id": self.plan_id,
            "subscriber_code": f"SMRT{self.plan_id}",
            "billing_type": "SMART_INSTALLMENT",
            "product_id": self.product_id,
            "product": self.product,
            "buyer": self.buyer,
            "email": self.email,
            "phone": self.phone,
            "country": self.country,
            "installments": self.installments,
            "purchase_date": self.purchased,
            "cancellation_date": day(self.canceled) if self.canceled else None,
            "canceled_by": "SELLER" if self.canceled else None,
            "is_suspended": self.suspended,
        }

    def move_rows(self) -> list[dict[str, object]]:
        return [
            {
                "seller_id": self.seller_id,
                "plan_id": self.plan_id,
                "event_id": f"move-{self.plan_id}-{place}",
                "moved_at": noon(day(moved), place),
                "moved_date": day(moved),
                "next_charge_date": day(next_charge),
            }
            for place, (moved, next_charge) in enumerate(self.moves)
        ]


def facts(plans: Iterable[Plan]) -> Facts:
    """Plans as facts, as the ledger reads them."""
    plans = list(plans)
    attempts = [(plan, attempt) for plan in plans for attempt in plan.attempts]
    commissions = [
        {
            "seller_id": plan.seller_id,
            "plan_id": plan.plan_id,
            "transaction": attempt.transaction,
            "commission_currency": currency,
            "net_minor": net,
            "is_estimated": attempt.is_estimated,
        }
        for plan, attempt in attempts
        for currency, net in (attempt.net or {attempt.currency: attempt.minor * 9 // 10}).items()
    ]
    return Facts(
        PLANS.frame([plan.row() for plan in plans]).lazy(),
        ATTEMPTS.frame(
            [attempt.row(plan.seller_id, plan.plan_id) for plan, attempt in attempts]
        ).lazy(),
        COMMISSIONS.frame(commissions).lazy(),
        CHARGE_DAY_MOVES.frame([row for plan in plans for row in plan.move_rows()]).lazy(),
    )


def paid(number: int, on: str, due: str | None = None, **options: Any) -> Attempt:
    """An attempt paid on a day; `due` is the due and order date, if it is another day."""
    return Attempt(number, due or on, paid=on, due=due, **options)


def monthly(*months: str, **options: Any) -> tuple[Attempt, ...]:
    """Charges 1, 2, … each due and paid on the 15th of its month."""
    return tuple(paid(number, f"15 {month}", **options) for number, month in enumerate(months, 1))


def rows(
    plans: Plan | Iterable[Plan],
    as_of: str = "20 Apr",
    where: Mapping[str, Any] | None = None,
    *,
    late_after_days: int = 0,
    data_through: str | None = None,
) -> dict[str, pl.DataFrame]:
    """The rows of every grain as of a date."""
    plan_facts = facts([plans] if isinstance(plans, Plan) else plans)
    last_day = day(data_through) if data_through else None
    as_of_rows = snapshot(
        plan_facts, day(as_of), late_after_days=late_after_days, data_through=last_day
    )
    return collect_rows(as_of_rows, check_filters(where or {}))


def plan_row(plan: Plan, as_of: str = "20 Apr", **options: Any) -> dict[str, Any]:
    """The row of a plan."""
    (row,) = rows(plan, as_of, **options)["plans"].to_dicts()
    return row


def charge_rows(plan: Plan, as_of: str = "20 Apr", **options: Any) -> list[dict[str, Any]]:
    """The plan's charges, by number."""
    return rows(plan, as_of, **options)["charges"].to_dicts()


def column(charges: list[dict[str, Any]], name: str) -> list[Any]:
    """The values of one column."""
    return [charge[name] for charge in charges]
