"""The documents of `plans --format json` and `metrics --json` (docs/contracts.md §5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartinst.analytics.figures import FIGURES
from smartinst.analytics.metrics import PLAN_KEYS, metrics_document, plan_details
from smartinst.facts import PLAN_STATUSES
from tests.support.builders import Attempt, Plan, day, monthly, paid, rows

FIRST_PAYMENT = paid(1, "15 Jan")


def document(*plans: Plan, as_of: str = "20 Apr") -> dict[str, Any]:
    return metrics_document(rows(plans, as_of), day(as_of))


def details(*plans: Plan, as_of: str = "20 Apr") -> list[dict[str, Any]]:
    return plan_details(rows(plans, as_of), lambda row: f"https://wa.me/{row['phone'][1:]}")


def test_a_plan_has_the_documented_keys_in_order() -> None:
    attempts = (
        paid(1, "23 Jul", transaction="HP0000000001", minor=4_000, net={"EUR": 3_554}),
        paid(2, "23 Aug", transaction="HP0000000002", minor=4_000, net={"EUR": 3_554}),
        Attempt(3, "23 Sep", minor=4_000, transaction="HP0000000003"),
    )
    (detail,) = details(
        Plan(5, attempts, purchased=day("23 Jul"), plan_id="20000001"), as_of="2 Oct"
    )
    assert tuple(detail) == PLAN_KEYS
    assert detail == {
        "seller_id": "acme",
        "plan_id": "20000001",
        "subscriber_code": "SMRT20000001",
        "status": "In progress with issues",
        "product_id": "7",
        "product": "Curso",
        "buyer": "Rita Exemplo",
        "email": "rita@example.com",
        "phone": "+351912000777",
        "country": "PT",
        "payment_method": "CREDIT_CARD",
        "currency": "EUR",
        "purchase_date": "2026-07-23",
        "cancellation_date": None,
        "installments": 5,
        "issued_installments": 3,
        "paid_installments": 2,
        "total_minor": 20_000,
        "collected_minor": 8_000,
        "overdue_minor": 4_000,
        "to_receive_minor": 8_000,
        "refunded_minor": 0,
        "released_minor": 0,
        "overdue_installments": 1,
        "days_past_due": 9,
        "has_debt": True,
        "net_collected_minor": {"EUR": 7_108},
        "transactions": ["HP0000000001", "HP0000000002", "HP0000000003"],
        "whatsapp": "https://wa.me/351912000777",
    }
    assert json.loads(json.dumps(detail)) == detail


def test_net_is_by_commission_currency_in_alphabetical_order() -> None:
    plan_of_two = Plan(1, (paid(1, "15 Jan", net={"USD": 1, "EUR": 2}),))
    assert list(details(plan_of_two)[0]["net_collected_minor"].items()) == [("EUR", 2), ("USD", 1)]
    assert details(Plan(1, (Attempt(1, "15 Jan"),)))[0]["net_collected_minor"] == {}


def test_transactions_are_those_ordered_by_the_date_by_instant_then_code() -> None:
    attempts = (
        Attempt(2, "15 Feb", transaction="HPB"),
        Attempt(2, "15 Feb", transaction="HPA"),
        Attempt(1, "15 Jan", transaction="HPZ"),
        Attempt(3, "15 Mar", transaction="HPLATER"),
        Attempt(2, "15 Feb", transaction="HP0", sequence=2),
    )
    plan = Plan(4, attempts)
    assert details(plan, as_of="14 Mar")[0]["transactions"] == ["HPZ", "HPA", "HPB", "HP0"]
    assert details(plan, as_of="14 Jan") == []


def test_within_a_currency_debt_comes_first_then_the_shortest_delay_then_the_larger_amount() -> (
    None
):
    def plan(plan_id: str, attempts: tuple[Attempt, ...], n: int = 4) -> Plan:
        return Plan(n, attempts, plan_id=plan_id)

    short_plan = monthly("Jan", "Feb", "Mar")
    plans = (
        plan("clean", monthly("Jan", "Feb", "Mar", "Apr"), 6),
        plan("long", (FIRST_PAYMENT,)),
        plan("short and small", monthly("Jan", "Feb", "Mar", minor=5_000)),
        plan("short and large", short_plan),
        plan("short and large too", short_plan),
        plan("yen", monthly("Jan", "Feb", "Mar", currency="JPY")),
    )
    assert [detail["plan_id"] for detail in details(*plans)] == [
        "short and large",
        "short and large too",
        "short and small",
        "long",
        "yen",
        "clean",
    ]


def test_the_status_graph_always_has_its_84_rows_in_order() -> None:
    table = document(Plan(3, monthly("Jan", "Feb", "Mar")))["status_by_installments"]
    assert [(row["installments"], row["status"]) for row in table] == [
        (n, status) for n in range(1, 13) for status in PLAN_STATUSES
    ]
    assert [row for row in table if row["plans"]] == [
        {"installments": 3, "status": "Completed", "plans": 1}
    ]
    assert len(document(as_of="14 Jan")["status_by_installments"]) == 84


def test_plans_of_unknown_length_or_above_12_are_in_no_status_row_but_in_the_revenue() -> None:
    metrics = document(Plan(None, (FIRST_PAYMENT,)), Plan(13, (FIRST_PAYMENT,), plan_id="2"))
    assert sum(row["plans"] for row in metrics["status_by_installments"]) == 0
    assert metrics["revenue"][0]["plans"] == 2


def test_revenue_has_the_net_by_commission_currency() -> None:
    plans = (
        Plan(1, (paid(1, "15 Jan", net={"EUR": 9_000}),)),
        Plan(1, (paid(1, "15 Jan", net={"BRL": 50_000}),), plan_id="2"),
        Plan(1, (paid(1, "15 Jan", currency="JPY", net={"EUR": 60}),), plan_id="3"),
        Plan(1, (Attempt(1, "15 Jan", currency="KWD"),), plan_id="4"),
    )
    nets = {row["currency"]: row["net_collected_minor"] for row in document(*plans)["revenue"]}
    assert nets == {"EUR": {"BRL": 50_000, "EUR": 9_000}, "JPY": {"EUR": 60}, "KWD": {}}


QUARTILES = {
    "one": ((5,), (5, 5.0, 5.0, 5.0, 5)),
    "two": ((5, 36), (5, 12.75, 20.5, 28.25, 36)),
    "three": ((5, 36, 64), (5, 20.5, 36.0, 50.0, 64)),
}


@pytest.mark.parametrize(("days", "five"), QUARTILES.values(), ids=QUARTILES.keys())
def test_days_overdue_are_quartiles_by_linear_interpolation(
    days: tuple[int, ...], five: tuple[float, ...]
) -> None:
    months = ("Jan", "Feb", "Mar", "Apr")[: 4 - len(days)]
    (row,) = document(Plan(6, monthly(*months)))["days_overdue"]
    assert row == {
        "installments": 6,
        "count": len(days),
        **dict(zip(("min", "q1", "median", "q3", "max"), five, strict=True)),
    }


def test_days_overdue_count_a_plan_once_for_each_late_charge_and_once_for_the_plan() -> None:
    metrics = document(
        Plan(6, (FIRST_PAYMENT,)), Plan(6, monthly("Jan", "Feb", "Mar"), plan_id="2")
    )
    assert metrics["days_overdue"][0]["count"] == 4
    (by_plan,) = metrics["days_overdue_by_plan"]
    assert (by_plan["count"], by_plan["min"], by_plan["max"]) == (2, 5, 64)
    assert (by_plan["plans_with_debt"], by_plan["live_plans"]) == (2, 2)


def test_days_overdue_leave_out_plans_of_unknown_length() -> None:
    metrics = document(Plan(None, (FIRST_PAYMENT, Attempt(2, "15 Feb"))))
    assert metrics["days_overdue"] == []
    assert metrics["aging"] == [
        {"currency": "EUR", "bucket": "61-90", "overdue_minor": 10_000, "installments": 1}
    ]


def test_products_are_sorted_by_currency_then_amount_then_id() -> None:
    def debtor(plan_id: str, product_id: str, minor: int, currency: str = "EUR") -> Plan:
        attempts = monthly("Jan", "Feb", "Mar", minor=minor, currency=currency)
        return Plan(
            4, attempts, plan_id=plan_id, product_id=product_id, product=f"Curso {product_id}"
        )

    plans = (
        debtor("1", "9", 5_000),
        debtor("2", "8", 7_000),
        debtor("3", "10", 5_000),
        debtor("4", "7", 9_000, "JPY"),
        debtor("5", "8", 1, "BHD"),
        Plan(1, (FIRST_PAYMENT,), plan_id="6", product_id="none", product="Paid"),
    )
    table = document(*plans)["overdue_by_product"]
    assert [(row["currency"], row["product_id"], row["overdue_minor"]) for row in table] == [
        ("BHD", "8", 1),
        ("EUR", "8", 7_000),
        ("EUR", "10", 5_000),
        ("EUR", "9", 5_000),
        ("EUR", "none", 0),
        ("JPY", "7", 9_000),
    ]


def test_a_product_with_zero_sums_has_no_row() -> None:
    refused = Plan(2, (Attempt(1, "15 Jan"),))
    assert document(refused)["overdue_by_product"] == []


def test_possible_values_are_the_two_scenarios_without_a_forecast() -> None:
    plans = (
        Plan(6, monthly("Jan", "Feb")),
        Plan(4, (FIRST_PAYMENT,), canceled="1 Mar", plan_id="2"),
    )
    assert document(*plans)["possible"] == [
        {"currency": "EUR", "if_all_paid_to_date_minor": 50_000, "contracted_minor": 40_000}
    ]


def test_every_figure_is_a_table_and_the_document_is_plain_json() -> None:
    metrics = document(
        Plan(6, monthly("Jan", "Feb")), Plan(None, (FIRST_PAYMENT,), plan_id="2", country=None)
    )
    assert metrics["as_of"] == "2026-04-20"
    assert {figure.name for figure in FIGURES if not figure.raw} <= metrics.keys()
    assert all(isinstance(table, list) for name, table in metrics.items() if name != "as_of")
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_without_plans_every_table_except_the_status_graph_is_empty() -> None:
    metrics = document(Plan(6, monthly("Jan", "Feb")), as_of="14 Jan")
    assert [name for name, table in metrics.items() if name != "as_of" and table] == [
        "status_by_installments"
    ]
