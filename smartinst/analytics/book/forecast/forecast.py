"""The expected receivable of a seller, its range and its score (docs/metrics.md §6.2).

open charges on snapshot days ── count tables ──┐
                              └── roll chain ───┴── expectation ── range ── score
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from smartinst.analytics.book.forecast.expectations import expect_payments
from smartinst.analytics.book.forecast.naive import trailing_ratios
from smartinst.analytics.book.forecast.payment_days import expected_by_payment_date
from smartinst.analytics.book.forecast.prediction_range import add_ranges
from smartinst.analytics.book.forecast.refunds import expected_refunds
from smartinst.analytics.book.forecast.score import OUTCOMES, score
from smartinst.analytics.book.forecast.totals import forecast_totals
from smartinst.analytics.book.forecast.windows import LAST_CHANCE, MONTH, last_known_day
from smartinst.analytics.book.horizon import month_ends
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.payments import year_month

ENOUGH_PLANS: Final = 30
"""Plans with matured charges that a forecast needs."""
MATURED_DAYS: Final = 30
"""Days after which the second charge of a plan is matured."""
PAST_MONTHS: Final = 30
"""Past month-ends from whose errors ranges and scores are learned."""


@dataclass(frozen=True)
class Forecast:
    """Tables of the expected receivable as of a date; money in minor units.

    by_horizon      currency, horizon (30, 90, end), low_minor, expected_minor, high_minor,
                    contracted_minor (overdue, and due in the horizon)
    by_month        currency, month (of the due date), contracted_minor, expected_minor, to the end
    by_payment_date currency, payment_date, expected_minor (a float), to the end
    score           as `score.score` returns it
    outcomes        columns OUTCOMES: forecasts that are over. They never change: keep them, and
                    give them to the next forecast
    refunds         currency, collected_minor of young plans, expected_minor that is returned
    forecast_from   first date with a forecast if there is none yet; null: not enough plans

    Without a forecast, all tables but `outcomes` are empty.
    """

    by_horizon: pl.DataFrame
    by_month: pl.DataFrame
    by_payment_date: pl.DataFrame
    score: pl.DataFrame
    outcomes: pl.DataFrame
    refunds: pl.DataFrame
    forecast_from: date | None

    @property
    def has_forecast(self) -> bool:
        """Whether enough plans have matured charges; if not, see `forecast_from`."""
        return self.by_horizon.height > 0


def forecast(book: LoanBook, outcomes: pl.DataFrame | None = None) -> Forecast:
    """The forecast of a whole seller's book: filters must not have dropped plans of it.

    outcomes  those of an earlier forecast of the seller; they replace what would be computed now
    """
    as_of, data_through = book.as_of, book.horizon.data_through
    origins = _origins(book)
    expectations = expect_payments(book, origins)
    totals = forecast_totals(expectations.charges, trailing_ratios(book, origins))
    ranges = add_ranges(totals, data_through)
    closed = _outcomes(ranges, last_known_day(as_of, data_through), outcomes)
    current = expectations.charges.filter(pl.col("origin") == as_of, pl.col("horizon") == "end")
    return Forecast(
        _by_horizon(ranges.filter(pl.col("origin") == as_of)),
        _by_month(current),
        expected_by_payment_date(current, _matured_rows(expectations.snapshots, book)),
        score(closed),
        closed,
        expected_refunds(book),
        None if current.height else _forecast_from(book),
    )


def _origins(book: LoanBook) -> pl.DataFrame:
    """D and the month-ends before it that had a forecast: origin, known_through."""
    data_through, matured_dates = book.horizon.data_through, _matured_dates(book)
    month_ends_with_data = month_ends(min(book.as_of, data_through), PAST_MONTHS)
    days = [day for day in month_ends_with_data if day < book.as_of]
    origins = [(day, last_known_day(day, data_through)) for day in (*days, book.as_of)]
    return pl.DataFrame(
        [row for row in origins if (matured_dates <= row[1]).sum() >= ENOUGH_PLANS],
        {"origin": pl.Date, "known_through": pl.Date},
        orient="row",
    )


def _matured_dates(book: LoanBook) -> pl.Series:
    """For each plan with a second charge, the last day of that charge's window."""
    second_charges = book.charges.filter("is_in_book", pl.col("number") == 2)
    return second_charges["due_date"].dt.offset_by(f"{MATURED_DAYS}d")


def _forecast_from(book: LoanBook) -> date | None:
    """The day after the 30th plan's second charge has matured; None: there are fewer plans."""
    dates = _matured_dates(book).sort().to_list()
    return dates[ENOUGH_PLANS - 1] + timedelta(days=1) if len(dates) >= ENOUGH_PLANS else None


def _outcomes(
    ranges: pl.DataFrame, last_day: date, earlier_outcomes: pl.DataFrame | None
) -> pl.DataFrame:
    """The forecasts that are over, those of an earlier run as they were then."""
    minor = ("low_minor", "expected_minor", "high_minor", "trailing_minor")
    closed = (
        ranges.filter(pl.col("closed_date") <= last_day)
        .with_columns(pl.col(minor).round().cast(pl.Int64))
        .select(pl.col(name).cast(kind) for name, kind in OUTCOMES.items())
    )
    if earlier_outcomes is not None:
        keys = ["origin", "currency", "horizon"]
        later_outcomes = closed.join(earlier_outcomes, on=keys, how="anti")
        closed = pl.concat([earlier_outcomes.select(OUTCOMES.keys()), later_outcomes])
    return closed.sort("currency", "horizon", "origin")


def _by_horizon(ranges: pl.DataFrame) -> pl.DataFrame:
    minor = ("low_minor", "expected_minor", "high_minor")
    return ranges.sort("currency", "horizon").select(
        "currency",
        "horizon",
        pl.col(minor).round().cast(pl.Int64),
        "contracted_minor",
    )


def _by_month(current: pl.DataFrame) -> pl.DataFrame:
    """The expected part of each month's dues; overdue charges are in the months they fell due."""
    expectation = pl.col("amount_minor") * pl.col("expected")
    return (
        current.group_by("currency", year_month("due_date").alias("month"))
        .agg(
            contracted_minor=pl.col("amount_minor").sum(),
            expected_minor=expectation.sum().round().cast(pl.Int64),
        )
        .sort("currency", "month")
    )


def _matured_rows(snapshots: pl.DataFrame, book: LoanBook) -> pl.DataFrame:
    """Open charges of past snapshots that are overdue or fall due next, whose windows are over."""
    last_day = last_known_day(book.as_of, book.horizon.data_through)
    return snapshots.filter(
        pl.col("months_ahead") == 0,
        pl.col("day") <= last_day - timedelta(days=MONTH + LAST_CHANCE),
        pl.col("is_confirmed") | ~pl.col("is_overdue"),
    )
