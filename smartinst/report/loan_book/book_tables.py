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

from smartinst.analytics.book.horizon import SMALL_SAMPLE
from smartinst.analytics.currency_order import currency_order
from smartinst.analytics.sales import Sales

if TYPE_CHECKING:
    from smartinst.analytics.book.forecast.forecast import Forecast
    from smartinst.analytics.book.loan_book import LoanBook

HORIZON: Final = "30"
"""The horizon whose past forecasts a chart compares with what came in."""


@dataclass(frozen=True)
class LoanBookTables:
    """The loan book of sales as of a date; nothing is computed before the first figure is shown.

    since          first day of the bridge
    printed_minor  currency → overdue amount in a report of that day; None: nothing was printed
    kept_outcomes  measure of the previous report: the forecasts that were over by then
    """

    sales: Sales
    as_of: date
    since: date
    printed_minor: Mapping[str, int] | None = None
    kept_outcomes: Sequence[list[Any]] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether the plans are those that pass the filters of the report."""
        return bool(self.sales.where)

    @cached_property
    def book(self) -> LoanBook:
        """The plans of the report, with their state on every day."""
        from smartinst.analytics.book.loan_book import book_of_sales

        return book_of_sales(self.sales, self.as_of)

    @cached_property
    def forecast(self) -> Forecast:
        """The forecast of all plans of the seller, without filters."""
        from smartinst.analytics.book.forecast.forecast import forecast
        from smartinst.analytics.book.forecast.score import outcomes_from_measure
        from smartinst.analytics.book.loan_book import book_of_sales

        book = self.book
        if self.is_filtered:
            book = book_of_sales(self.sales.unfiltered(), self.as_of)
        return forecast(book, outcomes_from_measure(list(self.kept_outcomes)))

    @property
    def measured_outcomes(self) -> list[list[Any]]:
        """The forecasts that are over, as a measure for the next report."""
        from smartinst.analytics.book.forecast.score import outcomes_to_measure

        return outcomes_to_measure(self.forecast.outcomes)

    @cached_property
    def frames(self) -> Mapping[str, pl.DataFrame]:
        """Name → frame: the tables of `loan-book --json`, and those that only reports show.

        arrears            as `arrears.arrears` has it
        forecast_outcomes  forecasts for 30 days that are over (`score.OUTCOMES`), at most twelve
        """
        from smartinst.analytics.book.arrears.arrears import arrears
        from smartinst.analytics.book.tables import book_tables

        outcomes = self.forecast.outcomes.filter(pl.col("horizon") == HORIZON).sort("origin")
        return {
            **book_tables(self.book, self.since, self.printed_minor, self.forecast),
            "arrears": arrears(self.book),
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
