"""Plans and charges for the notebook fixture: seeded, plausible, and hostile where asked."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

AS_OF = date(2026, 10, 31)
MARKETS = (
    ("EUR", "PT", 2900, 9900),
    ("EUR", "ES", 2900, 9900),
    ("USD", "US", 3500, 14900),
    ("ARS", "AR", 1200000, 4900000),
    ("JPY", "JP", 3000, 12000),
    ("KWD", "KW", 9000, 30000),
)
FIRST = "Ana Bruno Célia Diego Eva Fátima Gil Helena Íris João Karen Luís Marta Núria Olga Pía Raúl Sofía Tomás Zoë".split()
LAST = "Álvarez Brito Castro Duarte Esteves Fonseca Gómez Herrera Lima Muñoz Núñez Ortiz Peña Quintana Ribeiro Sáez".split()
COURSES = (
    "Fotografia de produto do zero ao estúdio",
    "Inglés desde cero",
    "Data with Polars",
    "Panadería",
    "Violão",
    "Yoga em casa",
)
METHODS = ("CREDIT_CARD", "CREDIT_CARD", "CREDIT_CARD", "PAYPAL", "PIX", "GOOGLE_PAY")
HELPS = ("wait", "change_card", "offer", "check", "unknown")
HOSTILE = (
    "</script><script>alert(1)</script>",
    "{{7*7}}",
    "{% raw %}{{ config }}",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe\u202c oirartnoc",
    "X" * 500,
    "Ana " * 125,
    "👩‍👩‍👧‍👦🏳️‍🌈💸",
    "<img src=x onerror=alert(2)>",
    "<pwn-canary onclick=alert(4)>click",
    '"><b id=pwned>',
    "]]><!--",
    "<!-- <script>",
    "<style>*{display:none}</style>",
    "</td></tr></table><h1>out",
    "</template><script>alert(8)</script>",
    "%s%n%d {0} {name}",
    "NULL",
    "社會科學院語學研究所",
    "بِسْمِ اللَّهِ الرَّحْمَنِ",
    "हिन्दी नाम",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "line\nbreak\r\nname",
    "\u2028line\u2029sep \x00 \x1b[31m",
    "😀" * 60,
    "a\u0301e\u0301 NFD",
    "",
    " ",
)


def month_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))


def sales(
    count: int, seed: int = 7, hostile: bool = False, markets: int = 6
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(plans, charges) whose money closes: total = collected + overdue + to receive + refunded + released."""
    rng = random.Random(seed)
    plans: list[dict[str, Any]] = []
    charges: list[dict[str, Any]] = []
    for at in range(count):
        own = _charges(rng, at, markets)
        plans.append(
            _plan(rng, at, own, HOSTILE[at % len(HOSTILE)] if hostile and at % 2 else None)
        )
        charges += own
    return plans, charges


def _charges(rng: random.Random, at: int, markets: int) -> list[dict[str, Any]]:
    currency, country, low, high = rng.choice(MARKETS[:markets])
    cycles, bought = rng.randint(1, 12), AS_OF - timedelta(days=rng.randint(1, 400))
    amount = rng.randint(low, high)
    fate = rng.choices(
        ["good", "late", "stops", "never", "canceled", "refunded"], [50, 12, 18, 5, 8, 7]
    )[0]
    turn = rng.randint(2, cycles) if cycles > 1 else 1
    made = []
    for k in range(1, cycles + 1):
        due = month_later(bought, k - 1)
        gone = (
            (fate == "canceled" and k >= turn)
            or (fate == "refunded" and k > turn)
            or fate == "never"
        )
        unpaid = gone or due > AS_OF or (fate == "stops" and k >= turn and cycles > 1)
        paid = (
            None
            if unpaid
            else due + timedelta(days=rng.choice([0, 0, 0, 6]) if fate == "late" else 0)
        )
        paid = paid if paid is None or paid <= AS_OF else None
        state = _state(fate, k, turn, paid, due, gone)
        late = (AS_OF - due).days if state == "overdue" else 0
        bucket = (
            None
            if not late
            else "1-30"
            if late < 31
            else "31-60"
            if late < 61
            else "61-90"
            if late < 91
            else "91+"
        )
        parts = {
            name: amount if name == state else 0
            for name in ("collected", "overdue", "to_receive", "refunded", "released")
        }
        made.append(
            {
                "p": at,
                "number": k,
                "installments": cycles,
                "currency": currency,
                "country": country,
                "fate": fate,
                "due_date": due.isoformat(),
                "paid_date": paid.isoformat() if paid else None,
                "due_month": due.isoformat()[:7],
                "paid_month": paid.isoformat()[:7] if paid else None,
                "state": state,
                "days_past_due": late,
                "bucket": bucket,
                "is_overdue": state == "overdue",
                "overdue_charges": int(state == "overdue"),
                "help": rng.choice(HELPS) if late else None,
                "has_failed": bool(late),
                "failed_charges": int(bool(late)),
                "cured_charges": 0,
                **{f"{name}_minor": value for name, value in parts.items()},
                "amount_minor": amount,
                "bought": bought.isoformat(),
                "issued": due <= AS_OF and not gone,
            }
        )
    return made


def _state(fate: str, k: int, turn: int, paid: date | None, due: date, gone: bool) -> str:
    if paid and fate == "refunded" and k <= turn:
        return "refunded"
    if paid:
        return "collected"
    if gone:
        return "released"
    return "overdue" if due < AS_OF else "to_receive"


def _plan(
    rng: random.Random, at: int, own: list[dict[str, Any]], name: str | None
) -> dict[str, Any]:
    first, fate, cycles = own[0], own[0]["fate"], own[0]["installments"]
    sums = {
        f"{part}_minor": sum(c[f"{part}_minor"] for c in own)
        for part in ("collected", "overdue", "to_receive", "refunded", "released")
    }
    paid, late = sum(c["paid_date"] is not None for c in own), sum(c["is_overdue"] for c in own)
    status = _status(fate, paid, late, cycles)
    buyer = f"{rng.choice(FIRST)} {rng.choice(LAST)}" if name is None else name
    course = rng.choice(range(len(COURSES)))
    digits = f"3519120{at:05d}"
    live = status.startswith("In progress")
    return {
        "plan_id": str(20000000 + at),
        "subscriber_code": f"SMRT{at:04d}",
        "status": status,
        "product_id": str(7000001 + course),
        "product": COURSES[course] if name is None or at % 4 == 1 else name,
        "buyer": buyer,
        "email": f"{first['country']}.{at}@example.com".lower(),
        "phone": f"+{digits}",
        "country": first["country"] if at % 29 else None,
        "payment_method": rng.choice(METHODS),
        "currency": first["currency"],
        "purchase_date": first["bought"],
        "cancellation_date": None,
        "installments": cycles,
        "issued_installments": sum(c["issued"] for c in own),
        "paid_installments": paid,
        "total_minor": sum(sums.values()),
        **sums,
        "overdue_installments": late,
        "days_past_due": max(c["days_past_due"] for c in own),
        "has_debt": late > 0,
        "whatsapp": f"https://wa.me/{digits}?text=Ol%C3%A1" if late else None,
        "transactions": [f"HP{at:07d}{c['number']:02d}" for c in own if c["issued"]],
        "plans": 1,
        "live_plans": int(live),
        "plans_with_debt": int(late > 0),
    }


def _status(fate: str, paid: int, late: int, cycles: int) -> str:
    if paid == 0 and fate == "never":
        return "Inactive"
    if paid and fate in ("refunded", "canceled"):
        return fate.capitalize()
    if paid == cycles:
        return "Completed with issues" if fate == "late" else "Completed"
    return "In progress with issues" if late or fate == "late" else "In progress"
