"""The table of sellers on the live portfolio."""

from __future__ import annotations

from typing import Any, Final

from smartinst.analytics.portfolio import par30_parts
from smartinst.dashboard.widgets.data_table import DataTable
from smartinst.i18n.locales import Locale
from smartinst.report.portfolio import COLUMNS, SELLERS
from smartinst.report.table import Column

_COLUMN_ORDER: Final = (
    "seller",
    "currency",
    "par30",
    "overdue_minor",
    "outstanding_minor",
    "data_through_date",
)
SELLER_COLUMNS: Final = tuple(
    sorted(COLUMNS, key=lambda column: (*_COLUMN_ORDER, column.name).index(column.name))
)
"""The columns of the report's table; a narrow window displays only the first ones."""


class SellerTable(DataTable):
    """One row per seller, or per seller and currency; a click opens the seller's board."""

    key, open_column, name = "seller_id", "seller", SELLERS

    def __init__(self, locale: Locale, columns: tuple[Column, ...]) -> None:
        super().__init__(locale, columns, locale.gettext("Rows {first} to {last} of {total}"))

    def cells(self, row: dict[str, Any]) -> list[str]:
        """The texts of a seller's row; counts have neither currency nor PAR30."""
        par30 = {"par30": par30_parts(row)} if "par30" in row else {}
        return super().cells({"currency": None, **row, **par30})
