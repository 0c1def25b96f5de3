"""A figure of the loan book of a report: a frame, a chart, a table, or its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from altair.utils.schemapi import debug_mode

from smartinst.errors import InputError
from smartinst.i18n.locales import Locale
from smartinst.report import mime_bundles
from smartinst.report.charts.axes import styled_chart
from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.loan_book.captions import chart_sentence, coverage
from smartinst.report.loan_book.chart_rows import BookChart
from smartinst.report.loan_book.charts import BOOK_CHARTS, vintage_quarters
from smartinst.report.loan_book.table_specs import SAMPLE_STAR, TABLE_SPECS
from smartinst.report.loan_book.tables import book_table
from smartinst.report.loan_book.words import BookFigure
from smartinst.report.measures import FORECAST_OUTCOMES

POINTS: Final = {"arrears": "day", "collection": "month", "past_forecasts": "origin"}
"""Chart → the column of its horizontal axis; one value of it makes no line."""


@dataclass(frozen=True)
class BoundBookFigure:
    """A figure of the loan book with the loan book of a report."""

    figure: BookFigure
    tables: LoanBookTables
    locale: Locale

    def frame(self) -> pl.DataFrame:
        """The figure's rows, as `loan-book --json` has them; money in minor units."""
        return self.tables.frames[self.figure.frame]

    def chart(self) -> Any:
        """An Altair chart that can be modified; a sentence if there are too few plans for it."""
        if self.figure.name not in BOOK_CHARTS:
            raise InputError(f"figure {self.figure.name} has no chart; use .table()")
        rows = self._charted_rows()
        if not rows.height:
            return self._text(self._reason_for_no_chart())
        sentence = chart_sentence(self.figure, rows, self.tables, self.locale)
        charted = [code for code in self.tables.charted_currencies if code in set(rows["currency"])]
        chart = BookChart(self.figure.name, rows, tuple(charted), self.locale)
        usermeta = {
            "title": self.locale.gettext(self.figure.title),
            "sentence": sentence,
            "wide": True,
            "names_coverage": True,
        }
        with debug_mode(False):
            return styled_chart(
                BOOK_CHARTS[self.figure.name](chart), self.locale, sentence, usermeta
            )

    def table(self, top: int | None = None) -> Any:
        """The figure as a table of at most `top` rows; the workbook has all."""
        table = book_table(self.figure, self.tables, self.locale, self._caption(), top)
        if not table.rows:
            return self._text(self._reason_for_no_rows())
        output = mime_bundles.table_output(table, self.locale)
        if self.figure.name != "forecast_score":
            return output
        measures = {FORECAST_OUTCOMES: self.tables.measured_outcomes}
        return mime_bundles.DisplayBundle({**output.bundle, mime_bundles.MEASURES: measures})

    def explanation(self) -> mime_bundles.DisplayBundle:
        """What the figure counts, and what to do with it."""
        parts = (self.figure.definition, self.figure.advice)
        return mime_bundles.text_output(" ".join(self.locale.gettext(part) for part in parts))

    def _charted_rows(self) -> pl.DataFrame:
        """The rows of the currencies that have enough plans and points for a chart."""
        rows = self.frame()
        rows = rows.filter(pl.col("currency").is_in(self.tables.charted_currencies))
        if self.figure.name == "vintages":
            points = vintage_quarters(rows).group_by("currency").agg(pl.len().alias("points"))
        elif axis := POINTS.get(self.figure.name):
            points = rows.group_by("currency").agg(pl.col(axis).n_unique().alias("points"))
        else:
            return rows
        enough = points.filter(pl.col("points") > 1)["currency"].to_list()
        return rows.filter(pl.col("currency").is_in(enough))

    def _caption(self) -> str:
        """What the table covers, and what its star means."""
        parts = [coverage(self.figure, self.tables, self.locale)]
        if self.figure.name == "bridge":
            days = {"first": self.tables.since, "last": self.tables.as_of}
            texts = {name: self.locale.date(day) for name, day in days.items()}
            parts.append(self.locale.gettext("From {first} to {last}.", **texts))
        if SAMPLE_STAR in TABLE_SPECS[self.figure.name].columns:
            parts.append(self.locale.gettext("* fewer than 30 plans"))
        return " ".join(parts)

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
        if (day := self.tables.forecast.forecast_from) is None:
            return self.locale.gettext("There is no forecast yet: it needs 30 plans.")
        return self.locale.gettext(
            "There is no forecast yet: the first one can be made on {day}.",
            day=self.locale.date(day),
        )

    def _text(self, reason: str) -> mime_bundles.DisplayBundle:
        title = self.locale.gettext(self.figure.title)
        return mime_bundles.text_output(f"*{title}*: {reason}")
