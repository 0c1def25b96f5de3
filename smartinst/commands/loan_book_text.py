"""The tables of `loan-book` as text for the terminal, in the seller's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from smartinst.commands.loan_book_tables import TABLES, TextTable
from smartinst.commands.text_table import text_table
from smartinst.i18n.locales import N_, Locale
from smartinst.report.loan_book.labels import BRIDGE_LABELS, HORIZON_LABELS, STATE_LABELS

Row = Mapping[str, Any]
DASH: Final = "–"

LABELS: Final = {
    **BRIDGE_LABELS,
    "activated": N_("Activated"),
    "activation": N_("Activated (% of bought)"),
    "at_risk": N_("Still paying"),
    "bias": N_("Bias"),
    "canceled": N_("Canceled without debt"),
    "collected_minor": N_("Collected"),
    "collected_rate": N_("Collected (% of sales)"),
    "completed_rate": N_("Completed (% of activated)"),
    "contracted_minor": N_("Contracted"),
    "cost_minor": N_("Cost"),
    "crossed": N_("Fell behind"),
    "cured": N_("Cured"),
    "cured_after": N_("Cured later"),
    "cured_at_a_loss": N_("Cured at a loss"),
    "currency": N_("Currency"),
    "days": N_("Days"),
    "due_minor": N_("Fell due"),
    "ended": N_("Plan ended"),
    "episodes": N_("Delays"),
    "expected_minor": N_("Expected"),
    "failed": N_("Refused"),
    "failed_minor": N_("Refused amount"),
    "from": N_("From"),
    "from_date": N_("From"),
    "high_minor": N_("High"),
    "horizon": N_("Until"),
    "inside": N_("Inside the range"),
    "installments": N_("Installments"),
    "is_small": "*",
    "later_minor": N_("Paid later"),
    "lost_minor": N_("Lost"),
    "lost_rate": N_("Lost (% of sales)"),
    "low_minor": N_("Low"),
    "mean_outstanding_minor": N_("Mean balance"),
    "month": N_("Month"),
    "months_on_book": N_("Months"),
    "months_since": N_("Months"),
    "net_minor": N_("Net"),
    "number": N_("Installment"),
    "open": N_("Open"),
    "open_minor": N_("Open"),
    "origins": N_("Forecasts"),
    "original_minor": N_("Paid by buyers"),
    "outstanding_minor": N_("Outstanding"),
    "over_days": N_("More days late than"),
    "overdue_minor": N_("Overdue"),
    "paid_minor": N_("Paid"),
    "par_0": "PAR0",
    "par_30": "PAR30",
    "par_60": "PAR60",
    "par_90": "PAR90",
    "payments": N_("Payments"),
    "plans": N_("Plans"),
    "product": N_("Product"),
    "rate": N_("Rate"),
    "rate_minor": N_("Rate by amount"),
    "received_minor": N_("Received"),
    "recovered_minor": N_("Paid within 30 days"),
    "refunded_rate": N_("Refunded (% of sales)"),
    "reversed": N_("Refunded"),
    "sold_minor": N_("Sold"),
    "stop": N_("Stopped paying"),
    "survival": N_("Go on"),
    "to": N_("To"),
    "to_date": N_("To"),
    "unconfirmed_minor": N_("Unconfirmed"),
    "unpaid": N_("Unpaid"),
    "wape": N_("Error"),
    "wape_all_pay": N_("Error if all pay"),
    "wape_trailing": N_("Error of the last three months"),
    "width": N_("Width of the range"),
    "withdrawable_later_minor": N_("Withdrawable if paid"),
    "withdrawable_minor": N_("Withdrawable"),
    "within_days": N_("Within days"),
    "written_off_minor": N_("Lost and not earned"),
}
"""Column → its heading."""

_STATES: Final = ("current", "paid off", "refunded", "canceled clean", "lost")
WORDS: Final = {
    "all": N_("all"),
    "end": HORIZON_LABELS["end"],
    **{state: STATE_LABELS[state] for state in _STATES},
}
"""Words in cells; other texts are shown as they are."""

_RATES: Final = frozenset(
    "activation bias inside par_0 par_30 par_60 par_90 rate_minor survival wape wape_all_pay "
    "wape_trailing width".split()
)


def text_of_tables(document: Mapping[str, Any], currencies: Sequence[str], locale: Locale) -> str:
    """The tables of the document that have rows, each with its title.

    currencies  in the order of the rows; rows of one currency keep their order
    """
    places = {currency: place for place, currency in enumerate(currencies)}
    since = locale.date(document["since"])
    parts = [
        f"{locale.gettext(table.title, day=since)}\n{_aligned(table, rows, locale)}"
        for table in TABLES
        if (rows := _rows(document[table.name], table.row_values, places))
    ]
    if not parts:
        return locale.gettext("There is no plan yet.")
    return "\n\n".join([*parts, locale.gettext("* fewer than 30 plans")])


def _rows(
    rows: Sequence[Row], row_values: Mapping[str, object], places: Mapping[str, int]
) -> list[Row]:
    """The rows that have all of `row_values`, by the place of their currency."""
    matching = [
        row for row in rows if all(row[name] == value for name, value in row_values.items())
    ]
    return sorted(matching, key=lambda row: places.get(row.get("currency", ""), len(places)))


def _aligned(table: TextTable, rows: Sequence[Row], locale: Locale) -> str:
    """The rows as lines of aligned cells under their headings."""
    names = table.columns.split()
    headings = [locale.gettext(LABELS[name]) for name in names]
    return text_table(headings, [[_cell(row, name, locale) for name in names] for row in rows])


def _cell(row: Row, name: str, locale: Locale) -> str:
    """One value: an amount in the row's currency, a share, a date, a word or a number."""
    value = row[name]
    if value is None:
        return DASH
    if name == "is_small":
        return "*" if value else ""
    if name.endswith("_minor") and name not in _RATES:
        return locale.money(round(value), row["currency"])
    if name.endswith("rate") or name in _RATES:
        return locale.percent(Decimal(str(value)), 1, 1)
    if name == "month":
        return locale.month(value)
    if isinstance(value, date):
        return locale.date(value)
    if name == "horizon" and value.isdigit():
        return locale.days(int(value))
    if isinstance(value, str):
        return locale.gettext(WORDS[value]) if name != "product" and value in WORDS else value
    return locale.number(value)
