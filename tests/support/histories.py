"""Histories of plans as payloads of mixed sources, and the payments that are true of them.

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
class Try:
    """One attempt to collect: what every report of it says."""

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
    tries: list[Try] = field(default_factory=list)
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
    told = History(place, chance.choice((*KINDS, *KINDS_BESIDE)))
    told.features[told.kind] += 1
    told.tries = list(_tries(told, chance))
    for number, attempt in enumerate(told.tries):
        told.features["payments" if attempt.is_paid else "refusals"] += 1
        told.documents += [(report, number) for report in _reports(told, attempt, number, chance)]
    if chance.random() < 0.2:
        told.documents.append((_moved(told, chance), None))
        told.features["moved charge days"] += 1
    if chance.random() < 0.15:
        told.documents.append((cancellation(_day(chance, 200).isoformat(), told.plan), None))
        told.features["cancellations"] += 1
    told.features["documents"] += len(told.documents)
    return told


def _day(chance: Random, span: int) -> date:
    return FIRST_DAY + timedelta(days=chance.randrange(span))


def _price(chance: Random) -> float:
    return chance.randrange(1, 90_000) / 100


def _tries(told: History, chance: Random) -> Iterator[Try]:
    """The attempts: one charge a month, with refusals, duplicates, negotiations and strangers."""
    currencies = CURRENCIES[2 * told.place], CURRENCIES[2 * told.place + 1]
    start, amount = _day(chance, 40), _price(chance)
    shared = told.kind != "single_sale" and chance.random() < 0.15
    for place in range(chance.randrange(1, told.charges + 3)):
        ordered = start + timedelta(days=30 * place + chance.randrange(-3, 9))
        code = f"HP{told.plan}{'00' if shared else f'{place:02d}'}"
        number = place + 1
        is_numbered = told.kind != "single_sale" and (shared or chance.random() < 0.75)
        payment = Try(
            code,
            number if is_numbered else None,
            ordered,
            ordered + timedelta(days=chance.randrange(4)),
            amount if chance.random() < 0.8 else _price(chance),
            currencies[chance.random() < 0.1],
            chance.choice(ENDS),
        )
        if shared and place:
            told.features["payments with the code of another"] += 1
        if not is_numbered:
            told.features["payments without a number"] += 1
        if number > told.charges:
            told.features["payments above N"] += 1
        yield payment
        yield from _further_tries(told, payment, number, chance)


def _further_tries(told: History, payment: Try, number: int, chance: Random) -> Iterator[Try]:
    """Attempts beside a payment: a refusal before it, a second payment, a negotiation."""
    if chance.random() < 0.2:
        yield Try(
            f"{payment.code}F{number}",
            payment.number,
            payment.ordered - timedelta(days=2),
            payment.ordered,
            payment.amount,
            payment.currency,
            "failed",
        )
    if chance.random() < 0.1:
        told.features["second payments"] += 1
        yield Try(
            f"{payment.code}D{number}",
            payment.number,
            payment.ordered,
            payment.approved + timedelta(days=chance.randrange(3)),
            payment.amount,
            payment.currency,
            chance.choice(ENDS),
        )
    if told.kind == "page" and told.charges > 1 and chance.random() < 0.1:
        told.features["negotiations"] += 1
        lowest = chance.randrange(1, told.charges)
        yield Try(
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


def _reports(told: History, attempt: Try, position: int, chance: Random) -> Iterator[Any]:
    """One to three reports of an attempt; the first attempt has one of the source of its plan."""
    sources = SOURCES[told.kind]
    chosen = [chance.choice(sources) for _ in range(chance.randrange(1, 4))]
    if position == 0:
        chosen[0] = sources[0]
    if attempt.number is None and told.kind in ("page", "other_type", "export") and position:
        chosen = ["webhook"]
    for place, source in enumerate(chosen):
        seen = attempt.approved + timedelta(days=10 * place + 1)
        end = attempt.end if place == len(chosen) - 1 or not attempt.is_paid else "approved"
        if end == "approved" and chance.random() < 0.05:
            end = "unknown"
            told.features["unknown words"] += 1
        told.features[f"{source} reports"] += 1
        yield _report(told, attempt, source, end, seen, chance)
    if chance.random() < 0.1:
        told.features["users reports"] += 1
        yield users(attempt.code)


def _report(told: History, attempt: Try, source: str, end: str, seen: date, chance: Random) -> Any:
    match source:
        case "page":
            return _page_item(told, attempt, end, seen)
        case "webhook":
            return _event(told, attempt, end, seen, chance)
        case "history":
            return _sale(attempt, end)
        case _:
            return _export(told, attempt, end)


def _page_item(told: History, attempt: Try, end: str, seen: date) -> Any:
    number = attempt.number or 1
    changes: dict[str, Any] = {
        "max_cycles": told.charges,
        "purchase__order_date": ms(attempt.ordered.isoformat()),
        "purchase__price": {"currency": attempt.currency, "value": attempt.amount},
        "recurrency__start_datetime": ms(attempt.ordered.isoformat()),
        "recurrency__status": "PAID" if attempt.is_paid else "NOT_PAID",
        "adoption_date": ms(min(one.ordered for one in told.tries).isoformat()),
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
    if told.kind == "other_type":
        changes["billing_type"] = "SMART_RECOVERY"
    return item(
        number,
        PAGE_WORDS[end],
        told.plan,
        attempt.code,
        seen.isoformat(),
        attempt.approved.isoformat() if attempt.is_paid else None,
        **changes,
    )


def _event(told: History, attempt: Try, end: str, seen: date, chance: Random) -> Any:
    """A webhook; one in ten names a charge beside the true one, on the same day."""
    number = attempt.number
    if number and told.kind == "page" and not attempt.numbers and chance.random() < 0.1:
        shared = sum(one.code == attempt.code for one in told.tries) > 1
        number += 0 if shared or number == 600 else 1
        told.features["reports of another number"] += 1
    changes: dict[str, Any] = {
        "purchase__transaction": attempt.code,
        "purchase__recurrence_number": number or MISSING,
        "purchase__order_date": ms(attempt.ordered.isoformat()),
        "purchase__price": {"currency_value": attempt.currency, "value": attempt.amount},
        "purchase__approved_date": ms(attempt.approved.isoformat()) if attempt.is_paid else MISSING,
    }
    if chance.random() < 0.05:
        told.features["reports without a price"] += 1
        changes["purchase__price"] = MISSING
    if told.kind == "unidentified":
        changes["purchase__offer__code"] = "another1"
    if told.kind == "single_sale":
        changes["subscription"] = MISSING
    name, status = EVENTS[end]
    return webhook(name, status, seen.isoformat(), 1, told.plan, **changes)


def _sale(attempt: Try, end: str) -> Any:
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


def _export(told: History, attempt: Try, end: str) -> bytes:
    """An export of one line, in which a charge may have no number."""
    paid = f"{attempt.approved:%d/%m/%Y} 09:00:00" if attempt.is_paid else "(none)"
    price = f"{attempt.amount:.2f}".replace(".", ",")
    line = (
        f"{attempt.code};{EXPORT_WORDS[end]};{attempt.ordered:%d/%m/%Y} 09:00:00;{paid};7000001;"
        f"Curso;offer001;{attempt.currency};{price};{attempt.currency};0;"
        f"Cartão de Crédito;Parcelamento Inteligente;{told.charges};"
        f"{attempt.number or '(none)'};Rita;rita@example.com;Portugal;1;Rua;CODE{told.plan}"
    )
    return f"{HEADER}\n{line}\n".encode("utf-8-sig")


def _moved(told: History, chance: Random) -> Any:
    created = _day(chance, 200)
    next_charge = created + timedelta(days=chance.randrange(1, 60))
    return envelope(
        "UPDATE_SUBSCRIPTION_CHARGE_DATE",
        created.isoformat(),
        {
            "subscriber": {"code": f"CODE{told.plan}"},
            "subscription": {"date_next_charge": f"{next_charge}T12:00:00.000Z"},
        },
    ) | {"id": f"move-{told.place}"}
