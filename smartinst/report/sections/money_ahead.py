"""Refused charges by month, and the cash calendar, in the main currency of a report."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from smartinst.analytics.book.horizon import month_end
from smartinst.i18n.locales import Locale
from smartinst.report.loan_book.labels import no_forecast_text
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import row_values

if TYPE_CHECKING:
    from smartinst.report.book import Book

MONTHS: Final = 12


def failed_table(book: Book) -> Table | None:
    """Charges whose first attempt failed, of the last twelve months, newest first."""
    from smartinst.analytics.book.cash.recovered import failed_and_recovered

    tables = book.loan_book
    if tables is None or not tables.currencies:
        return None
    main = tables.currencies[0]
    rows = (
        failed_and_recovered(tables.book)
        .filter(pl.col("currency") == main)
        .tail(MONTHS)
        .reverse()
        .with_columns(share=_pair("recovered_minor", "failed_minor"))
    )
    locale = book.locale
    columns = _failed_columns(main, locale)
    return Table(
        "failed_and_recovered",
        "",
        columns,
        row_values(rows, tuple(column.name for column in columns)),
        caption=_main_currency_caption(book, main),
    )


def _pair(numerator: str, denominator: str) -> pl.Expr:
    """The two sums of a share; null until the window of the month is over."""
    pair = pl.concat_list(numerator, denominator)
    return pl.when(pl.col("rate").is_not_null()).then(pair)


def _failed_columns(code: str, locale: Locale) -> tuple[Column, ...]:
    _ = locale.gettext

    def money(name: str, label: str) -> Column:
        return Column(name, label, "money", currency=code)

    return (
        Column("month", _("Month"), "month"),
        Column("failed", _("Refused"), "integer"),
        money("failed_minor", _("Amount refused")),
        money("recovered_minor", _("Paid within 30 days")),
        Column("share", _("Recovered in 30 days"), "percent"),
        money("later_minor", _("Paid later")),
        money("lost_minor", _("Lost")),
        money("open_minor", _("Still open")),
    )


def _main_currency_caption(book: Book, code: str) -> str:
    """The currency of a table, if the report has others."""
    if not book.loan_book or len(book.loan_book.currencies) < 2:
        return ""
    name = book.locale.currency(code)
    return book.locale.gettext("Main currency: {currency}.", currency=name)


def cash_table(book: Book) -> Table | None:
    """Four weeks and six months: contracted by due date, expected by payment date."""
    from smartinst.analytics.book.cash.cash_calendar import cash_calendar
    from smartinst.report.loan_book.calendar_windows import WINDOWS, every_window

    tables = book.loan_book
    if tables is None or not tables.currencies:
        return None
    main, locale = tables.currencies[0], book.locale
    frame = cash_calendar(tables.book, tables.forecast.by_payment_date)
    frame = every_window(frame.filter(pl.col("currency") == main), tables.as_of).head(WINDOWS)
    if not any(any(frame[name]) for name in ("contracted_minor", "expected_minor")):
        return None
    has_forecast = bool(frame["expected_minor"].null_count() < frame.height)
    columns = _cash_columns(main, locale, has_forecast=has_forecast)
    names = [column.name for column in columns[1:]]
    rows = tuple(
        (_window(row["from_date"], row["to_date"], locale), *(row[name] for name in names))
        for row in frame.iter_rows(named=True)
    )
    captions = (_main_currency_caption(book, main), _ranges(book, main))
    return Table("cash_calendar", "", columns, rows, caption=" ".join(filter(None, captions)))


def _cash_columns(code: str, locale: Locale, *, has_forecast: bool) -> tuple[Column, ...]:
    _ = locale.gettext
    columns = (
        Column("window", _("When")),
        Column("contracted_minor", _("Contracted"), "money", currency=code),
        Column("expected_minor", _("Expected"), "money", currency=code),
    )
    return columns if has_forecast else columns[:2]


def _window(first_day: date, last_day: date, locale: Locale) -> str:
    """A whole month by its name, any other window by its first and last day, or its only one."""
    if first_day == last_day:
        return locale.date(first_day)
    if (first_day, last_day) != (first_day.replace(day=1), month_end(last_day)):
        return f"{locale.date(first_day)} – {locale.date(last_day)}"
    return locale.month(f"{first_day:%Y-%m}", "long")


def _ranges(book: Book, code: str) -> str:
    """The ranges of the two horizons; a sentence if there is no forecast yet."""
    tables, locale = book.loan_book, book.locale
    assert tables is not None
    rows: dict[str, dict[str, Any]] = {
        row["horizon"]: row
        for row in tables.forecast.by_horizon.iter_rows(named=True)
        if row["currency"] == code
    }
    if not {"30", "90"} <= rows.keys():
        return no_forecast_text(tables.forecast.forecast_from, locale)
    texts = {
        horizon: locale.gettext(
            "between {low} and {high}",
            low=locale.money(row["low_minor"], code),
            high=locale.money(row["high_minor"], code),
        )
        for horizon, row in rows.items()
    }
    return locale.gettext(
        "Expected includes overdue installments that will be paid. The range, made to hold four "
        "of five outcomes: {month} within 30 days, {quarter} within 90.",
        month=texts["30"],
        quarter=texts["90"],
    )
