"""Counts of one seller that the forecasts of others may use, and sums of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from smartinst.analytics.book.forecast import payment_tables, roll_chain
from smartinst.analytics.book.forecast.expectations import snapshot_days
from smartinst.analytics.book.forecast.open_charges import open_charges
from smartinst.analytics.book.forecast.windows import MONTH
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.recovery import debt_outcomes
from smartinst.analytics.pooled_counts import PooledCounts

KEYS: Final = {
    "payments": payment_tables.POOLED_COLUMNS,
    "steps": roll_chain.STEP_COLUMNS,
    "debts": debt_outcomes.POOLED_COLUMNS,
}
"""Table of PooledCounts → the columns whose values make a row; `count` and `paid` are sums."""

PARTS_OF_ONE: Final = 1 << 20
"""`paid` is a multiple of one part: sums are then exact, in any order and with differences."""


def count_book(book: LoanBook) -> PooledCounts:
    """The counts of a seller, of windows that are inside its own data."""
    snapshots = snapshot_days(book)
    later_days = [day + timedelta(days=MONTH) for day in snapshots]
    known_days = [day for day in later_days if day <= book.as_of]
    rows = payment_tables.add_classes(open_charges(book, [*snapshots, *known_days]))
    of_snapshots = rows.filter(pl.col("day").is_in(snapshots))
    is_over = pl.col("matured_date") <= book.horizon.last_known_day
    return _sums(
        {
            "payments": payment_tables.count_payments(of_snapshots).filter(is_over),
            "steps": roll_chain.count_steps(rows, snapshots).filter(is_over),
            "debts": debt_outcomes.debt_outcomes(of_snapshots).filter(is_over),
        }
    )


def add_counts(sellers: Sequence[PooledCounts]) -> PooledCounts:
    """The sums of the counts of several sellers, at least one."""
    return _sums({name: pl.concat(getattr(counts, name) for counts in sellers) for name in KEYS})


def subtract_counts(total: PooledCounts, part: PooledCounts) -> PooledCounts:
    """The counts of a sum without those of one of its sellers."""
    negative = {name: getattr(part, name).with_columns(-pl.col("count", "paid")) for name in KEYS}
    return add_counts([total, PooledCounts(**negative)])


def _sums(tables: Mapping[str, pl.DataFrame]) -> PooledCounts:
    """One row per class, sorted; without classes that nothing was counted in."""
    paid = (pl.col("paid").sum() * PARTS_OF_ONE).round() / PARTS_OF_ONE
    return PooledCounts(
        **{
            name: rows.group_by(KEYS[name])
            .agg(pl.col("count").sum(), paid)
            .filter(pl.col("count") > 0)
            .sort(KEYS[name])
            for name, rows in tables.items()
        }
    )
