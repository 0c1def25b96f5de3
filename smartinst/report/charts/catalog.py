"""A figure's chart, built by Altair from the figure's rows, in the size in which it is printed.

Encodings only sum, so aggregated and raw rows produce the same image. Scales of statuses, buckets
and installments are fixed, so that a color has the same meaning under every filter. Currencies are
never stacked: each has a panel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import Figure
from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.report.charts.axes import ChartContext, style_chart
from smartinst.report.charts.book_charts import record_parts, unchecked_building
from smartinst.report.charts.debt import (
    aging,
    days_overdue_by_charge,
    overdue_by_product,
    refusals,
    status_by_installments,
)
from smartinst.report.charts.money import (
    net_by_country,
    net_by_month,
    possible_by_month,
    revenue,
    revenue_by_month,
)

CHARTS: Final[dict[str, Callable[[ChartContext], Any]]] = {
    "status_by_installments": status_by_installments,
    "revenue": revenue,
    "revenue_by_month": revenue_by_month,
    "net_by_month": net_by_month,
    "net_by_country": net_by_country,
    "overdue_by_product": overdue_by_product,
    "aging": aging,
    "days_overdue_by_charge": days_overdue_by_charge,
    "refusals": refusals,
    "possible_by_month": possible_by_month,
}
"""Figure → its chart; the other figures have tables only."""
CHARTED_SUMS: Final = {
    "revenue": tuple(palette.PART_COLORS),
    "overdue_by_product": ("overdue_installments",),
    "possible_by_month": ("overdue_minor", "later_debt_minor", "later_clean_minor"),
}
"""Figure → the sums in its chart, if not all; if they are 0, there is nothing to draw."""
WIDE_CHARTS: Final = frozenset(
    (
        "status_by_installments",
        "revenue",
        "revenue_by_month",
        "net_by_month",
        "net_by_country",
        "overdue_by_product",
        "refusals",
        "possible_by_month",
    )
)

PANEL_CHARTS: Final = frozenset(
    ("revenue", "revenue_by_month", "net_by_month", "net_by_country", "possible_by_month")
)
"""Charts with a panel for each currency."""


def draw_chart(
    figure: Figure,
    rows: pl.DataFrame,
    locale: Locale,
    sentence: str,
    usermeta: Mapping[str, Any],
    omitted: tuple[str, ...] = (),
) -> Any:
    """The figure's chart, without panels of the `omitted` currencies."""
    with unchecked_building():
        chart = style_chart(
            CHARTS[figure.name](ChartContext(figure, rows, locale, True, omitted)),
            locale,
            sentence,
            usermeta,
        )
        chart.datasets = {figure.name: rows.to_dicts()}
    record_parts(chart)
    return chart
