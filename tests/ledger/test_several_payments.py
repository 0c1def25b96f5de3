"""One transaction code that several payments share (docs/metrics.md §7)."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from smartinst.facts import Tally
from smartinst.ledger.ledger import Ledger
from tests.support.hotmart_payloads import ACME, MISSING, item, ms, users, webhook
from tests.support.ingested import Resolve, SellerFacts, ingest_documents

CODE = "HP123"


def paid(number: int, approved: str, updated: str = "2026-09-01", **changes: Any) -> dict[str, Any]:
    """A page's item of a charge, with the code of all of them."""
    return item(number, transaction=CODE, approved=approved, updated=updated, **changes)


def event(name: str, status: str, created: str, number: int, **changes: Any) -> dict[str, Any]:
    return webhook(name, status, created, number, purchase__transaction=CODE, **changes)


def payments(facts: SellerFacts) -> list[tuple[Any, ...]]:
    columns = ("transaction", "numbers", "state", "approved_date")
    return facts.attempts.select(columns).rows()


def approved(day: str) -> dict[str, Any]:
    """A webhook about a payment of a plan, without a charge number, with the date of the order."""
    changes: dict[str, Any] = {
        "purchase__transaction": CODE,
        "purchase__status": MISSING,
        "purchase__recurrence_number": MISSING,
        "purchase__order_date": ms("2026-01-15"),
        "purchase__approved_date": ms(day),
    }
    return webhook("PURCHASE_APPROVED", "", day, 1, **changes)


FIRST, SECOND = paid(1, "2026-01-15"), paid(2, "2026-02-16")
TWO = [(CODE, [1], "paid", date(2026, 1, 15)), (f"{CODE}#2", [2], "paid", date(2026, 2, 16))]
SPLITS: dict[str, tuple[list[Any], list[tuple[Any, ...]]]] = {
    "other numbers and days": ([FIRST, SECOND], TWO),
    "the same day": (
        [FIRST, paid(2, "2026-01-15", "2026-09-02")],
        [(CODE, [2], "paid", date(2026, 1, 15))],
    ),
    "the same number": (
        [paid(2, "2026-02-15"), event("PURCHASE_COMPLETE", "COMPLETED", "2026-09-02", 2)],
        [(CODE, [2], "paid", date(2026, 2, 15))],
    ),
    "a later report of the second": (
        [FIRST, SECOND, event("PURCHASE_REFUNDED", "REFUNDED", "2026-09-03", 2)],
        [TWO[0], (f"{CODE}#2", [2], "reversed", date(2026, 2, 16))],
    ),
    "a report without a number on the day of the first": (
        [
            FIRST,
            SECOND,
            event(
                "PURCHASE_PROTEST",
                "DISPUTE",
                "2026-09-03",
                1,
                purchase__recurrence_number=MISSING,
                purchase__approved_date=ms("2026-01-15"),
            ),
        ],
        [(CODE, [1], "claimed", date(2026, 1, 15)), TWO[1]],
    ),
    "the buyer of sales/users": ([FIRST, SECOND, users(CODE)], TWO),
    "a refusal of the next month": (
        [
            paid(1, "2026-01-15", "2026-01-16"),
            event("PURCHASE_DELAYED", "DELAYED", "2026-02-15", 2),
        ],
        [(CODE, [1], "paid", date(2026, 1, 15)), (f"{CODE}#2", [2], "failed", None)],
    ),
    "a refusal of the same order with another number": (
        [
            paid(1, "2026-01-15", "2026-01-16"),
            event(
                "PURCHASE_CANCELED",
                "CANCELED",
                "2026-02-15",
                2,
                purchase__order_date=ms("2026-01-15"),
            ),
        ],
        [(CODE, [2], "failed", None)],
    ),
    "payments of two months, without numbers": (
        [paid(1, "2026-01-15"), approved("2026-02-16"), approved("2026-03-16")],
        [*TWO, (f"{CODE}#3", [3], "paid", date(2026, 3, 16))],
    ),
    "a refund of the second, without numbers": (
        [
            paid(1, "2026-01-15"),
            approved("2026-02-16"),
            approved("2026-02-16")
            | {
                "id": "refund",
                "event": "PURCHASE_REFUNDED",
                "creation_date": ms("2026-03-01"),
            },
        ],
        [TWO[0], (f"{CODE}#2", [2], "reversed", date(2026, 2, 16))],
    ),
    "an approval of nearly the same day, without a number": (
        [paid(1, "2026-01-15"), approved("2026-01-17")],
        [(CODE, [1], "paid", date(2026, 1, 15))],
    ),
    "a refusal before it was paid, with another number": (
        [event("PURCHASE_DELAYED", "DELAYED", "2026-01-14", 2), paid(1, "2026-01-15")],
        [(CODE, [1], "paid", date(2026, 1, 15))],
    ),
}


@pytest.mark.parametrize(("documents", "expected"), SPLITS.values(), ids=SPLITS)
def test_a_code_stands_for(
    tmp_path: Path, documents: list[Any], expected: list[tuple[Any, ...]]
) -> None:
    for place, order in enumerate(permutations(documents)):
        ledger = Ledger(str(tmp_path / str(place)))
        ingest_documents(ledger, *order)
        assert payments(SellerFacts(ledger, ACME, ("SMART_INSTALLMENT",))) == expected


def test_each_payment_has_its_own_net(resolve: Resolve) -> None:
    facts = resolve(FIRST, SECOND)
    assert facts.commissions.select("transaction", "net_minor").rows() == [
        (CODE, 3600),
        (f"{CODE}#2", 3600),
    ]


def test_codes_of_several_payments_are_counted(resolve: Resolve) -> None:
    assert resolve(FIRST).quality.several_payments == Tally()
    assert resolve(SECOND, paid(3, "2026-03-15")).quality.several_payments == Tally(1, CODE)
