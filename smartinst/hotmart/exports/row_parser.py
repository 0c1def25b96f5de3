"""Parser of the detailed sales export ("Modelo Detalhado"): the outcome of every row.

A row is one attempt. Columns are found by their names, in any order and in three languages. The
export identifies a plan by its subscriber code only; dates are in America/Sao_Paulo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smartinst.hotmart.exports.cells import cell_text
from smartinst.hotmart.exports.headers import ExportHeader
from smartinst.hotmart.exports.rows import EXCERPT_COLUMNS, Values, parse_export_row
from smartinst.hotmart.values.outcome import InvalidItemError, ItemOutcome
from smartinst.hotmart.values.redaction import item_excerpt


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
