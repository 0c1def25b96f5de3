"""The states of plans on earlier days are those that a snapshot of that day has."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from smartinst.analytics.book.balances import balances, balances_of_pairs
from smartinst.analytics.book.loan_book import loan_book
from smartinst.analytics.snapshot import snapshot
from tests.support.builders import START, Plan, facts
from tests.support.examples import examples
from tests.support.random_plans import some_plans

COLUMNS = [
    *("seller_id", "plan_id", "status", "is_live", "end_date", "outstanding_minor"),
    *("overdue_minor", "unconfirmed_minor", "days_past_due"),
]


@examples(60)
@given(some_plans(), st.integers(60, 300), st.integers(0, 300), st.integers(0, 5))
def test_a_plan_on_an_earlier_day_is_as_a_snapshot_of_that_day_has_it(
    plans: list[Plan], age: int, days_before: int, late_after_days: int
) -> None:
    plan_facts = facts(plans)
    as_of = START + timedelta(age)
    day = as_of - timedelta(days_before)
    last_day = as_of - timedelta(20)
    view = partial(snapshot, late_after_days=late_after_days, data_through=last_day)
    book = loan_book(
        plan_facts,
        view(plan_facts, as_of),
        late_after_days=late_after_days,
        data_through=last_day,
    )
    reference = (
        view(plan_facts, day)
        .plans.with_columns(
            days_past_due=pl.col("oldest_confirmed_days").fill_null(0),
            end_date=pl.when(pl.col("status").is_in(["Canceled", "Refunded"])).then("end_date"),
        )
        .select(COLUMNS)
        .sort("seller_id", "plan_id")
        .collect()
    )
    keys = book.plans.select("plan_index", "seller_id", "plan_id")
    states = balances(book, [day]).join(keys, on="plan_index").select(COLUMNS)
    assert_frame_equal(states.sort("seller_id", "plan_id"), reference, check_dtypes=False)
    pairs = balances(book, [day]).select("plan_index", "day")
    assert_frame_equal(balances_of_pairs(book, pairs), balances(book, [day]), check_row_order=False)
