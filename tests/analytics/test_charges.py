"""Charges as of a date: due date, amount, payer, state and days (docs/metrics.md §2 and §7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.builders import Attempt, Plan, charge_rows, column, day, monthly, paid, plan_row

FIRST_PAYMENT = paid(1, "15 Jan")
MONEY = ("collected_minor", "refunded_minor", "overdue_minor", "to_receive_minor", "released_minor")


def money(charge: dict[str, Any]) -> dict[str, int]:
    """The parts of a charge's amount that are not 0, by their short names."""
    return {name.removesuffix("_minor"): charge[name] for name in MONEY if charge[name]}


# --- due dates ------------------------------------------------------------------------


def test_a_charge_falls_due_when_its_first_attempt_starts() -> None:
    retried = (Attempt(2, "17 Feb", due="16 Feb"), Attempt(2, "25 Feb", due="25 Feb", sequence=2))
    assert charge_rows(Plan(2, (FIRST_PAYMENT, *retried)))[1]["due_date"] == day("16 Feb")


def test_a_slip_falls_due_on_the_expiration_date_of_the_first_slip() -> None:
    slips = (
        Attempt(2, "15 Feb", expires="18 Feb", status="expired", payment_type="BILLET"),
        Attempt(2, "20 Feb", expires="23 Feb", status="waiting", payment_type="BILLET", sequence=2),
    )
    assert charge_rows(Plan(2, (FIRST_PAYMENT, *slips)))[1]["due_date"] == day("18 Feb")


@pytest.mark.parametrize(
    ("purchased", "dues"),
    [
        ("2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2024-01-31", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2026-11-30", ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28"]),
        ("2026-01-15", ["2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15"]),
    ],
    ids=["31st", "31st in a leap year", "over the new year", "15th"],
)
def test_a_number_not_issued_yet_falls_due_on_the_purchase_day_of_its_month(
    purchased: str, dues: list[str]
) -> None:
    plan = Plan(4, (paid(1, purchased),), purchased=date.fromisoformat(purchased))
    assert [due.isoformat() for due in column(charge_rows(plan, purchased), "due_date")] == dues


def test_a_charge_without_an_attempt_is_due_on_its_scheduled_date() -> None:
    plan = Plan(2, (FIRST_PAYMENT, Attempt(2, "20 Feb", paid="20 Feb")))
    earlier, later = charge_rows(plan, "19 Feb")[1], charge_rows(plan, "20 Feb")[1]
    assert (earlier["due_date"], earlier["state"], earlier["days_past_due"]) == (
        day("15 Feb"),
        "overdue",
        4,
    )
    assert (later["due_date"], later["state"], later["is_late"]) == (day("20 Feb"), "paid", False)


def test_the_charges_of_a_suspended_plan_fall_due_as_scheduled() -> None:
    charges = charge_rows(Plan(3, (FIRST_PAYMENT,), suspended=True), "16 Mar")
    assert column(charges, "state") == ["paid", "overdue", "overdue"]
    assert column(charges, "days_past_due") == [0, 29, 1]


def test_a_negotiation_sets_no_due_date() -> None:
    negotiation = Attempt((2, 3), "1 Mar", minor=20_000, negotiation=True, status="waiting")
    assert column(charge_rows(Plan(3, (FIRST_PAYMENT, negotiation))), "due_date")[1:] == [
        day("15 Feb"),
        day("15 Mar"),
    ]


def test_the_first_own_attempt_sets_the_due_date_even_after_a_negotiation() -> None:
    attempts = (
        FIRST_PAYMENT,
        Attempt((2, 3), "1 Feb", minor=20_000, status="waiting"),
        Attempt(2, "16 Feb"),
    )
    assert charge_rows(Plan(3, attempts))[1]["due_date"] == day("16 Feb")


def test_a_number_beyond_n_is_no_charge() -> None:
    charges = charge_rows(Plan(2, (*monthly("Jan", "Feb"), paid(3, "15 Mar"))))
    assert column(charges, "number") == [1, 2]


def test_only_issued_numbers_of_a_plan_of_unknown_length_are_charges() -> None:
    charges = charge_rows(Plan(None, (FIRST_PAYMENT, Attempt(3, "15 Mar", minor=7_000))))
    assert column(charges, "number") == [1, 3]
    assert column(charges, "amount_minor") == [10_000, 7_000]


# --- amounts --------------------------------------------------------------------------


def test_the_amount_is_that_of_the_first_own_attempt_whoever_pays() -> None:
    attempts = (
        FIRST_PAYMENT,
        Attempt(2, "15 Feb", minor=8_000),
        paid(2, "18 Feb", minor=7_500, sequence=2),
    )
    charge = charge_rows(Plan(2, attempts))[1]
    assert charge["amount_minor"] == 8_000
    assert money(charge) == {"collected": 8_000}


def test_a_charge_not_issued_yet_has_the_amount_of_the_nearest_earlier_one() -> None:
    attempts = (FIRST_PAYMENT, Attempt(3, "15 Mar", minor=7_000))
    assert column(charge_rows(Plan(5, attempts)), "amount_minor") == [
        10_000,
        10_000,
        7_000,
        7_000,
        7_000,
    ]


def test_an_amount_that_is_not_known_yet_by_the_date_does_not_count() -> None:
    attempts = (FIRST_PAYMENT, Attempt(3, "15 Mar", minor=7_000))
    assert column(charge_rows(Plan(5, attempts), "14 Mar"), "amount_minor") == [10_000] * 5


def test_without_an_earlier_amount_the_nearest_later_one_is_used() -> None:
    assert (
        column(charge_rows(Plan(3, (Attempt(2, "15 Feb", minor=8_000),))), "amount_minor")
        == [8_000] * 3
    )


def test_a_plan_without_an_attempt_yet_has_the_amount_of_its_first_one() -> None:
    plan = Plan(3, (paid(1, "18 Jan", minor=8_000),))
    assert column(charge_rows(plan, "16 Jan"), "amount_minor") == [8_000] * 3
    assert plan_row(plan, "15 Jan")["currency"] == "EUR"


def test_a_negotiation_sets_no_amount() -> None:
    negotiation = Attempt((2, 3), "1 Mar", minor=99_999, status="waiting")
    assert (
        column(charge_rows(Plan(3, (FIRST_PAYMENT, negotiation))), "amount_minor") == [10_000] * 3
    )


def test_an_amount_in_another_currency_is_not_used() -> None:
    attempts = (FIRST_PAYMENT, Attempt(2, "15 Feb", minor=2_000_000, currency="JPY"))
    charges = charge_rows(Plan(3, attempts))
    assert column(charges, "amount_minor") == [10_000] * 3
    assert column(charges, "currency") == ["EUR"] * 3


def test_a_charge_paid_in_another_currency_counts_with_its_own_amount() -> None:
    attempts = (
        FIRST_PAYMENT,
        Attempt(2, "15 Feb"),
        paid(2, "18 Feb", minor=2_000_000, currency="JPY", sequence=2),
    )
    assert money(charge_rows(Plan(2, attempts))[1]) == {"collected": 10_000}


# --- payers --------------------------------------------------------------------------

TWICE = (
    FIRST_PAYMENT,
    Attempt(2, "15 Feb", paid="17 Feb", transaction="HPSECOND"),
    Attempt(2, "16 Feb", paid="16 Feb", sequence=2, transaction="HPFIRST", minor=9_000),
)


def test_the_earliest_of_two_approved_attempts_pays_and_the_other_is_charged_twice() -> None:
    charge = charge_rows(Plan(2, TWICE))[1]
    assert (charge["transaction"], charge["paid_date"]) == ("HPFIRST", day("16 Feb"))
    assert money(charge) == {"collected": 10_000}
    assert charge["charged_twice_minor"] == 10_000


def test_a_second_approval_does_not_count_before_its_day() -> None:
    assert plan_row(Plan(2, TWICE), "16 Feb")["charged_twice_minor"] == 0
    assert plan_row(Plan(2, TWICE), "17 Feb")["charged_twice_minor"] == 10_000


def test_a_reversed_second_payment_is_not_charged_twice() -> None:
    returned = (FIRST_PAYMENT, paid(2, "15 Feb"), paid(2, "16 Feb", sequence=2, reversed="1 Mar"))
    assert plan_row(Plan(2, returned), "28 Feb")["charged_twice_minor"] == 10_000
    assert plan_row(Plan(2, returned), "1 Mar")["charged_twice_minor"] == 0


def test_charged_twice_is_never_summed_across_currencies() -> None:
    attempts = (
        FIRST_PAYMENT,
        paid(2, "15 Feb"),
        paid(2, "16 Feb", sequence=2, currency="JPY", minor=2_000_000),
    )
    assert plan_row(Plan(2, attempts))["charged_twice_minor"] == 0


def test_a_payment_after_the_date_does_not_count() -> None:
    plan = Plan(2, (FIRST_PAYMENT, Attempt(2, "15 Feb", paid="20 Feb")))
    assert column(charge_rows(plan, "19 Feb"), "state") == ["paid", "overdue"]
    assert column(charge_rows(plan, "20 Feb"), "state") == ["paid", "paid"]


# --- negotiations ---------------------------------------------------------------------


def negotiated(
    price: int, *amounts: int, numbers: tuple[int, ...] | None = None, **options: Any
) -> Plan:
    """A plan with charges 2, 3, … of these amounts, and a negotiation of them paid on 20 March."""
    attempts = [Attempt(number, "15 Feb", minor=minor) for number, minor in enumerate(amounts, 2)]
    covered = numbers or tuple(range(2, 2 + len(amounts)))
    deal = Attempt(covered, "18 Mar", paid="20 Mar", minor=price, negotiation=True, **options)
    return Plan(1 + len(amounts), (FIRST_PAYMENT, *attempts, deal))


SPREADS = {
    "all of it": (30_000, (10_000, 10_000, 10_000), (10_000, 10_000, 10_000)),
    "two thirds, the rest to the lower numbers": (
        20_000,
        (10_000, 10_000, 10_000),
        (6_667, 6_667, 6_666),
    ),
    "one cent of two, to the lower number": (1, (1, 1), (1, 0)),
    "the largest remainder first": (2, (1, 2), (1, 1)),
    "unequal amounts": (10_000, (10_000, 5_000), (6_667, 3_333)),
    "nothing": (0, (10_000, 10_000), (0, 0)),
    "a charge of nothing": (5_000, (0, 10_000), (0, 5_000)),
    "10**12 without overflow": (
        2 * 10**12,
        (10**12,) * 3,
        (666_666_666_667, 666_666_666_667, 666_666_666_666),
    ),
    "10**12 and one": (10**12, (10**12, 1), (10**12 - 1, 1)),
}


@pytest.mark.parametrize(("price", "amounts", "parts"), SPREADS.values(), ids=SPREADS.keys())
def test_a_negotiation_pays_its_charges_pro_rata_and_releases_what_it_forgives(
    price: int, amounts: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    charges = charge_rows(negotiated(price, *amounts))[1:]
    assert column(charges, "state") == ["paid"] * len(amounts)
    assert tuple(column(charges, "collected_minor")) == parts
    assert tuple(column(charges, "released_minor")) == tuple(
        a - p for a, p in zip(amounts, parts, strict=True)
    )
    assert column(charges, "surplus_minor") == [0] * len(amounts)


def test_the_discount_of_a_negotiation_is_released_as_forgiven() -> None:
    plan = plan_row(negotiated(15_000, 10_000, 10_000))
    assert (plan["collected_minor"], plan["released_minor"], plan["forgiven_minor"]) == (
        25_000,
        5_000,
        5_000,
    )
    assert (plan["lost_minor"], plan["not_earned_minor"], plan["not_activated_minor"]) == (0, 0, 0)


def test_a_negotiation_above_the_open_amount_has_a_surplus() -> None:
    charges = charge_rows(negotiated(20_007, 10_000, 10_000))[1:]
    assert column(charges, "collected_minor") == [10_000, 10_000]
    assert column(charges, "surplus_minor") == [7, 0]


def test_a_negotiation_pays_only_the_open_charges_of_its_list() -> None:
    plan = negotiated(15_000, 10_000, 10_000)
    already = Plan(3, (*plan.attempts, paid(2, "1 Mar", due="15 Feb", sequence=2)))
    charges = charge_rows(already)[1:]
    assert column(charges, "paid_date") == [day("1 Mar"), day("20 Mar")]
    assert column(charges, "collected_minor") == [10_000, 10_000]
    assert column(charges, "surplus_minor") == [0, 5_000]
    assert column(charges, "charged_twice_minor") == [0, 0]


@pytest.mark.parametrize("numbers", [(2, 3), (2,)], ids=["two charges", "one charge"])
def test_a_negotiation_of_paid_charges_only_is_charged_twice(
    numbers: tuple[int, ...],
) -> None:
    deal = Attempt(numbers, "18 Mar", paid="20 Mar", minor=9_000, negotiation=True)
    plan = Plan(3, (*monthly("Jan", "Feb", "Mar"), deal))
    assert plan_row(plan, "19 Mar")["charged_twice_minor"] == 0
    assert column(charge_rows(plan), "charged_twice_minor") == [0, 9_000, 0]


def test_an_attempt_approved_after_the_negotiation_of_its_charge_is_charged_twice() -> None:
    plan = negotiated(20_000, 10_000, 10_000)
    paid_again = Plan(3, (*plan.attempts, paid(3, "25 Mar", due="15 Feb", sequence=2)))
    assert column(charge_rows(paid_again), "charged_twice_minor") == [0, 0, 10_000]
    assert column(charge_rows(paid_again), "collected_minor") == [10_000] * 3


def test_a_negotiation_in_another_currency_pays_its_charges_in_full() -> None:
    charges = charge_rows(negotiated(1_000, 10_000, 10_000, currency="USD"))[1:]
    assert column(charges, "collected_minor") == [10_000, 10_000]


def test_a_refunded_negotiation_returns_exactly_what_it_paid() -> None:
    plan = plan_row(negotiated(15_000, 10_000, 10_000, reversed="1 Apr"))
    assert (plan["collected_minor"], plan["refunded_minor"], plan["released_minor"]) == (
        10_000,
        15_000,
        5_000,
    )
    assert (plan["paid_installments"], plan["status"]) == (3, "Completed with issues")


def test_an_unpaid_negotiation_counts_as_an_attempt_and_changes_nothing_else() -> None:
    charges = charge_rows(negotiated(15_000, 10_000, 10_000), "19 Mar")[1:]
    assert column(charges, "state") == ["overdue", "overdue"]
    assert column(charges, "overdue_minor") == [10_000, 10_000]


def test_an_anticipation_pays_charges_that_are_not_issued_yet_and_not_late() -> None:
    anticipation = Attempt((2, 3, 4), "20 Jan", paid="20 Jan", minor=30_000)
    plan = Plan(4, (FIRST_PAYMENT, anticipation))
    charges = charge_rows(plan, "20 Jan")
    assert column(charges, "due_date")[1:] == [day("15 Feb"), day("15 Mar"), day("15 Apr")]
    assert column(charges, "is_late") == [False] * 4
    assert plan_row(plan, "20 Jan")["status"] == "Completed"
    assert plan_row(plan, "20 Jan")["issued_installments"] == 4


def test_a_negotiation_of_numbers_beyond_n_pays_the_others() -> None:
    plan = Plan(2, (FIRST_PAYMENT, Attempt((2, 3), "15 Feb", paid="15 Feb", minor=20_000)))
    charges = charge_rows(plan)
    assert column(charges, "collected_minor") == [10_000, 10_000]
    assert column(charges, "surplus_minor") == [0, 10_000]


# --- reversals -----------------------------------------------------------------------


@pytest.mark.parametrize("reversal", ["refunded", "charged_back"])
def test_a_reversal_returns_the_full_amount_from_its_day_on(reversal: str) -> None:
    plan = Plan(2, (FIRST_PAYMENT, paid(2, "15 Feb", reversed="1 Mar", reversal=reversal)))
    earlier, later = charge_rows(plan, "28 Feb")[1], charge_rows(plan, "1 Mar")[1]
    assert (earlier["state"], money(earlier)) == ("paid", {"collected": 10_000})
    assert (later["state"], money(later)) == (reversal, {"refunded": 10_000})


def partly_refunded(
    minor: int, original: int | None, remaining: int | None, **options: Any
) -> Plan:
    attempt = paid(
        2,
        "15 Feb",
        minor=minor,
        reversed="1 Mar",
        reversal="partially_refunded",
        original=original,
        original_paid=remaining,
    )
    for name, value in options.items():
        setattr(attempt, name, value)
    return Plan(2, (FIRST_PAYMENT, attempt))


@pytest.mark.parametrize(
    ("minor", "original", "remaining", "returned"),
    [
        (10_000, 10_000, 2_500, 7_500),
        (10_000, 12_000, 9_000, 2_500),
        (5, 1_000, 500, 3),
        (5, 1_000, 501, 2),
        (7, 3, 2, 2),
        (10**12, 10**12, 1, 10**12 - 1),
        (10**12, 3, 1, 666_666_666_667),
    ],
    ids=[
        "three quarters",
        "other base",
        "half up",
        "below half",
        "a third of seven",
        "10**12",
        "10**12, two thirds",
    ],
)
def test_a_partial_refund_returns_its_share_rounded_half_up(
    minor: int, original: int, remaining: int, returned: int
) -> None:
    charge = charge_rows(partly_refunded(minor, original, remaining))[1]
    assert charge["state"] == "partially_refunded"
    assert money(charge) == {"refunded": returned, "collected": minor - returned}


@pytest.mark.parametrize(
    ("original", "remaining"),
    [(10_000, 0), (10_000, 10_000), (10_000, 10_001), (0, 0), (None, 2_500), (10_000, None)],
    ids=[
        "all returned",
        "nothing returned",
        "more than all kept",
        "of nothing",
        "of what",
        "how much",
    ],
)
def test_a_partial_refund_of_unknown_size_keeps_the_charge_in_full_and_is_counted(
    original: int | None, remaining: int | None
) -> None:
    plan = partly_refunded(10_000, original, remaining)
    charge = charge_rows(plan)[1]
    assert (charge["state"], money(charge)) == ("partially_refunded", {"collected": 10_000})
    assert (plan_row(plan)["unknown_parts"], plan_row(plan)["status"]) == (
        1,
        "Completed with issues",
    )


def test_a_partial_refund_after_the_date_does_not_count() -> None:
    charge = charge_rows(partly_refunded(10_000, 10_000, 2_500), "28 Feb")[1]
    assert (charge["state"], money(charge)) == ("paid", {"collected": 10_000})


def test_a_partly_refunded_negotiation_returns_a_share_of_each_payment() -> None:
    plan = negotiated(
        10_000,
        10_000,
        10_000,
        reversed="1 Apr",
        reversal="partially_refunded",
        original=10_000,
        original_paid=4_000,
    )
    charges = charge_rows(plan)[1:]
    assert column(charges, "refunded_minor") == [3_000, 3_000]
    assert column(charges, "collected_minor") == [2_000, 2_000]
    assert column(charges, "released_minor") == [5_000, 5_000]


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("28 Feb", "paid"), ("1 Mar", "disputed"), ("8 Mar", "disputed"), ("9 Mar", "paid")],
    ids=["before the claim", "on its day", "the day before it ends", "the day it ends"],
)
def test_a_claim_is_open_from_its_day_until_the_payload_that_ends_it(
    as_of: str, state: str
) -> None:
    plan = Plan(2, (FIRST_PAYMENT, paid(2, "15 Feb", claim="1 Mar", claim_end="9 Mar")))
    charge = charge_rows(plan, as_of)[1]
    assert (charge["state"], money(charge)) == (state, {"collected": 10_000})


def test_a_reversal_takes_precedence_over_its_claim() -> None:
    plan = Plan(2, (FIRST_PAYMENT, paid(2, "15 Feb", claim="1 Mar", reversed="5 Mar")))
    assert charge_rows(plan, "4 Mar")[1]["state"] == "disputed"
    assert charge_rows(plan, "5 Mar")[1]["state"] == "refunded"


# --- states by date ------------------------------------------------------------------

OPEN = Plan(3, (FIRST_PAYMENT, Attempt(2, "15 Feb")))


@pytest.mark.parametrize(
    ("as_of", "tolerance", "state", "days"),
    [
        ("14 Feb", 0, "scheduled", 0),
        ("15 Feb", 0, "pending", 0),
        ("16 Feb", 0, "overdue", 1),
        ("14 Feb", 5, "scheduled", 0),
        ("15 Feb", 5, "pending", 0),
        ("20 Feb", 5, "pending", 0),
        ("21 Feb", 5, "overdue", 6),
    ],
    ids=[
        "before",
        "on the day",
        "the day after",
        "before, 5 days",
        "on the day, 5 days",
        "the 5th day",
        "the 6th day",
    ],
)
def test_an_unpaid_charge_is_scheduled_then_pending_then_overdue(
    as_of: str, tolerance: int, state: str, days: int
) -> None:
    charge = charge_rows(OPEN, as_of, late_after_days=tolerance)[1]
    assert (charge["state"], charge["days_past_due"]) == (state, days)
    assert money(charge) == {"overdue" if state == "overdue" else "to_receive": 10_000}


@pytest.mark.parametrize(
    ("on", "tolerance", "is_late", "days"),
    [
        ("14 Feb", 0, False, 0),
        ("15 Feb", 0, False, 0),
        ("16 Feb", 0, True, 1),
        ("20 Feb", 5, False, 5),
        ("21 Feb", 5, True, 6),
    ],
    ids=["early", "on the day", "a day late", "within the tolerance", "beyond it"],
)
def test_a_paid_charge_is_late_beyond_the_tolerance_and_its_days_late_count_from_the_due_date(
    on: str, tolerance: int, is_late: bool, days: int
) -> None:
    plan = Plan(2, (FIRST_PAYMENT, Attempt(2, "13 Feb", paid=on, due="15 Feb")))
    charge = charge_rows(plan, late_after_days=tolerance)[1]
    assert (charge["is_late"], charge["days_late"]) == (is_late, days)


def test_the_tolerance_does_not_apply_to_the_first_charge() -> None:
    plan = Plan(3, (Attempt(1, "15 Jan", status="waiting"),))
    assert plan_row(plan, "16 Jan", late_after_days=5)["status"] == "Inactive"
    assert plan_row(plan, "15 Jan", late_after_days=5)["status"] == "In progress"


BUCKETS = {
    1: "1-30",
    30: "1-30",
    31: "31-60",
    60: "31-60",
    61: "61-90",
    90: "61-90",
    91: "91+",
    400: "91+",
}


@pytest.mark.parametrize(("days", "bucket"), BUCKETS.items())
def test_an_overdue_charge_ages_in_buckets_of_its_own_days(days: int, bucket: str) -> None:
    as_of = date.fromordinal(day("15 Feb").toordinal() + days).isoformat()
    assert charge_rows(OPEN, as_of)[1]["bucket"] == bucket


def test_a_charge_that_is_not_overdue_has_no_bucket() -> None:
    assert column(charge_rows(OPEN, "15 Feb"), "bucket") == [None] * 3


# --- unconfirmed ----------------------------------------------------------------------


def test_an_overdue_charge_without_an_attempt_is_unconfirmed() -> None:
    charges = charge_rows(Plan(3, (FIRST_PAYMENT, Attempt(2, "15 Feb"))), "16 Mar")
    assert column(charges, "is_unconfirmed") == [False, False, True]


@pytest.mark.parametrize(("last_day", "unconfirmed"), [("14 Feb", True), ("15 Feb", False)])
def test_a_charge_that_fell_due_after_the_last_data_is_unconfirmed(
    last_day: str, unconfirmed: bool
) -> None:
    assert charge_rows(OPEN, "20 Feb", data_through=last_day)[1]["is_unconfirmed"] is unconfirmed


def test_a_charge_that_is_not_overdue_is_never_unconfirmed() -> None:
    assert (
        column(charge_rows(OPEN, "14 Feb", data_through="1 Jan"), "is_unconfirmed") == [False] * 3
    )
