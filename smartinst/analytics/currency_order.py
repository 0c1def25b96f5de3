"""The one order of currencies: that with the most live plans first, the main currency.

Amounts of different currencies cannot be compared, so plans are counted. The rows of a report have
their currencies as an enumeration in this order: what is sorted by currency has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

CURRENCY_COLUMNS: Final = ("currency", "commission_currency")
SMALL_SHARE: Final = 0.02
"""A currency with a smaller share of the plans is one of the "other currencies" of charts."""


def currency_order(plans: pl.DataFrame) -> tuple[str, ...]:
    """The currencies of plans: by live plans, then by all plans, most first; then by code."""
    return tuple(code for code, _ in _plan_counts(plans))


def small_currencies(plans: pl.DataFrame) -> tuple[str, ...]:
    """The currencies with less than SMALL_SHARE of the plans, in order; never the main one."""
    counts = _plan_counts(plans)
    fewest = SMALL_SHARE * sum(count for _, count in counts)
    return tuple(code for code, count in counts[1:] if count < fewest)


def _plan_counts(plans: pl.DataFrame) -> list[tuple[str, int]]:
    """The currencies in order, each with the number of its plans."""
    counts = plans.group_by("currency").agg(pl.len(), pl.col("live_plans").sum())
    in_order = sorted(
        (-live_plans, -count, code)
        for code, count, live_plans in counts.iter_rows()
        if code is not None
    )
    return [(code, -count) for _, count, code in in_order]


def rows_in_currency_order(rows: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The rows of every grain (`figures.collect_rows`), their currencies as enumerations.

    Currencies of commissions alone follow those of plans, by code.
    """
    order = currency_order(rows["plans"])
    codes = {code for frame in rows.values() for code in _codes(frame)}
    enumeration = pl.Enum([*order, *sorted(codes.difference(order))])
    return {grain: _with_enumeration(frame, enumeration) for grain, frame in rows.items()}


def in_currency_order(frame: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """A frame whose currencies are an enumeration in the order of the plans; the others by code."""
    order = currency_order(plans)
    return _with_enumeration(
        frame, pl.Enum([*order, *sorted(set(_codes(frame)).difference(order))])
    )


def _codes(frame: pl.DataFrame) -> list[str]:
    names = [name for name in CURRENCY_COLUMNS if name in frame.columns]
    return [code for name in names for code in frame[name].drop_nulls().unique().to_list()]


def _with_enumeration(frame: pl.DataFrame, enumeration: pl.Enum) -> pl.DataFrame:
    names = [name for name in CURRENCY_COLUMNS if name in frame.columns]
    return frame.with_columns(pl.col(names).cast(enumeration)) if names else frame


def currencies_of(frame: pl.DataFrame, column: str = "currency") -> list[str]:
    """The currencies of a column, each once, in its order; by code if it is not an enumeration."""
    return [code for code in frame[column].unique().sort().to_list() if code is not None]


def sums_by_currency(
    frame: pl.DataFrame, column: str, currency: str = "currency"
) -> dict[str, int]:
    """Currency → sum of the column, in minor units; rows without a currency are left out."""
    sums = frame.group_by(currency).agg(pl.col(column).sum()).sort(currency)
    return {code: minor for code, minor in sums.iter_rows() if code is not None}
