"""The rows that a table of the loan book shows: selected or pivoted from the rows of its figure."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.arrears.roll import STATES
from smartinst.analytics.book.cohorts.cohorts import STATUS_COLUMNS
from smartinst.report.loan_book.labels import BRIDGE_LABELS

COHORT_MONTHS: Final = range(13)
"""Months since the purchase in the table of cohorts."""
FEWEST_MONTHS: Final = 3
"""Months since the purchase before which no second installment is more than 30 days late."""


def latest_vintages(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """Of each month of purchase, all groups of N, the newest share more than 30 days late."""
    of_all = frame.filter(
        pl.col("installments") == "all",
        pl.col("over_days") == 30,
        pl.col("months_on_book") >= FEWEST_MONTHS,
    )
    return of_all.sort("months_on_book").group_by("currency", "month").last()


def cohort_matrix(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """One row per currency and month of purchase, with `month_<n>`: collected after n months."""
    cells = frame.filter(
        pl.col("months_since").is_in(COHORT_MONTHS), pl.col("collected_rate").is_not_null()
    )
    keys = ["currency", "month", "plans", "sold_minor"]
    matrix = cells.pivot("months_since", index=keys, values="collected_rate", maintain_order=True)
    names = {str(month): f"month_{month}" for month in COHORT_MONTHS}
    missing = [pl.lit(None, pl.Float64).alias(name) for name in names if name not in matrix.columns]
    return matrix.with_columns(missing).rename(names)


def cohort_statuses(frame: pl.DataFrame, _as_of: date | None = None) -> pl.DataFrame:
    """One row per month of purchase: plans of all currencies, by their status at the last month."""
    latest = frame.sort("months_since").group_by("currency", "month").last()
    return latest.group_by("month").agg(pl.col("plans", *STATUS_COLUMNS.values()).sum())


def cures(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """The delays of a currency that has some."""
    return frame.filter(pl.col("episodes") > 0)


def stops_of_all(frame: pl.DataFrame, _as_of: date | None = None) -> pl.DataFrame:
    """The installments of all plans, with the share that stopped of those still paying."""
    of_all = frame.filter(pl.col("installments") == "all", pl.col("at_risk") > 0)
    return of_all.with_columns(stop_rate=pl.col("stop") / pl.col("at_risk"))


def with_expected(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """The currencies for which something can be expected."""
    return frame.filter(pl.col("expected_minor").is_not_null())


def with_hits(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """Whether what came in lies in the range of the forecast."""
    return frame.with_columns(
        is_inside=pl.col("actual_minor").is_between("low_minor", "high_minor")
    )


def coming_months(frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The months from that of the date on; overdue installments are in earlier ones."""
    return frame.filter(pl.col("month") >= as_of.strftime("%Y-%m"))


def roll_matrix(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """One row per currency and state at a month-end, with a column for each state after it."""
    keys = ["currency", "from"]
    totals = frame.group_by(keys).agg(pl.col("outstanding_minor").sum())
    matrix = frame.pivot("to", index=keys, values="rate", maintain_order=True)
    missing = [
        pl.lit(None, pl.Float64).alias(name) for name in STATES if name not in matrix.columns
    ]
    return matrix.with_columns(missing).join(totals, on=keys, validate="1:1", maintain_order="left")


def bridge_lines(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """One row per line of the bridge that is not zero, with a column for each currency."""
    lines = frame.select("currency", *BRIDGE_LABELS).unpivot(
        index="currency", variable_name="line", value_name="minor"
    )
    is_end = pl.col("line").is_in(["opening_minor", "closing_minor"])
    has_amount = (pl.col("minor").fill_null(0) != 0).any().over("line")
    nonzero_lines = lines.filter(is_end | has_amount)
    return nonzero_lines.pivot("currency", index="line", values="minor", maintain_order=True)


def collection_matrix(frame: pl.DataFrame, _as_of: date) -> pl.DataFrame:
    """One row per currency and month, with a column `rate_<days>` for each number of days."""
    matrix = frame.pivot("days", index=["currency", "month", "due_minor"], values="rate")
    names = {str(days): f"rate_{days}" for days in (0, 7, 30, 60, 90)}
    missing = [pl.lit(None, pl.Float64).alias(name) for name in names if name not in matrix.columns]
    flags = frame.filter(pl.col("days") == 0).select("currency", "month", "is_small")
    return (
        matrix.with_columns(missing)
        .rename(names)
        .join(flags, on=["currency", "month"], how="left", validate="1:1")  # right: not yet over
    )
