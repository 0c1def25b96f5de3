"""The columns and order of the loan book's tables, as declarations."""

from __future__ import annotations

from typing import Final

from smartinst.i18n.locales import N_
from smartinst.report.loan_book.delay_tables import DELAY_TABLES
from smartinst.report.loan_book.table_columns import (
    CONTRACTED,
    CURRENCY,
    EXPECTED_AMOUNT,
    FORGIVEN,
    HIGH_END,
    HORIZON,
    INSTALLMENTS,
    LOST_AMOUNT,
    LOW_END,
    MONTH,
    PLANS,
    PRODUCT,
    SAMPLE_STAR,
    BookTableSpec,
    money,
    percent,
)
from smartinst.report.loan_book.table_rows import (
    bridge_lines,
    collection_matrix,
    coming_months,
    with_expected,
    with_hits,
)
from smartinst.report.table import Column

TABLE_SPECS: Final = {
    **DELAY_TABLES,
    "arrears": BookTableSpec(
        (
            CURRENCY,
            Column("day", N_("Date"), "date"),
            PLANS,
            money("outstanding_minor", N_("Outstanding")),
            money("over_0_minor", N_("In arrears")),
            percent("par_0", N_("Share in arrears")),
            money("over_30_minor", N_("Over 30 days")),
            percent("par_30", N_("Share over 30 days")),
            percent("par_90", N_("Share over 90 days")),
            SAMPLE_STAR,
        ),
        ("-day",),
    ),
    "written_off": BookTableSpec(
        (
            CURRENCY,
            LOST_AMOUNT,
            money("written_off_minor", N_("Lost and not earned")),
            money("mean_outstanding_minor", N_("Mean balance")),
            percent("lost_rate", N_("Lost (% of the mean balance)")),
            percent("rate", N_("Lost and not earned (% of the mean balance)")),
        )
    ),
    "collection": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            money("due_minor", N_("Fell due")),
            percent("rate_0", N_("On time")),
            percent("rate_7", N_("By day 7")),
            percent("rate_30", N_("By day 30")),
            percent("rate_60", N_("By day 60")),
            percent("rate_90", N_("By day 90")),
            SAMPLE_STAR,
        ),
        ("-month",),
        rows=collection_matrix,
    ),
    "clean_up": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            money("overdue_minor", N_("Overdue")),
            money("received_minor", N_("Received")),
            FORGIVEN,
            percent("rate", N_("Received (% of overdue)")),
        ),
        ("-month",),
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
            money("actual_minor", N_("Received")),
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
            percent("wape", N_("Error")),
            percent("wape_all_pay", N_("Error if all pay")),
            percent("wape_trailing", N_("Error of the last three months")),
            percent("bias", N_("Bias")),
            percent("inside", N_("Inside the range")),
        )
    ),
    "bridge": BookTableSpec((CURRENCY,), rows=bridge_lines),
    "offers": BookTableSpec(
        (
            PRODUCT,
            CURRENCY,
            INSTALLMENTS,
            PLANS,
            percent("activation", N_("Activated (% of bought)")),
            percent("completed_rate", N_("Completed (% of activated)")),
            percent("collected_rate", N_("Collected (% of sales)")),
            percent("refunded_rate", N_("Refunded (% of sales)")),
            percent("lost_rate", N_("Lost (% of sales)")),
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
            money("original_minor", N_("Paid by buyers")),
            money("net_minor", N_("Net")),
            money("cost_minor", N_("Cost")),
            percent("rate", N_("Cost (% of paid)")),
            SAMPLE_STAR,
        ),
        ("-payments", "product", "installments"),
    ),
    "cash_calendar": BookTableSpec(
        (
            CURRENCY,
            Column("from_date", N_("From"), "date"),
            Column("to_date", N_("To"), "date"),
            CONTRACTED,
            EXPECTED_AMOUNT,
            money("withdrawable_minor", N_("Can be withdrawn (gross, estimate)")),
            money("withdrawable_later_minor", N_("Can be withdrawn if paid (gross, estimate)")),
        ),
        ("currency", "from_date"),
    ),
    "expected_refunds": BookTableSpec(
        (
            CURRENCY,
            money("collected_minor", N_("Collected of recent plans")),
            money("expected_minor", N_("Refunds expected")),
        ),
        rows=with_expected,
    ),
    "failed_and_recovered": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            Column("failed", N_("Refused"), "integer"),
            money("failed_minor", N_("Refused amount")),
            money("recovered_minor", N_("Paid within 30 days")),
            money("later_minor", N_("Paid later")),
            LOST_AMOUNT,
            FORGIVEN,
            money("open_minor", N_("Still open")),
            percent("rate", N_("Paid within 30 days (% of refused)")),
            SAMPLE_STAR,
        ),
        ("-month",),
    ),
}
"""Figure of the loan book → its table."""
