"""The one order of currencies: by live plans, then by all plans, then by code."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from smartinst.analytics.currency_order import (
    currencies_of,
    currency_order,
    in_currency_order,
    rows_in_currency_order,
    small_currencies,
    sums_by_currency,
)
from tests.support.builders import Attempt, Plan, rows


def plan_frame(*plans: tuple[str, int]) -> pl.DataFrame:
    """Plans as (currency, whether the plan is live)."""
    return pl.DataFrame(plans, schema={"currency": pl.String, "live_plans": pl.Int64}, orient="row")


@pytest.mark.parametrize(
    ("plans", "order"),
    [
        ([("EUR", 0), ("EUR", 0), ("USD", 1)], ("USD", "EUR")),
        ([("BRL", 1), ("USD", 1), ("USD", 0)], ("USD", "BRL")),
        ([("USD", 1), ("EUR", 1), ("BRL", 1)], ("BRL", "EUR", "USD")),
        ([], ()),
    ],
    ids=["live plans", "all plans", "code", "no plans"],
)
def test_currencies_come_by_live_plans_then_all_plans_then_code(
    plans: Sequence[tuple[str, int]], order: tuple[str, ...]
) -> None:
    assert currency_order(plan_frame(*plans)) == order


def test_a_currency_of_less_than_two_percent_of_the_plans_is_small() -> None:
    plans = [("EUR", 1)] * 146 + [("USD", 1)] * 3 + [("GBP", 1)] * 1
    assert small_currencies(plan_frame(*plans)) == ("GBP",)
    assert small_currencies(plan_frame(("EUR", 1))) == ()


def test_rows_sorted_by_currency_have_the_order_of_the_plans() -> None:
    currencies = ["USD", "USD", "BRL", "EUR", "EUR", "EUR"]
    plans = [
        Plan(2, (Attempt(1, "15 Jan", "15 Jan", currency=currency),), plan_id=str(number))
        for number, currency in enumerate(currencies)
    ]
    ordered = rows_in_currency_order(rows(plans))
    assert currencies_of(ordered["movements"]) == ["EUR", "USD", "BRL"]
    lines = pl.DataFrame({"currency": ["ARS", "BRL", "EUR", None]})
    assert currencies_of(in_currency_order(lines, ordered["plans"])) == ["EUR", "BRL", "ARS"]


def test_rows_without_a_currency_are_in_no_order_and_no_sum() -> None:
    plans = pl.DataFrame(
        [("USD", 1), (None, 1), (None, 1), ("EUR", 1)],
        schema={"currency": pl.String, "live_plans": pl.Int64},
        orient="row",
    )
    assert currency_order(plans) == ("EUR", "USD")
    assert sums_by_currency(plans, "live_plans") == {"EUR": 1, "USD": 1}
