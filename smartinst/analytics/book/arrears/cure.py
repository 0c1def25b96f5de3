"""Cure rates: how many debts are settled in time (docs/metrics.md §6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.arrears.debts import debt_runs, first_day_above
from smartinst.analytics.book.horizon import days_after, is_small, ratio
from smartinst.analytics.book.loan_book import LoanBook

WINDOWS: Final = ((0, 30), (0, 90), (30, 90))
"""(over_days, within_days): an episode begins above the first, and has the second to be cured."""


def cure(
    book: LoanBook, spells: pl.LazyFrame, windows: tuple[tuple[int, int], ...] = WINDOWS
) -> pl.DataFrame:
    """One row per currency, over_days and within_days.

    episodes         those whose window (first day + within_days) is over
    overdue_minor    the confirmed overdue amount on their first days
    cured            over within the window with DPD 0 and nothing forgiven; cured_minor: their
                     part of overdue_minor
    cured_at_a_loss  the same, with something forgiven
    ended            the plan ended within the window
    open             the others
    rate, rate_minor  cured ÷ episodes, cured_minor ÷ overdue_minor

    spells  `debts.overdue_spells` of confirmed charges
    """
    of_runs = debt_runs(spells).collect().lazy()
    tables = [
        _count_outcomes(book, episodes(book, of_runs, days), window).with_columns(
            over_days=pl.lit(days, pl.Int32), within_days=pl.lit(window, pl.Int32)
        )
        for days, window in windows
    ]
    return (
        pl.concat(tables)
        .select(
            *("currency", "over_days", "within_days", "episodes", "overdue_minor", "cured"),
            *("cured_at_a_loss", "ended", "open", "rate", "cured_minor"),
            ratio("cured_minor", "overdue_minor").alias("rate_minor"),
            "is_small",
        )
        .sort("currency", "over_days", "within_days")
        .collect()
    )


def episodes(book: LoanBook, of_runs: pl.LazyFrame, over_days: int) -> pl.LazyFrame:
    """One row per run of debt in which the plan was more than `over_days` past due.

    begin          first such day; end: the first day with DPD 0 or on which the plan ended
    overdue_minor  the confirmed overdue amount on the first day
    outcome        cured, cured_at_a_loss, ended or open as of D

    of_runs  as `debt_runs` returns them
    """
    first_day = pl.col("first_day")
    is_of_first_day = (pl.col("begin") <= first_day) & (pl.col("end") > first_day)
    is_later = pl.col("end") > first_day
    of_run = (
        of_runs.with_columns(first_day=first_day_above(over_days).min().over("run"))
        .filter(first_day.is_not_null())
        .group_by("run")
        .agg(
            pl.col("plan_index", "currency", "first_day", "run_end").first(),
            overdue_minor=pl.col("amount_minor").filter(is_of_first_day).sum(),
            is_paid=((pl.col("paid_date") <= pl.col("run_end")).fill_null(False) | ~is_later).all(),
            is_forgiven=((pl.col("forgiven_minor") > 0) & is_later).any(),
        )
    )
    return _add_outcome(book, of_run)


def _add_outcome(book: LoanBook, of_run: pl.LazyFrame) -> pl.LazyFrame:
    """Adds `outcome` by the plan's period on the day on which the run ended."""
    periods = book.periods.lazy().filter("is_ended").select("plan_index", "from_date", "is_ended")
    outcome = (
        pl.when(pl.col("run_end") > book.as_of)
        .then(pl.lit("open"))
        .when("is_ended")
        .then(pl.lit("ended"))
        .when(pl.col("is_paid") & pl.col("is_forgiven"))
        .then(pl.lit("cured_at_a_loss"))
        .when("is_paid")
        .then(pl.lit("cured"))
        .otherwise(pl.lit("open"))
    )
    return (
        of_run.join(
            periods.unique(["plan_index", "from_date"]),
            left_on=["plan_index", "run_end"],
            right_on=["plan_index", "from_date"],
            how="left",  # right: the run did not end with the plan
            validate="m:1",
        )
        .with_columns(pl.col("is_ended").fill_null(False))
        .with_columns(outcome=outcome)
        .select(
            "plan_index", "currency", "overdue_minor", "outcome", begin="first_day", end="run_end"
        )
    )


def _count_outcomes(book: LoanBook, of_plans: pl.LazyFrame, within_days: int) -> pl.LazyFrame:
    """One row per currency: the episodes whose window is over, by outcome within it."""
    last_day = days_after("begin", within_days)
    in_time = pl.when(pl.col("end") <= last_day).then("outcome").otherwise(pl.lit("open"))
    outcomes = ("cured", "cured_at_a_loss", "ended", "open")
    return (
        of_plans.filter(book.horizon.is_over(last_day))
        .with_columns(outcome=in_time)
        .group_by("currency")
        .agg(
            pl.len().cast(pl.Int32).alias("episodes"),
            pl.col("plan_index").n_unique().alias("plans"),
            pl.col("overdue_minor").sum(),
            *((pl.col("outcome") == name).sum().cast(pl.Int32).alias(name) for name in outcomes),
            cured_minor=pl.col("overdue_minor").filter(pl.col("outcome") == "cured").sum(),
        )
        .with_columns(ratio("cured", "episodes").alias("rate"), is_small())
    )
