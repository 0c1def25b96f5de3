"""The tables of `loan-book` as text for the terminal, in the seller's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from smartinst.i18n.locales import N_, Locale

Row = Mapping[str, Any]
DASH: Final = "–"


@dataclass(frozen=True)
class TextTable:
    """A table of the document, and which of its columns the terminal shows.

    only  column → the value of the rows that are shown; empty: all rows
    """

    name: str
    title: str
    columns: str
    only: Mapping[str, object]


TABLES: Final = (
    TextTable(
        "par",
        N_("Portfolio at risk"),
        "currency plans outstanding_minor par_0 par_30 par_60 par_90 unconfirmed_minor is_small",
        {},
    ),
    TextTable(
        "written_off",
        N_("Written off in twelve months"),
        "currency lost_minor written_off_minor mean_outstanding_minor rate",
        {},
    ),
    TextTable(
        "collection",
        N_("Collection by due month"),
        "currency month days due_minor paid_minor rate is_small",
        {},
    ),
    TextTable(
        "collection_so_far",
        N_("On time in the open month, so far"),
        "currency month due_minor paid_minor rate is_small",
        {},
    ),
    TextTable(
        "clean_up",
        N_("Overdue amounts cleaned up by month"),
        "currency month overdue_minor received_minor forgiven_minor rate",
        {},
    ),
    TextTable(
        "roll",
        N_("Roll rates between month-ends, last twelve months"),
        "currency from to outstanding_minor rate",
        {},
    ),
    TextTable(
        "cure",
        N_("Cured delays"),
        "currency over_days within_days episodes cured cured_at_a_loss ended open rate is_small",
        {},
    ),
    TextTable("defaults", N_("Defaults"), "currency plans cured_after", {}),
    TextTable(
        "second_charge",
        N_("Second installment unpaid"),
        "currency plans unpaid rate is_small",
        {},
    ),
    TextTable(
        "vintage",
        N_("Plans more than 30 days late, by month of purchase"),
        "currency month months_on_book plans crossed rate rate_minor is_small",
        {"installments": "all", "over_days": 30},
    ),
    TextTable(
        "hazard",
        N_("Plans that end early, by installment"),
        "number at_risk stop reversed canceled survival is_small",
        {"installments": "all"},
    ),
    TextTable(
        "bridge",
        N_("Overdue amounts since {day}"),
        "currency opening_minor restated_minor newly_overdue_minor reopened_minor paid_late_minor "
        "forgiven_minor ended_reversed_minor ended_seller_minor ended_platform_minor "
        "ended_unknown_minor closing_minor",
        {},
    ),
    TextTable(
        "expected",
        N_("Expected to be received (all plans)"),
        "currency horizon low_minor expected_minor high_minor contracted_minor",
        {},
    ),
    TextTable(
        "expected_by_month",
        N_("Expected by due month (all plans)"),
        "currency month contracted_minor expected_minor",
        {},
    ),
    TextTable(
        "forecast_score",
        N_("Accuracy of past forecasts (all plans)"),
        "currency horizon origins wape bias inside width wape_all_pay wape_trailing",
        {},
    ),
    TextTable(
        "expected_refunds",
        N_("Expected refunds of recent plans (all plans)"),
        "currency collected_minor expected_minor",
        {},
    ),
    TextTable(
        "which_installments",
        N_("Results by product and number of installments"),
        "product currency installments plans activation completed_rate collected_rate "
        "refunded_rate lost_rate is_small",
        {},
    ),
    TextTable(
        "cost_of_collecting",
        N_("What collecting costs"),
        "product currency installments payments original_minor net_minor cost_minor rate is_small",
        {},
    ),
    TextTable(
        "cash_calendar",
        N_("Cash calendar (expected: all plans; withdrawable: estimated)"),
        "currency from_date to_date contracted_minor expected_minor withdrawable_minor "
        "withdrawable_later_minor",
        {},
    ),
    TextTable(
        "cohorts",
        N_("Sales by month of purchase"),
        "currency month months_since plans activated sold_minor collected_minor collected_rate",
        {},
    ),
    TextTable(
        "failed_and_recovered",
        N_("Refused charges and what became of them"),
        "currency month failed failed_minor recovered_minor later_minor lost_minor open_minor rate "
        "is_small",
        {},
    ),
)

LABELS: Final = {
    "activated": N_("Activated"),
    "activation": N_("Activated ÷ bought"),
    "at_risk": N_("Still paying"),
    "bias": N_("Bias"),
    "canceled": N_("Canceled without debt"),
    "closing_minor": N_("Overdue now"),
    "collected_minor": N_("Collected"),
    "collected_rate": N_("Collected ÷ sold"),
    "completed_rate": N_("Completed ÷ activated"),
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
    "ended_platform_minor": N_("Ended by the platform"),
    "ended_reversed_minor": N_("Ended by a refund"),
    "ended_seller_minor": N_("Ended by the seller"),
    "ended_unknown_minor": N_("Ended by others"),
    "episodes": N_("Delays"),
    "expected_minor": N_("Expected"),
    "failed": N_("Refused"),
    "failed_minor": N_("Refused amount"),
    "forgiven_minor": N_("Forgiven"),
    "from": N_("From"),
    "from_date": N_("From"),
    "high_minor": N_("High"),
    "horizon": N_("Until"),
    "inside": N_("Inside the range"),
    "installments": N_("Installments"),
    "is_small": "*",
    "later_minor": N_("Paid later"),
    "lost_minor": N_("Lost"),
    "lost_rate": N_("Lost ÷ sold"),
    "low_minor": N_("Low"),
    "mean_outstanding_minor": N_("Mean balance"),
    "month": N_("Month"),
    "months_on_book": N_("Months"),
    "months_since": N_("Months"),
    "net_minor": N_("Net"),
    "newly_overdue_minor": N_("Newly overdue"),
    "number": N_("Installment"),
    "open": N_("Open"),
    "open_minor": N_("Open"),
    "opening_minor": N_("Overdue then"),
    "origins": N_("Forecasts"),
    "original_minor": N_("Paid by buyers"),
    "outstanding_minor": N_("Outstanding"),
    "over_days": N_("More days late than"),
    "overdue_minor": N_("Overdue"),
    "paid_late_minor": N_("Paid late"),
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
    "refunded_rate": N_("Refunded ÷ sold"),
    "reopened_minor": N_("Reopened"),
    "restated_minor": N_("Restated"),
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

WORDS: Final = {
    "all": N_("all"),
    "canceled clean": N_("canceled without debt"),
    "current": N_("current"),
    "end": N_("the end"),
    "lost": N_("lost"),
    "paid off": N_("paid off"),
    "refunded": N_("refunded"),
}
"""Words in cells; other texts are shown as they are."""

_RATES: Final = frozenset(
    "activation bias inside par_0 par_30 par_60 par_90 rate_minor survival wape wape_all_pay "
    "wape_trailing width".split()
)


def text_of_tables(document: Mapping[str, Any], locale: Locale) -> str:
    """The tables of the document that have rows, each with its title."""
    since = locale.date(document["since"])
    parts = [
        f"{locale.gettext(table.title, day=since)}\n{_aligned(table, rows, locale)}"
        for table in TABLES
        if (rows := _rows(document[table.name], table.only))
    ]
    if not parts:
        return locale.gettext("There is no plan yet.")
    return "\n\n".join([*parts, locale.gettext("* fewer than 30 plans")])


def _rows(rows: Sequence[Row], only: Mapping[str, object]) -> list[Row]:
    """The rows that have every value of `only`."""
    return [row for row in rows if all(row[name] == value for name, value in only.items())]


def _aligned(table: TextTable, rows: Sequence[Row], locale: Locale) -> str:
    """The rows as lines of aligned cells under their headings."""
    names = table.columns.split()
    lines = [[locale.gettext(LABELS[name]) for name in names]]
    lines += [[_cell(row, name, locale) for name in names] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    return "\n".join(
        "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


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
