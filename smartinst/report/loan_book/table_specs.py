"""The columns and order of the loan book's tables, as declarations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.arrears.roll import STATES
from smartinst.i18n.locales import N_
from smartinst.report.loan_book.labels import HORIZON_LABELS, STATE_LABELS
from smartinst.report.loan_book.table_rows import (
    bridge_lines,
    collection_matrix,
    coming_months,
    latest_cohorts,
    latest_vintages,
    roll_matrix,
    with_hits,
)
from smartinst.report.table import Column


def _money(name: str, label: str) -> Column:
    return Column(name, label, "money", "currency")


def _percent(name: str, label: str) -> Column:
    return Column(name, label, "percent")


CURRENCY: Final = Column("currency", N_("Currency"))
MONTH: Final = Column("month", N_("Month"), "month")
PRODUCT: Final = Column("product", N_("Product"))
PLANS: Final = Column("plans", N_("Plans"), "integer")
HORIZON: Final = Column("horizon", N_("Until"), labels=HORIZON_LABELS)
INSTALLMENTS: Final = Column("installments", N_("Installments"), "integer")
CONTRACTED: Final = _money("contracted_minor", N_("Contracted"))
EXPECTED_AMOUNT: Final = _money("expected_minor", N_("Expected"))
LOW_END: Final = _money("low_minor", N_("Low"))
HIGH_END: Final = _money("high_minor", N_("High"))
FORGIVEN: Final = _money("forgiven_minor", N_("Forgiven"))
LOST_AMOUNT: Final = _money("lost_minor", N_("Lost"))
SAMPLE_STAR: Final = Column("is_small", "*")


@dataclass(frozen=True)
class BookTableSpec:
    """The table of a figure.

    sort  columns; a leading `-` sorts downwards. Then by currency, the main one first
    top   rows on page and paper; the workbook has all
    rows  function of the frame and the date of the figures: the rows of the table; None: all
    """

    columns: tuple[Column, ...]
    sort: tuple[str, ...] = ()
    top: int = 24
    rows: Callable[[pl.DataFrame, date], pl.DataFrame] | None = None


TABLE_SPECS: Final = {
    "arrears": BookTableSpec(
        (
            CURRENCY,
            Column("day", N_("Date"), "date"),
            PLANS,
            _money("outstanding_minor", N_("Outstanding")),
            _money("over_0_minor", N_("In arrears")),
            _percent("par_0", N_("Share in arrears")),
            _money("over_30_minor", N_("Over 30 days")),
            _percent("par_30", N_("Share over 30 days")),
            _percent("par_90", N_("Share over 90 days")),
            SAMPLE_STAR,
        ),
        ("-day",),
    ),
    "written_off": BookTableSpec(
        (
            CURRENCY,
            LOST_AMOUNT,
            _money("written_off_minor", N_("Lost and not earned")),
            _money("mean_outstanding_minor", N_("Mean balance")),
            _percent("lost_rate", N_("Lost ÷ mean balance")),
            _percent("rate", N_("Lost and not earned ÷ mean balance")),
        )
    ),
    "collection": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            _money("due_minor", N_("Fell due")),
            _percent("rate_0", N_("On time")),
            _percent("rate_7", N_("By day 7")),
            _percent("rate_30", N_("By day 30")),
            _percent("rate_60", N_("By day 60")),
            _percent("rate_90", N_("By day 90")),
            SAMPLE_STAR,
        ),
        ("-month",),
        rows=collection_matrix,
    ),
    "clean_up": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            _money("overdue_minor", N_("Overdue")),
            _money("received_minor", N_("Received")),
            FORGIVEN,
            _percent("rate", N_("Received ÷ overdue")),
        ),
        ("-month",),
    ),
    "roll_rates": BookTableSpec(
        (
            CURRENCY,
            Column("from", N_("At a month-end"), labels=STATE_LABELS),
            _money("outstanding_minor", N_("Outstanding")),
            *(_percent(state, STATE_LABELS[state]) for state in STATES),
        ),
        rows=roll_matrix,
    ),
    "vintages": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            Column("months_on_book", N_("Months since purchase"), "integer"),
            PLANS,
            Column("crossed", N_("Fell behind"), "integer"),
            _percent("rate", N_("Share")),
            _percent("rate_minor", N_("Rate by amount")),
            SAMPLE_STAR,
        ),
        ("-month",),
        rows=latest_vintages,
    ),
    "expected_cash": BookTableSpec(
        (CURRENCY, HORIZON, LOW_END, EXPECTED_AMOUNT, HIGH_END, CONTRACTED)
    ),
    "expected_by_month": BookTableSpec(
        (CURRENCY, MONTH, CONTRACTED, EXPECTED_AMOUNT), ("month",), rows=coming_months
    ),
    "past_forecasts": BookTableSpec(
        (
            CURRENCY,
            Column("origin", N_("Forecast of"), "date"),
            LOW_END,
            EXPECTED_AMOUNT,
            HIGH_END,
            _money("actual_minor", N_("Received")),
            Column("is_inside", N_("Inside the range")),
        ),
        ("-origin",),
        rows=with_hits,
    ),
    "forecast_score": BookTableSpec(
        (
            CURRENCY,
            HORIZON,
            Column("origins", N_("Forecasts"), "integer"),
            _percent("wape", N_("Error")),
            _percent("wape_all_pay", N_("Error if all pay")),
            _percent("wape_trailing", N_("Error of the last three months")),
            _percent("bias", N_("Bias")),
            _percent("inside", N_("Inside the range")),
        )
    ),
    "bridge": BookTableSpec((CURRENCY,), rows=bridge_lines),
    "offers": BookTableSpec(
        (
            PRODUCT,
            CURRENCY,
            INSTALLMENTS,
            PLANS,
            _percent("activation", N_("Activated ÷ bought")),
            _percent("completed_rate", N_("Completed ÷ activated")),
            _percent("collected_rate", N_("Collected ÷ sold")),
            _percent("refunded_rate", N_("Refunded ÷ sold")),
            _percent("lost_rate", N_("Lost ÷ sold")),
            SAMPLE_STAR,
        ),
        ("-plans", "product", "installments"),
    ),
    "collecting_cost": BookTableSpec(
        (
            PRODUCT,
            CURRENCY,
            INSTALLMENTS,
            Column("payments", N_("Payments"), "integer"),
            _money("original_minor", N_("Paid by buyers")),
            _money("net_minor", N_("Net")),
            _money("cost_minor", N_("Cost")),
            _percent("rate", N_("Cost ÷ paid")),
            SAMPLE_STAR,
        ),
        ("-payments", "product", "installments"),
    ),
    "cohorts": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            PLANS,
            Column("activated", N_("Activated"), "integer"),
            _money("sold_minor", N_("Sold")),
            _money("collected_minor", N_("Collected")),
            _percent("collected_rate", N_("Collected ÷ sold")),
        ),
        ("-month",),
        rows=latest_cohorts,
    ),
    "failed_and_recovered": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            Column("failed", N_("Refused"), "integer"),
            _money("failed_minor", N_("Refused amount")),
            _money("recovered_minor", N_("Paid within 30 days")),
            _money("later_minor", N_("Paid later")),
            LOST_AMOUNT,
            _money("open_minor", N_("Open")),
            _percent("rate", N_("Paid within 30 days ÷ refused")),
            SAMPLE_STAR,
        ),
        ("-month",),
    ),
}
"""Figure of the loan book → its table."""
