"""The currencies that a chart of the loan book draws: those with enough plans and points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.loan_book.charts import vintage_quarters

POINTS: Final = {"arrears": "day", "collection": "month", "past_forecasts": "origin"}
"""Chart → the column of its horizontal axis; one value of it makes no line."""
FEWEST_MONTHS: Final = 3
"""Months of purchase in a heat table, at least."""
MOST_PANELS: Final = {"roll_rates": 1, "cohorts": 1}
"""Chart → the most currencies that it draws, the first ones; the others: PANEL_LIMIT."""
PANEL_LIMIT: Final = 3
ALL_CURRENCIES: Final = frozenset(
    ("stops", "sales_by_installments", "sales_by_country", "cohort_statuses")
)
"""Charts that count plans of all currencies."""


@dataclass(frozen=True)
class ChartPanels:
    """The currencies of a chart in their order; a chart of counts has none.

    too_few  currencies without enough plans or points; further: enough, but not drawn
    """

    currencies: tuple[str, ...] = ()
    too_few: tuple[str, ...] = ()
    further: tuple[str, ...] = ()


def chart_panels(name: str, rows: pl.DataFrame, tables: LoanBookTables) -> ChartPanels:
    """The panels of a figure's chart."""
    if name in ALL_CURRENCIES:
        return ChartPanels()
    present = [code for code in tables.currencies if code in set(rows["currency"])]
    points = _points(name, rows)
    enough = [
        code
        for code in present
        if code in tables.charted_currencies and (points is None or points.get(code, 0) > 1)
    ]
    count = MOST_PANELS.get(name, PANEL_LIMIT)
    too_few = tuple(code for code in present if code not in enough)
    return ChartPanels(tuple(enough[:count]), too_few, tuple(enough[count:]))


def _points(name: str, rows: pl.DataFrame) -> dict[str, int] | None:
    """Currency → points of its lines; None: the chart has no lines."""
    if name == "vintages":
        points = vintage_quarters(rows).group_by("currency").agg(pl.len().alias("points"))
    elif axis := POINTS.get(name):
        points = rows.group_by("currency").agg(pl.col(axis).n_unique().alias("points"))
    else:
        return None
    return dict(points.iter_rows())
