"""The loan book of a report: computed once, from the facts that the report has read.

The modules that compute it are imported at the first figure: most reports show none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from smartinst.analytics.book.horizon import SMALL_SAMPLE, month_end
from smartinst.analytics.currency_order import currency_order
from smartinst.analytics.sales import Sales
from smartinst.report.period import ReportPeriod, report_period

if TYPE_CHECKING:
    from smartinst.analytics.book.forecast.forecast import Forecast
    from smartinst.analytics.book.loan_book import LoanBook
    from smartinst.analytics.book.recovery.recovery_queue import RecoveryQueue

FORECAST_OUTCOMES: Final = "forecast_outcomes"
"""Measure with the forecasts that are over (`score.outcomes_to_measure`)."""

HORIZON: Final = "30"
"""The horizon whose past forecasts a chart compares with what came in."""


@dataclass(frozen=True)
class LoanBookTables:
    """The loan book of sales as of a date; nothing is computed before the first figure is shown.

    today          the day of the report, after a month that is over by then; None: as_of
    since          first day of the bridge
    printed_minor  currency → overdue amount in a report of that day; None: nothing was printed
    kept_outcomes  measure of the previous report: the forecasts that were over by then
    month          the month that the report covers or is in; None: that of the date
    """

    sales: Sales
    as_of: date
    since: date
    printed_minor: Mapping[str, int] | None = None
    kept_outcomes: Sequence[list[Any]] = ()
    month: ReportPeriod | None = None
    today: date | None = None

    @property
    def compared_days(self) -> tuple[date, date, date]:
        """The last day of the month, of the month before, and of the same month a year before."""
        month = self.month or report_period("month", self.as_of)
        year_before = month_end(month.end.replace(day=1, year=month.end.year - 1))
        return month.end, month.start, year_before

    @property
    def is_filtered(self) -> bool:
        """Whether the plans are those that pass the filters of the report."""
        return bool(self.sales.where)

    @cached_property
    def book(self) -> LoanBook:
        """The plans of the report, with their state on every day."""
        from smartinst.analytics.book.loan_book import book_of_sales

        return book_of_sales(self.sales, self.as_of, self.today)

    @cached_property
    def unfiltered_book(self) -> LoanBook:
        """All plans of the seller, without filters."""
        from smartinst.analytics.book.loan_book import book_of_sales

        if not self.is_filtered:
            return self.book
        return book_of_sales(self.sales.unfiltered(), self.as_of, self.today)

    @cached_property
    def queue(self) -> RecoveryQueue:
        """The recovery queue of all plans of the seller, without filters or contact log.

        InputError: `recovery_queue`.
        """
        from smartinst.analytics.book.recovery.recovery_queue import recovery_queue

        return recovery_queue(self.unfiltered_book)

    @cached_property
    def forecast(self) -> Forecast:
        """The forecast of all plans of the seller, without filters."""
        from smartinst.analytics.book.forecast.forecast import forecast
        from smartinst.analytics.book.forecast.score import outcomes_from_measure

        return forecast(self.unfiltered_book, outcomes_from_measure(list(self.kept_outcomes)))

    @property
    def measured_outcomes(self) -> list[list[Any]]:
        """The forecasts that are over, as a measure for the next report."""
        from smartinst.analytics.book.forecast.score import outcomes_to_measure

        return outcomes_to_measure(self.forecast.outcomes)

    @cached_property
    def expected_minor(self) -> Mapping[str, int]:
        """Currency → what the open installments should bring in to the end; none: no forecast."""
        to_end = self.forecast.by_horizon.filter(pl.col("horizon") == "end")
        return dict(to_end.select("currency", "expected_minor").drop_nulls().iter_rows())

    @cached_property
    def frames(self) -> Mapping[str, pl.DataFrame]:
        """Name → frame: the tables of `loan-book --json`, and those that only reports show.

        bridge             without rows if no day after `since` has data
        arrears            as `arrears.arrears` has it
        cash_calendar      as `calendar_windows.every_window` has it
        forecast_outcomes  forecasts for 30 days that are over (`score.OUTCOMES`), at most twelve
        month_totals       of `compared_days`, as `month_totals.month_totals` has it
        sales_by_…         of the same months, as `month_sales.month_sales` has them; without rows
                           if no day of the month has data
        """
        from smartinst.analytics.book.arrears.arrears import arrears
        from smartinst.analytics.book.cash.month_totals import month_totals
        from smartinst.analytics.book.cohorts.month_sales import SALES_KEYS, month_sales
        from smartinst.analytics.book.tables import book_tables
        from smartinst.report.loan_book.calendar_windows import every_window

        outcomes = self.forecast.outcomes.filter(pl.col("horizon") == HORIZON).sort("origin")
        data_through = self.book.horizon.data_through
        has_data = self.compared_days[0].replace(day=1) <= data_through
        month_sales_by = {
            name: month_sales(self.book, name, self.compared_days) for name in SALES_KEYS
        }
        tables = book_tables(self.book, self.since, self.printed_minor, self.forecast)
        if data_through <= self.since:
            tables["bridge"] = tables["bridge"].clear()
        return {
            **tables,
            "cash_calendar": every_window(tables["cash_calendar"], self.as_of),
            "arrears": arrears(self.book),
            "month_totals": month_totals(self.book, self.compared_days),
            **{
                name: sales if has_data else sales.clear() for name, sales in month_sales_by.items()
            },
            "forecast_outcomes": outcomes.group_by("currency", maintain_order=True).tail(12),
        }

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """The currencies, the one with the most live plans first, then by all plans, by code."""
        return currency_order(self.book.plans)

    @cached_property
    def charted_currencies(self) -> tuple[str, ...]:
        """The currencies with enough plans for a rate; the others have tables only."""
        counts = Counter(self.book.plans.filter("is_activated")["currency"].to_list())
        return tuple(code for code in self.currencies if counts[code] >= SMALL_SAMPLE)


def loan_book_tables(
    sales: Sales,
    as_of: date,
    period: ReportPeriod,
    previous: Mapping[str, Any],
    today: date | None = None,
) -> LoanBookTables:
    """The loan book of a report, whose bridge begins at the date that the report compares with."""
    since = period.compared_date(previous)
    is_printed = period.follows(previous) and not sales.where
    printed_minor = previous.get("overdue_minor") if is_printed else None
    kept_outcomes = previous.get(FORECAST_OUTCOMES) or ()
    month = report_period("month", as_of)
    return LoanBookTables(sales, as_of, since, printed_minor, kept_outcomes, month, today)
