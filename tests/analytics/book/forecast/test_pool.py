"""Counts of other sellers above a seller's own: shares by hand, what is counted, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from smartinst.analytics.book.forecast.forecast import forecast
from smartinst.analytics.book.forecast.roll_chain import chain_rates
from smartinst.analytics.book.forecast.shrinkage import shrunk_rates
from smartinst.analytics.book.loan_book import LoanBook, loan_book
from smartinst.analytics.book.pool.counting import add_counts, count_book, subtract_counts
from smartinst.analytics.book.pool.counts_file import read_counts, write_counts
from smartinst.analytics.book.recovery.chances import class_rates
from smartinst.analytics.pooled_counts import PooledCounts, SellerPool
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import Facts
from tests.support.simulated_sellers import Behavior, facts_until, simulate

AS_OF = date(2025, 6, 30)
TABLES = ("payments", "steps", "debts")
OWN = Behavior("own", 21, plans=110)
OTHERS = (Behavior("other", 22, plans=160, trouble=0.3), Behavior("another", 23, plans=120))


def book(seller_facts: Facts, as_of: date = AS_OF, data_through: date | None = None) -> LoanBook:
    earlier_facts = facts_until(seller_facts, as_of)
    rows = snapshot(earlier_facts, as_of, data_through=data_through)
    return loan_book(earlier_facts, rows, data_through=data_through)


@cache
def seller(behavior: Behavior) -> Facts:
    return simulate(behavior)


@cache
def counts(behavior: Behavior, as_of: date = AS_OF) -> PooledCounts:
    return count_book(book(seller(behavior), as_of))


@cache
def pool(as_of: date = AS_OF) -> SellerPool:
    others = add_counts([counts(behavior, as_of) for behavior in OTHERS])
    return SellerPool(lambda: others)


def test_the_share_of_others_is_above_the_sellers_own_share_of_a_class() -> None:
    own = pl.DataFrame(
        {
            "origin": ["now"] * 3,
            "age": [1, 2, 3],
            "product": ["a", "a", "a"],
            "paid": [8.0, 90.0, 0.0],
            "count": [10.0, 100.0, 0.0],
        }
    )
    others = pl.DataFrame(
        {"origin": ["now"] * 2, "age": [1, 2], "paid": [45.0, 90.0], "count": [100.0, 100.0]}
    )
    rates = shrunk_rates(own, ["origin"], ["age", "product"], others=others).sort("age")
    of_others = (45 + 20 * 0.675) / 120  # 0.4875: 135 of 200 for all ages
    of_age = (8 + 20 * of_others) / 30
    assert rates["rate"][0] == pytest.approx((8 + 20 * of_age) / 30)
    assert rates["rate"][0] == pytest.approx(0.661111, abs=1e-6)
    assert rates["rate"][2] == pytest.approx(0.675)  # counted nowhere: all ages of others


def test_without_a_share_of_others_the_own_share_of_all_is_above() -> None:
    own = pl.DataFrame(
        {"origin": ["now"] * 2, "age": [1, 2], "paid": [8.0, 12.0], "count": [10.0, 30.0]}
    )
    rates = shrunk_rates(own, ["origin"], ["age"], others=own.clear()).sort("age")
    assert rates["rate"].to_list() == pytest.approx([(8 + 20 * 0.5) / 30, (12 + 20 * 0.5) / 50])


def steps(count: float, paid: float, day: date) -> pl.DataFrame:
    """Charges that were overdue 1 to 30 days; those that were not paid stayed so."""
    return pl.DataFrame(
        {
            "day": [day] * 2,
            "matured_date": [day + timedelta(days=30)] * 2,
            "stage": ["overdue"] * 2,
            "state": ["1-30"] * 2,
            "next_state": [None, "1-30"],
            "paid": [paid, 0.0],
            "count": [paid, count - paid],
        }
    )


def test_twenty_moves_of_others_are_added_to_each_state_of_the_chain() -> None:
    half_life_ago = AS_OF - timedelta(days=270)
    origins = pl.DataFrame(
        {"origin": [AS_OF], "known_through": [AS_OF - timedelta(days=1)]},
    )
    rates = chain_rates(
        steps(40.0, 0.0, half_life_ago), origins, 0, steps(200.0, 150.0, half_life_ago)
    )
    of_state = rates.filter(
        pl.col("kind") == "overdue", pl.col("horizon") == "30", pl.col("state") == "1-30"
    )
    assert of_state["chain_rate"].item() == pytest.approx((15 + 5 * 15 / 40) / 45)  # 0.375


def debts(observations: dict[int, tuple[float, float]], day: date) -> pl.DataFrame:
    """Delay class → plans whose refusal needs waiting, and those of them that paid."""
    return pl.DataFrame(
        {
            "day": [day] * len(observations),
            "matured_date": [day + timedelta(days=30)] * len(observations),
            "delay_class": list(observations),
            "remedy": ["wait"] * len(observations),
            "count": [count for count, _ in observations.values()],
            "paid": [paid for _, paid in observations.values()],
        },
        schema_overrides={"delay_class": pl.Int32},
    )


def test_the_chance_of_others_is_above_that_of_a_class_in_the_queue() -> None:
    half_life_ago = AS_OF - timedelta(days=270)
    own = debts({1: (40.0, 0.0)}, half_life_ago)
    others = debts({1: (40.0, 40.0), 2: (40.0, 0.0)}, half_life_ago)
    classes = own.select("delay_class", "remedy")
    rates = class_rates(own, classes, book(seller(OWN)), "p", others)
    of_delay = (20 + 20 * 0.5) / 40
    of_others = (20 + 20 * of_delay) / 40  # 0.875
    assert rates["p"].item() == pytest.approx((0 + 20 * of_others) / 40)  # 0.4375


def test_counts_name_no_plan_product_currency_amount_or_seller() -> None:
    columns = {name: set(getattr(counts(OWN), name).columns) for name in TABLES}
    assert columns == {
        "payments": {
            *("day", "matured_date", "kind", "horizon", "level_1", "level_2", "level_3"),
            *("count", "paid"),
        },
        "steps": {"day", "matured_date", "stage", "state", "next_state", "count", "paid"},
        "debts": {"outcome", "day", "matured_date", "delay_class", "remedy", "count", "paid"},
    }


def test_no_window_that_ends_after_the_last_day_with_data_is_counted() -> None:
    stale = AS_OF - timedelta(days=21)
    of_stale_seller = count_book(book(seller(OWN), AS_OF, stale))
    for name in TABLES:
        assert getattr(of_stale_seller, name)["matured_date"].max() <= stale
        assert getattr(counts(OWN), name)["matured_date"].max() > stale


def test_a_sum_less_one_seller_is_exactly_the_sum_of_the_others() -> None:
    total = add_counts([counts(behavior) for behavior in (OTHERS[1], OWN, OTHERS[0])])
    others = add_counts([counts(behavior) for behavior in OTHERS])
    for name in TABLES:
        assert_frame_equal(
            getattr(subtract_counts(total, counts(OWN)), name),
            getattr(others, name),
            check_exact=True,
        )


def test_counts_of_windows_that_are_over_are_the_same_on_a_later_day() -> None:
    earlier = AS_OF - timedelta(days=91)
    for name in TABLES:
        later_rows = getattr(counts(OTHERS[0]), name)
        assert_frame_equal(
            later_rows.filter(pl.col("matured_date") <= earlier),
            getattr(counts(OTHERS[0], earlier), name),
            check_exact=True,
        )


def test_counts_survive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "pool" / "a.arrow"
    write_counts(counts(OWN), path)
    assert [file.name for file in path.parent.iterdir()] == ["a.arrow"]
    for name in TABLES:
        assert_frame_equal(getattr(read_counts(path), name), getattr(counts(OWN), name))


def test_a_pool_without_counts_changes_no_forecast() -> None:
    own = book(seller(OWN))
    alone = forecast(own)
    empty = PooledCounts(*(getattr(counts(OWN), name).clear() for name in TABLES))
    for nothing in (None, empty):
        pooled = forecast(replace(own, pool=SellerPool(lambda nothing=nothing: nothing)))  # type: ignore[misc]
        assert_frame_equal(pooled.by_horizon, alone.by_horizon, check_exact=True)
        assert_frame_equal(pooled.outcomes, alone.outcomes, check_exact=True)


def test_a_pooled_forecast_that_is_over_does_not_change_with_later_data_of_others() -> None:
    own, earlier = book(seller(OWN)), AS_OF - timedelta(days=91)
    outcomes = forecast(replace(own, pool=pool())).outcomes
    known_then = forecast(replace(own, pool=pool(earlier))).outcomes
    is_past = pl.col("origin") <= earlier
    assert outcomes.filter(is_past).height > 3
    assert_frame_equal(outcomes.filter(is_past), known_then.filter(is_past), check_exact=True)
    assert not outcomes.equals(forecast(own).outcomes)
