"""Parser of the detailed sales export ("Modelo Detalhado", CSV): the outcome of every row.

A row is one attempt. Columns are found by their normalized names, in any order (docs/hotmart.md
§4.2). The export identifies a plan by its subscriber code only; dates are in America/Sao_Paulo.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.export_rows import (
    COLUMNS,
    EXCERPT_COLUMNS,
    REQUIRED_COLUMNS,
    Values,
    parse_export_row,
)
from smartinst.hotmart.parsing.outcome import InvalidItemError, ItemOutcome
from smartinst.hotmart.parsing.redaction import item_excerpt

EMPTY_VALUES: Final = ("", "(none)", "-")


def is_export_header(line: str) -> bool:
    """Whether a line is the header of an export, of the detailed model or of another."""
    names = {vocabulary.normalize(name) for name in _split_line(line)}
    return len(names) > 3 and bool(
        names & {"codigo da transacao", "transacao", "nome do produto", "tipo de cobranca"}
    )


def parse_export(lines: Iterable[str], header: str, seller_id: str) -> Iterator[ItemOutcome]:
    """The outcome of every row of an export, given its header; `line 2` is the first row."""
    names = [vocabulary.normalize(name) for name in _split_line(header)]
    indexes = {
        column: names.index(spellings[0])
        for column, all_spellings in COLUMNS.items()
        if (spellings := [spelling for spelling in all_spellings if spelling in names])
    }
    if missing := [COLUMNS[column][0] for column in REQUIRED_COLUMNS if column not in indexes]:
        columns = ", ".join(missing[:3])
        columns += f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        reason = f"export without the columns {columns}: send the detailed model"
        yield ItemOutcome("file", refusal_reason=reason, is_unreadable=True)
        return
    parser = _RowParser(_delimiter(header), indexes, len(names), seller_id)
    yield from parser.parse_rows(_RewindableLines(lines))


class _RewindableLines:
    """Iterator of lines that can push back the current record's lines, except the first."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._pending: list[str] = []
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.record.append(self._pending.pop() if self._pending else next(self._lines))
        return self.record[-1]

    def rewind(self) -> str:
        """Push back all lines of the record except the first, and return the first."""
        self._pending += reversed(self.record[1:])
        return self.record[0]


@dataclass(frozen=True)
class _RowParser:
    """Parser of the rows of one export; `indexes` are the positions of the known columns."""

    delimiter: str
    indexes: dict[str, int]
    width: int
    seller_id: str

    def parse_rows(self, lines: _RewindableLines) -> Iterator[ItemOutcome]:
        """The outcome of each record, at the number of its last line.

        After an unclosed quote, the following rows become part of its cell. Therefore a record of
        several lines is accepted only if it is valid; otherwise its first line is parsed as one
        row, and parsing continues with the second line.
        """
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        line_number = 1  # of the header
        while True:
            lines.record.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = None
            height = len(lines.record)
            outcome = None
            if cells is not None and not self._contains_rows(cells, lines.record):
                outcome = self._parse_row(cells, f"line {line_number + height}")
            if outcome is None or (outcome.refusal_reason is not None and height > 1):
                height = 1
                cells = self._split_alone(lines.rewind())
                outcome = self._parse_line(cells, f"line {line_number + 1}")
            line_number += height
            if cells is None or any(cell.strip() for cell in cells):
                yield outcome

    def _contains_rows(self, cells: list[str], lines: list[str]) -> bool:
        """Whether a cell of a record contains whole rows: two of its lines have all columns."""
        if len(lines) < 2:
            return False
        complete = sum(line.count(self.delimiter) + 1 >= self.width for line in lines)
        return len(cells) != self.width or complete > 1

    def _split_alone(self, line: str) -> list[str] | None:
        """The cells of one line, with unpaired quotes as text; None if it is not CSV."""
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            try:
                reader = csv.reader([line], delimiter=self.delimiter, strict=True, quoting=quoting)
                return next(reader, [])
            except csv.Error:
                continue
        return None

    def _parse_line(self, cells: list[str] | None, position: str) -> ItemOutcome:
        if cells is None:
            return ItemOutcome(position, refusal_reason="not a line of CSV")
        if len(cells) != self.width:  # only a part of a row
            return self._refuse(self._wrong_width(cells), self._values(cells), position)
        return self._parse_row(cells, position)

    def _parse_row(self, cells: list[str], position: str) -> ItemOutcome:
        values = self._values(cells)
        try:
            if len(cells) > self.width:
                raise InvalidItemError(self._wrong_width(cells))
            result = parse_export_row(values, self.seller_id)
        except InvalidItemError as error:
            return self._refuse(str(error), values, position)
        if isinstance(result, str):
            return ItemOutcome(position, ignore_reason=result)
        return ItemOutcome(position, statements=result)

    def _wrong_width(self, cells: list[str]) -> str:
        return f"expected {self.width} columns, found {len(cells)}"

    def _values(self, cells: list[str]) -> Values:
        return {column: _cell_value(cells, index) for column, index in self.indexes.items()}

    def _refuse(self, reason: str, values: Values, position: str) -> ItemOutcome:
        excerpt = item_excerpt({column: values.get(column) for column in EXCERPT_COLUMNS})
        return ItemOutcome(position, refusal_reason=reason, excerpt=excerpt)


def _cell_value(cells: list[str], index: int) -> str | None:
    value = cells[index].strip() if index < len(cells) else ""
    return None if value in EMPTY_VALUES else value


def _delimiter(header: str) -> str:
    return max(";,\t", key=header.count)


def _split_line(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=_delimiter(line)), [])
    except csv.Error:
        return []
