"""Charge numbers of attempts that name none (docs/metrics.md §7, "No charge number")."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from smartinst.facts import ATTEMPTS, CHARGE_DAY_MOVES, PLANS
from smartinst.ledger.charge_numbers import add_months, infer_numbers
from tests.support.hotmart_payloads import MISSING, export, item, line, ms, users, webhook
from tests.support.ingested import SMART, Resolve, SellerFacts

START = date(2026, 1, 15)


def attempt(
    code: str, ordered: str, number: int | None = None, state: str = "paid", due: str = ""
) -> dict[str, object]:
    return {
        "seller_id": "acme",
        "plan_id": "1",
        "transaction": code,
        "numbers": [number] if number else None,
        "state": state,
        "ordered_date": date.fromisoformat(f"2026-{ordered}"),
        "due_date": date.fromisoformat(f"2026-{due or ordered}"),
    }


def numbers(
    attempts: list[dict[str, object]],
    installments: int | None = 5,
    start: date = START,
    moves: tuple[tuple[str, str], ...] = (),
) -> dict[str, list[int] | None]:
    """Code → charge numbers, by its place in 1, 2, …"""
    plan: dict[str, object] = {
        "seller_id": "acme",
        "plan_id": "1",
        "installments": installments,
        "purchase_date": start,
    }
    move_rows = [
        {
            "seller_id": "acme",
            "plan_id": "1",
            "event_id": f"E{place}",
            "moved_date": date.fromisoformat(f"2026-{day}"),
            "next_charge_date": date.fromisoformat(f"2026-{next_charge}"),
        }
        for place, (day, next_charge) in enumerate(moves)
    ]
    inferred = infer_numbers(
        ATTEMPTS.frame(attempts), PLANS.frame([plan]), CHARGE_DAY_MOVES.frame(move_rows)
    )
    return {
        code: charges if charges is None else charges.to_list()
        for code, charges in zip(inferred["transaction"], inferred["numbers"], strict=True)
    }


PLACES: dict[str, tuple[list[dict[str, object]], dict[str, list[int] | None]]] = {
    "the only attempt of a plan is of charge 1": ([attempt("A", "06-20")], {"A": [1]}),
    "the nearest due date": (
        [attempt("A", "01-15", 1), attempt("B", "03-20")],
        {"A": [1], "B": [3]},
    ),
    "before the due date": ([attempt("A", "01-15", 1), attempt("B", "03-10")], {"B": [3]}),
    "one month each": (
        [attempt("A", "01-15"), attempt("B", "02-15"), attempt("C", "03-16")],
        {"A": [1], "B": [2], "C": [3]},
    ),
    "a charge that nothing else pays": (
        [attempt("A", "01-15"), attempt("B", "01-16"), attempt("C", "01-17")],
        {"A": [1], "B": [2], "C": [3]},
    ),
    "a paid number is reserved, even if it was paid later": (
        [attempt("A", "02-15"), attempt("B", "02-20", 2), attempt("C", "01-15", 1)],
        {"A": [3], "B": [2]},
    ),
    "an unpaid number is not": (
        [attempt("A", "02-15", 2, "failed"), attempt("B", "02-18")],
        {"B": [2]},
    ),
    "the lower of two equally near": (
        [attempt("A", "01-15", 1), attempt("B", "03-15", 3), attempt("C", "03-15")],
        {"C": [2]},
    ),
    "after the last due date, the last charge": (
        [attempt("A", "01-15", 1), attempt("B", "11-15")],
        {"B": [5]},
    ),
    "none if all are paid": (
        [*(attempt(f"A{k}", f"0{k}-15", k) for k in range(1, 6)), attempt("B", "06-15")],
        {"B": None},
    ),
    "a retry after the half of the month is of the charge that was due": (
        [attempt("A", "01-15", 1), attempt("B", "03-06", state="failed")],
        {"B": [2]},
    ),
    "an attempt just before the due date is of that charge": (
        [attempt("A", "01-15", 1), attempt("B", "03-12", state="failed")],
        {"B": [3]},
    ),
    "a slip is of the charge that is due when it expires": (
        [attempt("A", "01-15", 1), attempt("B", "03-04", state="waiting", due="03-15")],
        {"B": [3]},
    ),
    "a refusal may be of a charge that was paid afterwards": (
        [
            attempt("A", "01-15", 1),
            attempt("B", "02-15", state="failed"),
            attempt("C", "02-18", 2),
        ],
        {"B": [2]},
    ),
    "claimed and refunded ones were paid": (
        [attempt("A", "01-15", 1, "reversed"), attempt("B", "01-15", state="claimed")],
        {"B": [2]},
    ),
}


@pytest.mark.parametrize(("attempts", "expected"), PLACES.values(), ids=PLACES)
def test_an_attempt_without_a_number_is_of(
    attempts: list[dict[str, object]], expected: dict[str, list[int] | None]
) -> None:
    inferred = numbers(attempts)
    assert {code: inferred[code] for code in expected} == expected


def test_the_order_of_rows_changes_nothing() -> None:
    attempts = [attempt(code, "01-15") for code in "DBAC"]
    assert numbers(attempts) == {"A": [1], "B": [2], "C": [3], "D": [4]}


def test_a_plan_of_unknown_length_has_as_many_charges_as_it_needs() -> None:
    attempts = [attempt(f"A{place:02d}", "01-15") for place in range(1, 31)]
    assert numbers(attempts, None)["A30"] == [30]


def test_a_charge_day_at_the_end_of_the_month_is_clamped() -> None:
    attempts = [attempt("A", "01-31", 1), attempt("B", "02-28"), attempt("C", "03-29")]
    assert numbers(attempts, start=date(2026, 1, 31)) == {"A": [1], "B": [2], "C": [3]}
    assert add_months(date(2026, 1, 31), 13) == date(2027, 2, 28)


def test_a_moved_charge_day_moves_the_schedule() -> None:
    attempts = [attempt("A", "01-15", 1), attempt("B", "03-02"), attempt("C", "04-02")]
    assert numbers(attempts) == {"A": [1], "B": [3], "C": [4]}
    assert numbers(attempts, moves=(("02-01", "03-02"),)) == {"A": [1], "B": [2], "C": [3]}


def test_a_hundred_thousand_attempts_take_seconds() -> None:
    """Half of them in plans of four, half in one plan."""
    frame = pl.DataFrame({"transaction": [f"HP{place:06d}" for place in range(100_000)]})
    fourth = pl.int_range(pl.len()) // 4
    plan_id = pl.when(fourth < 12_500).then(fourth).otherwise(0).cast(pl.String)
    attempts = (
        ATTEMPTS.empty()
        .join(frame, on="transaction", how="full", coalesce=True)
        .with_columns(
            seller_id=pl.lit("acme"),
            plan_id=plan_id,
            state=pl.lit("paid"),
            ordered_date=START,
            due_date=START,
        )
    )
    keys = attempts.select("seller_id", "plan_id").unique()
    rows = PLANS.frame([]).join(keys, on=["seller_id", "plan_id"], how="full", coalesce=True)
    inferred = infer_numbers(
        attempts, rows.with_columns(purchase_date=START), CHARGE_DAY_MOVES.empty()
    )
    numbered = inferred.filter(pl.col("numbers").is_not_null())
    assert numbered.height == 600 + 4 * 12_499


# --- from payloads --------------------------------------------------------------------

NO_NUMBER: dict[str, Any] = {"purchase__recurrence_number": MISSING}


def approved(created: str, number: int, **changes: Any) -> dict[str, Any]:
    """A webhook without a charge number, of the order of the month `number`."""
    return webhook("PURCHASE_APPROVED", "APPROVED", created, number, **NO_NUMBER | changes)


def test_webhooks_alone_pay_one_charge_a_month(resolve: Resolve) -> None:
    facts = resolve(approved("2026-05-16", 5), approved("2026-06-16", 6), seller=SMART)
    assert facts.plan["purchase_date"] == date(2026, 5, 15)
    assert facts.attempts["numbers"].to_list() == [[1], [2]]


def test_the_schedule_begins_with_the_adoption(resolve: Resolve) -> None:
    facts = resolve(item(1), approved("2026-03-16", 3))
    assert facts.attempts["numbers"].to_list() == [[1], [3]]


def test_a_plan_begins_by_its_first_attempt_without_a_number(resolve: Resolve) -> None:
    facts = resolve(
        approved("2026-01-16", 1),
        webhook(
            "PURCHASE_APPROVED", "APPROVED", "2026-03-16", 2, purchase__order_date=ms("2026-03-15")
        ),
        seller=SMART,
    )
    assert facts.plan["purchase_date"] == date(2026, 1, 15)
    assert facts.attempts["numbers"].to_list() == [[1], [2]]


def test_sales_users_names_a_buyer_and_no_attempt(resolve: Resolve) -> None:
    assert resolve(item(1), users("HP2000000102")).attempts.height == 1


def test_a_payment_that_nothing_dates_was_made_when_it_was_reported(resolve: Resolve) -> None:
    undated = approved("2026-05-16", 5, purchase__order_date=MISSING)
    attempt_row = resolve(undated, seller=SMART).attempt
    assert (attempt_row["ordered_date"], attempt_row["approved_date"]) == (date(2026, 5, 16),) * 2


def unplaced(facts: SellerFacts) -> list[tuple[Any, ...]]:
    columns = ("transaction", "reason", "billing_type", "currency", "amount_minor", "approved_date")
    return facts.facts.unplaced_payments.select(columns).sort("transaction").collect().rows()


PAID_IN_FULL = [item(number, max_cycles=2) for number in (1, 2)]
UNPLACED: dict[str, tuple[list[Any], tuple[Any, ...]]] = {
    "no charge is left": (
        [*PAID_IN_FULL, approved("2026-03-16", 3)],
        ("HP2000000103", "no_charge", "SMART_INSTALLMENT", "EUR", 4000, date(2026, 3, 15)),
    ),
    "a number above N": (
        [*PAID_IN_FULL, webhook("PURCHASE_APPROVED", "APPROVED", "2026-03-16", 3)],
        ("HP2000000103", "no_charge", "SMART_INSTALLMENT", "EUR", 4000, date(2026, 3, 15)),
    ),
    "another billing type": (
        [item(2, billing_type="SMART_RECOVERY", approved="2026-02-17")],
        ("HP2000000102", "other_type", "SMART_RECOVERY", "EUR", 4000, date(2026, 2, 17)),
    ),
    "a plan that is not identified": (
        [webhook("PURCHASE_REFUNDED", "REFUNDED", "2026-03-16", 3)],
        ("HP2000000103", "unidentified", None, "EUR", 4000, date(2026, 3, 15)),
    ),
    "an export without a code": (
        [export(line(1, code="(none)"))],
        ("HP2000000101", "unidentified", "SMART_INSTALLMENT", "EUR", 4000, date(2026, 1, 15)),
    ),
    "a single sale": (
        [approved("2026-03-16", 3, subscription=MISSING)],
        ("HP2000000103", "single_sale", None, "EUR", 4000, date(2026, 3, 15)),
    ),
}


@pytest.mark.parametrize(("documents", "expected"), UNPLACED.values(), ids=UNPLACED)
def test_a_payment_is_unplaced_because_of(
    resolve: Resolve, documents: list[Any], expected: tuple[Any, ...]
) -> None:
    assert unplaced(resolve(*documents)) == [expected]


def test_unpaid_attempts_and_placed_payments_are_not_unplaced(resolve: Resolve) -> None:
    refused = webhook("PURCHASE_CANCELED", "CANCELED", "2026-03-16", 3)
    assert unplaced(resolve(*PAID_IN_FULL, refused)) == []
