"""Every accepted payment is in one part: a figure, or a line of the notes (docs/metrics.md §7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartinst.analytics.reconciliation import PARTS, Reconciliation, reconcile
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import UNPLACED_PAYMENTS
from tests.support.builders import Attempt, Plan, day, facts, monthly, paid

FIRST = paid(1, "15 Jan")


def reconciliation(*plans: Plan, as_of: str = "20 Apr") -> Reconciliation:
    plan_facts = facts(plans)
    return reconcile(plan_facts, snapshot(plan_facts, day(as_of)))


def parts(sums: dict[str, Any]) -> dict[str, int]:
    """The parts of a row that are not 0, by their short names."""
    return {name.removesuffix("_minor"): sums[name] for name in PARTS if sums[name]}


PAYMENTS = {
    "paid": (Plan(3, monthly("Jan", "Feb")), {"collected": 20_000}),
    "refunded": (Plan(3, (paid(1, "15 Jan", reversed="20 Jan"),)), {"refunded": 10_000}),
    "refunded later": (Plan(3, (paid(1, "15 Jan", reversed="21 Apr"),)), {"collected": 10_000}),
    "paid later": (Plan(3, (FIRST, paid(2, "21 Apr"))), {"collected": 10_000}),
    "charged twice": (
        Plan(3, (FIRST, paid(1, "16 Jan", minor=9_000))),
        {"collected": 10_000, "charged_twice": 9_000},
    ),
    "charged twice and returned": (
        Plan(3, (FIRST, paid(1, "16 Jan", reversed="20 Jan"))),
        {"collected": 10_000, "repeated": 10_000},
    ),
    "paid again after the refund": (
        Plan(3, (paid(1, "15 Jan", reversed="20 Jan"), paid(1, "22 Jan"))),
        {"refunded": 10_000, "repeated": 10_000},
    ),
    "a price that differs from the first attempt's": (
        Plan(3, (FIRST, Attempt(2, "15 Feb"), paid(2, "20 Feb", minor=9_500))),
        {"collected": 20_000, "price_difference": -500},
    ),
    "a negotiation that forgives": (
        Plan(3, (FIRST, Attempt((2, 3), "15 Feb", paid="15 Feb", minor=15_000))),
        {"collected": 25_000},
    ),
    "a negotiation that costs more": (
        Plan(3, (FIRST, Attempt((2, 3), "15 Feb", paid="15 Feb", minor=21_000))),
        {"collected": 30_000, "surplus": 1_000},
    ),
    "a negotiation of paid charges": (
        Plan(2, (*monthly("Jan", "Feb"), Attempt((1, 2), "1 Mar", paid="1 Mar", minor=12_000))),
        {"collected": 20_000, "charged_twice": 12_000},
    ),
    "ordered after its approval": (
        Plan(3, (FIRST, Attempt(2, "1 May", paid="15 Feb"))),
        {"collected": 10_000, "not_listed": 10_000},
    ),
    "approved before the purchase": (
        Plan(3, (FIRST,), purchased=day("1 May")),
        {"not_listed": 10_000},
    ),
}


@pytest.mark.parametrize(("plan", "amounts"), PAYMENTS.values(), ids=PAYMENTS)
def test_a_payment_is_in_the_part(plan: Plan, amounts: dict[str, int]) -> None:
    (sums,) = reconciliation(plan).sums.to_dicts()
    assert parts(sums) == amounts
    assert sums["accepted_minor"] == sum(amounts.values())


def test_a_payment_in_another_currency_is_a_difference_in_both() -> None:
    plan = Plan(3, (FIRST, Attempt(2, "15 Feb"), paid(2, "20 Feb", currency="USD", minor=11_000)))
    euros, dollars = reconciliation(plan).sums.to_dicts()
    assert parts(euros) == {"collected": 20_000, "price_difference": -10_000}
    assert (euros["accepted_minor"], dollars["accepted_minor"]) == (10_000, 11_000)
    assert parts(dollars) == {"price_difference": 11_000}


def test_payments_beside_the_figures_have_a_line_with_an_example() -> None:
    plan_facts = facts([Plan(3, (FIRST,))])
    row: dict[str, object] = {"seller_id": "acme", "currency": "EUR", "amount_minor": 5_000}
    payments = [
        {"transaction": "HP9", "reason": "no_charge", "approved_date": day("3 Feb")},
        {"transaction": "HP8", "reason": "no_charge", "approved_date": day("4 Feb")},
        {"transaction": "HP7", "reason": "no_charge", "approved_date": day("21 Apr")},
        {"transaction": "HP6", "reason": "single_sale", "approved_date": day("5 Feb")},
    ]
    unplaced = UNPLACED_PAYMENTS.frame([row | payment for payment in payments])
    plan_facts = replace(plan_facts, unplaced_payments=unplaced.lazy())
    result = reconcile(plan_facts, snapshot(plan_facts, day("20 Apr")))
    (sums,) = result.sums.to_dicts()
    assert parts(sums) == {"collected": 10_000, "no_charge": 10_000, "single_sale": 5_000}
    assert sums["accepted_minor"] == 25_000
    assert result.lines.select("part", "payments", "amount_minor", "example").rows() == [
        ("no_charge_minor", 2, 10_000, "HP9"),
        ("single_sale_minor", 1, 5_000, "HP6"),
    ]


def test_nothing_has_no_rows() -> None:
    empty = reconciliation(Plan(3, (Attempt(1, "15 Jan"),)))
    assert empty.sums.equals(Reconciliation().sums)
    assert empty.lines.equals(Reconciliation().lines)
