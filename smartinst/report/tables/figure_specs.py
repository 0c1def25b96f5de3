"""What the declaration of a figure's table consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Ratio:
    """Two sums of a row; the denominator is that of all rows that agree on `within`, if given."""

    numerator: str
    denominator: str
    within: tuple[str, ...] | None = None

    def pair(self) -> pl.Expr:
        """Both sums side by side, divided only when they are displayed."""
        denominator = pl.col(self.denominator).cast(pl.Int64)
        if self.within is not None:
            denominator = denominator.sum().over(self.within) if self.within else denominator.sum()
        return pl.concat_list(pl.col(self.numerator).cast(pl.Int64), denominator)


@dataclass(frozen=True)
class CurrencyPivot:
    """The printed form of a long table by currency and another key: one row per key.

    One amount has one column per currency. Several amounts have one column each, with its value in
    every currency.
    `counts` are summed over the currencies; of ratios, both numbers are summed.
    """

    amounts: tuple[str, ...]
    counts: tuple[str, ...] = ()


@dataclass(frozen=True)
class FigureTableSpec:
    """The differences of a figure's table from the figure's keys and sums.

    columns          names of the columns, if not all keys and sums
    ratios           column → the ratio of two sums
    differences      column → two sums, the second subtracted from the first
    nonzero          a row is left out if all of these sums are 0
    sort             (column, `asc` or `desc`), first key first
    required_values  `name` of a column, and the `values` that always have a row
    pivot            its printed form
    title            the table's title, if not that of the figure
    """

    columns: tuple[str, ...] = ()
    ratios: Mapping[str, Ratio] = field(default_factory=dict)
    differences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    nonzero: tuple[str, ...] = ()
    sort: tuple[tuple[str, str], ...] = ()
    required_values: Mapping[str, Any] | None = None
    pivot: CurrencyPivot | None = None
    title: str = ""
