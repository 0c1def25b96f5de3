"""What every chart of the loan book has: rows with texts, and a panel per currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.i18n.locales import Locale
from smartinst.money import exponent
from smartinst.report.charts.axes import (
    NARROW_WIDTH,
    PANEL_HEIGHT,
    THIRD_WIDTH,
    WIDE_WIDTH,
    legend,
    panels_in_row,
)

LINE_HEIGHT: Final = 150
MOST_IN_ROW: Final = 3
Row = Mapping[str, Any]


@dataclass(frozen=True)
class BookChart:
    """The rows of a chart, its currencies in their order and the language."""

    name: str
    rows: pl.DataFrame
    currencies: tuple[str, ...]
    locale: Locale

    def with_rows(self, rows: pl.DataFrame) -> BookChart:
        """The chart with other rows."""
        return replace(self, rows=rows)

    def data(self) -> alt.InlineData:
        """The rows as the data of a chart without panels."""
        return alt.InlineData(values=self.rows.to_dicts(), name=self.name)

    def texts(self, column: str, text: Callable[[Row], str]) -> BookChart:
        """The chart with one more column of texts, computed from each row."""
        values = [text(row) for row in self.rows.iter_rows(named=True)]
        rows = self.rows.with_columns(pl.Series(column, values, pl.String))
        return self.with_rows(rows)

    @property
    def height(self) -> int:
        """The height of a panel: less if panels are in rows of three."""
        return PANEL_HEIGHT if panels_in_row(len(self.currencies)) == MOST_IN_ROW else LINE_HEIGHT

    def percent(self, share: float) -> str:
        """A share with one decimal."""
        return percent_text(share, self.locale)

    def panels(
        self, draw: Callable[[alt.InlineData, int], Any], most_in_row: int = MOST_IN_ROW
    ) -> Any:
        """One panel for each currency, with its rows; the currency is its title."""
        per_row = min(panels_in_row(len(self.currencies)), most_in_row)
        width = (WIDE_WIDTH, NARROW_WIDTH - 20, THIRD_WIDTH)[per_row - 1]
        charts = [draw(self._data(code), width).properties(title=code) for code in self.currencies]
        if len(charts) == 1:
            return charts[0]
        starts = range(0, len(charts), per_row)
        return alt.vconcat(*(alt.hconcat(*charts[start : start + per_row]) for start in starts))

    def _data(self, currency: str) -> alt.InlineData:
        rows = self.rows.filter(pl.col("currency") == currency)
        return alt.InlineData(values=rows.to_dicts(), name=f"{self.name}_{currency}")


def percent_text(share: float, locale: Locale) -> str:
    """A share as a percentage with one decimal, in the reader's language."""
    return locale.percent(Decimal(str(round(share, 9))), decimals=1)


def short_percent(share: float, locale: Locale) -> str:
    """A share without decimals; `<1%` if it would be zero."""
    if 0 < share < 0.005:
        return f"<{locale.percent(1, 100)}"
    return locale.percent(Decimal(str(round(share, 9))))


def major(column: str, currencies: Sequence[str]) -> pl.Expr:
    """An amount in major units of the row's currency."""
    powers = {code: 10 ** exponent(code) for code in currencies}
    power = pl.col("currency").replace_strict(powers, default=100, return_dtype=pl.Int64)
    return pl.col(column) / power


def percent_axis(title: str | None = None) -> alt.Axis:
    """An axis of shares."""
    return alt.Axis(title=title, format=".0%", tickCount=5, labelLimit=0)


def fixed_color(column: str, labels: dict[str, str], colors: tuple[str, ...]) -> alt.Color:
    """A fixed color for each value, and the legend."""
    return alt.Color(
        f"{column}:N",
        scale=alt.Scale(domain=list(labels), range=list(colors)),
        legend=legend(labels),
    )
