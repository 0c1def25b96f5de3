"""Parser of the detailed sales export ("Modelo Detalhado"): the outcome of every row.

A row is one attempt. Columns are found by their names, in any order and in three languages. The
export identifies a plan by its subscriber code only; dates are in America/Sao_Paulo.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from smartinst.hotmart.exports.cells import cell_text
from smartinst.hotmart.exports.columns import ExportHeader
from smartinst.hotmart.exports.other_reports import describe_language, describe_report
from smartinst.hotmart.exports.rows import EXCERPT_COLUMNS, Values, parse_export_row
from smartinst.hotmart.values.outcome import InvalidItemError, ItemOutcome
from smartinst.hotmart.values.redaction import item_excerpt

SAVE_AGAIN: Final = "open it in a spreadsheet program and save it as .xlsx, or export as CSV"
_MAX_NAMES: Final = 20
_MAX_NAME: Final = 60


@dataclass(frozen=True)
class ExportStart:
    """Where the rows of an export begin: the index of its header's row, and how to split rows."""

    header: ExportHeader
    row_index: int
    delimiter: str = ""


def find_header(rows: Iterable[Sequence[str]]) -> ExportStart | None:
    """The header of an export among the first rows of a sheet; None if there is none."""
    for index, cells in enumerate(rows):
        header = ExportHeader.from_names(list(cells))
        if header.is_export:
            return ExportStart(header, index)
    return None


def incomplete_reason(header: ExportHeader) -> str | None:
    """The reason for refusing an export without required columns; None if it has them all."""
    if not header.missing:
        return None
    if language_reason := describe_language(header.unknown_names):
        return language_reason
    names = [name[:_MAX_NAME] for name in header.unknown_names[:_MAX_NAMES]]
    hidden_count = len(header.unknown_names) - len(names)
    names += [f"{hidden_count} more"] if hidden_count else []
    unknown_names = f"; headers not recognised: {', '.join(names)}" if names else ""
    missing = ", ".join(header.missing)
    return f"export without the columns {missing}: choose the detailed model{unknown_names}"


def other_report_reason(rows: Iterable[Sequence[str]]) -> str | None:
    """The reason for refusing another table of the platform; None if the table is unknown."""
    return next(filter(None, map(describe_report, rows)), None)


@dataclass(frozen=True)
class ExportRowParser:
    """Parser of the rows of one export, each a list of cells in the order of the header."""

    header: ExportHeader
    seller_id: str

    def parse(self, cells: Sequence[str], position: str) -> ItemOutcome:
        """The outcome of one row; a row that is too short has empty cells at its end."""
        values = self._values(cells)
        try:
            if len(cells) > self.header.width and any(map(str.strip, cells[self.header.width :])):
                raise InvalidItemError(self._wrong_width(cells))
            result = parse_export_row(values, self.seller_id)
        except InvalidItemError as error:
            return self._refuse(str(error), values, position)
        if isinstance(result, str):
            return ItemOutcome(position, ignore_reason=result)
        return ItemOutcome(position, statements=result)

    def refuse_part(self, cells: Sequence[str], position: str) -> ItemOutcome:
        """The refusal of a line that is only a part of a row."""
        return self._refuse(self._wrong_width(cells), self._values(cells), position)

    def _wrong_width(self, cells: Sequence[str]) -> str:
        return f"expected {self.header.width} columns, found {len(cells)}"

    def _values(self, cells: Sequence[str]) -> Values:
        count = len(cells)
        return {
            column: cell_text(cells[index]) if index < count else None
            for column, index in self.header.indexes.items()
        }

    def _refuse(self, reason: str, values: Values, position: str) -> ItemOutcome:
        excerpt = item_excerpt({column: values.get(column) for column in EXCERPT_COLUMNS})
        return ItemOutcome(position, refusal_reason=reason, excerpt=excerpt)
