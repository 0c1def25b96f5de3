"""The plans of the worked examples (docs/metrics.md §6.4), each charge 100.00 EUR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.book.loan_book import LoanBook, loan_book
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import Facts
from tests.support.builders import Attempt, Plan, day, facts, paid


def unpaid(number: int, due: str, **options: Any) -> Attempt:
    """A charge whose card was refused on its due date."""
    return Attempt(number, due, refusal="INSUFFICIENT FUNDS", **options)


def paid_late(number: int, due: str, on: str, **options: Any) -> tuple[Attempt, Attempt]:
    """A charge that was refused on its due date, and paid later."""
    return (
        unpaid(number, due, **options),
        Attempt(number, on, paid=on, due=due, sequence=2, **options),
    )


def plan(purchase: str, plan_id: str, n: int | None, *attempts: Any, **options: Any) -> Plan:
    """A plan by its day of purchase; `attempts` may contain tuples of attempts."""
    flat = [
        attempt
        for group in attempts
        for attempt in (group if isinstance(group, tuple) else (group,))
    ]
    return Plan(n, tuple(flat), purchased=day(purchase), plan_id=plan_id, **options)


def main_book() -> dict[str, Plan]:
    """The plans A to L."""
    refund: dict[str, Any] = {"reversed": "20 Apr"}
    plans = (
        plan(
            *("15 Jan", "A", 6, paid(1, "15 Jan"), paid(2, "15 Feb"), paid(3, "15 Mar")),
            *(paid(4, "15 Apr"), unpaid(5, "15 May"), unpaid(6, "15 Jun")),
        ),
        plan("10 Apr", "B", 4, paid(1, "10 Apr"), paid(2, "10 May"), paid(3, "10 Jun")),
        plan("20 Jun", "C", 12, paid(1, "20 Jun")),
        plan("5 Mar", "D", 3, paid(1, "5 Mar"), unpaid(2, "5 Apr"), paid(3, "5 May")),
        plan("1 Jan", "E", 2, paid(1, "1 Jan"), unpaid(2, "1 Feb")),
        plan(
            *("12 Feb", "F", 6, paid(1, "12 Feb"), paid(2, "12 Mar"), paid(3, "12 Apr")),
            *(paid_late(4, "12 May", "15 May"), unpaid(5, "12 Jun")),
            canceled="20 Jun",
        ),
        plan(
            *("8 Mar", "G", 3, paid(1, "8 Mar", **refund), paid(2, "8 Apr", **refund)),
            canceled="20 Apr",
        ),
        plan(
            "25 Apr", "H", 3, paid(1, "25 Apr"), Attempt((2, 3), "10 May", "10 May", minor=20_000)
        ),
        plan(
            *("3 Mar", "I", 4, paid(1, "3 Mar"), paid(2, "3 Apr")),
            *(paid_late(3, "3 May", "9 Jun"), paid_late(4, "3 Jun", "9 Jun")),
        ),
        plan(
            *("10 Feb", "J", 6, paid(1, "10 Feb"), paid(2, "10 Mar"), unpaid(3, "10 Apr")),
            *(unpaid(4, "10 May"), unpaid(5, "10 Jun")),
            Attempt((3, 4), "12 Jun", "12 Jun", minor=16_000),
        ),
        plan(
            *("20 Feb", "K", 3, paid(1, "20 Feb"), unpaid(2, "20 Mar"), unpaid(3, "20 Apr")),
            Attempt((2, 3), "5 May", "5 May", minor=15_000),
        ),
        plan(
            *("2 Jan", "L", 6, paid(1, "2 Jan"), paid(2, "2 Feb"), unpaid(3, "2 Mar")),
            unpaid(4, "2 Apr"),
            canceled="20 Apr",
        ),
    )
    return {plan.plan_id: plan for plan in plans}


def hazard_book() -> list[Plan]:
    """Ten activated plans with N = 3, bought on 1 January, and two that were never activated."""
    charge_1, charge_2, charge_3 = paid(1, "1 Jan"), paid(2, "1 Feb"), paid(3, "1 Mar")
    refunded = paid(1, "1 Jan", reversed="10 Jan")

    def three(plan_id: str, *attempts: Any, **options: Any) -> Plan:
        return plan("1 Jan", plan_id, 3, *attempts, **options)

    return [
        *(three(f"payer {number}", *copies(charge_1, charge_2, charge_3)) for number in range(5)),
        three("refunded", refunded, canceled="10 Jan"),
        three("stops", *copies(charge_1), unpaid(2, "1 Feb"), unpaid(3, "1 Mar")),
        three("late", *copies(charge_1, charge_2), paid_late(3, "1 Mar", "15 Jun")),
        three("canceled", *copies(charge_1, charge_2), canceled="20 Feb"),
        three("skips", *copies(charge_1), unpaid(2, "1 Feb"), *copies(charge_3)),
        three("never 1", unpaid(1, "1 Jan")),
        three("never 2", unpaid(1, "1 Jan")),
    ]


def copies(*attempts: Attempt) -> list[Attempt]:
    """Copies of attempts with transactions of their own."""
    return [paid(int(str(attempt.numbers)), attempt.order_date) for attempt in attempts]


def book_of(
    plans: Sequence[Plan] | Mapping[str, Plan],
    as_of: str,
    *,
    data_through: str | None = None,
    attempts_through: str | None = None,
    late_after_days: int = 0,
) -> LoanBook:
    """The loan book of plans as of a date; by default the data end on it, with an attempt."""
    of_plans = plans.values() if isinstance(plans, Mapping) else plans
    return book_of_facts(
        facts(of_plans),
        day(as_of),
        day(data_through) if data_through else None,
        day(attempts_through) if attempts_through else None,
        late_after_days,
    )


def book_of_facts(
    plan_facts: Facts,
    as_of: date,
    last_day: date | None = None,
    last_attempt_day: date | None = None,
    late_after_days: int = 0,
) -> LoanBook:
    """The loan book of facts as of a date."""
    options: Final[dict[str, Any]] = {
        "late_after_days": late_after_days,
        "data_through": last_day or as_of,
    }
    plan_snapshot = snapshot(plan_facts, as_of, **options)
    return loan_book(plan_facts, plan_snapshot, attempts_through=last_attempt_day, **options)


def row(table: pl.DataFrame, **key: object) -> dict[str, Any]:
    """The only row of a table with a key; KeyError if there is none."""
    rows = table.filter(pl.col(name) == value for name, value in key.items()).to_dicts()
    if len(rows) != 1:
        raise KeyError(f"{len(rows)} rows with {key}")
    return rows[0]
