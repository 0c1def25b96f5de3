"""The recovery queue: who is in it, in which order, and what to do (docs/metrics.md §6.3)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest

from smartinst.analytics.book.loan_book import LoanBook, loan_book
from smartinst.analytics.book.recovery.chances import class_rates
from smartinst.analytics.book.recovery.debts import debts_on_days
from smartinst.analytics.book.recovery.effect import CONTACTED, CONTACTS, HELD_OUT
from smartinst.analytics.book.recovery.recovery_queue import recovery_queue, recovery_score
from smartinst.analytics.snapshot import snapshot
from smartinst.errors import InputError
from smartinst.facts import Facts
from tests.support.builders import Attempt, Plan, facts, paid
from tests.support.simulated_sellers import LAST_DAY, Behavior, simulate


@cache
def history() -> Facts:
    return simulate(Behavior("history", 3, plans=150))


def book_with(*plans: Plan, data_through: date | None = None, as_of: date = LAST_DAY) -> LoanBook:
    """The book of a seller with a history, and with these plans."""
    facts_of_plans = facts(plans)
    seller_facts = Facts(
        *(
            pl.concat([getattr(history(), name), getattr(facts_of_plans, name)])
            for name in ("plans", "attempts", "commissions")
        )
    )
    rows = snapshot(seller_facts, as_of, data_through=data_through)
    return loan_book(seller_facts, rows, data_through=data_through)


def debtor(plan_id: str, due: str = "2026-09-15", **attempt: Any) -> Plan:
    """A plan of three charges, of which the second was refused on its due date."""
    attempts = (paid(1, "2026-08-15"), Attempt(2, due, **attempt))
    purchased = date(2026, 8, 15)
    return Plan(3, attempts, plan_id=plan_id, seller_id="sim", purchased=purchased)


def rows_of(book: LoanBook, *plan_ids: str, **options: Any) -> list[dict[str, Any]]:
    queue = recovery_queue(book, **options).of_plans(pl.Series(plan_ids))
    return queue.rows.to_dicts()


def test_the_score_is_the_chance_of_the_debt_and_of_what_follows_it() -> None:
    plans = pl.DataFrame(
        {
            "plan_id": ["X", "Y", "Z", "W"],
            "overdue_minor": [100, 300, 100, 100],
            "to_receive_minor": [500, 0, 100, 1_000],
            "p": [0.4, 0.2, 0.7, 0.02],
            "continuation_gain": [0.5] * 4,
        }
    ).with_columns(
        score=recovery_score("p", "overdue_minor", "to_receive_minor", "continuation_gain")
    )
    order = plans.sort("score", descending=True)
    assert order["plan_id"].to_list() == ["X", "Z", "Y", "W"]
    assert order["score"].to_list() == pytest.approx([140, 105, 60, 12])


def test_a_queue_without_debtors_has_the_columns_of_any_other() -> None:
    of_payer = facts([Plan(2, (paid(1, "2026-08-15"), paid(2, "2026-09-15")), seller_id="sim")])
    empty_rows = recovery_queue(loan_book(of_payer, snapshot(of_payer, LAST_DAY))).rows
    assert empty_rows.is_empty()
    assert empty_rows.schema == recovery_queue(book_with(debtor("late"))).rows.schema


@pytest.mark.parametrize(
    ("attempt", "action", "retry_date"),
    [
        ({"refusal": "INSUFFICIENT FUNDS"}, "pix_or_slip", None),
        ({"refusal": "CARD EXPIRED"}, "change_card", None),
        ({"refusal": "QUASAR"}, "ask", None),
        ({}, "ask", None),
        ({"refusal": "CARD EXPIRED", "retry": "2026-10-04"}, "retry", date(2026, 10, 4)),
        ({"refusal": "CARD EXPIRED", "retry": "2026-09-30"}, "change_card", None),
    ],
    ids=["wait", "card", "unknown", "none", "retry in four days", "retry past"],
)
def test_what_to_do(attempt: dict[str, Any], action: str, retry_date: date | None) -> None:
    (row,) = rows_of(book_with(debtor("new", **attempt)), "new")
    assert (row["action"], row["retry_date"]) == (action, retry_date)
    assert (row["overdue_minor"], row["to_receive_minor"]) == (10_000, 10_000)
    assert row["days_past_due"] == 15


def test_the_platform_is_not_forestalled() -> None:
    suspended = debtor("suspended")
    suspended.suspended = True
    soon, later = debtor("soon", retry="2026-10-03"), debtor("later", retry="2026-10-04")
    book = book_with(suspended, soon, later)
    assert [row["plan_id"] for row in rows_of(book, "suspended", "soon", "later")] == ["later"]


def test_nobody_who_may_have_paid_is_in_the_queue() -> None:
    plan = debtor("new", due="2026-09-15", status="waiting")
    data_through = date(2026, 9, 14)
    assert rows_of(book_with(plan, data_through=data_through), "new") == []
    assert len(rows_of(book_with(plan), "new")) == 1


def test_a_date_before_the_last_day_of_data_is_refused() -> None:
    book = book_with(debtor("new"), data_through=LAST_DAY + timedelta(days=1))
    with pytest.raises(InputError, match="data go to 2026-10-01, after 2026-09-30"):
        recovery_queue(book)


def test_currencies_are_compared_by_their_mean_plan() -> None:
    dear: dict[str, Any] = {"currency": "ARS", "minor": 4_000_000}
    plans = [
        Plan(
            3,
            (paid(1, "2026-08-15", **dear), Attempt(2, "2026-09-15", **dear)),
            plan_id=f"peso-{number}",
            seller_id="sim",
            purchased=date(2026, 8, 15),
        )
        for number in range(3)
    ]
    queue = recovery_queue(book_with(*plans, debtor("euro"))).rows
    ranks = dict(queue.select("plan_id", "rank").iter_rows())
    ahead = queue.filter(pl.col("rank") < ranks["peso-0"])
    assert "EUR" in ahead["currency"].to_list()
    assert queue["rank"].to_list() == list(range(1, queue.height + 1))


def test_held_out_plans_are_marked_and_come_last() -> None:
    book = book_with(debtor("first"), debtor("second"))
    arms = book.plans.select(
        "plan_id",
        arm=pl.when(pl.col("plan_id") == "first")
        .then(pl.lit(HELD_OUT))
        .otherwise(pl.lit(CONTACTED)),
    )
    rows = recovery_queue(book, arms=arms).rows
    assert (rows["plan_id"][-1], rows["arm"][-1]) == ("first", HELD_OUT)
    assert set(rows["arm"][:-1]) == {CONTACTED}


def test_the_last_contact_is_that_of_a_message() -> None:
    contacts = pl.DataFrame(
        [
            ("new", date(2026, 9, 18), CONTACTED),
            ("new", date(2026, 9, 21), CONTACTED),
            ("new", date(2026, 9, 25), HELD_OUT),
        ],
        CONTACTS,
        orient="row",
    )
    (row,) = rows_of(book_with(debtor("new")), "new", contacts=contacts)
    assert row["last_contact_date"] == date(2026, 9, 21)


def test_a_seller_without_history_has_no_chances_but_an_order() -> None:
    plans = [debtor("a"), debtor("b", due="2026-09-20")]
    seller_facts = facts(plans)
    rows = recovery_queue(loan_book(seller_facts, snapshot(seller_facts, LAST_DAY))).rows
    assert rows["p"].to_list() == [None, None]
    assert rows["plan_id"].to_list() == ["b", "a"]


def test_debts_of_a_past_day_know_only_what_came_within_thirty_days() -> None:
    day = date(2026, 5, 31)
    rows = pl.DataFrame(
        {
            "day": [day] * 4,
            "plan_index": [1, 1, 2, 3],
            "number": [2, 3, 2, 2],
            "is_overdue": [True] * 4,
            "is_confirmed": [True, True, True, False],
            "age": [40, 9, 31, 5],
            "help": ["wait", "change_card", "none", "wait"],
            "paid_date": [date(2026, 6, 30), None, date(2026, 7, 1), None],
        }
    )
    debt, other_debt = debts_on_days(rows).sort("plan_index").to_dicts()
    assert (debt["days_past_due"], debt["delay_class"], debt["remedy"]) == (40, 2, "change_card")
    assert (debt["is_paid"], debt["is_cured"]) == (True, False)
    assert (other_debt["delay_class"], other_debt["remedy"]) == (2, "other")
    assert other_debt["is_paid"] is False


def test_a_chance_is_drawn_towards_that_of_its_delay_and_halved_in_weight_with_age() -> None:
    book = book_with()
    half_life_ago = LAST_DAY - timedelta(days=270)
    observations = pl.DataFrame(
        {
            "day": [half_life_ago, LAST_DAY],
            "matured_date": [half_life_ago + timedelta(days=30), LAST_DAY - timedelta(days=1)],
            "delay_class": [0, 1],
            "remedy": ["wait", "wait"],
            "count": [40.0, 20.0],
            "paid": [40.0, 0.0],
        },
        schema_overrides={"delay_class": pl.Int32},
    )
    classes = pl.DataFrame(
        {"delay_class": [0, 5], "remedy": ["wait", "other"]},
        schema_overrides={"delay_class": pl.Int32},
    )
    rates = class_rates(observations, classes, book, "p").sort("delay_class")
    of_delay = (20 + 20 * 0.5) / (20 + 20)
    of_class = (20 + 20 * of_delay) / (20 + 20)
    share, share_above = rates.filter(pl.col("delay_class") != 1)["p"].to_list()
    assert share == pytest.approx(of_class)
    assert share_above == pytest.approx(0.5)


def experiment(held_out: int) -> tuple[LoanBook, pl.DataFrame]:
    """Buyers with debt, contacted or not on 1 July: three in five pay then, else one in five."""
    plans, contacts = [], []
    arms = [(CONTACTED, 200, 120), (HELD_OUT, held_out, held_out // 5)]
    for arm, count, payers in arms:
        for number in range(count):
            plan_id = f"{arm}-{number}"
            refused = Attempt(2, "2026-06-15", refusal="INSUFFICIENT FUNDS")
            later = (paid(2, "2026-07-10", due="2026-06-15", sequence=2),)
            attempts = (paid(1, "2026-05-15"), refused, *(later if number < payers else ()))
            plans.append(
                Plan(3, attempts, plan_id=plan_id, seller_id="sim", purchased=date(2026, 5, 15))
            )
            contacts.append((plan_id, date(2026, 7, 1), arm))
    seller_facts = facts(plans)
    book = loan_book(seller_facts, snapshot(seller_facts, date(2026, 8, 14)))
    return book, pl.DataFrame(contacts, CONTACTS, orient="row")


def test_with_enough_held_out_plans_the_queue_is_ordered_by_the_effect() -> None:
    book, contacts = experiment(held_out=200)
    queue = recovery_queue(book, contacts)
    assert queue.effect is not None
    assert (queue.effect.contacted_plans, queue.effect.held_out_plans) == (200, 200)
    assert queue.effect.difference == pytest.approx(0.4)
    assert queue.effect.upper_bound - 0.4 == pytest.approx(1.2816 * ((0.24 + 0.16) / 200) ** 0.5)
    assert queue.rows["p"].to_list() == pytest.approx([0.4] * queue.rows.height)


def test_with_fewer_held_out_plans_the_queue_is_a_ranking() -> None:
    book, contacts = experiment(held_out=199)
    queue = recovery_queue(book, contacts)
    assert queue.effect is None
    assert queue.effect is None


def test_a_contact_whose_thirty_days_are_not_over_is_no_outcome() -> None:
    book, contacts = experiment(held_out=200)
    recent_contacts = contacts.with_columns(contact_date=pl.lit(date(2026, 7, 15)))
    assert recovery_queue(book, recent_contacts).effect is None
