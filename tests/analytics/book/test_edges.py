"""The loan book at its edges: dates, reversals, stale data, few plans and odd currencies."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from smartinst.analytics.book.arrears.bridge import bridge
from smartinst.analytics.book.arrears.cure import cure
from smartinst.analytics.book.arrears.debts import overdue_spells
from smartinst.analytics.book.arrears.defaults import default_days
from smartinst.analytics.book.arrears.portfolio_at_risk import portfolio_at_risk, written_off
from smartinst.analytics.book.arrears.roll import clean_up, closed_days, roll, roll_steps
from smartinst.analytics.book.balances import balances
from smartinst.analytics.book.cash.collection import collection
from smartinst.analytics.book.cash.recovered import failed_and_recovered
from smartinst.analytics.book.cohorts.hazard import hazard
from smartinst.analytics.book.cohorts.offers import cost_of_collecting
from smartinst.analytics.book.cohorts.second_charge import second_charge
from smartinst.analytics.book.cohorts.vintage import vintage
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.tables import book_tables
from tests.analytics.book.worked_examples import (
    book_of,
    main_book,
    paid_late,
    plan,
    row,
    unpaid,
)
from tests.support.builders import Attempt, Plan, day, paid


def roll_of(book: LoanBook, last_day: str) -> dict[tuple[str, str], int]:
    """(from, to) → balance, of the month that ends on a day."""
    steps = roll_steps(book, balances(book, closed_days(book)))
    table = roll(steps.filter(pl.col("day") == day(last_day)))
    return {(start, end): minor for _, start, end, minor, *_ in table.iter_rows()}


def tables(book: LoanBook) -> dict[str, pl.DataFrame]:
    return book_tables(book, book.as_of - timedelta(7))


def test_a_plan_of_the_31st_falls_due_at_the_end_of_short_months() -> None:
    book = book_of(
        [
            plan(
                "31 Jan",
                "1",
                3,
                paid(1, "31 Jan"),
                paid(2, "28 Feb"),
                paid_late(3, "31 Mar", "2 Apr"),
            )
        ],
        "1 Jun",
    )
    curve = collection(book).filter(days=0)
    assert curve.select("month", "paid_minor").rows() == [("2026-02", 10_000), ("2026-03", 0)]
    assert row(collection(book), month="2026-03", days=7)["paid_minor"] == 10_000


def test_a_slip_is_due_on_its_expiration_date() -> None:
    slip = Attempt(2, "10 Feb", "13 Feb", expires="13 Feb", payment_type="BILLET")
    book = book_of([plan("10 Jan", "1", 2, paid(1, "10 Jan"), slip)], "1 May")
    assert row(collection(book), month="2026-02", days=0)["rate"] == 1
    assert cure(book, overdue_spells(book)).is_empty()


def test_a_slip_that_is_issued_late_was_overdue_by_the_schedule_and_unconfirmed() -> None:
    slip = Attempt(2, "14 Feb", "16 Feb", expires="17 Feb", payment_type="BILLET")
    book = book_of([plan("10 Jan", "1", 2, paid(1, "10 Jan"), slip)], "1 May")
    state = row(balances(book, [day("12 Feb")]), plan_index=0)
    assert (state["overdue_minor"], state["unconfirmed_minor"]) == (10_000, 10_000)
    assert state["days_past_due"] == 0
    state = row(balances(book, [day("15 Feb")]), plan_index=0)
    assert (state["overdue_minor"], state["outstanding_minor"]) == (0, 10_000)


def test_a_negotiation_of_three_charges_forgives_and_a_later_charge_falls_overdue() -> None:
    book = book_of(
        [
            plan(
                *("10 Jan", "1", 5, paid(1, "10 Jan"), unpaid(2, "10 Feb"), unpaid(3, "10 Mar")),
                *(unpaid(4, "10 Apr"), Attempt((2, 3, 4), "20 Apr", "20 Apr", minor=24_000)),
                unpaid(5, "10 May"),
            )
        ],
        "30 Sep",
    )
    table = row(cure(book, overdue_spells(book)), over_days=0, within_days=90)
    assert (table["episodes"], table["cured"], table["cured_at_a_loss"]) == (2, 0, 1)
    lines = row(bridge(book, day("15 Apr")), currency="EUR")
    assert (lines["opening_minor"], lines["paid_late_minor"], lines["forgiven_minor"]) == (
        30_000,
        -24_000,
        -6_000,
    )
    assert (lines["newly_overdue_minor"], lines["closing_minor"]) == (10_000, 10_000)


def test_a_plan_with_two_prices_is_cured_like_any_other() -> None:
    paid_later = (unpaid(3, "10 Mar", minor=9_000), paid(3, "15 Apr", due="10 Mar", minor=9_000))
    two_prices = plan("10 Jan", "1", 4, paid(1, "10 Jan"), paid(2, "10 Feb"), paid_later)
    book = book_of([two_prices], "30 Sep")
    april = row(clean_up(book), month="2026-04")
    assert (april["overdue_minor"], april["received_minor"]) == (9_000, 9_000)
    table = row(cure(book, overdue_spells(book)), over_days=30, within_days=90)
    assert (table["episodes"], table["cured"], table["cured_minor"]) == (1, 1, 9_000)
    assert row(balances(book, [day("9 Apr")]), plan_index=0)["overdue_minor"] == 9_000


def test_who_pays_ahead_has_paid_off_and_is_in_no_rate_of_arrears() -> None:
    book = book_of([main_book()["H"]], "30 Jun")
    assert roll_of(book, "31 May") == {("current", "paid off"): 20_000}
    assert roll_of(book, "30 Jun") == {}
    assert row(collection(book), month="2026-05", days=0)["rate"] == 1
    assert portfolio_at_risk(book).is_empty()


def test_a_refund_of_one_charge_alone_leaves_the_plan_in_the_book() -> None:
    refunded = plan(
        *("10 Jan", "1", 5, paid(1, "10 Jan"), paid(2, "10 Feb")),
        *(paid(3, "10 Mar", reversed="15 Mar"), paid(4, "10 Apr"), unpaid(5, "10 May")),
    )
    book = book_of([refunded], "30 Sep")
    assert row(portfolio_at_risk(book), currency="EUR")["over_90_minor"] == 10_000
    counts = hazard(book).filter(installments="all").select("reversed", "stop")
    assert counts.sum().rows() == [(0, 1)]
    assert row(collection(book), month="2026-03", days=0)["rate"] == 1  # a refund undoes no payment


def test_a_chargeback_after_completion_is_no_exit_and_stays_paid_off() -> None:
    charged_back = plan(
        *("10 Jan", "1", 2, paid(1, "10 Jan")),
        paid(2, "10 Feb", reversed="20 Apr", reversal="charged_back"),
    )
    book = book_of([charged_back], "30 Sep")
    assert roll_of(book, "28 Feb") == {("current", "paid off"): 10_000}
    final_row = hazard(book).filter(installments="all").row(-1, named=True)
    assert (final_row["survival"], final_row["cif_reversed"]) == (1, 0)


def test_a_stale_ledger_shows_no_rate_of_a_month_that_is_not_over() -> None:
    book = book_of(main_book(), "30 Jun", data_through="20 May")
    figures = tables(book)
    for name in ("collection", "clean_up", "failed_and_recovered"):
        months = figures[name].filter(pl.col("rate").is_not_null())["month"]
        assert "2026-05" not in months.to_list(), name
        assert "2026-06" not in months.to_list(), name
    assert closed_days(book)[-1] == date(2026, 4, 30)
    assert "2026-06" not in figures["collection_so_far"]["month"].to_list()


def test_a_window_waits_for_the_next_attempt_to_charge_any_plan() -> None:
    plans = {**main_book(), "last": plan("24 Jun", "1", 1, paid(1, "24 Jun"))}
    of_letters = book_of(main_book(), "30 Jun", attempts_through="20 Jun")
    assert second_charge(of_letters)["plans"].to_list() == [9]  # the window of H ends on 24 June
    assert second_charge(book_of(plans, "30 Jun", attempts_through="24 Jun"))[
        "plans"
    ].to_list() == [10]
    assert second_charge(book_of(plans, "24 Jun", attempts_through="24 Jun"))[
        "plans"
    ].to_list() == [9]


def test_a_stale_ledger_invents_no_default() -> None:
    letters = [main_book()[letter] for letter in "AD"]
    current_book = book_of(letters, "31 Dec")
    assert default_days(current_book, overdue_spells(current_book)).collect().height == 2
    stale_book = book_of(letters, "31 Dec", data_through="4 Jul")  # D is 90 days past due then
    assert default_days(stale_book, overdue_spells(stale_book)).collect().is_empty()
    longer_book = book_of(letters, "31 Dec", data_through="5 Jul")
    assert default_days(longer_book, overdue_spells(longer_book)).collect().height == 1


def test_an_overdue_charge_that_fell_due_after_the_data_is_unconfirmed() -> None:
    book = book_of([main_book()["B"]], "15 Jul", data_through="8 Jul")
    at_risk = row(portfolio_at_risk(book), currency="EUR")
    assert (at_risk["over_0_minor"], at_risk["unconfirmed_minor"]) == (0, 10_000)
    lines = row(bridge(book, day("8 Jul")), currency="EUR")
    assert (lines["closing_minor"], lines["unconfirmed_closing_minor"]) == (10_000, 10_000)


def test_no_plan_gives_every_table_without_rows() -> None:
    figures = tables(book_of([], "30 Jun"))
    assert len(figures) == 22
    assert all(table.is_empty() for table in figures.values())
    full = tables(book_of(main_book(), "30 Jun"))
    assert {name: table.schema for name, table in figures.items()} == {
        name: table.schema for name, table in full.items()
    }


def test_one_plan_is_a_small_sample() -> None:
    figures = tables(book_of([main_book()["A"]], "30 Jun"))
    rates = ("par", "written_off", "collection", "clean_up", "roll", "cure", "second_charge")
    for name in (*rates, "vintage", "hazard", "cohorts"):
        assert figures[name].height > 0, name
        assert figures[name]["is_small"].all(), name


def test_plans_with_one_charge_have_no_second_charge_and_no_vintage() -> None:
    single = [
        plan("10 Jan", "1", 1, paid(1, "10 Jan")),
        plan("10 Jan", "2", 1, paid(1, "10 Jan", reversed="12 Jan"), canceled="12 Jan"),
    ]
    book = book_of(single, "30 Sep")
    assert second_charge(book).is_empty()
    assert vintage(book, overdue_spells(book)).is_empty()
    (first_row,) = hazard(book).filter(installments="1").to_dicts()
    assert (first_row["at_risk"], first_row["reversed"], first_row["survival"]) == (2, 1, 0.5)


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 7), ("KWD", 12_345_678)])
def test_currencies_with_other_decimals_are_counted_in_minor_units(
    currency: str, minor: int
) -> None:
    options: dict[str, Any] = {"currency": currency, "minor": minor}
    plans = [
        plan("10 Jan", "1", 2, paid(1, "10 Jan", **options), unpaid(2, "10 Feb", **options)),
        plan("10 Jan", "2", 2, paid(1, "10 Jan"), unpaid(2, "10 Feb")),
    ]
    table = portfolio_at_risk(book_of(plans, "30 Jun")).select("currency", "over_90_minor")
    assert dict(table.iter_rows()) == {currency: minor, "EUR": 10_000}


def test_a_currency_with_two_plans_beside_a_large_one_has_rates_of_its_own() -> None:
    euros = [plan("10 Jan", f"e{n}", 2, paid(1, "10 Jan"), paid(2, "10 Feb")) for n in range(40)]
    dollars: dict[str, Any] = {"currency": "USD"}
    dollar_plans = [
        plan("10 Jan", f"d{n}", 2, paid(1, "10 Jan", **dollars), unpaid(2, "10 Feb", **dollars))
        for n in range(2)
    ]
    table = second_charge(book_of([*euros, *dollar_plans], "30 Jun"))
    assert table.select("currency", "plans", "rate", "is_small").rows() == [
        ("EUR", 40, 0.0, False),
        ("USD", 2, 1.0, True),
    ]


def test_a_plan_with_unknown_n_is_in_the_balance_at_risk_and_the_bridge_only() -> None:
    open_ended = plan("10 Jan", "1", None, paid(1, "10 Jan"), unpaid(2, "10 Feb"))
    figures = tables(book_of([open_ended], "30 Jun"))
    full = {name for name, table in figures.items() if not table.is_empty()}
    assert {"par", "bridge"} <= full
    assert not full & {"written_off", "collection", "clean_up", "roll", "cure", "defaults"}
    assert not full & {"second_charge", "vintage", "hazard", "which_installments"}


def test_an_attempt_of_unknown_state_keeps_its_charge_out_of_rates() -> None:
    odd_plan = plan("10 Jan", "1", 2, paid(1, "10 Jan"), Attempt(2, "10 Feb", status="ON_THE_MOON"))
    book = book_of([odd_plan], "30 Sep")
    assert collection(book).is_empty()
    assert second_charge(book).is_empty()
    assert default_days(book, overdue_spells(book)).collect().is_empty()
    assert row(portfolio_at_risk(book), currency="EUR")["unconfirmed_minor"] == 10_000


def test_a_refused_charge_is_recovered_later_lost_or_open() -> None:
    plans = [
        plan("10 Jan", "quick", 2, paid(1, "10 Jan"), paid_late(2, "10 Feb", "12 Mar")),
        plan("10 Jan", "late", 2, paid(1, "10 Jan"), paid_late(2, "10 Feb", "13 Mar")),
        plan("10 Jan", "lost", 2, paid(1, "10 Jan"), unpaid(2, "10 Feb"), canceled="20 Feb"),
        plan("10 Jan", "open", 2, paid(1, "10 Jan"), unpaid(2, "10 Feb")),
    ]
    table = row(failed_and_recovered(book_of(plans, "31 Mar")), month="2026-02")
    names = ("failed", "recovered_minor", "later_minor", "lost_minor", "open_minor", "rate")
    assert [table[name] for name in names] == [4, 10_000, 10_000, 10_000, 10_000, 0.25]
    early = row(failed_and_recovered(book_of(plans, "30 Mar")), month="2026-02")
    assert early["rate"] is None  # 30 days after 28 February end on 30 March


def test_collecting_costs_what_is_not_the_producers() -> None:
    euro_net: dict[str, Any] = {"original": 10_000, "net": {"EUR": 8_500}}
    plans = [
        plan("10 Jan", "1", 2, paid(1, "10 Jan", **euro_net), paid(2, "10 Feb", **euro_net)),
        plan("10 Jan", "2", 2, paid(1, "10 Jan", original=10_000, net={"BRL": 50_000})),
        plan("10 Jan", "3", 2, paid(1, "10 Jan", reversed="12 Jan", **euro_net), canceled="12 Jan"),
    ]
    (table,) = cost_of_collecting(book_of(plans, "30 Jun")).to_dicts()
    assert (table["payments"], table["original_minor"], table["cost_minor"]) == (2, 20_000, 3_000)
    assert table["rate"] == 0.15


def test_a_moved_charge_day_does_not_change_the_days_before_it() -> None:
    postponed = Plan(
        3,
        (paid(1, "15 Jan"), paid(2, "15 Feb")),
        moves=(("20 Feb", "28 Mar"),),
    )
    book = book_of([postponed], "20 Mar")
    assert row(balances(book, [day("19 Feb")]), plan_index=0)["overdue_minor"] == 0
    assert row(balances(book, [day("20 Mar")]), plan_index=0)["overdue_minor"] == 0
    earlier_book = book_of([postponed], "19 Feb")
    due_dates = earlier_book.charges.filter(number=3)["due_date"].to_list()
    assert due_dates == [date(2026, 3, 15)]


def test_a_mean_balance_is_the_nearest_float_of_its_fraction() -> None:
    sums = [13 * 107_620_226 + 8, 13 * 134_051_188 + 7]
    balances_of_a_day = pl.DataFrame(
        {
            "plan_index": [0, 1],
            "currency": ["ARS", "EUR"],
            "is_in_book": True,
            "outstanding_minor": sums,
        }
    )
    table = written_off(book_of([], "30 Jun"), balances_of_a_day)
    assert table["mean_outstanding_minor"].to_list() == [total / 13 for total in sums]
