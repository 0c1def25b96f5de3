"""The measures of a seller's report, also without its notebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from smartinst.analytics.currency_order import rows_in_currency_order
from smartinst.analytics.sales import Rows, Sales, read_sales
from smartinst.facts import DataQuality
from smartinst.report.headline import (
    Headline,
    compute_headline,
    report_measures,
)
from smartinst.report.loan_book.book_tables import FORECAST_OUTCOMES
from smartinst.report.period import ReportPeriod, report_period
from smartinst.report.previous import Previous
from smartinst.settings import Seller, Settings

KEPT: Final = (FORECAST_OUTCOMES,)
"""Measures that a run without its notebook takes from the run before."""


def book_measures(
    rows: Rows, headline: Headline, as_of: date, data_quality: DataQuality
) -> dict[str, Any]:
    """The measures that a book's headline displays."""
    data_through = data_quality.data_through_date
    return report_measures(rows, headline, as_of) | {
        "data_through": data_through.isoformat() if data_through else None,
        "quarantined": data_quality.quarantined,
        "unidentified": data_quality.unidentified,
    }


def seller_measures(
    settings: Settings,
    seller: Seller,
    as_of: date,
    previous: Mapping[str, Any],
    period_name: str = "week",
) -> dict[str, Any]:
    """The measures of a report without filters: those of `smartinst.open(…).headline()`.

    `previous` has the measures of the report to compare with; it may be empty.
    """
    sales = read_sales(settings, seller, {})
    rows = rows_in_currency_order(sales.rows(as_of))
    period = report_period(period_name, as_of)
    headline = compute_headline(rows, previous_rows(sales, period, previous), as_of, period)
    kept = {name: previous[name] for name in KEPT if name in previous}
    return book_measures(rows, headline, as_of, sales.data_quality) | kept


def previous_rows(sales: Sales, period: ReportPeriod, measures: Mapping[str, Any]) -> Previous:
    """The date that a report compares with; `measures` are those of the last report, or empty.

    They are kept only if that report covers the period before.
    """
    earlier = period.compared_date(measures)
    return Previous(
        earlier, partial(sales.rows, earlier), measures if period.follows(measures) else {}
    )
