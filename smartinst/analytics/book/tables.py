"""All tables of the loan book as of a date (docs/metrics.md §6, docs/contracts.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from smartinst.analytics.book.arrears.bridge import bridge
from smartinst.analytics.book.arrears.cure import cure
from smartinst.analytics.book.arrears.debts import overdue_spells
from smartinst.analytics.book.arrears.defaults import defaults
from smartinst.analytics.book.arrears.portfolio_at_risk import (
    balance_days,
    portfolio_at_risk,
    written_off,
)
from smartinst.analytics.book.arrears.roll import clean_up, closed_days, roll, roll_rows, roll_steps
from smartinst.analytics.book.balances import balances_of_changes
from smartinst.analytics.book.cash.cash_calendar import cash_calendar
from smartinst.analytics.book.cash.collection import collection, collection_of_open_month
from smartinst.analytics.book.cash.recovered import failed_and_recovered
from smartinst.analytics.book.cohorts.cohorts import cohorts
from smartinst.analytics.book.cohorts.hazard import hazard
from smartinst.analytics.book.cohorts.offers import cost_of_collecting, which_installments
from smartinst.analytics.book.cohorts.second_charge import second_charge
from smartinst.analytics.book.cohorts.vintage import vintage
from smartinst.analytics.book.forecast.forecast import Forecast
from smartinst.analytics.book.forecast.forecast import forecast as compute_forecast
from smartinst.analytics.book.loan_book import LoanBook


def book_tables(
    book: LoanBook,
    since: date,
    printed_minor: Mapping[str, int] | None = None,
    forecast: Forecast | None = None,
) -> dict[str, pl.DataFrame]:
    """Name → table of every figure of docs/metrics.md §6, as the function of that name has it.

    since          first day of the bridge
    printed_minor  currency → overdue amount in a report of that day; None: nothing was printed
    forecast       of the whole seller, if filters have dropped plans of the book
    """
    forecast = forecast or compute_forecast(book)
    days = sorted({*balance_days(book), *closed_days(book)})
    monthly_balances = balances_of_changes(book, days)
    steps = roll_steps(book, monthly_balances)
    spells = overdue_spells(book).collect().lazy()
    at_balance_days = monthly_balances.filter(pl.col("day").is_in(balance_days(book)))
    return {
        "par": portfolio_at_risk(book),
        "written_off": written_off(book, at_balance_days),
        "collection": collection(book),
        "clean_up": clean_up(book),
        "roll": roll(steps),
        "roll_rows": roll_rows(steps),
        "cure": cure(book, spells),
        "defaults": defaults(book, spells),
        "second_charge": second_charge(book),
        "vintage": vintage(book, spells),
        "hazard": hazard(book),
        "bridge": bridge(book, since, printed_minor),
        "expected": forecast.by_horizon,
        "expected_by_month": forecast.by_month,
        "forecast_score": forecast.score,
        "which_installments": which_installments(book),
        "cost_of_collecting": cost_of_collecting(book),
        "cash_calendar": cash_calendar(book, forecast.by_payment_date),
        "cohorts": cohorts(book),
        "failed_and_recovered": failed_and_recovered(book),
        "collection_so_far": collection_of_open_month(book),
        "expected_refunds": forecast.refunds,
    }
