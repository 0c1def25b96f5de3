"""Counts of other sellers, by class of charge or plan: no plan, product, amount or seller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import polars as pl


@dataclass(frozen=True)
class PooledCounts:
    """What became of open charges and debts on past days: one row per day and class.

    Each row has `count` (charges or plans), `paid` (how many of them, or what share of their
    prices, were paid), and `matured_date`, the end of its windows, which is inside the data of
    each seller that is counted.

    payments  as `payment_tables.sum_classes` has them
    steps     as `roll_chain.count_steps` has them
    debts     as `debt_outcomes.debt_outcomes` has them
    """

    payments: pl.DataFrame
    steps: pl.DataFrame
    debts: pl.DataFrame


@dataclass(frozen=True)
class SellerPool:
    """The counts of a seller's others, which `read` returns; they are read when first needed."""

    read: Callable[[], PooledCounts | None]

    @cached_property
    def counts(self) -> PooledCounts | None:
        """The counts; None if there are none."""
        return self.read()
