"""The sections of the seller's report: the platform's dashboard, and the loan book of its page.

Where a chart and a table show the same numbers, one of them is on paper, and page and workbook have
both. The sections of the loan book are for the page alone: on paper, the statement has them.
"""

from __future__ import annotations

from dataclasses import dataclass

from smartinst.i18n.locales import N_
from smartinst.report.section import ReportSection, off_paper
from smartinst.report.sections.book_parts import BookParts, chart_or_none, table_or_none


@dataclass(frozen=True)
class SellerSections(BookParts):
    """The report of a book, section by section; one without content displays nothing."""

    def contacts(self) -> ReportSection:
        """The ten buyers to contact first."""
        return self.section(N_("Contact first"), table_or_none(self.book.contacts()))

    def alerts(self) -> ReportSection:
        """The plans that need a decision."""
        return self.section(N_("Alerts"), table_or_none(self.book.alerts()))

    def possible(self) -> ReportSection:
        """What is contracted by due month, and if all had paid to date."""
        parts = (
            chart_or_none(self.book.possible_by_month.chart()),
            off_paper(lambda: table_or_none(self.book.possible_table())),
        )
        return self.section(N_("Possible values to be received"), *parts)

    def overdue(self) -> ReportSection:
        """Overdue installments by product, delay and number of installments."""
        book = self.book
        parts = (
            off_paper(lambda: chart_or_none(book.overdue_by_product.chart(on_paper=False))),
            chart_or_none(book.aging.chart()),
            chart_or_none(book.days_overdue_by_charge.chart()),
            table_or_none(book.overdue_by_product.table(top=12)),
            off_paper(lambda: table_or_none(book.aging.table())),
            table_or_none(book.debt_by_installments.table()),
        )
        has_debt = parts[1] is not None
        return self.section(N_("Overdue installments"), *(parts if has_debt else ()))

    def refusals(self) -> ReportSection:
        """Refused charges by what helps, and how many were paid since."""
        figure = self.book.refusals
        parts = (chart_or_none(figure.chart()), off_paper(lambda: table_or_none(figure.table())))
        return self.section(N_("Refusals by remedy"), *parts)

    def statuses(self) -> ReportSection:
        """The plans by number of installments and status."""
        parts = (
            chart_or_none(self.book.status_by_installments.chart()),
            off_paper(lambda: table_or_none(self.book.status_shares())),
        )
        return self.section(N_("Plans by status"), *parts)

    def revenue(self) -> ReportSection:
        """The parts of the total by currency, and what they hide."""
        book = self.book
        parts = (
            off_paper(lambda: chart_or_none(book.revenue.chart(on_paper=False))),
            table_or_none(book.revenue.table()),
            table_or_none(book.of_which()),
            off_paper(lambda: table_or_none(book.net_table())),
            table_or_none(book.released()),
        )
        return self.section(book.revenue.figure.title, *parts)

    def months(self) -> ReportSection:
        """Received, returned and net by month."""
        book = self.book
        parts = (
            chart_or_none(book.revenue_by_month.chart()),
            chart_or_none(book.net_by_month.chart()),
            off_paper(lambda: table_or_none(book.revenue_by_month.table(top=30))),
        )
        return self.section(N_("Received, returned and net by month"), *parts)

    def countries(self) -> ReportSection:
        """Net and collected by the buyers' country."""
        book = self.book
        parts = (
            chart_or_none(book.net_by_country.chart()),
            off_paper(lambda: table_or_none(book.revenue_by_country.table(top=25))),
        )
        return self.section(N_("Revenue by country"), *parts)

    def expected(self) -> ReportSection:
        """What should come in, and how good past forecasts were."""
        parts = (
            *self.figure("expected_cash"),
            self.table("expected_by_month", 15),
            self.chart("past_forecasts"),
            self.table("forecast_score"),
        )
        if not self.book_figure("expected_cash").has_rows and self.book.rows["plans"].height:
            parts = (self.book_figure("expected_cash").table(), *parts)
        return self.section(N_("Expected to be received"), *parts)

    def arrears(self) -> ReportSection:
        """The balance in arrears, why the overdue amount changed, and what was lost."""
        parts = (*self.figure("arrears", 15), self.table("bridge"), self.table("written_off"))
        return self.section(N_("Arrears"), *parts)

    def collection(self) -> ReportSection:
        """What was paid on time, later, and after a refusal."""
        parts = (
            *self.figure("collection", 15),
            self.table("clean_up", 10),
            self.table("failed_and_recovered", 10),
        )
        return self.section(N_("Collection"), *parts)

    def delays(self) -> ReportSection:
        """Roll rates, vintages and cohorts."""
        parts = (
            *self.figure("roll_rates"),
            *self.figure("vintages", 15),
            self.table("cohorts", 15),
        )
        return self.section(N_("How delays develop"), *parts)

    def offers(self) -> ReportSection:
        """Results by number of installments, and what collecting costs."""
        parts = (
            self.explanation("offers"),
            self.table("offers", 16),
            self.table("collecting_cost", 10),
        )
        return self.section(N_("Which number of installments to offer"), *parts)

    def details(self) -> ReportSection:
        """Plans, those with debt first; notes on the data; definitions; the rows of the page."""
        return self.with_page_rows(
            self.section(N_("Detail"), self.book.detail()),
            self.section(N_("Notes"), self.book.notes()),
            self.section(N_("Definitions"), self.book.glossary()),
        )
