"""Plans as of a date: money, counts and net (docs/metrics.md §3, §4 and §7)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from smartinst.analytics.figures import PARTS, check_identity
from smartinst.errors import ReportError
from tests.support.builders import (
    Attempt,
    Plan,
    charge_rows,
    column,
    day,
    monthly,
    paid,
    plan_row,
    rows,
)

FIRST_PAYMENT = paid(1, "15 Jan")
TWO_PAID = monthly("Jan", "Feb")


def parts(row: dict[str, Any]) -> dict[str, int]:
    """The parts of a plan's total that are not 0, by their short names."""
    return {name.removesuffix("_minor"): row[name] for name in PARTS if row[name]}


def released(row: dict[str, Any]) -> dict[str, int]:
    """The parts of what was released that are not 0."""
    kinds = ("lost", "not_earned", "forgiven", "not_activated")
    return {kind: row[f"{kind}_minor"] for kind in kinds if row[f"{kind}_minor"]}


# --- the five parts -------------------------------------------------------------------

PARTS_OF_PLANS = {
    "in progress": (
        Plan(6, monthly("Jan", "Feb", "Mar")),
        {"collected": 30_000, "overdue": 10_000, "to_receive": 20_000},
    ),
    "pending counts as to receive": (
        Plan(4, monthly("Jan", "Feb", "Mar")),
        {"collected": 30_000, "overdue": 10_000},
    ),
    "disputed is collected": (
        Plan(2, (FIRST_PAYMENT, paid(2, "15 Feb", claim="1 Mar"))),
        {"collected": 20_000},
    ),
    "refunded and charged back": (
        Plan(
            3,
            (
                FIRST_PAYMENT,
                paid(2, "15 Feb", reversed="1 Mar"),
                paid(3, "15 Mar", reversed="1 Apr", reversal="charged_back"),
            ),
        ),
        {"collected": 10_000, "refunded": 20_000},
    ),
    "canceled": (Plan(6, TWO_PAID, canceled="1 Apr"), {"collected": 20_000, "released": 40_000}),
    "canceled later": (
        Plan(6, TWO_PAID, canceled="21 Apr"),
        {"collected": 20_000, "overdue": 20_000, "to_receive": 20_000},
    ),
    "refunded whole": (
        Plan(4, (paid(1, "15 Jan", reversed="20 Jan"),)),
        {"refunded": 10_000, "released": 30_000},
    ),
    "never paid": (Plan(4, (Attempt(1, "15 Jan"),)), {"released": 40_000}),
    "negotiated": (
        Plan(3, (FIRST_PAYMENT, Attempt((2, 3), "15 Feb", paid="15 Feb", minor=15_000))),
        {"collected": 25_000, "released": 5_000},
    ),
}


@pytest.mark.parametrize(("plan", "amounts"), PARTS_OF_PLANS.values(), ids=PARTS_OF_PLANS.keys())
def test_every_minor_unit_of_a_plan_is_in_one_of_five_parts(
    plan: Plan, amounts: dict[str, int]
) -> None:
    row = plan_row(plan)
    assert parts(row) == amounts
    assert row["total_minor"] == sum(amounts.values())


def test_a_charge_due_today_is_to_be_received() -> None:
    assert parts(plan_row(Plan(2, (FIRST_PAYMENT,)), "15 Feb")) == {
        "collected": 10_000,
        "to_receive": 10_000,
    }


def test_a_total_that_does_not_close_is_refused_with_its_plan() -> None:
    rows_by_grain = rows(Plan(2, TWO_PAID))
    check_identity(rows_by_grain)
    changed_plans = rows_by_grain["plans"].with_columns(pl.col("total_minor") + 1)
    with pytest.raises(
        ReportError, match=r"seller acme, plan 1: total 20001 .* collected_minor 20000"
    ):
        check_identity({**rows_by_grain, "plans": changed_plans})


def test_parts_that_only_add_up_by_chance_are_refused_too() -> None:
    rows_by_grain = rows(Plan(2, TWO_PAID))
    changed_plans = rows_by_grain["plans"].with_columns(
        pl.col("collected_minor") - 1, pl.col("overdue_minor") + 1
    )
    with pytest.raises(ReportError, match=r"seller acme, plan 1"):
        check_identity({**rows_by_grain, "plans": changed_plans})


# --- released amounts ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("canceled", "amounts"),
    [
        ("16 Feb", {"lost": 10_000, "not_earned": 20_000}),
        ("15 Feb", {"not_earned": 30_000}),
        ("16 Mar", {"lost": 20_000, "not_earned": 10_000}),
        ("20 Apr", {"lost": 30_000}),
    ],
    ids=["the day after it fell due", "the day it falls due", "two past due", "all past due"],
)
def test_charges_due_before_the_end_of_a_plan_are_lost_and_later_ones_not_earned(
    canceled: str, amounts: dict[str, int]
) -> None:
    assert released(plan_row(Plan(4, (FIRST_PAYMENT,), canceled=canceled))) == amounts


def test_a_charge_within_the_tolerance_at_the_end_of_a_plan_is_not_lost() -> None:
    plan = Plan(2, (FIRST_PAYMENT,), canceled="18 Feb")
    assert released(plan_row(plan, late_after_days=3)) == {"not_earned": 10_000}
    assert released(plan_row(plan, late_after_days=2)) == {"lost": 10_000}


def test_every_charge_of_an_inactive_plan_is_not_activated() -> None:
    refused = (Attempt(1, "15 Jan", status="canceled"),)
    assert released(plan_row(Plan(4, refused))) == {"not_activated": 40_000}
    assert released(plan_row(Plan(4, refused, canceled="1 Mar"))) == {"not_activated": 40_000}


@pytest.mark.parametrize(
    ("refunded", "canceled", "amounts"),
    [
        ("16 Mar", None, {"lost": 20_000, "not_earned": 10_000}),
        ("16 Mar", "16 Feb", {"lost": 10_000, "not_earned": 20_000}),
        ("16 Feb", "16 Mar", {"lost": 10_000, "not_earned": 20_000}),
    ],
    ids=["by its refund", "by its cancellation before", "by its refund before"],
)
def test_a_refunded_plan_ends_with_its_cancellation_or_last_refund(
    refunded: str, canceled: str | None, amounts: dict[str, int]
) -> None:
    plan = Plan(4, (paid(1, "15 Jan", reversed=refunded),), canceled=canceled)
    assert plan_row(plan)["status"] == "Refunded"
    assert released(plan_row(plan)) == amounts


def test_a_discount_stays_forgiven_when_the_plan_ends() -> None:
    negotiation = Attempt((2, 3), "15 Feb", paid="15 Feb", minor=15_000)
    row = plan_row(Plan(4, (FIRST_PAYMENT, negotiation), canceled="1 Apr"))
    assert released(row) == {"forgiven": 5_000, "not_earned": 10_000}
    assert row["released_minor"] == 15_000


# --- sold, disputed, charged back, unconfirmed ----------------------------------------


@pytest.mark.parametrize(
    ("plan", "sold"),
    [
        (Plan(4, (FIRST_PAYMENT,)), 40_000),
        (Plan(4, (paid(1, "15 Jan", reversed="1 Feb"),)), 40_000),
        (Plan(4, TWO_PAID, canceled="1 Mar"), 40_000),
        (Plan(4, (Attempt(1, "15 Jan"),)), 0),
        (Plan(4, (Attempt(1, "20 Apr", status="waiting"),), purchased=day("20 Apr")), 0),
        (Plan(4, (Attempt(1, "15 Jan"), paid(2, "15 Feb"))), 0),
    ],
    ids=[
        "paid",
        "refunded",
        "canceled",
        "inactive",
        "awaiting its first payment",
        "only the second paid",
    ],
)
def test_sold_is_the_total_of_plans_whose_first_charge_was_ever_paid(plan: Plan, sold: int) -> None:
    assert plan_row(plan)["sold_minor"] == sold


def test_disputed_is_part_of_collected_and_charged_back_part_of_refunded() -> None:
    attempts = (
        FIRST_PAYMENT,
        paid(2, "15 Feb", claim="1 Mar"),
        paid(3, "15 Mar", reversed="1 Apr", reversal="charged_back"),
        paid(4, "15 Apr", reversed="16 Apr"),
    )
    row = plan_row(Plan(4, attempts))
    assert (row["collected_minor"], row["disputed_minor"]) == (20_000, 10_000)
    assert (row["refunded_minor"], row["charged_back_minor"]) == (20_000, 10_000)


def test_a_charge_with_an_attempt_of_unknown_status_is_unconfirmed_once_overdue() -> None:
    attempts = (
        FIRST_PAYMENT,
        Attempt(2, "15 Feb", status="ODD"),
        Attempt(3, "15 Mar"),
        Attempt(3, "16 Mar", status="ODD"),
        Attempt(4, "15 Apr"),
    )
    plan = Plan(4, attempts)
    row = plan_row(plan, "20 Apr")
    assert (row["overdue_minor"], row["unconfirmed_minor"], row["confirmed_minor"]) == (
        30_000,
        20_000,
        10_000,
    )
    assert plan_row(plan, "15 Mar")["unconfirmed_minor"] == 10_000  # charge 3 is due that day


def test_a_payment_confirms_a_charge_with_an_attempt_of_unknown_status() -> None:
    attempts = (FIRST_PAYMENT, Attempt(2, "15 Feb", status="ODD"), paid(2, "16 Feb"))
    row = plan_row(Plan(2, attempts), "20 Apr")
    assert (row["status"], row["unconfirmed_minor"]) == ("Completed with issues", 0)


def test_confirmed_and_unconfirmed_are_the_overdue_amount() -> None:
    row = plan_row(
        Plan(4, (FIRST_PAYMENT, Attempt(2, "15 Feb"), Attempt(3, "15 Mar"))), data_through="14 Mar"
    )
    assert (row["overdue_minor"], row["unconfirmed_minor"], row["confirmed_minor"]) == (
        30_000,
        20_000,
        10_000,
    )
    assert (row["overdue_installments"], row["unconfirmed_installments"]) == (3, 2)
    assert row["oldest_confirmed_days"] == 64


CHARGED: list[tuple[tuple[Attempt, ...], int]] = [
    ((Attempt(2, "15 Feb"),), 10_000),
    ((Attempt(2, "15 Feb", total=12_100),), 12_100),
    ((Attempt(2, "15 Feb", total=12_100), Attempt(2, "18 Feb", total=12_300, sequence=2)), 12_300),
    ((Attempt(2, "15 Feb", total=12_100), Attempt(2, "18 Feb", sequence=2)), 12_100),
    ((Attempt(2, "15 Feb", total=12_100, currency="USD"),), 10_000),
    ((Attempt(2, "15 Feb", total=0),), 10_000),
    ((Attempt(2, "15 Feb", total=12_100), Attempt((2, 3), "20 Feb", total=9_000)), 12_100),
    ((Attempt(2, "15 Feb", total=12_100), Attempt(3, "15 Mar", total=11_000)), 23_100),
]


@pytest.mark.parametrize(("attempts", "charged"), CHARGED)
def test_confirmed_charges_are_charged_the_total_of_their_latest_own_attempt(
    attempts: tuple[Attempt, ...], charged: int
) -> None:
    row = plan_row(Plan(4, (FIRST_PAYMENT, *attempts)), "14 Apr", data_through="15 Mar")
    unconfirmed = 0 if any(attempt.numbers == 3 for attempt in attempts) else 10_000
    if any(attempt.numbers == (2, 3) for attempt in attempts):
        unconfirmed = 0
        charged += 10_000  # charge 3 has no attempt of its own
    assert row["confirmed_charged_minor"] == charged
    assert row["unconfirmed_minor"] == unconfirmed


# --- counts and texts ----------------------------------------------------------------


def test_issued_installments_are_the_numbers_with_an_attempt_by_the_date() -> None:
    attempts = (
        FIRST_PAYMENT,
        Attempt(2, "15 Feb"),
        Attempt(2, "18 Feb", sequence=2),
        Attempt((3, 4), "1 Mar", status="waiting"),
    )
    plan = Plan(6, attempts)
    assert [
        plan_row(plan, d)["issued_installments"] for d in ("14 Feb", "15 Feb", "18 Feb", "1 Mar")
    ] == [1, 2, 2, 4]


def test_paid_installments_were_ever_paid_reversed_or_not() -> None:
    plan = Plan(4, (FIRST_PAYMENT, paid(2, "15 Feb", reversed="1 Mar"), Attempt(3, "15 Mar")))
    assert [
        plan_row(plan, d)["paid_installments"] for d in ("15 Jan", "15 Feb", "1 Mar", "20 Apr")
    ] == [1, 2, 2, 2]


def test_the_payment_method_is_that_of_the_latest_attempt_by_the_date() -> None:
    plan = Plan(
        3,
        (
            FIRST_PAYMENT,
            Attempt(2, "18 Feb", due="15 Feb", sequence=2, payment_type="PIX"),
            Attempt(2, "15 Feb", payment_type="PAYPAL"),
        ),
    )
    methods = [plan_row(plan, d)["payment_method"] for d in ("14 Feb", "15 Feb", "18 Feb")]
    assert methods == ["CREDIT_CARD", "PAYPAL", "PIX"]


def test_a_cancellation_after_the_date_is_not_shown() -> None:
    plan = Plan(6, TWO_PAID, canceled="1 Apr")
    assert plan_row(plan, "31 Mar")["cancellation_date"] is None
    assert plan_row(plan, "1 Apr")["cancellation_date"] == day("1 Apr")


def test_a_plan_is_listed_from_its_purchase_date() -> None:
    assert rows(Plan(3, TWO_PAID), "14 Jan")["plans"].height == 0
    assert rows(Plan(3, TWO_PAID), "15 Jan")["plans"].height == 1


def test_a_plan_without_any_attempt_is_listed_and_closes() -> None:
    row = plan_row(Plan(3))
    assert (row["status"], row["total_minor"], row["currency"], row["payment_method"]) == (
        "Inactive",
        0,
        None,
        None,
    )


def test_a_plan_of_unknown_length_is_listed_before_anything_of_it_is_issued() -> None:
    plan = Plan(None, (Attempt(2, "15 Feb", paid="15 Feb"),))
    earlier, later = plan_row(plan, "20 Jan"), plan_row(plan, "15 Feb")
    assert (earlier["status"], earlier["total_minor"], earlier["issued_installments"]) == (
        "Inactive",
        0,
        0,
    )
    assert (earlier["has_debt"], earlier["installments"], earlier["currency"]) == (
        False,
        None,
        "EUR",
    )
    assert (later["status"], later["total_minor"], later["collected_minor"]) == (
        "In progress",
        10_000,
        10_000,
    )


def test_a_plan_of_unknown_length_without_its_first_charge_is_inactive_once_that_is_due() -> None:
    plan = Plan(None, (Attempt(2, "15 Feb"),))
    assert plan_row(plan, "20 Feb")["status"] == "Inactive"


def test_a_plan_of_unknown_length_is_never_completed_and_totals_its_issued_charges() -> None:
    row = plan_row(Plan(None, TWO_PAID))
    assert (row["status"], row["installments"], row["total_minor"]) == ("In progress", None, 20_000)
    assert plan_row(Plan(None, TWO_PAID, canceled="1 Mar"))["status"] == "Canceled"


def test_a_plan_is_live_while_in_progress_only() -> None:
    assert plan_row(Plan(6, TWO_PAID))["is_live"] is True
    for plan in (
        Plan(2, TWO_PAID),
        Plan(6, TWO_PAID, canceled="1 Apr"),
        Plan(2, (Attempt(1, "15 Jan"),)),
    ):
        assert plan_row(plan)["is_live"] is False


def test_only_activated_plans_have_an_outstanding_balance() -> None:
    assert plan_row(Plan(6, TWO_PAID))["outstanding_minor"] == 40_000
    waiting_plan = Plan(2, (Attempt(1, "20 Apr", status="waiting"),), purchased=day("20 Apr"))
    assert (
        plan_row(waiting_plan)["to_receive_minor"],
        plan_row(waiting_plan)["outstanding_minor"],
    ) == (
        20_000,
        0,
    )


@pytest.mark.parametrize(
    ("as_of", "at_risk"), [("17 Mar", 0), ("18 Mar", 50_000)], ids=["day 30", "day 31"]
)
def test_the_full_balance_of_a_plan_is_at_risk_after_thirty_days(as_of: str, at_risk: int) -> None:
    plan = Plan(6, (FIRST_PAYMENT, Attempt(2, "15 Feb")))
    assert plan_row(plan, as_of)["outstanding_par30_minor"] == at_risk


# --- fallen due -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "fallen_due"),
    [
        (Plan(6, (FIRST_PAYMENT, paid(2, "15 Feb"), Attempt(3, "15 Mar"))), 40_000),
        (Plan(6, TWO_PAID, canceled="16 Mar"), 30_000),
        (Plan(6, TWO_PAID, canceled="15 Mar"), 20_000),
        (Plan(4, (Attempt(1, "15 Jan"),)), 0),
        (
            Plan(
                6, (FIRST_PAYMENT, Attempt((2, 3, 4, 5, 6), "16 Jan", paid="16 Jan", minor=50_000))
            ),
            40_000,
        ),
    ],
    ids=["live", "ended the day after", "ended on the day", "never activated", "paid ahead"],
)
def test_fallen_due_counts_charges_of_activated_plans_until_their_end(
    plan: Plan, fallen_due: int
) -> None:
    assert plan_row(plan)["fallen_due_minor"] == fallen_due


# --- net ------------------------------------------------------------------------------


def nets(plan: Plan, as_of: str = "20 Apr") -> dict[str, int]:
    """Net collected by commission currency."""
    frame = rows(plan, as_of)["nets"].group_by("commission_currency").agg(pl.col("net_minor").sum())
    return dict(frame.sort("commission_currency").iter_rows())


def test_net_is_separate_for_each_commission_currency() -> None:
    plan = Plan(
        2, (paid(1, "15 Jan", net={"EUR": 9_000}), paid(2, "15 Feb", net={"BRL": 50_000, "EUR": 1}))
    )
    assert nets(plan) == {"EUR": 9_001, "BRL": 50_000}


def test_net_counts_until_the_day_of_the_reversal() -> None:
    plan = Plan(2, (FIRST_PAYMENT, paid(2, "15 Feb", reversed="1 Mar", net={"EUR": 8_000})))
    assert nets(plan, "28 Feb") == {"EUR": 17_000}
    assert nets(plan, "1 Mar") == {"EUR": 9_000}


def test_the_net_of_a_disputed_charge_counts() -> None:
    assert nets(Plan(2, (FIRST_PAYMENT, paid(2, "15 Feb", claim="1 Mar")))) == {"EUR": 18_000}


def test_only_the_attempt_that_paid_has_a_net() -> None:
    twice = (
        FIRST_PAYMENT,
        paid(2, "15 Feb", net={"EUR": 8_000}),
        paid(2, "16 Feb", sequence=2, net={"EUR": 7_000}),
    )
    assert nets(Plan(2, twice)) == {"EUR": 17_000}


def test_the_net_of_a_negotiation_counts_once_with_the_remainder_in_the_first_charge() -> None:
    negotiation = Attempt(
        (2, 3, 4), "15 Feb", paid="15 Feb", minor=30_000, net={"EUR": 20_000, "BRL": 2}
    )
    plan = Plan(4, (FIRST_PAYMENT, negotiation))
    assert nets(plan) == {"EUR": 29_000, "BRL": 2}
    spread = rows(plan)["nets"].filter(pl.col("number") > 1, pl.col("commission_currency") == "EUR")
    assert spread["net_minor"].to_list() == [6_668, 6_666, 6_666]


def test_the_net_of_a_negotiation_that_paid_one_charge_counts_in_full() -> None:
    negotiation = Attempt((2, 3), "18 Feb", paid="18 Feb", minor=10_000, net={"EUR": 8_999})
    assert nets(Plan(3, (*TWO_PAID, negotiation))) == {"EUR": 26_999}


@pytest.mark.parametrize(
    ("remaining", "net"),
    [(2_500, 2_250), (5_000, 4_501), (3_333, 3_000)],
    ids=["a quarter", "half up", "below half"],
)
def test_the_kept_share_of_the_net_of_a_partly_refunded_charge_counts(
    remaining: int, net: int
) -> None:
    total_net = 9_001 if remaining == 5_000 else 9_000
    attempt = paid(
        1,
        "15 Jan",
        net={"EUR": total_net},
        reversed="1 Mar",
        reversal="partially_refunded",
        original=10_000,
        original_paid=remaining,
    )
    assert nets(Plan(1, (attempt,))) == {"EUR": net}


def test_the_kept_share_of_the_net_is_exact_though_the_amount_is_rounded() -> None:
    attempt = paid(
        *(1, "15 Jan"), minor=1, currency="JPY", net={"USD": 500},
        reversed="1 Mar", reversal="partially_refunded", original=1_000, original_paid=500,
    )  # fmt: skip
    plan = Plan(1, (attempt,))
    assert parts(plan_row(plan)) == {"refunded": 1}
    assert nets(plan) == {"USD": 250}


def test_the_net_of_a_partly_refunded_negotiation_is_its_kept_share_rounded_once() -> None:
    attempt = Attempt(
        *((1, 2, 3), "15 Jan"), paid="15 Jan", minor=30_000, net={"EUR": 10_001},
        reversed="1 Mar", reversal="partially_refunded", original=30_000, original_paid=15_000,
    )  # fmt: skip
    assert nets(Plan(3, (attempt,))) == {"EUR": 5_001}


def test_a_partial_refund_of_unknown_size_keeps_its_full_net() -> None:
    attempt = paid(
        1,
        "15 Jan",
        reversed="1 Mar",
        reversal="partially_refunded",
        original=10_000,
        original_paid=0,
    )
    assert nets(Plan(1, (attempt,))) == {"EUR": 9_000}


def test_estimated_is_part_of_net() -> None:
    plan = Plan(2, (paid(1, "15 Jan", is_estimated=True), paid(2, "15 Feb")))
    assert rows(plan)["nets"]["estimated_minor"].to_list() == [9_000, 0]


def test_net_of_ten_to_the_twelve_does_not_overflow() -> None:
    huge = 10**12
    attempt = Attempt(
        *((1, 2), "15 Jan"), paid="15 Jan", minor=2 * huge, net={"EUR": huge},
        reversed="1 Mar", reversal="partially_refunded", original=huge, original_paid=huge - 1,
    )  # fmt: skip
    assert nets(Plan(2, (attempt,)), "28 Feb") == {"EUR": huge}
    assert nets(Plan(2, (attempt,))) == {"EUR": huge - 1}


# --- movements ------------------------------------------------------------------------


def movements(plan: Plan, as_of: str = "20 Apr") -> list[tuple[str, int, int]]:
    """(month, received, returned) of each movement, in order."""
    frame = rows(plan, as_of)["movements"].sort("movement_date", "number")
    return list(frame.select("movement_month", "received_minor", "returned_minor").iter_rows())


def test_money_is_received_on_the_day_of_approval_and_returned_on_the_day_of_the_reversal() -> None:
    plan = Plan(2, (paid(1, "20 Jan", due="15 Jan", reversed="2 Mar"), paid(2, "15 Feb")))
    assert movements(plan) == [
        ("2026-01", 10_000, 0),
        ("2026-02", 10_000, 0),
        ("2026-03", 0, 10_000),
    ]
    assert movements(plan, "1 Mar") == [("2026-01", 10_000, 0), ("2026-02", 10_000, 0)]


def test_a_partial_refund_returns_its_part_only() -> None:
    attempt = paid(
        1,
        "15 Jan",
        reversed="1 Mar",
        reversal="partially_refunded",
        original=10_000,
        original_paid=2_500,
    )
    assert movements(Plan(1, (attempt,))) == [("2026-01", 10_000, 0), ("2026-03", 0, 7_500)]


def test_a_forgiven_amount_is_no_movement() -> None:
    plan = Plan(3, (FIRST_PAYMENT, Attempt((2, 3), "15 Feb", paid="15 Feb", minor=15_000)))
    assert movements(plan) == [("2026-01", 10_000, 0), ("2026-02", 7_500, 0), ("2026-02", 7_500, 0)]


def test_the_states_of_the_charges_add_up_to_the_plan() -> None:
    plan = Plan(4, (FIRST_PAYMENT, paid(2, "15 Feb", reversed="1 Mar"), Attempt(3, "15 Mar")))
    assert column(charge_rows(plan), "state") == ["paid", "refunded", "overdue", "overdue"]
    assert parts(plan_row(plan)) == {"collected": 10_000, "refunded": 10_000, "overdue": 20_000}
