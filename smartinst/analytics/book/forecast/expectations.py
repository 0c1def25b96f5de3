"""What is expected of the open charges as of several dates, and what became of it.

The expectation of a charge is the mean of two methods, the count tables of its class and the roll
chain of its plan: the tables weigh as much as there are live plans, the chain as much as 50.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from smartinst.analytics.book.forecast.open_charges import open_charges
from smartinst.analytics.book.forecast.payment_tables import (
    FARTHEST,
    HORIZON,
    LEVELS,
    add_classes,
    count_payments,
    payment_rates,
)
from smartinst.analytics.book.forecast.roll_chain import chain_rates, count_steps
from smartinst.analytics.book.forecast.windows import (
    HORIZONS,
    MONTH,
    is_in_horizon,
    paid_in_window,
    window_end,
)
from smartinst.analytics.book.loan_book import LoanBook

SNAPSHOT_DAYS: Final = 28
CHAIN_WEIGHT: Final = 50
"""Live plans whose tables weigh as much as the chain."""


@dataclass(frozen=True)
class Expectations:
    """Open charges, classified, and what is expected of those of the origins.

    snapshots  open charges of every 28th day
    charges    an open charge of an origin, once in each horizon that it is in, with `expected`,
               the share of its amount that is expected in the window, and its two parts
               table_rate and chain_rate; window_end, actual_minor (received by then), live_plans
    """

    snapshots: pl.DataFrame
    charges: pl.DataFrame


def expect_payments(book: LoanBook, origins: pl.DataFrame) -> Expectations:
    """The expectations as of each origin, from the snapshots of which the windows are over by then.

    origins  origin, known_through: the last day on which a window that is over may end
    """
    snapshots = snapshot_days(book)
    month = timedelta(days=MONTH)
    later_days = [day + month for day in snapshots if day + month <= book.as_of]
    rows = add_classes(open_charges(book, [*snapshots, *later_days, *origins["origin"]]))
    snapshot_rows = rows.filter(pl.col("day").is_in(snapshots))
    targets = _targets(rows, origins)
    farthest_month = max([FARTHEST, *targets["months_ahead"].unique()])
    pool = book.pool.counts if book.pool else None
    other_steps = pool.steps if pool else None
    other_payments = pool.payments if pool else None
    chain = chain_rates(count_steps(rows, snapshots), origins, farthest_month, other_steps)
    charges = (
        payment_rates(count_payments(snapshot_rows), targets, origins, other_payments)
        .pipe(_add_chain_rate, chain)
        .pipe(_add_expected, book.horizon.data_through)
    )
    return Expectations(snapshot_rows, charges)


def snapshot_days(book: LoanBook) -> list[date]:
    """Every 28th day of the calendar, the same for every date of the forecast."""
    first_day = book.plans["purchase_date"].min()
    if not isinstance(first_day, date):
        return []
    start = first_day.toordinal() // SNAPSHOT_DAYS * SNAPSHOT_DAYS
    end = book.as_of.toordinal() + 1
    return [date.fromordinal(number) for number in range(start, end, SNAPSHOT_DAYS)]


def _targets(rows: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """The open charges of each origin, once in each horizon that they are in."""
    at_origins = rows.filter(pl.col("day").is_in(origins["origin"].to_list())).with_columns(
        origin="day", live_plans=pl.col("plan_index").n_unique().over("day")
    )
    return pl.concat(
        at_origins.filter(is_in_horizon(horizon)).select(
            *("origin", "live_plans", "day", "plan_index", "currency", "due_date", "amount_minor"),
            *("is_overdue", "state", "months_ahead", "kind", *LEVELS),
            horizon=pl.lit(horizon, HORIZON),
            window_end=window_end(horizon),
            actual_minor=paid_in_window(horizon, "paid_minor"),
        )
        for horizon in HORIZONS
    )


def _add_chain_rate(targets: pl.DataFrame, chain: pl.DataFrame) -> pl.DataFrame:
    """Adds chain_rate, and applies the attrition beyond the farthest class to table_rate."""
    keys = ["origin", "kind", "horizon", "state"]
    at_farthest = chain.filter(pl.col("months_ahead") == FARTHEST).select(
        *keys, _farthest_rate="chain_rate"
    )
    is_beyond = (pl.col("months_ahead") > FARTHEST) & (pl.col("_farthest_rate") > 0)
    attrition = pl.when(is_beyond).then(pl.col("chain_rate") / pl.col("_farthest_rate"))
    return (
        targets.join(
            chain,
            on=[*keys, "months_ahead"],
            how="left",  # right: no step is over yet
            maintain_order="left",
            validate="m:1",
        )
        .join(at_farthest, on=keys, how="left", maintain_order="left", validate="m:1")
        .with_columns(table_rate=pl.col("table_rate") * attrition.fill_null(1.0))
        .drop("_farthest_rate")
    )


def _add_expected(targets: pl.DataFrame, data_through: date) -> pl.DataFrame:
    """Adds `expected`: (L · table_rate + 50 · chain_rate) ÷ (L + 50), L the live plans.

    Nothing is expected of a charge that fell due after the last day with data: it may be paid.
    """
    live = pl.col("live_plans")
    table, chain = pl.coalesce("table_rate", "chain_rate"), pl.coalesce("chain_rate", "table_rate")
    mean = (live * table + CHAIN_WEIGHT * chain) / (live + CHAIN_WEIGHT)
    is_unseen = pl.col("is_overdue") & (pl.col("due_date") > data_through)
    return targets.with_columns(
        expected=pl.when(is_unseen).then(0.0).otherwise(mean.fill_null(0.0)).clip(0, 1)
    )
