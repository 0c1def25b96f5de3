"""The sections of the monthly statement: figures of the month and of the loan book.

A chart is on paper, page and workbook; the table of the same numbers on page and workbook alone. A
figure without a value is left out, and a section without a figure too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from smartinst.i18n.locales import N_
from smartinst.report.book import Book
from smartinst.report.bound_figure import BoundFigure
from smartinst.report.loan_book.bound_figure import BoundBookFigure
from smartinst.report.loan_book.words import BOOK_FIGURES_BY_NAME
from smartinst.report.sections.section import ReportSection, off_paper, section, table_rows

DETAIL_ROWS: Final = 40
"""Plans in the detail table on paper, those with debt first."""


@dataclass(frozen=True)
class Statement:
    """The statement of a book that has its loan book, section by section."""

    book: Book

    def month(self) -> ReportSection:
        """The month beside the month before and a year before."""
        return self._section(N_("The month in figures"), self._table("month_totals", 40))

    def sales(self) -> ReportSection:
        """Sales of the month by product, number of installments and country."""
        parts = (
            self._table("sales_by_product", 8),
            self._chart("sales_by_installments"),
            self._chart("sales_by_country"),
            self._table("sales_by_installments", on_paper=False),
            self._table("sales_by_country", on_paper=False),
        )
        return self._section(N_("Sales of the month"), *parts)

    def receipts(self) -> ReportSection:
        """Received, returned and net by month, and the parts of all that was sold."""
        book = self.book
        parts = (
            _chart_of(book.revenue_by_month),
            _chart_of(book.net_by_month),
            off_paper(book.revenue_by_month.table(top=36)),
            off_paper(book.net_by_month.table(top=36)),
            _table_of(book.revenue.table()),
            _table_of(book.released()),
            off_paper(book.of_which()),
            off_paper(book.net_table()),
        )
        return self._section(N_("Received, returned and net by month"), *parts)

    def plans(self) -> ReportSection:
        """The plans by status and installments, and by month of purchase."""
        parts = (
            _chart_of(self.book.status_by_installments),
            off_paper(self.book.status_shares()),
            *self._figure("cohort_statuses"),
            *self._figure("cohorts"),
        )
        return self._section(N_("Plans and cohorts"), *parts)

    def collection(self) -> ReportSection:
        """What was paid on time, later, and after a refusal."""
        parts = (
            *self._figure("collection"),
            self._table("failed_and_recovered", 5),
            self._words("failed_and_recovered"),
            self._table("clean_up", 5),
            self._words("clean_up"),
            self._table("second_charge"),
            self._words("second_charge"),
        )
        return self._section(N_("Collection"), *parts)

    def arrears(self) -> ReportSection:
        """The balance in arrears, why it changed, and what was lost."""
        parts = (
            *self._figure("arrears"),
            self._table("bridge"),
            self._words("bridge"),
            self._table("written_off"),
            self._words("written_off"),
        )
        return self._section(N_("Arrears"), *parts)

    def delays(self) -> ReportSection:
        """How delays develop: roll rates, cures, defaults, vintages and stops."""
        parts = (
            *self._figure("roll_rates"),
            self._table("cures", 6),
            self._words("cures"),
            *self._figure("vintages"),
            *self._figure("stops"),
            self._table("defaults"),
            self._words("defaults"),
        )
        return self._section(N_("How delays develop"), *parts)

    def offers(self) -> ReportSection:
        """Results by number of installments, and what collecting costs."""
        parts = (
            self._table("offers", 10),
            self._words("offers"),
            self._table("collecting_cost", 5),
            self._words("collecting_cost"),
        )
        return self._section(N_("Which number of installments to offer"), *parts)

    def receivables(self) -> ReportSection:
        """What should come in, when, and how good past forecasts were."""
        figure = self._book_figure("expected_cash")
        parts = (
            *self._figure("expected_cash"),
            self.book.possible_table(with_expected=True) if figure.has_rows else None,
            *self._figure("cash_calendar"),
            self._table("expected_by_month", 36, on_paper=False),
            *self._figure("past_forecasts"),
            self._table("forecast_score", 6),
            self._words("forecast_score"),
            self._table("expected_refunds"),
            self._words("expected_refunds"),
        )
        if not figure.has_rows:
            parts = (figure.table(), *parts) if self.book.rows["plans"].height else ()
        return self._section(N_("Expected to be received"), *parts)

    def details(self) -> ReportSection:
        """Plans, those with debt first; notes on the data; definitions; the rows of the page."""
        book = self.book
        headings = (N_("Detail"), N_("Notes"), N_("Definitions"))
        parts = (book.detail(top=DETAIL_ROWS), book.notes(), book.glossary())
        outputs = tuple(
            output
            for title, part in zip(headings, parts, strict=True)
            for output in section(title, [part], book.locale).outputs
        )
        return ReportSection((*outputs, book.dataset()))

    def _section(self, title: str, *parts: Any) -> ReportSection:
        return section(title, parts, self.book.locale)

    def _figure(self, name: str, top: int | None = 36) -> Iterable[Any]:
        """The chart with its words, and the table; without a chart the table is on paper."""
        figure = self._book_figure(name)
        if not figure.has_rows:
            return ()
        if not figure.has_chart:
            return (figure.table(top=top), figure.explanation())
        return (figure.chart(), figure.explanation(), figure.table(top=top, on_paper=False))

    def _chart(self, name: str) -> Any:
        figure = self._book_figure(name)
        return figure.chart() if figure.has_chart else None

    def _table(self, name: str, top: int | None = None, *, on_paper: bool = True) -> Any:
        figure = self._book_figure(name)
        return figure.table(top=top, on_paper=on_paper) if figure.has_rows else None

    def _words(self, name: str) -> Any:
        figure = self._book_figure(name)
        return figure.explanation() if figure.has_rows else None

    def _book_figure(self, name: str) -> BoundBookFigure:
        assert self.book.loan_book is not None
        return BoundBookFigure(BOOK_FIGURES_BY_NAME[name], self.book.loan_book, self.book.locale)


def _chart_of(figure: BoundFigure | BoundBookFigure) -> Any:
    """The figure's chart; None if there is nothing to draw."""
    chart = figure.chart()
    return chart if isinstance(chart, alt.TopLevelMixin) else None


def _table_of(output: Any) -> Any:
    """The output's table; None if it has no rows."""
    return output if table_rows(output) else None
