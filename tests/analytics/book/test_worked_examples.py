"""The worked examples of docs/metrics.md §6.4: every number here was computed by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from smartinst.analytics.book.arrears.bridge import bridge
from smartinst.analytics.book.arrears.cure import cure
from smartinst.analytics.book.arrears.debts import overdue_spells
from smartinst.analytics.book.arrears.defaults import default_days, defaults
from smartinst.analytics.book.arrears.portfolio_at_risk import (
    balance_days,
    portfolio_at_risk,
    written_off,
)
from smartinst.analytics.book.arrears.roll import clean_up, closed_days, roll, roll_rows, roll_steps
from smartinst.analytics.book.balances import balances
from smartinst.analytics.book.cash.collection import collection, collection_of_open_month
from smartinst.analytics.book.cohorts.hazard import exits, hazard
from smartinst.analytics.book.cohorts.incidence import cumulative_incidence
from smartinst.analytics.book.cohorts.offers import which_installments
from smartinst.analytics.book.cohorts.second_charge import second_charge
from smartinst.analytics.book.cohorts.vintage import vintage
from smartinst.analytics.book.loan_book import LoanBook
from tests.analytics.book.worked_examples import book_of, hazard_book, main_book, row
from tests.support.builders import day


def book_of_letters(
    as_of: str = "30 Jun", letters: str = "ABCDEFGHIJKL", **options: Any
) -> LoanBook:
    plans = main_book()
    return book_of([plans[letter] for letter in letters], as_of, **options)


def names(book: LoanBook, frame: pl.DataFrame) -> dict[str, Any]:
    """plan_id → the frame's other column."""
    keys = book.plans.select("plan_index", "plan_id")
    (column,) = (name for name in frame.columns if name != "plan_index")
    return dict(frame.join(keys, on="plan_index").select("plan_id", column).iter_rows())


def test_the_balance_at_risk_is_that_of_plans_by_their_oldest_overdue_charge() -> None:
    par = row(portfolio_at_risk(book_of_letters()), currency="EUR")
    assert par["outstanding_minor"] == 180_000
    assert [par[f"over_{age}_minor"] for age in (0, 30, 60, 90)] == [60_000, 40_000, 20_000, 10_000]
    assert par["par_30"] == pytest.approx(400 / 1_800)
    assert (par["plans"], par["unconfirmed_minor"], par["is_small"]) == (6, 0, True)


def test_on_time_means_by_the_due_date_or_ahead_of_it() -> None:
    on_time = row(collection(book_of_letters("1 Jul")), month="2026-05", days=0)
    assert (on_time["due_minor"], on_time["paid_minor"]) == (70_000, 30_000)
    assert on_time["rate"] == pytest.approx(3 / 7)


@pytest.mark.parametrize(
    ("days", "as_of", "paid_minor"),
    [(7, "30 Jun", 40_000), (30, "1 Jul", 40_000), (60, "31 Jul", 58_000)],
)
def test_the_collection_curve_counts_what_was_kept_within_some_days(
    days: int, as_of: str, paid_minor: int
) -> None:
    curve = row(collection(book_of_letters(as_of)), month="2026-05", days=days)
    assert (curve["due_minor"], curve["paid_minor"]) == (70_000, paid_minor)


@pytest.mark.parametrize(("days", "as_of"), [(30, "30 Jun"), (60, "30 Jul")])
def test_a_month_is_not_shown_before_its_window_is_over(days: int, as_of: str) -> None:
    with pytest.raises(KeyError):
        row(collection(book_of_letters(as_of)), month="2026-05", days=days)


def test_the_open_month_counts_the_charges_whose_day_is_over() -> None:
    june = row(collection_of_open_month(book_of_letters("15 Jun")), month="2026-06")
    # due by 14 Jun: B3 F5 I4 J5, of which B3 was paid on its day
    assert (june["charges"], june["due_minor"], june["paid_minor"]) == (4, 40_000, 10_000)


def test_clean_up_is_what_a_month_brings_of_the_debt_before_it() -> None:
    june = row(clean_up(book_of_letters()), month="2026-06")
    amounts = (june["overdue_minor"], june["received_minor"], june["forgiven_minor"])
    assert amounts == (60_000, 26_000, 4_000)
    assert june["rate"] == pytest.approx(26 / 60)


def test_balances_roll_from_may_to_june() -> None:
    book = book_of_letters()
    steps = roll_steps(book, balances(book, closed_days(book))).filter(
        pl.col("day") == date(2026, 6, 30)
    )
    shares = {(start, end): rate for _, start, end, _, rate, _ in roll(steps).iter_rows()}
    assert shares == {
        ("current", "current"): 0.5,
        ("current", "lost"): 0.5,
        ("1-30", "31-60"): 0.5,
        ("1-30", "paid off"): 0.5,
        ("31-60", "61-90"): 0.2,
        ("31-60", "1-30"): 0.8,
        ("91+", "91+"): 1.0,
    }
    assert row(roll_rows(steps), **{"from": "31-60"})["skipping_minor"] == 10_000
    assert roll_rows(steps)["plans"].to_list() == [2, 2, 2, 1]


def test_a_debt_is_cured_if_everything_overdue_is_paid_in_time() -> None:
    book = book_of_letters()
    table = cure(book, overdue_spells(book), ((0, 30), (0, 60)))
    month = row(table, within_days=30)
    assert (month["episodes"], month["cured"], month["rate"]) == (8, 1, 1 / 8)
    # D, E, J, K, L: K pays with a loss, L ends
    two = row(table, within_days=60)
    counts = [two[name] for name in ("episodes", "cured", "cured_at_a_loss", "ended", "open")]
    assert counts == [5, 0, 1, 1, 3]
    assert two["overdue_minor"] == 50_000


@pytest.mark.parametrize(
    ("as_of", "days"),
    [
        ("30 Jun", {"E": day("3 May"), "L": day("20 Apr")}),
        ("4 Jul", {"E": day("3 May"), "L": day("20 Apr")}),
        ("5 Jul", {"D": day("5 Jul"), "E": day("3 May"), "L": day("20 Apr")}),
    ],
)
def test_a_plan_defaults_91_days_late_or_if_it_ends_31_days_late(
    as_of: str, days: dict[str, date]
) -> None:
    book = book_of_letters(as_of)
    assert names(book, default_days(book, overdue_spells(book)).collect()) == days
    assert row(defaults(book, overdue_spells(book)), currency="EUR")["plans"] == len(days)


def test_what_was_written_off_is_compared_with_the_mean_balance() -> None:
    book = book_of_letters(letters="EL")
    table = row(written_off(book, balances(book, balance_days(book))), currency="EUR")
    assert (table["lost_minor"], table["written_off_minor"]) == (20_000, 40_000)
    assert table["mean_outstanding_minor"] == pytest.approx(190_000 / 13)
    assert table["lost_rate"] == pytest.approx(13 * 200 / 1_900)  # 136.8 %
    assert table["rate"] == pytest.approx(13 * 400 / 1_900)  # 273.7 %


def test_three_of_ten_plans_do_not_pay_their_second_charge() -> None:
    table = row(second_charge(book_of_letters()), currency="EUR")
    assert (table["plans"], table["unpaid"], table["rate"]) == (10, 3, 0.3)


def test_a_vintage_counts_a_plan_from_the_month_in_which_it_fell_behind() -> None:
    book = book_of_letters("1 Jul")
    table = vintage(book, overdue_spells(book)).filter(
        pl.col("month") == "2026-03", installments="all", over_days=30
    )
    assert table["months_on_book"].to_list() == [1, 2, 3]
    assert table["crossed"].to_list() == [0, 0, 2]
    assert table["rate"].to_list() == [0, 0, 2 / 3]
    assert table["rate_minor"].to_list() == [0, 0, 0.3]
    earlier = book_of_letters("30 Jun")
    assert vintage(earlier, overdue_spells(earlier)).filter(
        pl.col("month") == "2026-03", installments="all", over_days=30
    )["months_on_book"].to_list() == [1, 2]


def test_the_bridge_leads_from_what_was_printed_to_what_is_overdue_now() -> None:
    lines = row(bridge(book_of_letters(), day("31 May"), {"EUR": 70_000}), currency="EUR")
    assert {name: value for name, value in lines.items() if value} == {
        "currency": "EUR",
        "opening_minor": 70_000,
        "restated_minor": -10_000,
        "newly_overdue_minor": 20_000,
        "paid_late_minor": -26_000,
        "forgiven_minor": -4_000,
        "closing_minor": 50_000,
        "came_and_went_minor": 20_000,  # I4 was paid, F5 ended
    }


def test_a_bridge_without_a_report_begins_with_what_was_overdue() -> None:
    lines = row(bridge(book_of_letters(), day("31 May")), currency="EUR")
    assert (lines["opening_minor"], lines["restated_minor"]) == (60_000, None)


def test_plans_leave_at_a_charge_by_one_of_three_causes() -> None:
    table = hazard(book_of(hazard_book(), "1 Aug")).filter(installments="all")
    assert table["at_risk"].to_list() == [10, 9, 7]
    assert table["stop"].to_list() == [0, 1, 1]
    assert table["reversed"].to_list() == [1, 0, 0]
    assert table["canceled"].to_list() == [0, 1, 0]
    assert table["survival"].to_list() == pytest.approx([0.9, 0.7, 0.6])
    final_row = table.row(-1, named=True)
    incidence = [final_row[f"cif_{cause}"] for cause in ("stop", "reversed", "canceled")]
    assert incidence == pytest.approx([0.2, 0.1, 0.1])


def test_a_stop_remains_a_stop_if_something_is_paid_after_its_window() -> None:
    book = book_of(hazard_book(), "1 Aug")
    causes = names(book, exits(book).select("plan_index", "cause"))
    assert {name: cause for name, cause in causes.items() if cause} == {
        "refunded": "reversed",
        "stops": "stop",
        "late": "stop",
        "canceled": "canceled",
    }


def test_survival_and_incidence_are_exactly_one_together() -> None:
    table = hazard(book_of(hazard_book(), "1 Aug")).filter(installments="all")
    for incidence in cumulative_incidence(table.to_dicts()):
        assert incidence.survival + sum(incidence.by_cause.values()) == Fraction(1)


def test_which_number_of_installments_counts_all_plans_that_were_bought() -> None:
    (table,) = which_installments(book_of(hazard_book(), "1 Aug")).to_dicts()
    assert (table["plans"], table["activated"], table["completed"]) == (12, 10, 6)
    amounts = (table["sold_minor"], table["refunded_minor"], table["collected_minor"])
    assert amounts == (300_000, 10_000, 230_000)
    assert (table["activation"], table["completed_rate"]) == (10 / 12, 0.6)
    assert table["net_per_100_sold"] == pytest.approx(90 * 2_300 / 3_000)
    assert table["cash_rate"] == pytest.approx(2_300 / 3_000)  # by 1 July
