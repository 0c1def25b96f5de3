"""The sections of the monthly statement: figures of the month and of the loan book.

A chart is on paper, page and workbook; the table of the same numbers on page and workbook alone. A
figure without a value is left out, and a section without a figure too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from smartinst.i18n.locales import N_
from smartinst.report.mime_bundles import KPI, DisplayBundle
from smartinst.report.section import ReportSection, off_paper
from smartinst.report.sections.book_parts import BookParts, chart_or_none, table_or_none
from smartinst.report.sections.week_figures import expected_item, expected_ranges

MONTH_ROWS: Final = 400
"""More rows than the month has lines, in however many currencies."""
DETAIL_ROWS: Final = 40
"""Plans in the detail table on paper, those with debt first."""


@dataclass(frozen=True)
class Statement(BookParts):
    """The statement of a book that has its loan book, section by section."""

    def headline(self) -> DisplayBundle:
        """The news and the key figures: with a forecast, what is expected, not what falls due."""
        output, tables, locale = self.book.headline(), self.book.loan_book, self.book.locale
        content = output.bundle[KPI]
        ranges = expected_ranges(tables) if tables and not tables.is_filtered else {}
        if ranges.keys() >= {card["currency"] for card in content["currencies"]}:
            for card in content["currencies"]:
                card["items"] = [
                    expected_item(ranges, {}, card["currency"], locale)
                    if item["name"] == "due_30"
                    else item
                    for item in card["items"]
                ]
        return output

    def month(self) -> ReportSection:
        """The month beside the month before and a year before."""
        return self.section(N_("The month in figures"), self.table("month_totals", MONTH_ROWS))

    def sales(self) -> ReportSection:
        """Sales of the month by product, number of installments and country."""
        parts = (
            self.table("sales_by_product", 8),
            self.chart("sales_by_installments"),
            self.chart("sales_by_country"),
            self.table("sales_by_installments", on_paper=False),
            self.table("sales_by_country", on_paper=False),
        )
        return self.section(N_("Sales of the month"), *parts)

    def receipts(self) -> ReportSection:
        """Received, returned and net by month, and the parts of all that was sold.

        The table of a single month is on paper in place of its chart.
        """
        book = self.book
        by_month = (book.revenue_by_month, book.net_by_month)
        parts = (
            *(
                None if figure.has_one_month else chart_or_none(figure.chart())
                for figure in by_month
            ),
            *(
                table_or_none(figure.table())
                if figure.has_one_month
                else off_paper(partial(figure.table, top=36))
                for figure in by_month
            ),
            table_or_none(book.revenue.table()),
            table_or_none(book.released()),
            off_paper(lambda: table_or_none(book.of_which())),
            off_paper(lambda: table_or_none(book.net_table())),
        )
        return self.section(N_("Received, returned and net by month"), *parts)

    def plans(self) -> ReportSection:
        """The plans by status and installments, and by month of purchase."""
        parts = (
            chart_or_none(self.book.status_by_installments.chart()),
            off_paper(lambda: table_or_none(self.book.status_shares())),
            *self.figure("cohort_statuses"),
            *self.figure("cohorts"),
        )
        return self.section(N_("Plans and cohorts"), *parts)

    def collection(self) -> ReportSection:
        """What was paid on time, later, and after a refusal."""
        parts = (
            *self.figure("collection"),
            self.table("failed_and_recovered", 5),
            self.explanation("failed_and_recovered"),
            self.table("clean_up", 5),
            self.explanation("clean_up"),
            self.table("second_charge"),
            self.explanation("second_charge"),
        )
        return self.section(N_("Collection"), *parts)

    def arrears(self) -> ReportSection:
        """The balance in arrears, why it changed, and what was lost."""
        parts = (
            *self.figure("arrears"),
            self.table("bridge"),
            self.explanation("bridge"),
            self.table("written_off"),
            self.explanation("written_off"),
        )
        return self.section(N_("Arrears"), *parts)

    def delays(self) -> ReportSection:
        """How delays develop: roll rates, cures, defaults, vintages and stops."""
        parts = (
            *self.figure("roll_rates"),
            self.table("cures", 6),
            self.explanation("cures"),
            *self.figure("vintages"),
            *self.figure("stops"),
            self.table("defaults"),
            self.explanation("defaults"),
        )
        return self.section(N_("How delays develop"), *parts)

    def offers(self) -> ReportSection:
        """Results by number of installments, and what collecting costs."""
        parts = (
            self.table("offers", 10),
            self.explanation("offers"),
            self.table("collecting_cost", 5),
            self.explanation("collecting_cost"),
        )
        return self.section(N_("Which number of installments to offer"), *parts)

    def receivables(self) -> ReportSection:
        """What should come in, when, and how good past forecasts were."""
        figure = self.book_figure("expected_cash")
        parts = (
            *self.figure("expected_cash"),
            self.book.possible_table(with_expected=True) if figure.has_rows else None,
            *self.figure("cash_calendar"),
            self.table("expected_by_month", 36, on_paper=False),
            *self.figure("past_forecasts"),
            self.table("forecast_score", 6),
            self.explanation("forecast_score"),
            self.table("expected_refunds"),
            self.explanation("expected_refunds"),
        )
        if not figure.has_rows:
            parts = (figure.reason(), *parts) if self.book.rows["plans"].height else ()
        return self.section(N_("Expected to be received"), *parts)

    def details(self) -> ReportSection:
        """Plans, those with debt first; notes on the data; definitions; the rows of the page."""
        return self.with_page_rows(
            self.section(N_("Detail"), self.book.detail(top=DETAIL_ROWS)),
            self.section(N_("Notes"), self.book.notes()),
            self.section(N_("Definitions"), self.book.glossary()),
        )
