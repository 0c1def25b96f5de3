"""The `loan-book` command: the figures of plans as small loans (docs/metrics.md §6).

Heavy libraries are imported by the functions that need them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import AS_OF, JSON, SELLER, day_of, filter_options, show
from smartinst.settings import Seller, Settings, load_settings

if TYPE_CHECKING:
    from smartinst.analytics.book.loan_book import LoanBook
    from smartinst.delivery.printed_reports import PrintedReports


@click.command("loan-book")
@SELLER
@AS_OF
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="day at which the overdue bridge begins; default: that of the previous report, else "
    "seven days earlier",
)
@JSON
@filter_options
def loan_book(
    seller_id: str,
    as_of: datetime | None,
    since: datetime | None,
    as_json: bool,
    where: dict[str, Any],
) -> None:
    """Prints the loan book: arrears, collection, cures, losses, and which offers lose money."""
    from smartinst.analytics.book.loan_book import book_of_sales
    from smartinst.analytics.book.pool.other_sellers import read_pooled_sales

    settings = load_settings()
    seller = settings.find(seller_id)
    day = day_of(as_of, seller)
    printed_reports = _printed_reports(settings, seller, day)
    first_day, printed_minor = _opening(printed_reports, day, since)
    if first_day >= day:
        raise click.UsageError(f"--since {first_day}: expected a day before {day}")
    sales = read_pooled_sales(settings, seller, where)
    book = book_of_sales(sales, day)
    whole_book = book_of_sales(sales.unfiltered(), day) if sales.where else book
    printed_minor = None if where else printed_minor
    tables = _tables(book, whole_book, first_day, printed_minor, printed_reports.forecast_outcomes)
    has_data = sales.data_quality.data_through_date is not None
    document = {
        "as_of": day,
        "since": first_day,
        "data_through": book.horizon.last_known_day if has_data else None,
        **tables,
    }
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, default=date.isoformat))
        return
    from smartinst.analytics.currency_order import currency_order
    from smartinst.commands.loan_book_text import text_of_tables
    from smartinst.i18n.locales import Locale

    currencies = currency_order(book.plans)
    show(text_of_tables(document, currencies, Locale(seller.locale)))


def _tables(
    book: LoanBook,
    whole_book: LoanBook,
    since: date,
    printed_minor: Mapping[str, int] | None,
    kept_outcomes: list[list[Any]],
) -> dict[str, list[dict[str, Any]]]:
    """The tables of `loan-book --json`; the forecast is that of all plans.

    kept_outcomes  of an earlier report: a forecast that is over keeps its score
    """
    from smartinst.analytics.book.forecast.forecast import forecast
    from smartinst.analytics.book.forecast.score import outcomes_from_measure
    from smartinst.analytics.book.tables import book_tables

    loan_forecast = forecast(whole_book, outcomes_from_measure(kept_outcomes))
    tables = book_tables(book, since, printed_minor, loan_forecast)
    return {name: table.to_dicts() for name, table in tables.items()}


def _printed_reports(settings: Settings, seller: Seller, day: date) -> PrintedReports:
    from smartinst.delivery.printed_reports import printed_reports

    return printed_reports(settings, seller, day)


def _opening(
    printed_reports: PrintedReports, day: date, since: datetime | None
) -> tuple[date, Mapping[str, int] | None]:
    """The first day of the bridge, and the overdue amounts in a report of that day, if any."""
    overdue = printed_reports.overdue
    if since is not None:
        return since.date(), overdue.get(since.date())
    first_day = max(overdue, default=day - timedelta(7))
    return first_day, overdue.get(first_day)
