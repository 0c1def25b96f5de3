"""The table of plans, and its export: compressed CSV that the browser requests in pieces."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from smartinst.analytics.metrics import PLAN_KEYS
from smartinst.dashboard.widgets.data_table import DataTable
from smartinst.i18n.locales import N_, Locale
from smartinst.pages.csv_export import to_csv
from smartinst.report.table import Column
from smartinst.report.tables.columns import COLUMNS as REPORT_COLUMNS
from smartinst.report.tables.columns import LIVE_COLUMNS

PIECE_SIZE: Final = 1_000_000
"""Bytes per message; Jupyter discards messages beyond three million bytes in three seconds."""
BOARD_COLUMNS: Final = {
    "action": Column("action", N_("Action")),
    "link": Column("link", N_("WhatsApp")),
    "purchase_date": Column("purchase_date", N_("Purchase"), "date"),
}
"""Columns that differ from the report's."""
COLUMNS: Final = tuple(BOARD_COLUMNS.get(name) or REPORT_COLUMNS[name] for name in LIVE_COLUMNS)
"""The columns of the table; `action` is omitted if no action was ever executed."""
ExportSource = Callable[[list[str]], tuple[str, list[dict[str, Any]]]]
"""Ids of plans (none: all that pass the filters) → file name, and rows of `plan_details`."""


class PlanTable(DataTable):
    """Plans with the results of their actions and the link to each buyer; can be exported."""

    key, computed_columns, open_column = "plan_id", ("action", "link"), "plan_id"
    name = N_("Plans")

    def __init__(
        self,
        locale: Locale,
        link: Callable[[dict[str, Any]], str | None],
        export_source: ExportSource,
    ) -> None:
        self._link, self._export_source = link, export_source
        self._summaries = dict[str, str]()
        self._export: tuple[Any, str, list[bytes]] = ("", "", [])
        status = locale.gettext(
            "Rows {first} to {last} of {total} plans ({all} in all); {selected} selected"
        )
        super().__init__(locale, COLUMNS, status, is_selectable=True)
        self.labels = {
            **self.labels,
            "csv": locale.gettext("Download as CSV ({count})"),
            "copy": locale.gettext("Copy ({count})"),
            "copied": locale.gettext("Copied: it can be pasted into a spreadsheet."),
        }
        self.on_msg(self._answer_export)

    def show_actions(self, summaries: dict[str, str]) -> None:
        """Displays the actions by plan id; hides the column if there are none."""
        self._summaries = summaries
        with self.hold_sync():
            self._columns = tuple(
                column for column in COLUMNS if summaries or column.name != "action"
            )
            self.columns = self._headings(self._columns, self._locale)
            self._send_rows()

    def _answer_export(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        """Sends one piece of an export; the first request of an export creates it."""
        request, index = message["request"], int(message["index"])
        if index == 0:
            try:
                name, details = self._export_source(list(self.selected))
            except Exception as error:  # without a reply the button would wait forever
                self.send({"request": request, "error": str(error) or type(error).__name__})
                raise
            self._export = (request, name, export_pieces(details, PLAN_KEYS, message["separator"]))
        current, name, pieces = self._export
        if request == current and index < len(pieces):
            self.send({"request": request, "name": name, "count": len(pieces)}, [pieces[index]])

    def cells(self, row: dict[str, Any]) -> list[str]:
        """The texts of a plan's row."""
        summary = self._summaries.get(row["plan_id"], "")
        return super().cells({**row, "action": summary, "link": self._link(row) or ""})


def export_pieces(
    details: Sequence[Mapping[str, Any]], names: Sequence[str], separator: str
) -> list[bytes]:
    """The CSV of `smartinst plans --format csv`, compressed by gzip, in one or more pieces."""
    text = to_csv(details, names, separator)
    archive = gzip.compress(text.encode("utf-8"), compresslevel=6, mtime=0)
    return [archive[start : start + PIECE_SIZE] for start in range(0, len(archive), PIECE_SIZE)]
