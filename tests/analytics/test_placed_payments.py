"""Figures of plans whose payments are reported twice, without a number, or after refusals."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from smartinst.analytics.figures import collect_rows
from smartinst.analytics.reconciliation import PARTS, reconcile
from smartinst.analytics.snapshot import snapshot
from tests.support.hotmart_payloads import MISSING, export, item, line, ms, negotiation, webhook
from tests.support.ingested import SMART, Resolve


def event(name: str, status: str, day: str, code: str, number: int | None) -> dict[str, Any]:
    """A webhook of an order of the day before."""
    order_date = date.fromisoformat(f"2026-{day}").toordinal() - 1
    return webhook(
        name,
        status,
        f"2026-{day}",
        purchase__transaction=code,
        purchase__order_date=ms(date.fromordinal(order_date).isoformat()),
        purchase__recurrence_number=number or MISSING,
    ) | {"id": f"{name}-{code}-{day}"}


def approved(day: str, code: str, number: int | None = None) -> dict[str, Any]:
    return event("PURCHASE_APPROVED", "APPROVED", day, code, number)


def refused(day: str, code: str, number: int | None = None) -> dict[str, Any]:
    return event("PURCHASE_DELAYED", "DELAYED", day, code, number)


def export_line(code: str, status: str, day: str, number: int | str) -> str:
    """A line of an export whose code and number are chosen freely."""
    cells = line(1, status, f"{day}/2026 09:00:00").split(";")
    return ";".join([code, *cells[1:14], str(number), *cells[15:]])


SITUATIONS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "two months without numbers": (
        [approved("06-11", "HP1"), approved("07-11", "HP2")],
        {"paid_installments": 2, "collected_minor": 8000},
    ),
    "refused and paid later without numbers": (
        [
            approved("06-11", "HP1"),
            refused("07-11", "HP2"),
            refused("07-14", "HP3"),
            approved("07-17", "HP4"),
        ],
        {"paid_installments": 2, "collected_minor": 8000, "overdue_minor": 0, "has_debt": False},
    ),
    "refused last, without numbers": (
        [approved("06-11", "HP1"), refused("07-11", "HP2"), refused("07-29", "HP3")],
        {"paid_installments": 1, "issued_installments": 2, "overdue_minor": 4000},
    ),
    "approved twice, then refunded": (
        [
            approved("06-11", "HP1", 1),
            approved("06-11", "HP1", 1) | {"id": "again"},
            event("PURCHASE_REFUNDED", "REFUNDED", "06-15", "HP1", 1),
            event("PURCHASE_REFUNDED", "REFUNDED", "06-15", "HP1", 1) | {"id": "again too"},
        ],
        {"collected_minor": 0, "refunded_minor": 4000, "charged_twice_minor": 0},
    ),
    "refused and paid later in an export": (
        [
            export(
                export_line("HP1", "Completo", "10/06", 1),
                export_line("HP2", "Cancelado", "10/07", 2),
                export_line("HP3", "Recusado", "13/07", 2),
                export_line("HP4", "Aprovado", "16/07", 2),
            )
        ],
        {"paid_installments": 2, "collected_minor": 8000, "status": "In progress with issues"},
    ),
    "an export without numbers": (
        [
            export(
                export_line("HP1", "Completo", "10/06", "(none)"),
                export_line("HP2", "Aprovado", "10/07", "(none)"),
            )
        ],
        {"paid_installments": 2, "collected_minor": 8000},
    ),
    "one code for every month": (
        [approved("06-11", "HP1", 1), approved("07-11", "HP1", 2), approved("08-11", "HP1", 3)],
        {"paid_installments": 3, "collected_minor": 12000, "transactions": 3},
    ),
    "one code, whose next month is refused": (
        [approved("06-11", "HP1", 1), refused("07-11", "HP1", 2)],
        {"paid_installments": 1, "collected_minor": 4000, "overdue_installments": 1},
    ),
    "a page names the plan": (
        [item(1, max_cycles=3), approved("02-16", "HP8"), approved("03-16", "HP9")],
        {"paid_installments": 3, "collected_minor": 12000, "status": "Completed"},
    ),
}


@pytest.mark.parametrize(("documents", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_a_plan_is_right_in_any_order_of_arrival(
    resolve: Resolve, documents: list[Any], expected: dict[str, Any]
) -> None:
    facts = resolve(*documents[::-1], seller=SMART)
    rows = collect_rows(snapshot(facts.facts, date(2026, 9, 25)), {})
    (plan,) = rows["plans"].to_dicts()
    plan["transactions"] = rows["attempts"].height
    assert {name: plan[name] for name in expected} == expected


ABOVE_N: dict[str, tuple[list[Any], dict[str, int], int]] = {
    "a payment": (
        [item(1), webhook("PURCHASE_APPROVED", "APPROVED", "2026-07-02", 7)],
        {"collected_minor": 4000, "no_charge_minor": 4000},
        1,
    ),
    "a refused attempt": (
        [item(1), webhook("PURCHASE_DELAYED", "DELAYED", "2026-07-02", 7)],
        {"collected_minor": 4000},
        1,
    ),
    "all charges of a negotiation": (
        [negotiation(6, 7), item(1, updated="2026-06-01")],
        {"collected_minor": 4000, "no_charge_minor": 4000},
        1,
    ),
    "one charge of a negotiation": (
        [negotiation(5, 6), item(1, updated="2026-06-01")],
        {"collected_minor": 8000},
        0,
    ),
    "none": ([item(1), item(5, approved="2026-05-15")], {"collected_minor": 8000}, 0),
}


@pytest.mark.parametrize(("documents", "parts", "count"), ABOVE_N.values(), ids=ABOVE_N)
def test_a_payment_above_n_is_in_no_charge_unless_it_pays_another_one(
    resolve: Resolve, documents: list[Any], parts: dict[str, int], count: int
) -> None:
    sales = resolve(*documents)
    (sums,) = reconcile(sales.facts, snapshot(sales.facts, date(2026, 8, 1))).sums.to_dicts()
    assert {name: sums[name] for name in PARTS if sums[name]} == parts
    assert sums["accepted_minor"] == sum(parts.values())
    assert sales.quality.outside_plan == count
