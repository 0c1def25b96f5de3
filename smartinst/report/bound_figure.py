"""A figure of a book, as a frame, a chart or a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from smartinst.analytics.currency_order import CURRENCY_COLUMNS, currencies_of, small_currencies
from smartinst.analytics.figures import Figure
from smartinst.analytics.sales import Rows
from smartinst.errors import InputError
from smartinst.i18n.locales import Locale
from smartinst.report import mime_bundles
from smartinst.report.charts.captions import SENTENCES, other_currencies
from smartinst.report.charts.catalog import (
    CHARTED_SUMS,
    CHARTS,
    PANEL_CHARTS,
    WIDE_CHARTS,
    draw_chart,
)
from smartinst.report.tables.figures import figure_table


@dataclass(frozen=True)
class BoundFigure:
    """A figure with the rows of a book."""

    figure: Figure
    rows: Rows
    locale: Locale

    def frame(self) -> pl.DataFrame:
        """The figure's rows, sorted by its keys; money in minor units."""
        return self.figure.fold(self.rows)

    @property
    def has_one_month(self) -> bool:
        """Whether a figure by month has only one, which a table says better than a chart."""
        month = next((name for name in self.figure.by if name.endswith("_month")), None)
        return month is not None and self.frame()[month].drop_nulls().n_unique() == 1

    def chart(self, *, on_paper: bool = True) -> Any:
        """An Altair chart that can be modified; a sentence if there is nothing to draw.

        If not `on_paper`, only the page has the chart.
        """
        frame = self.frame()
        if self.figure.name not in CHARTS:
            raise InputError(f"figure {self.figure.name} has no chart; use .table()")
        sums = CHARTED_SUMS.get(self.figure.name, self.figure.sums)
        if not frame.select(pl.any_horizontal((pl.col(name) != 0).any() for name in sums)).item():
            return self._no_rows()
        small = self._small_currencies()
        sentence = SENTENCES[self.figure.name](self.rows, frame, self.locale)
        sentence = " ".join(filter(None, (sentence, other_currencies(small, self.locale))))
        omitted = (*small, *self._empty_currencies(frame, sums))
        usermeta = {
            "figure": self.figure.declaration(),
            "title": self.locale.gettext(self.figure.title),
            "sentence": sentence,
            "wide": self.figure.name in WIDE_CHARTS,
            **({} if on_paper else {"paper": False}),
        }
        return draw_chart(self.figure, frame, self.locale, sentence, usermeta, omitted)

    def table(self, top: int | None = None) -> Any:
        """The figure as a table of at most `top` rows."""
        table = figure_table(self.figure, self.rows, self.locale, top)
        if not table.rows:
            return self._no_rows()
        return mime_bundles.table_output(table, self.locale)

    def _small_currencies(self) -> tuple[str, ...]:
        """Currencies of so few plans that a chart with panels by currency has none for them."""
        return small_currencies(self.rows["plans"]) if self.figure.name in PANEL_CHARTS else ()

    def _empty_currencies(self, frame: pl.DataFrame, sums: Sequence[str]) -> tuple[str, ...]:
        """Currencies without an amount, whose panel would be empty."""
        if self.figure.name not in PANEL_CHARTS:
            return ()
        column = next(name for name in CURRENCY_COLUMNS if name in frame.columns)
        has_amount = pl.any_horizontal(pl.col(name) != 0 for name in sums)
        codes = set(frame.filter(has_amount)[column])
        return tuple(code for code in currencies_of(frame, column) if code not in codes)

    def _no_rows(self) -> mime_bundles.DisplayBundle:
        title = self.locale.gettext(self.figure.title)
        return mime_bundles.text_output(
            self.locale.gettext("*{figure}*: nothing to show.", figure=title)
        )
