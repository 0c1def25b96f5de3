"""A sync reads the days of open plans again: those whose status is in progress."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartinst.analytics.figures import collect_rows
from smartinst.analytics.snapshot import snapshot
from smartinst.intake.open_plans import open_days, open_plans
from tests.analytics.test_statuses import EXAMPLES
from tests.support.builders import Attempt, Plan, day, facts, paid
from tests.support.examples import examples
from tests.support.random_plans import DAYS, some_plans

IN_PROGRESS: Final = ("In progress", "In progress with issues")


@pytest.mark.parametrize(("plan", "as_of", "status"), EXAMPLES.values(), ids=list(EXAMPLES))
def test_a_plan_is_open_if_its_status_is_in_progress(plan: Plan, as_of: str, status: str) -> None:
    assert bool(open_days(facts([plan]), day(as_of))) == (status in IN_PROGRESS)


def test_open_days_are_the_days_of_every_attempt_of_an_open_plan() -> None:
    completed = Plan(1, (paid(1, "15 Jan"),), plan_id="1")
    overdue = Plan(2, (paid(1, "16 Jan"), Attempt(2, "20 Feb", status="delayed")), plan_id="2")
    assert sorted(open_days(facts([completed, overdue]), day("1 Mar"))) == [
        day("16 Jan"),
        day("20 Feb"),
    ]


def test_a_plan_is_open_until_the_day_to_which_its_first_charge_was_moved() -> None:
    """Only charge 2 was tried; a first charge of 15 January would make the plan inactive."""
    attempt = Attempt(2, "2 Mar", status="delayed")
    moved = facts([Plan(2, (attempt,), moves=(("20 Jan", "10 Mar"),))])
    assert [open_days(moved, day(as_of)) for as_of in ("19 Jan", "10 Mar", "11 Mar")] == [
        [],
        [day("2 Mar")],
        [],
    ]


@examples(40)
@given(some_plans(), st.sets(DAYS, min_size=2, max_size=3))
def test_open_plans_are_the_generated_plans_in_progress(
    plans: list[Plan], dates: set[date]
) -> None:
    plan_facts = facts(plans)
    for as_of in dates:
        rows = collect_rows(snapshot(plan_facts, as_of), {})["plans"]
        in_progress = rows.filter(pl.col("status").is_in(IN_PROGRESS))["plan_id"]
        assert set(open_plans(plan_facts, as_of).collect()["plan_id"]) == set(in_progress)
