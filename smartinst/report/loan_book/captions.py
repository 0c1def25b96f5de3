"""The sentence of each chart of the loan book: its figures in one currency, and what it covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from smartinst.i18n.locales import Locale
from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.loan_book.chart_rows import percent_text
from smartinst.report.loan_book.words import BookFigure


def coverage(figure: BookFigure, tables: LoanBookTables, locale: Locale) -> str:
    """Which plans a figure of the loan book covers; filters of the page do not change it."""
    if tables.is_filtered and not figure.is_forecast:
        return locale.gettext("The plans of this report; the filters of the page change nothing.")
    return locale.gettext("All plans, not filtered.")


def chart_sentence(
    figure: BookFigure, rows: pl.DataFrame, tables: LoanBookTables, locale: Locale
) -> str:
    """The main figures of the chart, the currencies that it leaves out, and what it covers.

    rows  those of the chart, of currencies with enough plans
    """
    currency = next(code for code in tables.charted_currencies if code in set(rows["currency"]))
    sentence = BOOK_SENTENCES[figure.name](rows.filter(pl.col("currency") == currency), locale)
    charted = set(rows["currency"])
    omitted = [
        code
        for code in tables.currencies
        if code in set(tables.frames[figure.frame]["currency"]) - charted
    ]
    parts = [f"{currency}: {sentence}"]
    if omitted:
        parts.append(
            locale.gettext(
                "Too few plans for a chart: {currencies}.", currencies=locale.join_words(omitted)
            )
        )
    return " ".join([*parts, coverage(figure, tables, locale)])


def _arrears(rows: pl.DataFrame, locale: Locale) -> str:
    by_day = rows.sort("day").to_dicts()
    opening, closing = by_day[0], by_day[-1]
    return locale.gettext(
        "{amount} is owed in plans more than 30 days late, {share} of the balance; on {day} it was "
        "{earlier}.",
        amount=locale.money(closing["over_30_minor"], closing["currency"]),
        share=percent_text(closing["par_30"], locale),
        day=locale.date(opening["day"]),
        earlier=percent_text(opening["par_30"], locale),
    )


def _collection(rows: pl.DataFrame, locale: Locale) -> str:
    months = rows.filter(pl.col("days") == 0, pl.col("rate").is_not_null()).sort("month").tail(1)
    row = months.row(0, named=True)
    return locale.gettext(
        "of what fell due in {month}, {share} was paid on time.",
        month=locale.month(row["month"], "long"),
        share=percent_text(row["rate"], locale),
    )


def _roll(rows: pl.DataFrame, locale: Locale) -> str:
    def rate(origin: str, target: str) -> str:
        cell = rows.filter(pl.col("from") == origin, pl.col("to") == target)["rate"]
        return percent_text(cell[0] if cell.len() else 0.0, locale)

    return locale.gettext(
        "of the balance current at a month-end, {late} was late a month later; of that 1 to 30 "
        "days late, {cured} was current again and {worse} was 31 to 60 days late.",
        late=rate("current", "1-30"),
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


BOOK_SENTENCES: Final[dict[str, Callable[[pl.DataFrame, Locale], str]]] = {
    "arrears": _arrears,
    "collection": _collection,
    "roll_rates": _roll,
    "vintages": _vintages,
    "expected_cash": _receivable,
    "past_forecasts": _past_forecasts,
}
"""Chart → its sentence; only for rows of one currency with something to draw."""
