"""Parser of a sales export as delimited text: records of one or several lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from smartinst.hotmart.exports.headers import (
    SAVE_AGAIN,
    ExportHeader,
    ExportStart,
    incomplete_reason,
    other_report_reason,
)
from smartinst.hotmart.exports.row_parser import ExportRowParser
from smartinst.hotmart.exports.table_text import declared_delimiter, guess_delimiter, split_line
from smartinst.hotmart.values.outcome import ItemOutcome


def find_csv_header(lines: Sequence[str]) -> ExportStart | None:
    """The header of an export among the first lines of a file; None if there is none."""
    file_delimiter = declared_delimiter(lines[0]) if lines else None
    for index, line in enumerate(lines):
        delimiter = file_delimiter or guess_delimiter(line)
        header = ExportHeader.from_names(split_line(line.rstrip("\r\n"), delimiter))
        if header.is_export:
            return ExportStart(header, index, delimiter)
    return None


def table_refusal(lines: Sequence[str], start: ExportStart | None) -> str | None:
    """Why a table cannot be read, if it is an incomplete export or another report; else None."""
    if start:
        return incomplete_reason(start.header)
    if lines and lines[0].lstrip().startswith("<"):
        return f"an HTML or XML file: {SAVE_AGAIN}"
    return other_report_reason(split_line(line, guess_delimiter(line)) for line in lines)


def parse_csv_export(
    lines: Iterable[str], start: ExportStart, seller_id: str
) -> Iterator[ItemOutcome]:
    """The outcome of every record below the header; positions are line numbers of the file."""
    parser = _RecordParser(ExportRowParser(start.header, seller_id), start.delimiter)
    yield from parser.parse_records(_RewindableLines(lines), start.row_index + 1)


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
class _RecordParser:
    """Parser of the records of one file."""

    row_parser: ExportRowParser
    delimiter: str

    @property
    def width(self) -> int:
        return self.row_parser.header.width

    def parse_records(self, lines: _RewindableLines, line_number: int) -> Iterator[ItemOutcome]:
        """The outcome of each record, at the number of its last line.

        `line_number` is that of the header.

        After an unclosed quote, the following rows become part of its cell. Therefore a record of
        several lines is accepted only if it is valid; otherwise its first line is parsed as one
        row, and parsing continues with the second line.
        """
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
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
                outcome = self.row_parser.parse(cells, f"line {line_number + height}")
            if outcome is None or (outcome.refusal_reason is not None and height > 1):
                height = 1
                cells = self._split_single_line(lines.rewind())
                outcome = self._parse_line(cells, f"line {line_number + 1}")
            line_number += height
            if cells is None or any(cell.strip() for cell in cells):
                yield outcome

    def _contains_rows(self, cells: list[str], lines: list[str]) -> bool:
        """Whether a record of several lines contains other rows.

        It does if it has another number of cells, or if two of its lines have all columns.
        """
        if len(lines) < 2:
            return False
        complete = sum(line.count(self.delimiter) + 1 >= self.width for line in lines)
        return len(cells) != self.width or complete > 1

    def _split_single_line(self, line: str) -> list[str] | None:
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
        if len(cells) != self.width:
            return self.row_parser.refuse_part(cells, position)
        return self.row_parser.parse(cells, position)
