"""The measures of a seller's report, also without its notebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

import polars as pl

from smartinst.analytics.currency_order import rows_in_currency_order
from smartinst.analytics.figures import BY_NAME
from smartinst.analytics.sales import Rows, Sales, read_sales
from smartinst.drawing.palette import PART_COLORS
from smartinst.facts import DataQuality
from smartinst.report.headline import Headline, compute_headline
from smartinst.report.loan_book.book_tables import FORECAST_OUTCOMES
from smartinst.report.period import ReportPeriod, figures_date, report_period
from smartinst.report.previous import Previous
from smartinst.settings import Seller, Settings

TOTAL_AND_PARTS: Final = ("total_minor", *PART_COLORS)
"""The total of a plan and its five parts, in the order of charts and tables."""
KEPT: Final = (FORECAST_OUTCOMES,)
"""Measures that a run without its notebook takes from the run before."""


def report_measures(rows: Rows, headline: Headline, as_of: date) -> dict[str, Any]:
    """The named values for gates, conditions and the next report; minor units by currency."""
    plans = rows["plans"]
    revenue = BY_NAME["revenue"].fold(rows)
    outstanding = plans.group_by("currency").agg(
        pl.col("outstanding_par30_minor", "outstanding_minor").sum()
    )
    return {
        "as_of": as_of.isoformat(),
        "plans": plans.height,
        "charges": rows["charges"].height,
        "live_plans": int(plans["live_plans"].sum()),
        "plans_with_debt": int(plans["plans_with_debt"].sum()),
        "fell_behind": headline.plans_of("behind"),
        "recovered": headline.plans_of("recovered"),
        "due_installments": headline.due_installments,
        **{name: dict(revenue.select("currency", name).iter_rows()) for name in TOTAL_AND_PARTS},
        "received_minor": headline.received,
        "returned_minor": headline.returned,
        "net_minor": headline.net,
        "due_7_minor": headline.due_7,
        "due_30_minor": headline.due_30,
        "lost_minor": headline.lost,
        "confirmed_minor": headline.overdue,
        "par30": {
            row[0]: [row[1], row[2]] for row in outstanding.sort("currency").iter_rows() if row[0]
        },
        "identity_closes": True,
    }


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
    day = figures_date(period_name, as_of)
    rows = rows_in_currency_order(sales.rows(day))
    period = report_period(period_name, day)
    headline = compute_headline(rows, previous_rows(sales, period, previous), day, period)
    kept = {name: previous[name] for name in KEPT if name in previous}
    return book_measures(rows, headline, day, sales.data_quality) | kept


def previous_rows(sales: Sales, period: ReportPeriod, measures: Mapping[str, Any]) -> Previous:
    """The date that a report compares with; `measures` are those of the last report, or empty.

    They are kept only if that report covers the period before.
    """
    earlier = period.compared_date(measures)
    return Previous(
        earlier, partial(sales.plans, earlier), measures if period.follows(measures) else {}
    )
