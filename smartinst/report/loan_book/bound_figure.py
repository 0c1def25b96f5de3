"""A figure of the loan book of a report: a frame, a chart, a table, or its words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import polars as pl

from smartinst.errors import InputError
from smartinst.i18n.locales import Locale
from smartinst.report import mime_bundles
from smartinst.report.charts.axes import style_chart
from smartinst.report.charts.book_charts import record_parts, unchecked_building
from smartinst.report.loan_book.book_tables import FORECAST_OUTCOMES, LoanBookTables
from smartinst.report.loan_book.captions import chart_sentence, coverage
from smartinst.report.loan_book.chart_panels import ALL_CURRENCIES, ChartPanels, chart_panels
from smartinst.report.loan_book.chart_rows import BookChart
from smartinst.report.loan_book.charts import BOOK_CHARTS
from smartinst.report.loan_book.declaration import BookFigure
from smartinst.report.loan_book.labels import no_forecast_text
from smartinst.report.loan_book.plan_words import CALENDAR_WITHOUT_FORECAST
from smartinst.report.loan_book.table_rows import stops_of_all
from smartinst.report.loan_book.tables import book_table
from smartinst.report.table import Table

NARROW: Final = frozenset(("sales_by_installments", "sales_by_country"))
"""Charts of half the width of a page."""


@dataclass(frozen=True)
class BoundBookFigure:
    """A figure of the loan book with the loan book of a report."""

    figure: BookFigure
    tables: LoanBookTables
    locale: Locale

    def frame(self) -> pl.DataFrame:
        """The figure's rows, as `loan-book --json` has them; money in minor units."""
        return self.tables.frames[self.figure.frame]

    def chart(self, *, on_paper: bool = True) -> Any:
        """An Altair chart that can be modified; a sentence if there are too few plans for it.

        If not `on_paper`, only the page has the chart.
        """
        if self.figure.name not in BOOK_CHARTS:
            raise InputError(f"figure {self.figure.name} has no chart; use .table()")
        if not self.has_chart:
            return self._text(self._reason_for_no_chart())
        rows, panels = self._charted_rows, self._panels
        sentence = chart_sentence(self.figure, rows, panels, self.locale)
        chart = BookChart(self.figure.name, rows, panels.currencies, self.locale)
        usermeta = {
            "title": self.locale.gettext(self.figure.title),
            "sentence": sentence,
            "wide": self.figure.name not in NARROW,
            "covers": coverage(self.figure, self.tables),
            **({} if on_paper else {"paper": False}),
        }
        with unchecked_building():
            drawing = BOOK_CHARTS[self.figure.name](chart)
            style_chart(drawing, self.locale, sentence, usermeta)
        record_parts(drawing)
        return drawing

    @property
    def has_chart(self) -> bool:
        """Whether there are enough plans for the chart."""
        if self.figure.name in ALL_CURRENCIES:
            plans = _counted_plans(self.figure.name, self.frame())
            return bool(plans) and not self.has_one_month
        return self._charted_rows.height > 0

    def table(self, top: int | None = None) -> Any:
        """The figure as a table of at most `top` rows; the workbook has all."""
        table = self._table(top)
        if not table.rows:
            return self._text(self._reason_for_no_rows())
        output = mime_bundles.table_output(table, self.locale)
        if self.figure.name != "forecast_score":
            return output
        measures = {FORECAST_OUTCOMES: self.tables.measured_outcomes}
        return mime_bundles.DisplayBundle({**output.bundle, mime_bundles.MEASURES: measures})

    @property
    def has_rows(self) -> bool:
        """Whether the table has a row with a value."""
        return bool(self._table(None).rows)

    def _table(self, top: int | None) -> Table:
        table = book_table(self.figure, self.tables, self.locale, self._caption(), top)
        return replace(table, covers=coverage(self.figure, self.tables))

    def explanation(self) -> mime_bundles.DisplayBundle:
        """What the figure counts, and what to do with it."""
        figure = self.figure
        parts = (figure.definition, figure.advice)
        if figure.name == "cash_calendar" and not self.tables.forecast.has_forecast:
            parts = CALENDAR_WITHOUT_FORECAST
        return mime_bundles.text_output(" ".join(self.locale.gettext(part) for part in parts))

    def reason(self) -> mime_bundles.DisplayBundle:
        """Why the figure has no rows, in a section that has its title."""
        return mime_bundles.text_output(self._reason_for_no_rows())

    @cached_property
    def _panels(self) -> ChartPanels:
        return chart_panels(self.figure.name, self.frame(), self.tables)

    @cached_property
    def _charted_rows(self) -> pl.DataFrame:
        """The rows of the currencies that the chart draws."""
        rows = self.frame()
        if self.figure.name in ALL_CURRENCIES:
            return rows
        return rows.filter(pl.col("currency").is_in(self._panels.currencies))

    @property
    def has_one_month(self) -> bool:
        """Whether all bars of a chart by month would be one, which the table says as well."""
        return self.figure.name == "cohort_statuses" and self.frame()["month"].n_unique() < 2

    def _caption(self) -> str:
        """The days of the bridge, and what the columns and balances of months are."""
        if self.figure.name == "month_totals":
            return self.locale.gettext(
                "Balances are those at the end of the month's last day. Still to come in: overdue, "
                "confirmed or not, and to receive, of plans whose first installment was paid."
            )
        if self.figure.name == "bridge":
            days = {"first": self.tables.since, "last": self.tables.as_of}
            texts = {name: self.locale.date(day) for name, day in days.items()}
            return self.locale.gettext("From {first} to {last}.", **texts)
        if self.figure.name == "cohorts":
            return self.locale.gettext(
                "Collected by the end of the month of purchase, and by month-ends after it."
            )
        return ""

    def _reason_for_no_chart(self) -> str:
        if self.figure.is_forecast and not self.tables.forecast.has_forecast:
            return self._reason_for_no_rows()
        return self.locale.gettext(
            "There are too few plans for a chart; a currency needs 30 plans and two months."
        )

    def _reason_for_no_rows(self) -> str:
        """A sentence in place of the figure; without a forecast, when there will be one."""
        if not self.figure.is_forecast or self.tables.forecast.has_forecast:
            return self.locale.gettext("There are no data for this yet.")
        return no_forecast_text(self.tables.forecast.forecast_from, self.locale)

    def _text(self, reason: str) -> mime_bundles.DisplayBundle:
        title = self.locale.gettext(self.figure.title)
        return mime_bundles.text_output(f"*{title}*: {reason}")


def _counted_plans(name: str, rows: pl.DataFrame) -> int:
    """The plans that a chart of counts has; 0 if a chart says too little."""
    if name == "stops":
        of_all = stops_of_all(rows)
        return int(of_all["stop"].sum()) if of_all.filter(~pl.col("is_small")).height else 0
    return int(rows["plans"].sum()) if rows.height else 0
