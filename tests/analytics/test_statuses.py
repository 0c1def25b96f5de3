"""The worked examples of docs/metrics.md §3, and the edges of the status rules."""

from __future__ import annotations

from datetime import date

import pytest

from smartinst.analytics.snapshot import snapshot
from tests.support.builders import Attempt, Plan, day, facts, paid, plan_row

ON_TIME = tuple(paid(k, f"15 {m}") for k, m in enumerate(["Jan", "Feb", "Mar", "Apr"], 1))
LATE_SECOND = (ON_TIME[0], Attempt(2, "15 Feb", paid="20 Feb"), *ON_TIME[2:])
FIVE = (*ON_TIME[:1], paid(2, "15 Feb", reversed="20 May"), *ON_TIME[2:], paid(5, "15 May"))
CANCELED = Plan(4, ON_TIME[:2], canceled="1 Mar")
REFUSED_THRICE = tuple(Attempt(1, "15 Jan", sequence=k, status="canceled") for k in (1, 2, 3))
SLIP = Attempt(1, "19 Apr", expires="21 Apr", status="waiting", payment_type="PIX")

EXAMPLES = {
    "three paid on time": (Plan(3, ON_TIME[:3]), "20 Apr", "Completed"),
    "three paid, one late": (
        Plan(3, (ON_TIME[0], Attempt(2, "15 Feb", paid="18 Feb"), ON_TIME[2])),
        "20 Apr",
        "Completed with issues",
    ),
    "five paid, one refunded later": (Plan(5, FIVE), "1 Jun", "Completed with issues"),
    "four of six paid": (Plan(6, ON_TIME), "20 Apr", "In progress"),
    "charge four unpaid": (Plan(6, ON_TIME[:3]), "20 Apr", "In progress with issues"),
    "charge two was late": (Plan(6, LATE_SECOND), "20 Apr", "In progress with issues"),
    "charge two still open": (Plan(6, LATE_SECOND), "19 Feb", "In progress with issues"),
    "due today": (Plan(6, LATE_SECOND), "15 Feb", "In progress"),
    "only payment refunded and canceled": (
        Plan(4, (paid(1, "15 Jan", reversed="20 Jan"),), canceled="20 Jan"),
        "20 Apr",
        "Refunded",
    ),
    "canceled with two paid": (CANCELED, "20 Apr", "Canceled"),
    "before it is canceled": (CANCELED, "20 Feb", "In progress"),
    "canceled with one of two refunded": (
        Plan(4, (ON_TIME[0], paid(2, "15 Feb", reversed="20 Feb")), canceled="1 Mar"),
        "20 Apr",
        "Canceled",
    ),
    "first charge refused three times": (Plan(4, REFUSED_THRICE), "20 Apr", "Inactive"),
    "first charge refused on the day itself": (Plan(4, REFUSED_THRICE), "15 Jan", "Inactive"),
    "first slip still open": (Plan(1, (SLIP,), purchased=day("19 Apr")), "20 Apr", "In progress"),
    "one charge paid on time": (Plan(1, ON_TIME[:1]), "20 Apr", "Completed"),
    "all due, some unpaid": (Plan(3, ON_TIME[:2]), "20 Apr", "In progress with issues"),
    "N unknown is never completed": (Plan(None, ON_TIME[:3]), "20 Apr", "In progress"),
    "canceled though all are paid": (Plan(2, ON_TIME[:2], canceled="1 Mar"), "20 Apr", "Completed"),
    "disputed": (
        Plan(2, (ON_TIME[0], paid(2, "15 Feb", claim="1 Mar"))),
        "20 Apr",
        "Completed with issues",
    ),
    "dispute that ended": (
        Plan(2, (ON_TIME[0], paid(2, "15 Feb", claim="1 Mar", claim_end="9 Mar"))),
        "20 Apr",
        "Completed",
    ),
}


@pytest.mark.parametrize(("plan", "as_of", "status"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_plan_has_the_status_of_the_first_rule_that_matches(
    plan: Plan, as_of: str, status: str
) -> None:
    assert plan_row(plan, as_of)["status"] == status


def test_days_past_due_are_those_of_the_oldest_overdue_charge() -> None:
    assert plan_row(Plan(6, ON_TIME[:3]))["days_past_due"] == 5
    assert plan_row(Plan(6, ON_TIME[:2]))["days_past_due"] == 36
    assert plan_row(Plan(6, LATE_SECOND), "19 Feb")["days_past_due"] == 4
    assert plan_row(Plan(6, LATE_SECOND))["has_debt"] is False


def test_a_plan_with_an_open_first_charge_is_pending_activation() -> None:
    assert plan_row(Plan(1, (SLIP,), purchased=day("19 Apr")))["is_pending_activation"] is True
    assert plan_row(Plan(6, ON_TIME))["is_pending_activation"] is False


def test_a_plan_bought_after_the_date_is_not_listed() -> None:
    assert snapshot(facts([Plan(3, ON_TIME[:3])]), date(2026, 1, 14)).plans.collect().height == 0


@pytest.mark.parametrize(
    ("purchased", "dues"), [(date(2024, 1, 31), ["2024-02-29", "2024-03-31"])], ids=["leap year"]
)
def test_charges_not_issued_yet_are_counted_from_the_purchase_day_each_time(
    purchased: date, dues: list[str]
) -> None:
    plan = Plan(3, (paid(1, "2024-01-31"),), purchased=purchased)
    charges = snapshot(facts([plan]), purchased).charges.sort("number").collect()
    assert [d.isoformat() for d in charges["due_date"]][1:] == dues


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [(0, "In progress with issues"), (5, "In progress")],
    ids=["none", "five days"],
)
def test_the_tolerance_applies_to_late_and_overdue_charges(tolerance: int, status: str) -> None:
    plan_facts = facts([Plan(6, LATE_SECOND)])
    assert (
        snapshot(plan_facts, day("20 Feb"), late_after_days=tolerance).plans.collect()["status"][0]
        == status
    )
