"""The recovery queue as a table: whom to write to first, what to do, and the last contact."""

from __future__ import annotations

from typing import Any, Final

from smartinst.dashboard.widgets.data_table import DataTable
from smartinst.i18n.locales import N_, Locale
from smartinst.report.loan_book.labels import what_to_do
from smartinst.report.table import Column

COLUMNS: Final = (
    Column("rank", N_("No."), "integer"),
    Column("buyer", N_("Buyer")),
    Column("overdue_minor", N_("Overdue"), "money", "currency"),
    Column("days_past_due", N_("Days past due"), "days"),
    Column("what_to_do", N_("What to do")),
    Column("link", N_("WhatsApp")),
    Column("p", N_("Chance of payment"), "percent"),
    Column("last_contact_date", N_("Last contact"), "date"),
    Column("product", N_("Product")),
    Column("to_receive_minor", N_("To receive"), "money", "currency"),
)


class RecoveryTable(DataTable):
    """Plans of the recovery queue in its order; a click on a buyer opens the plan."""

    key, computed_columns, open_column = "plan_id", ("what_to_do", "link"), "buyer"
    name, css_class = N_("Contact first"), "smartinst-queue-table"

    def __init__(self, locale: Locale) -> None:
        status = locale.gettext("Rows {first} to {last} of {total}; {selected} selected")
        super().__init__(locale, COLUMNS, status, is_selectable=True)
        self.labels = {
            **self.labels,
            "key": "debtor-id",
            "none": locale.gettext(
                "No one to contact: there are no confirmed overdue installments."
            ),
        }

    def cells(self, row: dict[str, Any]) -> list[str]:
        """The texts of a row; a held-out plan says so, and has no link."""
        buyer = row["buyer"] or row["plan_id"]
        return super().cells(
            {
                **row,
                "buyer": buyer,
                "what_to_do": what_to_do(row, self._locale),
                "link": row["whatsapp"] or "",
                "last_contact_date": row["last_contact_date"] and str(row["last_contact_date"]),
            }
        )
