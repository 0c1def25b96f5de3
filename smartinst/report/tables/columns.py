"""The columns of all tables: name, heading and kind, and the columns of each table of plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from smartinst.i18n.locales import N_, Locale
from smartinst.report.table import Column, Row
from smartinst.report.tables.labels import HELP_LABELS

PLAN_COLUMNS: Final = (
    Column("plan_id", N_("Plan")),
    Column("subscriber_code", N_("Subscriber code")),
    Column("status", N_("Status"), "status"),
    Column("product_id", N_("Product id")),
    Column("product", N_("Product")),
    Column("buyer", N_("Buyer")),
    Column("email", N_("E-mail")),
    Column("phone", N_("Phone")),
    Column("country", N_("Country"), "country"),
    Column("payment_method", N_("Payment method"), "payment"),
    Column("currency", N_("Currency")),
    Column("purchase_date", N_("Purchase date"), "date"),
    Column("cancellation_date", N_("Cancellation date"), "date"),
    Column("installments", N_("Installments"), "integer"),
    Column("issued_installments", N_("Issued installments"), "integer"),
    Column("paid_installments", N_("Paid installments"), "integer"),
    Column("total_minor", N_("Total"), "money", "currency"),
    Column("collected_minor", N_("Collected"), "money", "currency"),
    Column("overdue_minor", N_("Overdue"), "money", "currency"),
    Column("to_receive_minor", N_("To receive"), "money", "currency"),
    Column("refunded_minor", N_("Refunded"), "money", "currency"),
    Column("released_minor", N_("Will not come in"), "money", "currency"),
    Column("overdue_installments", N_("Overdue installments"), "integer"),
    Column("days_past_due", N_("Days past due"), "days"),
    Column("whatsapp", N_("WhatsApp"), "link"),
    Column("reason", N_("Reason")),
    Column("help", N_("Remedy"), labels=HELP_LABELS),
)
"""Columns with one value per plan, in the order of the workbook."""

FIGURE_COLUMNS: Final = (
    Column("commission_currency", N_("Currency of the net")),
    Column("plans", N_("Plans"), "integer"),
    Column("sold_minor", N_("Sold"), "money", "currency"),
    Column("lost_minor", N_("Lost"), "money", "currency"),
    Column("not_earned_minor", N_("Not earned"), "money", "currency"),
    Column("forgiven_minor", N_("Forgiven"), "money", "currency"),
    Column("not_activated_minor", N_("Not activated"), "money", "currency"),
    Column("disputed_minor", N_("Of which disputed"), "money", "currency"),
    Column("charged_back_minor", N_("Of which charged back"), "money", "currency"),
    Column("unconfirmed_minor", N_("Of which unconfirmed"), "money", "currency"),
    Column("net_minor", N_("Net"), "money", "currency"),
    Column("estimated_minor", N_("Of which estimated"), "money", "currency"),
    Column("movement_month", N_("Month"), "month"),
    Column("paid_month", N_("Month"), "month"),
    Column("due_month", N_("Due month"), "month"),
    Column("received_minor", N_("Received"), "money", "currency"),
    Column("returned_minor", N_("Returned"), "money", "currency"),
    Column("live_plans", N_("Live plans"), "integer"),
    Column("plans_with_debt", N_("Plans with debt"), "integer"),
    Column("overdue_charges", N_("Overdue installments"), "integer"),
    Column("fallen_due_minor", N_("Fallen due"), "money", "currency"),
    Column("outstanding_minor", N_("Outstanding"), "money", "currency"),
    Column(
        "outstanding_par30_minor",
        N_("Outstanding of plans more than 30 days late"),
        "money",
        "currency",
    ),
    Column("bucket", N_("Days past due")),
    Column("failed_charges", N_("Refused"), "integer"),
    Column("failed_minor", N_("Amount refused"), "money", "currency"),
    Column("cured_charges", N_("Paid since"), "integer"),
    Column("cured_minor", N_("Amount paid since"), "money", "currency"),
    Column("if_all_paid_to_date_minor", N_("If all had paid to date"), "money", "currency"),
    Column("contracted_minor", N_("Contracted"), "money", "currency"),
    Column("expected_minor", N_("Expected"), "money", "currency"),
    Column("if_all_paid_minor", N_("If all had paid to date"), "money", "currency"),
    Column("later_clean_minor", N_("To come, plans without debt"), "money", "currency"),
    Column("later_debt_minor", N_("To come, plans with debt"), "money", "currency"),
    Column("alert", N_("Alert")),
    Column("amount_minor", N_("Amount"), "money", "currency"),
    Column("movement_minor", N_("Net movement"), "money", "currency"),
    Column("share", N_("Share"), "percent"),
    Column("debt_share", N_("Plans with debt (% of those in progress)"), "percent"),
    Column("overdue_share", N_("Overdue (% of what fell due)"), "percent"),
    Column("par30", N_("Share of the balance more than 30 days late"), "percent"),
    Column("cure_share", N_("Paid since (% of refused)"), "percent"),
)
"""Columns of figures and alerts."""

COLUMNS: Final = {column.name: column for column in (*PLAN_COLUMNS, *FIGURE_COLUMNS)}

DETAIL_COLUMNS: Final = (
    *("plan_id", "status", "buyer", "email", "product", "payment_method", "currency"),
    *("total_minor", "overdue_minor", "overdue_installments", "whatsapp"),
)
CONTACT_COLUMNS: Final = (
    *("buyer", "product", "reason", "days_past_due", "currency", "overdue_minor", "whatsapp"),
)
ALERT_COLUMNS: Final = ("alert", "buyer", "product", "plan_id", "currency", "amount_minor")
LIVE_COLUMNS: Final = (
    *("plan_id", "overdue_minor", "buyer", "days_past_due", "action", "status", "link"),
    *("total_minor", "overdue_installments", "email", "product", "country"),
    *("payment_method", "purchase_date"),
)
"""The dashboard's table; a narrow window shows the first columns only."""
WORKBOOK_COLUMNS: Final = (
    *("plan_id", "buyer", "status", "product", "currency", "total_minor", "collected_minor"),
    *("overdue_minor", "to_receive_minor", "refunded_minor", "released_minor"),
    *("overdue_installments", "days_past_due", "whatsapp", "installments", "issued_installments"),
    *("paid_installments", "purchase_date", "cancellation_date", "payment_method", "country"),
    *("email", "phone", "subscriber_code", "product_id"),
)
"""The sheet of plans: those of `plans --format json` that a cell can have, amounts first."""


def columns(
    names: tuple[str, ...], locale: Locale, currency: str = "currency"
) -> tuple[Column, ...]:
    """The columns of these names, translated; `currency` is the column of the amounts' currency."""
    return tuple(_translated(COLUMNS[name], locale, currency) for name in names)


def _translated(column: Column, locale: Locale, currency: str) -> Column:
    labels = column.labels and {
        value: locale.gettext(text) for value, text in column.labels.items()
    }
    return replace(
        column,
        label=locale.gettext(column.label),
        currency_column=currency if column.currency_column else None,
        labels=labels,
    )


def row_values(frame: pl.DataFrame, names: tuple[str, ...]) -> tuple[Row, ...]:
    """A frame's rows with values for JSON: ISO dates, English statuses, minor units."""
    texts = frame.with_columns(
        pl.selectors.date().dt.to_string("iso"), pl.selectors.by_dtype(pl.Enum).cast(pl.String)
    )
    return tuple(texts.select(names).iter_rows())
