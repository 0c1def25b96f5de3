"""Histories of plans as payloads of mixed sources, with the payments that really took place.

A history is what one buyer did: a plan (or a single sale) with its payments, each reported by
pages, webhooks, exports, sales/history or sales/users, in a currency pair of its own, so that the
sums of a currency are those of one history. Every draw comes from a seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from babel.numbers import list_currencies

from tests.support.hotmart_payloads import (
    HEADER,
    MISSING,
    cancellation,
    envelope,
    item,
    ms,
    users,
    webhook,
)

FIRST_DAY: Final = date(2026, 1, 1)
CURRENCIES: Final = sorted(list_currencies())
MOST: Final = len(CURRENCIES) // 2
"""The most histories that have currencies of their own at the same time."""

KINDS: Final = ("page",) * 5 + ("webhook", "webhook", "export", "export", "other_type")
KINDS_BESIDE: Final = ("unidentified", "single_sale")
ENDS: Final = ("approved",) * 6 + ("complete", "refunded", "partial", "chargeback", "disputed")
PAGE_WORDS: Final = {
    "approved": "APPROVED",
    "complete": "COMPLETE",
    "refunded": "REFUNDED",
    "partial": "PARTIALLY_REFUNDED",
    "chargeback": "CHARGEBACK",
    "disputed": "PROTESTED",
    "failed": "DELAYED",
    "unknown": "QUASAR",
}
EVENTS: Final = {
    "approved": ("PURCHASE_APPROVED", "APPROVED"),
    "complete": ("PURCHASE_COMPLETE", "COMPLETED"),
    "refunded": ("PURCHASE_REFUNDED", "REFUNDED"),
    "partial": ("PURCHASE_REFUNDED", "PARTIALLY_REFUNDED"),
    "chargeback": ("PURCHASE_CHARGEBACK", "CHARGEBACK"),
    "disputed": ("PURCHASE_PROTEST", "DISPUTE"),
    "failed": ("PURCHASE_DELAYED", "DELAYED"),
    "unknown": ("PURCHASE_APPROVED", "QUASAR"),
}
EXPORT_WORDS: Final = {
    "approved": "Aprovado",
    "complete": "Completo",
    "refunded": "Reembolsado",
    "chargeback": "Chargeback",
    "disputed": "Reclamado",
    "failed": "Atrasado",
    "partial": "Parcialmente reembolsado",
    "unknown": "Quasar",
}


@dataclass
class GeneratedAttempt:
    """One attempt to collect a charge, as all its reports describe it."""

    code: str
    number: int | None  # None: no report names a charge
    ordered: date
    approved: date
    amount: float  # at most two decimals, also in a currency without any
    currency: str
    end: str
    numbers: tuple[int, ...] = ()  # of a negotiation

    @property
    def is_paid(self) -> bool:
        return self.end != "failed"


@dataclass
class History:
    """The documents of a history, each with the attempt that it reports (None: no attempt)."""

    place: int
    kind: str
    documents: list[tuple[Any, int | None]] = field(default_factory=list)
    attempts: list[GeneratedAttempt] = field(default_factory=list)
    features: Counter[str] = field(default_factory=Counter)

    @property
    def plan(self) -> int:
        return 30_000_000 + self.place

    @property
    def charges(self) -> int:
        return 1 + self.plan % 6


def history(seed: int, place: int) -> History:
    """The history of a seed; `place` is its position among others and gives its currencies."""
    chance = Random(seed)
    plan_history = History(place, chance.choice((*KINDS, *KINDS_BESIDE)))
    plan_history.features[plan_history.kind] += 1
    plan_history.attempts = list(_attempts(plan_history, chance))
    for number, attempt in enumerate(plan_history.attempts):
        plan_history.features["payments" if attempt.is_paid else "refusals"] += 1
        plan_history.documents += [
            (report, number) for report in _reports(plan_history, attempt, number, chance)
        ]
    if chance.random() < 0.2:
        plan_history.documents.append((_charge_day_move(plan_history, chance), None))
        plan_history.features["moved charge days"] += 1
    if chance.random() < 0.15:
        plan_history.documents.append(
            (cancellation(_day(chance, 200).isoformat(), plan_history.plan), None)
        )
        plan_history.features["cancellations"] += 1
    plan_history.features["documents"] += len(plan_history.documents)
    return plan_history


def _day(chance: Random, span: int) -> date:
    return FIRST_DAY + timedelta(days=chance.randrange(span))


def _price(chance: Random) -> float:
    return chance.randrange(1, 90_000) / 100


def _attempts(plan_history: History, chance: Random) -> Iterator[GeneratedAttempt]:
    """The attempts: one charge a month, refusals, duplicates, negotiations, other prices."""
    currencies = CURRENCIES[2 * plan_history.place], CURRENCIES[2 * plan_history.place + 1]
    start, amount = _day(chance, 40), _price(chance)
    is_code_shared = plan_history.kind != "single_sale" and chance.random() < 0.15
    for place in range(chance.randrange(1, plan_history.charges + 3)):
        ordered = start + timedelta(days=30 * place + chance.randrange(-3, 9))
        code = f"HP{plan_history.plan}{'00' if is_code_shared else f'{place:02d}'}"
        number = place + 1
        is_numbered = plan_history.kind != "single_sale" and (
            is_code_shared or chance.random() < 0.75
        )
        payment = GeneratedAttempt(
            code,
            number if is_numbered else None,
            ordered,
            ordered + timedelta(days=chance.randrange(4)),
            amount if chance.random() < 0.8 else _price(chance),
            currencies[chance.random() < 0.1],
            chance.choice(ENDS),
        )
        if is_code_shared and place:
            plan_history.features["payments with the code of another"] += 1
        if not is_numbered:
            plan_history.features["payments without a number"] += 1
        if number > plan_history.charges:
            plan_history.features["payments above N"] += 1
        yield payment
        yield from _further_attempts(plan_history, payment, number, chance)


def _further_attempts(
    plan_history: History, payment: GeneratedAttempt, number: int, chance: Random
) -> Iterator[GeneratedAttempt]:
    """Attempts beside a payment: a refusal before it, a second payment, a negotiation."""
    if chance.random() < 0.2:
        yield GeneratedAttempt(
            f"{payment.code}F{number}",
            payment.number,
            payment.ordered - timedelta(days=2),
            payment.ordered,
            payment.amount,
            payment.currency,
            "failed",
        )
    if chance.random() < 0.1:
        plan_history.features["second payments"] += 1
        yield GeneratedAttempt(
            f"{payment.code}D{number}",
            payment.number,
            payment.ordered,
            payment.approved + timedelta(days=chance.randrange(3)),
            payment.amount,
            payment.currency,
            chance.choice(ENDS),
        )
    if plan_history.kind == "page" and plan_history.charges > 1 and chance.random() < 0.1:
        plan_history.features["negotiations"] += 1
        lowest = chance.randrange(1, plan_history.charges + 2)
        if lowest >= plan_history.charges:
            plan_history.features["negotiations above N"] += 1
        yield GeneratedAttempt(
            f"{payment.code}N{number}",
            lowest,
            payment.ordered,
            payment.approved,
            _price(chance) * 2,
            payment.currency,
            chance.choice(ENDS),
            (lowest, lowest + 1),
        )


# --- reports --------------------------------------------------------------------------

SOURCES: Final = {
    "page": ("page", "webhook", "history"),
    "other_type": ("page", "webhook"),
    "export": ("export", "webhook"),
    "webhook": ("webhook", "history"),
    "unidentified": ("webhook", "history"),
    "single_sale": ("webhook",),
}


def _reports(
    plan_history: History, attempt: GeneratedAttempt, position: int, chance: Random
) -> Iterator[Any]:
    """One to three reports of an attempt; the first attempt has one of the source of its plan."""
    sources = SOURCES[plan_history.kind]
    report_sources = [chance.choice(sources) for _ in range(chance.randrange(1, 4))]
    if position == 0:
        report_sources[0] = sources[0]
    if (
        attempt.number is None
        and plan_history.kind in ("page", "other_type", "export")
        and position
    ):
        report_sources = ["webhook"]
    for place, source in enumerate(report_sources):
        reported_on = attempt.approved + timedelta(days=10 * place + 1)
        end = attempt.end if place == len(report_sources) - 1 or not attempt.is_paid else "approved"
        if end == "approved" and chance.random() < 0.05:
            end = "unknown"
            plan_history.features["unknown words"] += 1
        plan_history.features[f"{source} reports"] += 1
        yield _report(plan_history, attempt, source, end, reported_on, chance)
    if chance.random() < 0.1:
        plan_history.features["users reports"] += 1
        yield users(attempt.code)


def _report(
    plan_history: History,
    attempt: GeneratedAttempt,
    source: str,
    end: str,
    reported_on: date,
    chance: Random,
) -> Any:
    match source:
        case "page":
            return _page_item(plan_history, attempt, end, reported_on)
        case "webhook":
            return _event(plan_history, attempt, end, reported_on, chance)
        case "history":
            return _sale(attempt, end)
        case _:
            return _export(plan_history, attempt, end)


def _page_item(
    plan_history: History, attempt: GeneratedAttempt, end: str, reported_on: date
) -> Any:
    number = attempt.number or 1
    changes: dict[str, Any] = {
        "max_cycles": max((plan_history.charges, *attempt.numbers)),
        "purchase__order_date": ms(attempt.ordered.isoformat()),
        "purchase__price": {"currency": attempt.currency, "value": attempt.amount},
        "recurrency__start_datetime": ms(attempt.ordered.isoformat()),
        "recurrency__status": "PAID" if attempt.is_paid else "NOT_PAID",
        "adoption_date": ms(
            min(other_attempt.ordered for other_attempt in plan_history.attempts).isoformat()
        ),
    }
    if end == "partial":
        changes["purchase__commission"] = {
            "currency": attempt.currency,
            "original_value": attempt.amount,
            "original_paid_value": round(attempt.amount / 2, 2),
        }
    if attempt.numbers:
        changes["recurrency__number_list"] = ", ".join(map(str, attempt.numbers))
        changes["recurrency__transaction_type"] = "NEGOTIATION"
    if plan_history.kind == "other_type":
        changes["billing_type"] = "SMART_RECOVERY"
    return item(
        number,
        PAGE_WORDS[end],
        plan_history.plan,
        attempt.code,
        reported_on.isoformat(),
        attempt.approved.isoformat() if attempt.is_paid else None,
        **changes,
    )


def _event(
    plan_history: History, attempt: GeneratedAttempt, end: str, reported_on: date, chance: Random
) -> Any:
    """A webhook; one in ten names a charge beside the true one, on the same day."""
    number = attempt.number
    if number and plan_history.kind == "page" and not attempt.numbers and chance.random() < 0.1:
        is_code_shared = (
            sum(other_attempt.code == attempt.code for other_attempt in plan_history.attempts) > 1
        )
        number += 0 if is_code_shared or number == 600 else 1
        plan_history.features["reports of another number"] += 1
    changes: dict[str, Any] = {
        "purchase__transaction": attempt.code,
        "purchase__recurrence_number": number or MISSING,
        "purchase__order_date": ms(attempt.ordered.isoformat()),
        "purchase__price": {"currency_value": attempt.currency, "value": attempt.amount},
        "purchase__approved_date": ms(attempt.approved.isoformat()) if attempt.is_paid else MISSING,
    }
    if chance.random() < 0.05:
        plan_history.features["reports without a price"] += 1
        changes["purchase__price"] = MISSING
    if plan_history.kind == "unidentified":
        changes["purchase__offer__code"] = "another1"
    if plan_history.kind == "single_sale":
        changes["subscription"] = MISSING
    name, status = EVENTS[end]
    return webhook(name, status, reported_on.isoformat(), 1, plan_history.plan, **changes)


def _sale(attempt: GeneratedAttempt, end: str) -> Any:
    """An item of sales/history."""
    purchase: dict[str, Any] = {
        "transaction": attempt.code,
        "order_date": ms(attempt.ordered.isoformat()),
        "status": PAGE_WORDS[end],
        "recurrency_number": attempt.number,
        "price": {"currency_code": attempt.currency, "value": attempt.amount},
        "payment": {"type": "CREDIT_CARD"},
        "offer": {"code": "offer001", "payment_mode": "SMART_INSTALLMENT"},
    }
    if attempt.is_paid:
        purchase["approved_date"] = ms(attempt.approved.isoformat())
    return {"product": {"id": 7000001}, "buyer": {"name": "Rita"}, "purchase": purchase}


def _export(plan_history: History, attempt: GeneratedAttempt, end: str) -> bytes:
    """An export of one line, in which a charge may have no number."""
    paid = f"{attempt.approved:%d/%m/%Y} 09:00:00" if attempt.is_paid else "(none)"
    price = f"{attempt.amount:.2f}".replace(".", ",")
    line = (
        f"{attempt.code};{EXPORT_WORDS[end]};{attempt.ordered:%d/%m/%Y} 09:00:00;{paid};7000001;"
        f"Curso;offer001;{attempt.currency};{price};{attempt.currency};0;"
        f"Cartão de Crédito;Parcelamento Inteligente;{plan_history.charges};"
        f"{attempt.number or '(none)'};Rita;rita@example.com;Portugal;1;Rua;CODE{plan_history.plan}"
    )
    return f"{HEADER}\n{line}\n".encode("utf-8-sig")


def _charge_day_move(plan_history: History, chance: Random) -> Any:
    created = _day(chance, 200)
    next_charge = created + timedelta(days=chance.randrange(1, 60))
    return envelope(
        "UPDATE_SUBSCRIPTION_CHARGE_DATE",
        created.isoformat(),
        {
            "subscriber": {"code": f"CODE{plan_history.plan}"},
            "subscription": {"date_next_charge": f"{next_charge}T12:00:00.000Z"},
        },
    ) | {"id": f"move-{plan_history.place}"}
