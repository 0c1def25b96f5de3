"""Which windows are over, and other rules that all figures of the loan book share.

docs/metrics.md §6.0.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from smartinst.analytics.charge_states import aging_bucket

SMALL_SAMPLE: Final = 30
"""A rate over fewer plans is flagged `is_small`."""

ALL_GROUPS: Final = "all"
GROUP_MAXIMA: Final = {"1": 1, "2-3": 3, "4-6": 6, "7-12": 12}
"""Group of N → its largest N; a plan with more charges is in ALL_GROUPS only."""


@dataclass(frozen=True)
class Horizon:
    """The date of the figures, and where the data end (days in the seller's zone).

    data_through       last day of any statement: of a plan, or of an attempt to charge it
    attempts_through   last day on which a charge was attempted; windows wait for the next attempt
    today              the day of the report, if that is after `as_of`: windows that end on `as_of`
                       are over, as the day is; None: `as_of`, which is not over
    """

    as_of: date
    data_through: date
    attempts_through: date
    today: date | None = None

    def is_over(self, last_day: pl.Expr) -> pl.Expr:
        """Whether the window that ends on a day is over: nothing enters a rate before that.

        A plan's own statement, a changed address for example, does not tell that the charges of
        its day are known. So the data end with the last attempt here.
        """
        known_through = min(self.data_through, self.attempts_through)
        return (last_day < (self.today or self.as_of)) & (last_day <= known_through)

    @property
    def last_known_day(self) -> date:
        """The last day up to `as_of` of which it is known what happened."""
        return min(self.as_of, self.data_through)

    def closed_month_ends(self, months: int) -> list[date]:
        """The latest month-ends with data, oldest first: those that begin and end `months`."""
        return month_ends(self.last_known_day, months + 1)


def month_ends(day: date, count: int) -> list[date]:
    """The latest month-ends on or before a day, oldest first."""
    last_day = month_end(day)
    if last_day > day:
        last_day = day.replace(day=1) - timedelta(1)
    days = [last_day]
    while len(days) < count:
        days.append(days[-1].replace(day=1) - timedelta(1))
    return days[::-1]


def month_end(day: date) -> date:
    """The last day of a date's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def days_after(column: str | pl.Expr, days: int | pl.Expr) -> pl.Expr:
    """The date that is some days after a column's."""
    day = pl.col(column) if isinstance(column, str) else column
    return day + pl.duration(days=days)


def months_after(column: str, months: pl.Expr) -> pl.Expr:
    """The date that is some months after a column's, clamped to the end of its month."""
    return pl.col(column).dt.offset_by(pl.format("{}mo", months))


def plan_on_day(day: str = "day") -> pl.Expr:
    """A plan and a day as one integer: a key that costs half of two columns."""
    return pl.col("plan_index").cast(pl.Int64) * 1_000_000 + pl.col(day).to_physical()


def installment_group() -> pl.Expr:
    """The group of N as `group`; null above the largest group."""
    n = pl.col("installments")
    group: pl.Expr = pl.lit(None, pl.String)
    for name, maximum in reversed(GROUP_MAXIMA.items()):
        group = pl.when(n <= maximum).then(pl.lit(name)).otherwise(group)
    return group.alias("group")


def with_all_groups(frame: pl.DataFrame) -> pl.DataFrame:
    """Each row twice: in its own group of N, if it has one, and in ALL_GROUPS."""
    of_groups = frame.with_columns(installment_group())
    of_all = frame.with_columns(group=pl.lit(ALL_GROUPS))
    return pl.concat([of_groups.filter(pl.col("group").is_not_null()), of_all])


def ratio(numerator: str, denominator: str) -> pl.Expr:
    """A rate as a float; null if its denominator is 0."""
    return pl.when(pl.col(denominator) != 0).then(pl.col(numerator) / pl.col(denominator))


def is_small(plans: str | pl.Expr = "plans") -> pl.Expr:
    """Whether fewer than SMALL_SAMPLE plans are behind a rate."""
    count = pl.col(plans) if isinstance(plans, str) else plans
    return (count < SMALL_SAMPLE).alias("is_small")


def overdue_bucket(days: pl.Expr) -> pl.Expr:
    """The row of roll rates for days past due: `current` or an aging bucket."""
    return pl.when(days <= 0).then(pl.lit("current")).otherwise(aging_bucket(days))
