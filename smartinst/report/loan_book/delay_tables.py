"""Tables of delays, cures, stops and cohorts of the loan book, as declarations."""

from __future__ import annotations

from typing import Final

from smartinst.analytics.book.arrears.roll import STATES
from smartinst.analytics.book.cohorts.cohorts import STATUS_COLUMNS
from smartinst.i18n.locales import N_
from smartinst.report.loan_book.labels import STATE_LABELS
from smartinst.report.loan_book.table_columns import (
    CURRENCY,
    MONTH,
    PLANS,
    SAMPLE_STAR,
    BookTableSpec,
    money,
    percent,
)
from smartinst.report.loan_book.table_rows import (
    COHORT_MONTHS,
    cohort_matrix,
    cohort_statuses,
    cures,
    latest_vintages,
    roll_matrix,
    stops_of_all,
)
from smartinst.report.table import Column

DELAY_TABLES: Final = {
    "roll_rates": BookTableSpec(
        (
            CURRENCY,
            Column("from", N_("At a month-end"), labels=STATE_LABELS),
            money("outstanding_minor", N_("Outstanding")),
            *(percent(state, STATE_LABELS[state]) for state in STATES),
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
            percent("rate", N_("Share")),
            percent("rate_minor", N_("Rate by amount")),
            SAMPLE_STAR,
        ),
        ("-month",),
        rows=latest_vintages,
    ),
    "cohorts": BookTableSpec(
        (
            CURRENCY,
            MONTH,
            PLANS,
            money("sold_minor", N_("Sold")),
            percent("month_0", N_("Same month")),
            *(percent(f"month_{month}", f"+{month}") for month in COHORT_MONTHS[1:]),
        ),
        ("currency", "-month"),
        rows=cohort_matrix,
    ),
    "cohort_statuses": BookTableSpec(
        (
            MONTH,
            PLANS,
            *(Column(name, status, "integer") for status, name in STATUS_COLUMNS.items()),
        ),
        ("-month",),
        rows=cohort_statuses,
    ),
    "cures": BookTableSpec(
        (
            CURRENCY,
            Column("over_days", N_("More days late than"), "integer"),
            Column("within_days", N_("Within days"), "integer"),
            Column("episodes", N_("Delays"), "integer"),
            Column("cured", N_("Paid in full"), "integer"),
            Column("cured_at_a_loss", N_("Part forgiven"), "integer"),
            Column("ended", N_("Plan ended"), "integer"),
            Column("open", N_("Still late"), "integer"),
            percent("rate", N_("Paid in full (% of delays)")),
            SAMPLE_STAR,
        ),
        ("currency",),
        rows=cures,
    ),
    "defaults": BookTableSpec(
        (
            CURRENCY,
            Column("plans", N_("Plans in default"), "integer"),
            Column("cured_after", N_("Owe nothing today"), "integer"),
        ),
    ),
    "second_charge": BookTableSpec(
        (
            CURRENCY,
            PLANS,
            Column("unpaid", N_("Second installment unpaid"), "integer"),
            percent("rate", N_("Share")),
            SAMPLE_STAR,
        ),
    ),
    "stops": BookTableSpec(
        (
            Column("number", N_("Installment"), "integer"),
            Column("at_risk", N_("Still paying before"), "integer"),
            Column("stop", N_("Stopped paying"), "integer"),
            Column("reversed", N_("Refunded"), "integer"),
            Column("canceled", N_("Canceled without debt"), "integer"),
            percent("stop_rate", N_("Stopped (% of those still paying)")),
            percent("survival", N_("Still paying after")),
            SAMPLE_STAR,
        ),
        ("number",),
        rows=stops_of_all,
    ),
}
"""Figure of delays and cohorts → its table."""
