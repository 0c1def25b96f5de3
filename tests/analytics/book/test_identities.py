"""What holds for every loan book: sums that close, curves that grow, order and later facts."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from smartinst.analytics.book.cohorts.incidence import CAUSES, cumulative_incidence
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.tables import book_tables
from smartinst.facts import Facts
from tests.analytics.book.worked_examples import book_of_facts
from tests.support.builders import START, Plan, day, facts
from tests.support.examples import examples
from tests.support.random_plans import some_plans

BRIDGE_LINES = (
    *("opening_minor", "restated_minor", "newly_overdue_minor", "reopened_minor"),
    *("paid_late_minor", "forgiven_minor", "ended_reversed_minor", "ended_seller_minor"),
    *("ended_platform_minor", "ended_unknown_minor"),
)
CURVES = {
    "collection": (["currency", "month"], "days", "paid_minor"),
    "vintage": (["currency", "month", "installments", "over_days"], "months_on_book", "crossed"),
}


def tables(book: LoanBook, days: int = 30) -> dict[str, pl.DataFrame]:
    return book_tables(book, book.as_of - timedelta(days), {"EUR": 5, "JPY": 0})


def shuffled(plan_facts: Facts) -> Facts:
    """The same facts in another order."""
    frames = {
        field.name: getattr(plan_facts, field.name).collect().reverse().lazy()
        for field in fields(plan_facts)
    }
    return replace(plan_facts, **frames)


def as_known_on(plan_facts: Facts, last_day: date) -> Facts:
    """The facts without what happens after a day."""
    later_payment = pl.col("approved_date") > last_day
    attempts = plan_facts.attempts.filter(pl.col("ordered_date") <= last_day).with_columns(
        pl.when(later_payment).then(None).otherwise(name).alias(name)
        for name in ("approved_date", "approved_at", "reversed_date", "reversal", "claim_date")
    )
    for name in ("reversed_date", "claim_date", "claim_end_date", "failed_date"):
        attempts = attempts.with_columns(pl.when(pl.col(name) <= last_day).then(name).alias(name))
    reversal = pl.when(pl.col("reversed_date").is_not_null()).then("reversal")
    cancellation = pl.when(pl.col("cancellation_date") <= last_day).then("cancellation_date")
    return replace(
        plan_facts,
        plans=plan_facts.plans.filter(pl.col("purchase_date") <= last_day).with_columns(
            cancellation_date=cancellation
        ),
        attempts=attempts.with_columns(reversal=reversal),
        charge_day_moves=plan_facts.charge_day_moves.filter(pl.col("moved_date") <= last_day),
    )


def has_price(plan: Plan, as_of: date) -> bool:
    """Whether a plan's price is known; without any attempt, that of a later one counts (§2)."""
    return any(
        day(attempt.order_date) <= as_of and not attempt.row("", "")["is_negotiation"]
        for attempt in plan.attempts
    )


@examples(30)
@given(some_plans(most=10), st.integers(30, 400), st.integers(1, 90))
def test_sums_close_and_curves_grow(plans: list[Plan], age: int, days: int) -> None:
    figures = tables(book_of_facts(facts(plans), START + timedelta(age)), days)
    lines = pl.sum_horizontal(pl.col(BRIDGE_LINES).fill_null(0))
    assert figures["bridge"].filter(lines != pl.col("closing_minor")).is_empty()
    rows = figures["roll"].group_by("currency", "from").agg(pl.col("rate").sum())
    assert ((rows["rate"] - 1).abs() < 1e-12).all()
    balances = figures["roll"].group_by("currency", "from").agg(pl.col("outstanding_minor").sum())
    assert_frame_equal(
        balances,
        figures["roll_rows"].select("currency", "from", "outstanding_minor"),
        check_row_order=False,
    )
    for name, (keys, order, value) in CURVES.items():
        steps = figures[name].sort(*keys, order).select(pl.col(value).diff().over(keys))
        assert (steps[value].fill_null(0) >= 0).all(), name
    for _, counts in figures["hazard"].group_by("installments", maintain_order=True):
        for incidence in cumulative_incidence(counts.to_dicts()):
            assert incidence.survival + sum(incidence.by_cause[c] for c in CAUSES) == Fraction(1)
    failures = figures["failed_and_recovered"]
    parts = ("recovered_minor", "later_minor", "lost_minor", "open_minor", "forgiven_minor")
    assert failures.filter(pl.sum_horizontal(parts) != pl.col("failed_minor")).is_empty()


@examples(15)
@given(some_plans(most=10), st.integers(30, 400))
def test_the_order_of_facts_changes_nothing(plans: list[Plan], age: int) -> None:
    plan_facts, as_of = facts(plans), START + timedelta(age)
    reference = tables(book_of_facts(plan_facts, as_of))
    for name, table in tables(book_of_facts(shuffled(plan_facts), as_of)).items():
        assert_frame_equal(table, reference[name])


@examples(15)
@given(some_plans(most=10), st.integers(30, 200))
def test_later_facts_change_no_earlier_date(plans: list[Plan], age: int) -> None:
    as_of = START + timedelta(age)
    plan_facts = facts(plan for plan in plans if has_price(plan, as_of))
    reference = tables(book_of_facts(as_known_on(plan_facts, as_of), as_of))
    figures = tables(book_of_facts(plan_facts, as_of))
    for name in reference.keys() - {"cost_of_collecting"}:
        assert_frame_equal(figures[name], reference[name])
