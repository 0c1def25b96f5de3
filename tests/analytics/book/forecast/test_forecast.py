"""The expected receivable: what it learns from, its range, and what it must not depend on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from smartinst.analytics.book.forecast.forecast import Forecast, forecast
from smartinst.analytics.book.forecast.open_charges import open_charges
from smartinst.analytics.book.loan_book import LoanBook, loan_book
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import Facts
from tests.support.builders import Plan, facts, monthly
from tests.support.simulated_sellers import Behavior, facts_until, simulate

AS_OF = date(2026, 6, 30)
SELLER = Behavior("two currencies", 7, plans=260, currencies=(("EUR", 6_000), ("JPY", 9_000)))


@cache
def seller() -> Facts:
    return simulate(SELLER)


def book(seller_facts: Facts, as_of: date = AS_OF, data_through: date | None = None) -> LoanBook:
    rows = snapshot(seller_facts, as_of, data_through=data_through)
    return loan_book(seller_facts, rows, data_through=data_through)


def forecast_as_of(
    seller_facts: Facts, as_of: date = AS_OF, data_through: date | None = None
) -> Forecast:
    return forecast(book(seller_facts, as_of, data_through))


@pytest.mark.parametrize("day", [date(2023, 8, 31), date(2024, 12, 3), date(2026, 6, 30)])
def test_open_charges_of_a_day_are_the_balances_of_that_day(day: date) -> None:
    rows = open_charges(book(seller()), [day])
    live = snapshot(seller(), day).plans.filter("is_live", "is_activated").collect()
    overdue = rows.filter("is_overdue")
    assert rows["amount_minor"].sum() == live["outstanding_minor"].sum()
    assert overdue["amount_minor"].sum() == live["overdue_minor"].sum()
    assert overdue["age"].max() == live["days_past_due"].max()


def test_a_past_forecast_is_what_it_was_on_its_day() -> None:
    past = date(2026, 2, 28)
    on_its_day = forecast_as_of(facts_until(seller(), past), past).by_horizon
    outcomes = forecast_as_of(seller()).outcomes.filter(
        pl.col("origin") == past, pl.col("horizon") != "end"
    )
    columns = ["currency", "horizon", "low_minor", "expected_minor", "high_minor"]
    original = on_its_day.filter(pl.col("horizon") != "end").select(columns)
    assert outcomes.height == 4
    assert_frame_equal(outcomes.select(columns), original)


def test_the_outcome_of_a_past_forecast_is_the_money_received_in_its_window() -> None:
    outcomes = forecast_as_of(seller()).outcomes
    past = date(2025, 11, 30)
    open_then = open_charges(book(seller()), [past]).filter(pl.col("currency") == "JPY")
    in_window = open_then.filter(pl.col("paid_date") <= past + timedelta(days=90))
    (row,) = outcomes.filter(
        pl.col("origin") == past, pl.col("horizon") == "90", pl.col("currency") == "JPY"
    ).to_dicts()
    due = open_then.filter(~pl.col("is_overdue"), pl.col("lead") <= 90)
    due_in_window = in_window.filter((pl.col("lead") <= 90) | pl.col("is_overdue"))
    assert row["actual_minor"] == due_in_window["paid_minor"].sum()
    assert row["all_pay_minor"] == due["amount_minor"].sum()


def test_the_order_of_facts_changes_nothing() -> None:
    mixed = replace(
        seller(),
        plans=seller().plans.collect().sample(fraction=1, shuffle=True, seed=5).lazy(),
        attempts=seller().attempts.collect().sample(fraction=1, shuffle=True, seed=6).lazy(),
    )
    result, result_of_mixed = forecast_as_of(seller()), forecast_as_of(mixed)
    for name in ("by_horizon", "by_month", "outcomes", "refunds"):
        assert_frame_equal(getattr(result, name), getattr(result_of_mixed, name))


def test_amounts_of_one_currency_do_not_change_what_is_expected_of_another() -> None:
    minor = pl.when(pl.col("currency") == "JPY").then(pl.col("amount_minor") * 10**6)
    dear = replace(
        seller(),
        attempts=seller().attempts.with_columns(amount_minor=minor.otherwise("amount_minor")),
    )
    is_euro = pl.col("currency") == "EUR"
    table, table_of_dear = (
        forecast_as_of(euro_and_yen).by_horizon.filter(is_euro) for euro_and_yen in (seller(), dear)
    )
    columns = ["horizon", "expected_minor", "contracted_minor"]
    assert_frame_equal(table.select(columns), table_of_dear.select(columns))


def test_months_and_payment_days_sum_to_the_end() -> None:
    result = forecast_as_of(seller())
    to_end = result.by_horizon.filter(pl.col("horizon") == "end").sort("currency")
    months = result.by_month.group_by("currency").agg(pl.sum("expected_minor", "contracted_minor"))
    days = result.by_payment_date.group_by("currency").agg(pl.sum("expected_minor"))
    assert (
        months.sort("currency")["contracted_minor"].to_list()
        == to_end["contracted_minor"].to_list()
    )
    for sums in (months, days):
        differences = sums.sort("currency")["expected_minor"] - to_end["expected_minor"]
        assert differences.abs().max() <= result.by_month.height / 2  # type: ignore[operator]
    assert result.by_payment_date["payment_date"].min() == AS_OF + timedelta(days=1)


def test_ranges_contain_the_expectation_and_stay_inside_what_is_owed() -> None:
    table = forecast_as_of(seller()).by_horizon
    lowest, expectation, highest = (
        table[name] for name in ("low_minor", "expected_minor", "high_minor")
    )
    assert table.height == 6
    assert ((lowest >= 0) & (lowest < expectation) & (expectation < highest)).all()
    assert (highest <= table["contracted_minor"]).all()


@pytest.mark.parametrize("seed", [3, 4])
def test_a_longer_horizon_never_brings_less(seed: int) -> None:
    short_plans = simulate(Behavior("short plans", seed, plans=150, long_plans=0, stop=0.06))
    by_origin = forecast_as_of(short_plans).outcomes.pivot(
        "horizon", index=["origin", "currency"], values="expected_minor"
    )
    assert by_origin.height > 20
    assert by_origin.filter(pl.col("30") > pl.col("90")).is_empty()
    assert by_origin.filter(pl.col("90") > pl.col("end")).is_empty()


def test_outcomes_of_an_earlier_run_are_kept_as_they_were() -> None:
    computed = forecast_as_of(seller()).outcomes
    printed = computed.head(5).with_columns(expected_minor=pl.lit(1, pl.Int64))
    repeated = forecast(book(seller()), printed).outcomes
    assert_frame_equal(repeated.filter(pl.col("expected_minor") == 1), printed)
    assert_frame_equal(repeated.drop("expected_minor"), computed.drop("expected_minor"))


def test_a_ledger_that_ends_earlier_invents_no_default() -> None:
    day, data_through = date(2026, 6, 30), date(2026, 6, 9)
    stale = facts_until(seller(), data_through)
    result = forecast_as_of(stale, day, data_through)
    unseen = open_charges(book(stale, day, data_through), [day]).filter(
        "is_overdue", pl.col("due_date") > data_through
    )
    assert unseen.height > 0
    assert unseen["state"].to_list().count("current") > unseen.height / 2
    june = open_charges(book(stale, day, data_through), [day]).filter(
        pl.col("due_date").dt.strftime("%Y-%m") == "2026-06",
        (pl.col("due_date") <= data_through) | (pl.col("due_date") == day),
    )
    expectation = result.by_month.filter(pl.col("month") == "2026-06")["expected_minor"].sum()
    assert 0 < expectation < june["amount_minor"].sum()
    latest = result.outcomes.filter(pl.col("horizon") == "30")["origin"].max()
    assert latest == date(2026, 4, 30)


def test_too_few_plans_have_no_forecast_but_the_day_of_the_first() -> None:
    plans = [
        Plan(3, monthly("Jan", "Feb"), plan_id=str(number), purchased=date(2026, 1, 15))
        for number in range(29)
    ]
    last_plan = Plan(3, plan_id="29", purchased=date(2026, 3, 2), attempts=monthly("Mar"))
    result = forecast_as_of(facts([*plans, last_plan]), date(2026, 4, 20))
    assert not result.has_forecast
    assert result.by_month.is_empty()
    assert result.score.is_empty()
    assert result.forecast_from == date(2026, 5, 3)
    assert forecast_as_of(facts(plans), date(2026, 4, 20)).forecast_from is None
    assert forecast_as_of(facts([*plans, last_plan]), date(2026, 5, 3)).has_forecast


def test_no_plan_has_no_forecast() -> None:
    result = forecast_as_of(facts([]), date(2026, 4, 20))
    assert not result.has_forecast
    assert result.forecast_from is None
