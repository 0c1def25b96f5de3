"""Figures worked out by hand, and properties of random sales (docs/metrics.md §4 and §5)."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from smartinst.analytics.figures import (
    BY_NAME,
    FIGURES,
    PARTS,
    Figure,
    check_identity,
    collect_rows,
)
from smartinst.analytics.refusals import HELPS, refusal_help
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import PLAN_STATUSES, Facts
from tests.support.builders import Attempt, Plan, day, facts, monthly, paid, plan_row, rows
from tests.support.examples import examples
from tests.support.random_plans import DAYS, some_plans

FIRST_PAYMENT = paid(1, "15 Jan")


def table(
    name: str, plans: Plan | tuple[Plan, ...], as_of: str = "20 Apr", **options: Any
) -> list[dict[str, Any]]:
    """A figure's rows, without the sums that are 0."""
    table_rows = BY_NAME[name].fold(rows(plans, as_of, **options)).to_dicts()
    return [
        {key: value for key, value in row.items() if value != 0 or key in BY_NAME[name].by}
        for row in table_rows
    ]


# --- each figure ----------------------------------------------------------------------

SHOP = (
    Plan(4, monthly("Jan", "Feb", "Mar", "Apr"), plan_id="completed", country="PT"),
    Plan(6, (*monthly("Jan", "Feb"), Attempt(3, "15 Mar")), plan_id="late", country="PT"),
    Plan(4, (FIRST_PAYMENT,), canceled="1 Mar", plan_id="canceled", country="ES"),
    Plan(
        3,
        monthly("Jan", minor=5_000, currency="JPY", net={"USD": 3_000}),
        plan_id="yen",
        country=None,
    ),
    Plan(2, (Attempt(1, "15 Jan", refusal="CARD EXPIRED"),), plan_id="inactive", country="ES"),
    Plan(
        2,
        (Attempt(1, "20 Apr", status="waiting"),),
        purchased=day("20 Apr"),
        plan_id="waiting",
        country="PT",
    ),
)


def test_revenue_has_a_row_a_currency_with_sold_and_the_kinds_of_released() -> None:
    euro, yen = table("revenue", SHOP)
    assert euro == {
        "currency": "EUR", "plans": 5,
        "total_minor": 180_000, "collected_minor": 70_000, "overdue_minor": 20_000,
        "to_receive_minor": 40_000, "released_minor": 50_000, "sold_minor": 140_000,
        "lost_minor": 10_000, "not_earned_minor": 20_000, "not_activated_minor": 20_000,
        "unconfirmed_minor": 10_000,
    }  # fmt: skip
    assert yen["currency"] == "JPY"
    assert (yen["total_minor"], yen["collected_minor"], yen["overdue_minor"]) == (
        15_000,
        5_000,
        10_000,
    )


def test_net_has_a_row_a_purchase_and_commission_currency() -> None:
    assert table("net", SHOP) == [
        {"currency": "EUR", "commission_currency": "EUR", "net_minor": 63_000},
        {"currency": "JPY", "commission_currency": "USD", "net_minor": 3_000},
    ]


def test_the_status_graph_counts_plans_by_installments() -> None:
    assert table("status_by_installments", SHOP) == [
        {"installments": 2, "status": "In progress", "plans": 1},
        {"installments": 2, "status": "Inactive", "plans": 1},
        {"installments": 3, "status": "In progress with issues", "plans": 1},
        {"installments": 4, "status": "Completed", "plans": 1},
        {"installments": 4, "status": "Canceled", "plans": 1},
        {"installments": 6, "status": "In progress with issues", "plans": 1},
    ]


def test_received_and_returned_have_a_row_a_month_and_currency() -> None:
    refunded = Plan(2, (paid(1, "15 Jan", reversed="2 Mar"), paid(2, "15 Feb")))
    assert table("revenue_by_month", refunded) == [
        {"movement_month": "2026-01", "currency": "EUR", "received_minor": 10_000},
        {"movement_month": "2026-02", "currency": "EUR", "received_minor": 10_000},
        {"movement_month": "2026-03", "currency": "EUR", "returned_minor": 10_000},
    ]


def test_revenue_by_country_has_a_row_of_its_own_for_the_unknown_country() -> None:
    assert table("revenue_by_country", SHOP) == [
        {"country": "ES", "currency": "EUR", "collected_minor": 10_000, "plans": 2},
        {
            "country": "PT",
            "currency": "EUR",
            "collected_minor": 60_000,
            "plans": 3,
            "live_plans": 2,
            "plans_with_debt": 1,
        },
        {
            "country": None,
            "currency": "JPY",
            "collected_minor": 5_000,
            "plans": 1,
            "live_plans": 1,
            "plans_with_debt": 1,
        },
    ]
    assert table("net_by_country", SHOP)[-1] == {
        "country": None,
        "commission_currency": "USD",
        "net_minor": 3_000,
    }


def test_products_have_overdue_lost_fallen_due_and_outstanding_amounts() -> None:
    (row,) = table("overdue_by_product", SHOP[:3])
    assert row == {
        "product_id": "7", "product": "Curso", "currency": "EUR",
        "live_plans": 1, "plans_with_debt": 1,
        "overdue_minor": 20_000, "overdue_installments": 2, "lost_minor": 10_000,
        "fallen_due_minor": 100_000,
        "outstanding_minor": 40_000, "outstanding_par30_minor": 40_000,
    }  # fmt: skip


def test_a_cancellation_moves_the_overdue_amount_of_a_product_to_lost() -> None:
    debtor = Plan(6, (FIRST_PAYMENT, Attempt(2, "15 Feb"), Attempt(3, "15 Mar")))
    (live,) = table("overdue_by_product", debtor)
    canceled = Plan(6, debtor.attempts, canceled="19 Apr")
    (canceled_row,) = table("overdue_by_product", canceled)
    assert live["overdue_minor"] == canceled_row["lost_minor"] == 30_000
    assert live["fallen_due_minor"] == canceled_row["fallen_due_minor"] == 40_000


@pytest.mark.parametrize(
    ("as_of", "share"), [("17 Mar", None), ("18 Mar", 50_000)], ids=["30 days", "31 days"]
)
def test_par_30_takes_the_whole_balance_of_plans_beyond_thirty_days(
    as_of: str, share: int | None
) -> None:
    late_plan, paid_plan = (
        Plan(6, (FIRST_PAYMENT, Attempt(2, "15 Feb"))),
        Plan(6, monthly("Jan", "Feb", "Mar"), plan_id="2"),
    )
    (row,) = table("overdue_by_product", (late_plan, paid_plan), as_of)
    assert row["outstanding_minor"] == 80_000
    assert row.get("outstanding_par30_minor") == share


def test_debt_by_installments_counts_a_plan_once_however_late_it_is() -> None:
    debtor = Plan(6, (FIRST_PAYMENT,))
    (row,) = table(
        "debt_by_installments", (debtor, Plan(6, monthly("Jan", "Feb", "Mar", "Apr"), plan_id="2"))
    )
    assert (row["live_plans"], row["plans_with_debt"], row["overdue_minor"]) == (2, 1, 30_000)


def test_days_overdue_are_the_rows_of_overdue_charges() -> None:
    charge_days = BY_NAME["days_overdue_by_charge"].fold(rows(Plan(6, (FIRST_PAYMENT,))))
    assert charge_days.to_dicts() == [
        {"installments": 6, "days_past_due": days} for days in (5, 36, 64)
    ]


def test_aging_goes_by_each_charges_own_days() -> None:
    assert table("aging", Plan(6, (FIRST_PAYMENT,))) == [
        {"currency": "EUR", "bucket": "1-30", "overdue_minor": 10_000, "overdue_charges": 1},
        {"currency": "EUR", "bucket": "31-60", "overdue_minor": 10_000, "overdue_charges": 1},
        {"currency": "EUR", "bucket": "61-90", "overdue_minor": 10_000, "overdue_charges": 1},
    ]


def test_refusals_have_a_row_for_each_help_with_cured_charges() -> None:
    attempts = (
        FIRST_PAYMENT,
        Attempt(2, "15 Feb", refusal="INSUFFICIENT FUNDS"),
        paid(2, "18 Feb", sequence=2),
        Attempt(3, "15 Mar", refusal="INSUFFICIENT FUNDS"),
        Attempt(3, "18 Mar", refusal="CARD EXPIRED", sequence=2),
        Attempt(4, "15 Apr"),
    )
    plan = Plan(4, attempts)
    wait_row, card_row = (
        {"help": help_name, "currency": "EUR", "failed_charges": 1, "failed_minor": 10_000}
        for help_name in ("wait", "change_card")
    )
    unknown_row = {**wait_row, "help": "unknown"}
    cured_row = {**wait_row, "cured_charges": 1, "cured_minor": 10_000}
    assert table("refusals", plan) == [card_row, unknown_row, cured_row]
    assert table("refusals", plan, "17 Feb") == [wait_row]
    assert table("refusals", plan, "14 Feb") == []


def test_possible_values_have_two_scenarios() -> None:
    euro, yen = table("possible", SHOP)
    assert euro == {
        "currency": "EUR",
        "if_all_paid_to_date_minor": 90_000,
        "contracted_minor": 60_000,
    }
    assert yen == {
        "currency": "JPY",
        "if_all_paid_to_date_minor": 15_000,
        "contracted_minor": 10_000,
    }


def test_possible_values_by_due_month_separate_plans_with_debt() -> None:
    debtor, payer = (
        Plan(5, (FIRST_PAYMENT,)),
        Plan(5, monthly("Jan", "Feb", "Mar", "Apr"), plan_id="2"),
    )
    months = table("possible_by_month", (debtor, payer), "20 Mar")
    euro = {"currency": "EUR"}
    assert months == [
        {"due_month": "2026-01", **euro, "if_all_paid_minor": 20_000},
        {"due_month": "2026-02", **euro, "if_all_paid_minor": 20_000, "overdue_minor": 10_000},
        {"due_month": "2026-03", **euro, "if_all_paid_minor": 20_000, "overdue_minor": 10_000},
        {"due_month": "2026-04", **euro, "later_clean_minor": 10_000, "later_debt_minor": 10_000},
        {"due_month": "2026-05", **euro, "later_clean_minor": 10_000, "later_debt_minor": 10_000},
    ]


def test_a_charge_paid_in_advance_counts_as_paid_to_date() -> None:
    ahead = Plan(2, (FIRST_PAYMENT, Attempt(2, "15 Jan", paid="15 Jan", due="15 Feb")))
    months = table("possible_by_month", ahead, "20 Jan")
    assert {month["due_month"]: month["if_all_paid_minor"] for month in months} == {
        "2026-01": 10_000,
        "2026-02": 10_000,
    }


@pytest.mark.parametrize(
    "figure", [f for f in FIGURES if not f.raw], ids=lambda figure: figure.name
)
def test_a_figure_of_nothing_has_no_rows(figure: Figure) -> None:
    assert figure.fold(rows(SHOP, "14 Jan")).is_empty()


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_money_is_never_summed_across_currencies(figure: Figure) -> None:
    money = [name for name in figure.sums if name.endswith("_minor")]
    of_net = any(name in ("net_minor", "estimated_minor") for name in money)
    assert not money or ("commission_currency" if of_net else "currency") in figure.by


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_declared_in_plain_json(figure: Figure) -> None:
    declaration = json.loads(json.dumps(figure.declaration()))
    assert (declaration["name"], declaration["sums"]) == (figure.name, list(figure.sums))


# --- help against refusals -----------------------------------------------------------

MESSAGES = {
    "wait": (
        "INSUFFICIENT FUNDS",
        "TRANSACTION DECLINED",
        "CARD ISSUER UNAVAILABLE",
        "ERROR NOT IDENTIFIED",
        "THIS SESSION HAS ALREADY BEEN STARTED",
        " insufficient funds ",
    ),
    "change_card": (
        "CARD EXPIRED",
        "INVALID SECURITY CODE",
        "INVALID CARD EXPIRY DATE",
        "INVALID CARD NUMBER",
        "INVALID CARD DATA",
        "INVALID CARD",
        "CARD DETAILS NOT PROVIDED",
        "CARD HAS NOT BEEN UNBLOCKED BY THE CARDHOLDER",
        "RESTRICTED CARD",
        "DEBIT CARD IS NOT ENABLED FOR THE OPERATION",
    ),
    "offer": (
        "INVALID AMOUNT",
        "INVALID NUMBER OF INSTALLMENTS",
        "CARD DOES NOT SUPPORT INSTALLMENT PURCHASES",
    ),
    "check": ("DUPLICATE TRANSACTION",),
    "unknown": ("Cartão sem limite", "UNKNOWN", "", "VALID CARD"),
}


@pytest.mark.parametrize(
    ("message", "helps"),
    [(message, helps) for helps, messages in MESSAGES.items() for message in messages],
)
def test_a_refusal_is_sorted_by_what_helps(message: str, helps: str) -> None:
    assert helps in HELPS
    assert pl.DataFrame({"refusal": [message]}).select(refusal_help("refusal")).item() == helps


def test_without_a_refusal_there_is_no_help() -> None:
    assert plan_row(Plan(2, monthly("Jan", "Feb")))["help"] is None


# --- random sales --------------------------------------------------------------------

EXAMPLES = examples(30)


def rows_of(plan_facts: Facts, as_of: date, **options: Any) -> dict[str, pl.DataFrame]:
    return collect_rows(snapshot(plan_facts, as_of, **options), {})


@EXAMPLES
@given(some_plans(), DAYS, st.sampled_from([0, 5]))
def test_total_is_the_sum_of_its_parts_for_every_charge_plan_and_grouping(
    plans: list[Plan], as_of: date, tolerance: int
) -> None:
    rows_by_grain = rows_of(facts(plans), as_of, late_after_days=tolerance)
    check_identity(rows_by_grain)
    charges, plan_rows = rows_by_grain["charges"], rows_by_grain["plans"]
    assert charges.filter(pl.col("amount_minor") != pl.sum_horizontal(PARTS)).is_empty()
    assert charges.filter(pl.any_horizontal(pl.col(name) < 0 for name in PARTS)).is_empty()
    for row in BY_NAME["revenue"].fold(rows_by_grain).iter_rows(named=True):
        assert row["total_minor"] == sum(row[name] for name in PARTS)
    for key in ("status", "country", "product_id", "installments"):
        sums = plan_rows.group_by("currency", key).agg(pl.col("total_minor", *PARTS).sum())
        assert sums.filter(pl.col("total_minor") != pl.sum_horizontal(PARTS)).is_empty()


@EXAMPLES
@given(some_plans(), DAYS)
def test_every_plan_bought_by_the_date_has_one_status_and_released_says_why(
    plans: list[Plan], as_of: date
) -> None:
    plan_rows = rows_of(facts(plans), as_of)["plans"]
    assert sorted(plan_rows["plan_id"]) == sorted(
        plan.plan_id for plan in plans if plan.purchased <= as_of
    )
    assert set(plan_rows["status"]) <= set(PLAN_STATUSES)
    kinds = ("lost_minor", "not_earned_minor", "forgiven_minor", "not_activated_minor")
    assert plan_rows.filter(pl.col("released_minor") != pl.sum_horizontal(kinds)).is_empty()
    assert plan_rows.filter(pl.col("has_debt") & ~pl.col("is_live")).is_empty()
    assert plan_rows.filter(pl.col("has_debt") != (pl.col("days_past_due") > 0)).is_empty()


@EXAMPLES
@given(some_plans(), DAYS)
def test_the_months_sum_to_what_was_collected(plans: list[Plan], as_of: date) -> None:
    rows_by_grain = rows_of(facts(plans), as_of)
    net: Counter[str] = Counter()
    for month in BY_NAME["revenue_by_month"].fold(rows_by_grain).iter_rows(named=True):
        net[month["currency"]] += month["received_minor"] - month["returned_minor"]
    revenue = BY_NAME["revenue"].fold(rows_by_grain).iter_rows(named=True)
    assert net == Counter({row["currency"]: row["collected_minor"] for row in revenue})


@EXAMPLES
@given(some_plans(), DAYS, st.sets(st.integers(0, 4)))
def test_a_figure_is_the_sum_of_the_figures_of_two_parts(
    plans: list[Plan], as_of: date, plan_ids: set[int]
) -> None:
    all_rows = rows_of(facts(plans), as_of)
    part = rows_of(facts([plan for plan in plans if int(plan.plan_id) in plan_ids]), as_of)
    rows_of_others = rows_of(
        facts([plan for plan in plans if int(plan.plan_id) not in plan_ids]), as_of
    )
    for figure in FIGURES:
        parts = pl.concat([figure.fold(part), figure.fold(rows_of_others)])
        if figure.raw:
            total = parts.sort(parts.columns)
        else:
            total = (
                parts.group_by(figure.by)
                .agg(pl.col(figure.sums).sum())
                .sort(figure.by, nulls_last=True)
            )
        assert_frame_equal(total, figure.fold(all_rows))


@EXAMPLES
@given(some_plans(), DAYS, st.randoms(use_true_random=False))
def test_the_rows_do_not_depend_on_the_order_of_the_facts(
    plans: list[Plan], as_of: date, chance: random.Random
) -> None:
    plan_facts = facts(plans)
    seed = chance.randrange(1_000)
    mixed = Facts(
        *(
            frame.collect().sample(fraction=1, shuffle=True, seed=seed).lazy()
            for frame in (
                plan_facts.plans,
                plan_facts.attempts,
                plan_facts.commissions,
                plan_facts.charge_day_moves,
            )
        )
    )
    for grain, frame in rows_of(plan_facts, as_of).items():
        assert_frame_equal(rows_of(mixed, as_of)[grain], frame)


@EXAMPLES
@given(some_plans(), DAYS)
def test_a_later_fact_never_changes_an_earlier_date(plans: list[Plan], as_of: date) -> None:
    bought_plans = [
        plan
        for plan in plans
        if any(_sets_an_amount(attempt, plan, as_of) for attempt in plan.attempts)
    ]
    all_facts = facts(bought_plans)
    earlier_facts = _known_by(all_facts, as_of)
    for grain, frame in rows_of(earlier_facts, as_of).items():
        all_rows = rows_of(all_facts, as_of)[grain]
        if (
            grain == "attempts"
        ):  # as the ledger has them: what an attempt became later is read by date, not by column
            frame, all_rows = (
                frame.select("plan_id", "transaction"),
                all_rows.select("plan_id", "transaction"),
            )
        assert_frame_equal(frame, all_rows)


def _sets_an_amount(attempt: Attempt, plan: Plan, as_of: date) -> bool:
    """A plan without an own attempt yet has the amount and currency of the first one to come."""
    earliest = min(
        plan.attempts,
        key=lambda attempt: (day(attempt.order_date), attempt.sequence, attempt.transaction),
    )
    return (
        not attempt.negotiation
        and day(attempt.order_date) <= as_of
        and attempt.currency == earliest.currency
    )


def _known_by(plan_facts: Facts, as_of: date) -> Facts:
    """Only what has happened by a date."""

    def if_known(name: str) -> pl.Expr:
        return pl.when(pl.col(name) <= as_of).then(name)

    plans = plan_facts.plans.filter(pl.col("purchase_date") <= as_of).with_columns(
        if_known("cancellation_date")
    )
    attempts = plan_facts.attempts.filter(pl.col("ordered_date") <= as_of).with_columns(
        *(
            if_known(name)
            for name in (
                "approved_date",
                "failed_date",
                "reversed_date",
                "claim_date",
                "claim_end_date",
            )
        ),
        pl.when(pl.col("approved_date") <= as_of).then("approved_at").alias("approved_at"),
        pl.when(pl.col("reversed_date") <= as_of).then("reversal").alias("reversal"),
    )
    moves = plan_facts.charge_day_moves.filter(pl.col("moved_date") <= as_of)
    return Facts(plans, attempts, plan_facts.commissions, moves)
