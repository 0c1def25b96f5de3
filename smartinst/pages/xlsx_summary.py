"""The first sheet of the workbook: who, as of when, the headline, and a list of the sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xlsxwriter.worksheet import Worksheet

from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.pages.compiler import filter_text
from smartinst.pages.reading.blocks import KeyFigures
from smartinst.pages.xlsx_cells import CellWriter
from smartinst.pages.xlsx_sheets import SheetEntry
from smartinst.report.table import Column

FIRST_WIDTH: Final = 40
WIDTH: Final = 18
TEXT_COLUMNS: Final = 5
"""Columns over which a text extends."""
LINE_HEIGHT: Final = 15
LINE_LENGTH: Final = 100
"""Points of a line, and its approximate length in characters."""


class SummarySheet:
    """Fills the first sheet from top to bottom, after all others are written."""

    def __init__(self, sheet: Worksheet, cells: CellWriter, locale: Locale) -> None:
        self._sheet, self._cells, self._locale, self._line = sheet, cells, locale, 0

    def write(
        self,
        cover: Mapping[str, Any],
        key_figures: KeyFigures | None,
        entries: Sequence[SheetEntry],
    ) -> None:
        """Writes the cover, the headline with its key figures, and links to all sheets."""
        self._sheet.set_column(0, 0, FIRST_WIDTH)
        self._sheet.set_column(1, TEXT_COLUMNS, WIDTH)
        self._sheet.hide_gridlines(2)
        self._write_cover(cover)
        if key_figures:
            self._write_text(key_figures.sentence, "sentence", {"font_size": 12})
            self._write_amounts(key_figures)
            self._write_text(key_figures.note, "note", {"font_color": palette.MUTED})
        self._write_links(entries)

    def _write_cover(self, cover: Mapping[str, Any]) -> None:
        locale = self._locale
        heading = str(cover.get("seller") or cover.get("title") or "")
        self._write_text(heading, "heading", {"bold": True, "font_size": 18})
        if cover.get("seller"):
            self._write_text(str(cover.get("title") or ""), "subtitle", {"font_size": 13})
        if as_of := cover.get("as_of"):
            text = locale.gettext("As of {date}", date=locale.date(as_of, "full"))
            if last_day := cover.get("data_through"):
                day = locale.gettext("data through {date}", date=locale.date(last_day, "long"))
                text = f"{text} · {day}"
            self._write_text(text, "date", {"font_color": palette.MUTED})
        for option in cover.get("filters") or ():
            filter_ = filter_text(option, locale)
            self._write_text(f"{filter_['label']}: {filter_['value']}", "filter", {})
        self._line += 1

    def _write_text(self, text: str, name: str, properties: dict[str, Any]) -> None:
        """A text over several columns; nothing if it is empty."""
        if not text:
            return
        layout = self._cells.format(f"summary {name}", {"text_wrap": True, **properties})
        self._sheet.merge_range(self._line, 0, self._line, TEXT_COLUMNS, "", layout)
        self._sheet.write_string(self._line, 0, text, layout)
        line_count = -(-len(text) // LINE_LENGTH)
        height = max(LINE_HEIGHT, 1.4 * properties.get("font_size", 11))
        self._sheet.set_row(self._line, height * line_count)
        self._line += 1

    def _write_amounts(self, key_figures: KeyFigures) -> None:
        """One row per key figure, one column per currency: amounts, and counts of plans."""
        currencies = [str(amounts["currency"]) for amounts in key_figures.currencies]
        labels: dict[str, str] = {}
        values: dict[tuple[str, str], tuple[str, Any]] = {}
        for amounts in key_figures.currencies:
            for item in amounts.get("items") or ():
                labels[item["name"]] = item["label"]
                values[item["name"], amounts["currency"]] = _kind_and_value(item)
        if not labels:
            return
        self._line += 1
        self._write_head(self._locale.gettext("Key figures"), *currencies)
        for name, label in labels.items():
            self._sheet.write_string(self._line, 0, label)
            for index, currency in enumerate(currencies, 1):
                kind, value = values.get((name, currency), ("", None))
                if value is not None:
                    column = Column(name, label, kind)
                    self._cells.write(self._sheet, (self._line, index), column, value, currency)
            self._line += 1

    def _write_links(self, entries: Sequence[SheetEntry]) -> None:
        """The name of each sheet as a link to it, the number of its rows, and its full title."""
        locale, sheet = self._locale, self._sheet
        self._line += 1
        self._write_head(locale.gettext("Sheets"), locale.gettext("Rows"))
        contents = self._cells.format("summary contents", {"align": "left", "indent": 2})
        sheet.write_string(self._line - 1, 2, locale.gettext("Contents"), self._head("left", 2))
        link = self._cells.format("summary link", {"font_color": palette.ACCENT, "underline": 1})
        for entry in entries:
            place = entry.name.replace("'", "''")
            sheet.write_url(self._line, 0, f"internal:'{place}'!A1", link, entry.name)
            self._cells.write(
                sheet, (self._line, 1), Column("rows", "", "integer"), entry.row_count
            )
            sheet.write_string(self._line, 2, entry.title, contents)
            self._line += 1

    def _write_head(self, label: str, *headings: str) -> None:
        self._sheet.write_string(self._line, 0, label, self._head("left"))
        for index in range(1, TEXT_COLUMNS + 1):
            self._sheet.write_blank(self._line, index, None, self._head("right"))
        for index, text in enumerate(headings, 1):
            self._sheet.write_string(self._line, index, text, self._head("right"))
        self._line += 1

    def _head(self, align: str, indent: int = 0) -> Any:
        properties = {"bold": True, "bottom": 1, "bg_color": palette.SURFACE, "align": align}
        name = f"summary head {align} {indent}"
        return self._cells.format(name, {**properties, "indent": indent})


def _kind_and_value(item: Mapping[str, Any]) -> tuple[str, Any]:
    """A key figure as the kind of a column and its value: an amount, else a count."""
    if (minor := item.get("minor")) is not None:
        return "money", minor
    return "integer", item.get("count")
