"""The sentence of each chart of the loan book: its figures in one currency, and what it covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from smartinst.analytics.book.arrears.roll import BUCKETS
from smartinst.i18n.locales import Locale
from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.loan_book.chart_panels import ChartPanels
from smartinst.report.loan_book.chart_rows import short_percent
from smartinst.report.loan_book.declaration import BookFigure
from smartinst.report.loan_book.table_rows import cohort_statuses, stops_of_all


def coverage(figure: BookFigure, tables: LoanBookTables) -> str:
    """Which plans a figure of the loan book has: `all`, or those of the filtered `report`."""
    return "report" if tables.is_filtered and not figure.is_forecast else "all"


def chart_sentence(
    figure: BookFigure,
    rows: pl.DataFrame,
    panels: ChartPanels,
    locale: Locale,
) -> str:
    """The main figures of the chart, and the currencies that it leaves out.

    rows  those of the chart, of the currencies that are drawn
    """
    if not panels.currencies:
        parts = [BOOK_SENTENCES[figure.name](rows, locale)]
    else:
        currency = panels.currencies[0]
        of_currency = rows.filter(pl.col("currency") == currency)
        parts = [f"{currency}: {BOOK_SENTENCES[figure.name](of_currency, locale)}"]
    if panels.too_few:
        words = locale.join_words(list(panels.too_few))
        parts.append(locale.gettext("Too few plans for a chart: {currencies}.", currencies=words))
    if panels.further:
        words = locale.join_words(list(panels.further))
        parts.append(
            locale.gettext(
                "Only the currencies with the most plans are drawn. Not drawn: {currencies}.",
                currencies=words,
            )
        )
    return " ".join(parts)


def _arrears(rows: pl.DataFrame, locale: Locale) -> str:
    by_day = rows.sort("day").to_dicts()
    opening, closing = by_day[0], by_day[-1]
    return locale.gettext(
        "{amount} is owed in plans more than 30 days late, {share} of the balance; on {day} it was "
        "{earlier}.",
        amount=locale.money(closing["over_30_minor"], closing["currency"]),
        share=short_percent(closing["par_30"], locale),
        day=locale.date(opening["day"]),
        earlier=short_percent(opening["par_30"], locale),
    )


def _collection(rows: pl.DataFrame, locale: Locale) -> str:
    months = rows.filter(pl.col("days") == 0, pl.col("rate").is_not_null()).sort("month").tail(1)
    row = months.row(0, named=True)
    return locale.gettext(
        "of what fell due in {month}, {share} was paid on time.",
        month=locale.month(row["month"], "long"),
        share=short_percent(row["rate"], locale),
    )


def _roll(rows: pl.DataFrame, locale: Locale) -> str:
    def rate(origin: str, *targets: str) -> str:
        cells = rows.filter(pl.col("from") == origin, pl.col("to").is_in(targets))
        return short_percent(float(cells["rate"].sum()), locale)

    return locale.gettext(
        "of the balance current at a month-end, {late} was late a month later; of that 1 to 30 "
        "days late, {cured} was current again and {worse} was 31 to 60 days late.",
        late=rate("current", *BUCKETS[1:]),
        cured=rate("1-30", "current"),
        worse=rate("1-30", "31-60"),
    )


def _vintages(rows: pl.DataFrame, locale: Locale) -> str:
    of_all = rows.filter(pl.col("installments") == "all", pl.col("over_days") == 30)
    cohorts = of_all.sort("months_on_book").group_by("month").last()
    return locale.gettext(
        "{n} of {total} plans were ever more than 30 days late.",
        n=locale.number(int(cohorts["crossed"].sum())),
        total=locale.number(int(cohorts["plans"].sum())),
    )


def _receivable(rows: pl.DataFrame, locale: Locale) -> str:
    row = rows.filter(pl.col("horizon") == "30").row(0, named=True)

    def money(name: str) -> str:
        return locale.money(row[f"{name}_minor"], row["currency"])

    return locale.gettext(
        "in the next 30 days {expected} should come in, between {low} and {high}; {contracted} is "
        "contracted or overdue.",
        **{name: money(name) for name in ("expected", "low", "high", "contracted")},
    )


def _past_forecasts(rows: pl.DataFrame, locale: Locale) -> str:
    hits = rows["actual_minor"].is_between(rows["low_minor"], rows["high_minor"]).sum()
    return locale.ngettext(
        "{hits} of {n} forecast had the amount received inside its range.",
        "{hits} of {n} forecasts had the amount received inside their range.",
        rows.height,
        hits=locale.number(int(hits)),
    )


def _calendar(rows: pl.DataFrame, locale: Locale) -> str:
    weeks = rows.sort("from_date").head(4)
    expected_minor = weeks["expected_minor"].sum() if weeks["expected_minor"].count() else None
    values = {
        "contracted": locale.money(int(weeks["contracted_minor"].sum()), rows["currency"][0]),
        "day": locale.date(weeks["to_date"][-1]),
    }
    if expected_minor is None:
        return locale.gettext("{contracted} falls due by {day}.", **values)
    return locale.gettext(
        "{contracted} falls due by {day}; {expected} is expected by then.",
        expected=locale.money(int(expected_minor), rows["currency"][0]),
        **values,
    )


def _sales_by_installments(rows: pl.DataFrame, locale: Locale) -> str:
    of_month = rows.filter(pl.col("month") == rows["month"].max())
    largest = of_month.filter(pl.col("plans") == pl.col("plans").max())
    if largest.height > 1 or largest["installments"][0] is None:
        return _plans_of_month(of_month, locale)
    return locale.gettext(
        "{plans} sold in {month}; most often with {n} installments.",
        plans=locale.ngettext("{n} plan", "{n} plans", int(of_month["plans"].sum())),
        month=locale.month(of_month["month"][0], "long"),
        n=locale.number(largest["installments"][0]),
    )


def _plans_of_month(of_month: pl.DataFrame, locale: Locale) -> str:
    """The plans of a month in which no group is the largest."""
    return locale.gettext(
        "{plans} sold in {month}.",
        plans=locale.ngettext("{n} plan", "{n} plans", int(of_month["plans"].sum())),
        month=locale.month(of_month["month"][0], "long"),
    )


def _sales_by_country(rows: pl.DataFrame, locale: Locale) -> str:
    of_month = rows.filter(pl.col("month") == rows["month"].max())
    largest = of_month.filter(pl.col("plans") == pl.col("plans").max())
    if largest.height > 1:
        return _plans_of_month(of_month, locale)
    code, plans = largest["country"][0], int(largest["plans"][0])
    return locale.gettext(
        "{country}: {share} of the plans sold in {month}.",
        country=locale.country(code) if code else locale.gettext("Unknown country"),
        share=locale.percent(plans, int(of_month["plans"].sum())),
        month=locale.month(of_month["month"][0], "long"),
    )


def _stops(rows: pl.DataFrame, locale: Locale) -> str:
    of_all = stops_of_all(rows)
    largest = of_all.filter(~pl.col("is_small")).sort("stop_rate", "number").tail(1)
    row = (largest if largest.height else of_all.tail(1)).row(0, named=True)
    return locale.gettext(
        "{share} of the plans still paying stop at installment {n}.",
        share=short_percent(row["stop_rate"], locale),
        n=locale.number(row["number"]),
    )


def _cohorts(rows: pl.DataFrame, locale: Locale) -> str:
    cells = rows.filter(pl.col("collected_rate").is_not_null())
    column = cells.filter(pl.col("months_since") == 3)
    if not column.height:
        column = cells.filter(pl.col("months_since") == 0)
    row = column.sort("month").tail(1).row(0, named=True)
    if not row["months_since"]:
        return locale.gettext(
            "of what was sold in {month}, {share} had been collected by the end of that month.",
            month=locale.month(row["month"], "long"),
            share=short_percent(row["collected_rate"], locale),
        )
    return locale.gettext(
        "of what was sold in {month}, {share} had been collected {months} later.",
        month=locale.month(row["month"], "long"),
        share=short_percent(row["collected_rate"], locale),
        months=locale.ngettext("{n} month", "{n} months", row["months_since"]),
    )


def _cohort_statuses(rows: pl.DataFrame, locale: Locale) -> str:
    of_month = cohort_statuses(rows).sort("month").tail(12)
    live = of_month.select(pl.col("in_progress_plans", "in_progress_with_issues_plans").sum())
    return locale.gettext(
        "{live} of {plans} bought since {month} are in progress.",
        live=locale.number(int(sum(live.row(0)))),
        plans=locale.ngettext("{n} plan", "{n} plans", int(of_month["plans"].sum())),
        month=locale.month(of_month["month"][0], "long"),
    )


BOOK_SENTENCES: Final[dict[str, Callable[[pl.DataFrame, Locale], str]]] = {
    "arrears": _arrears,
    "collection": _collection,
    "roll_rates": _roll,
    "vintages": _vintages,
    "expected_cash": _receivable,
    "past_forecasts": _past_forecasts,
    "cash_calendar": _calendar,
    "sales_by_installments": _sales_by_installments,
    "sales_by_country": _sales_by_country,
    "stops": _stops,
    "cohorts": _cohorts,
    "cohort_statuses": _cohort_statuses,
}
"""Chart → its sentence; only for rows of one currency with something to draw."""
