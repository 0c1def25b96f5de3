"""Parser of database dumps as CSV: each row has a document as JSON text in a column `payload`.

Other columns (id, created_at, headers, token) are not read. `line 2` is the first row; a row of
several lines has the number of its last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from smartinst.hotmart.parsing.documents import parse_document
from smartinst.hotmart.parsing.wrappers import is_payload_column
from smartinst.hotmart.values.outcome import ItemOutcome
from smartinst.hotmart.values.redaction import body_fingerprint

_DELIMITERS: Final = ",;\t|"
_ESCAPES: Final = re.compile(r'\\(["\\])')
_UNESCAPED: Final = {'"': '""', "\\": "\\"}


def is_dump(header: str, remainder: str) -> bool:
    """Whether a header has a column for payloads, and any row an object in JSON."""
    return any(map(is_payload_column, _cells(header, _delimiter(header)))) and "{" in remainder


def parse_dump(header: str, remainder: str, seller_id: str) -> Iterator[ItemOutcome]:
    """The outcomes of every row after the header, each like those of a JSON object.

    A line with an unpaired quote is refused; the next line begins a new row.
    """
    delimiter = _delimiter(header)
    names = _cells(header, delimiter)
    start, line_number = 0, 1
    while start < len(remainder):
        end = _row_end(remainder, start)
        cells = _row_cells(remainder[start:end], delimiter, len(names))
        if len(cells) != len(names):
            end = remainder.find("\n", start) + 1 or len(remainder)
            cells = _row_cells(remainder[start:end], delimiter, len(names))
        line, start = remainder[start:end], end
        line_number += max(1, line.count("\n"))
        if line.strip():
            yield from _parse_row(names, cells, line, seller_id, f"line {line_number}")


def _parse_row(
    names: list[str], cells: list[str], line: str, seller_id: str, position: str
) -> Iterator[ItemOutcome]:
    if len(cells) != len(names):
        reason = f"expected {len(names)} columns, found {len(cells)}"
        excerpt = body_fingerprint(line.encode("utf-8", "surrogatepass"))
        yield ItemOutcome(position, refusal_reason=reason, excerpt=excerpt)
    else:
        yield from parse_document(dict(zip(names, cells, strict=True)), seller_id, position)


def _row_end(text: str, start: int) -> int:
    """The offset after the row that begins here: the first line end outside quotes."""
    end, quotes = start, 0
    while end < len(text):
        line_end = text.find("\n", end) + 1 or len(text)
        quotes += text.count('"', end, line_end)
        end = line_end
        if quotes % 2 == 0:
            break
    return end


def _row_cells(row: str, delimiter: str, width: int) -> list[str]:
    """The cells of a row, with quotes escaped by doubling (usual) or by a backslash (MySQL)."""
    cells = _cells(row, delimiter)
    if len(cells) == width or '\\"' not in row:
        return cells
    return _cells(_ESCAPES.sub(lambda escape: _UNESCAPED[escape.group(1)], row), delimiter)


def _cells(row: str, delimiter: str) -> list[str]:
    """The cells of a row, of any length: quotes are removed, doubled quotes are one."""
    cells = []
    for cell in _cell_pattern(delimiter).findall(delimiter + row.rstrip("\r\n")):
        text = cell[1:]
        is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
        cells.append(text[1:-1].replace('""', '"') if is_quoted else text.strip())
    return cells


def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    """A delimiter and its cell, quoted or not."""
    sign = re.escape(delimiter)
    return re.compile(rf'{sign}(?:"[^"]*(?:""[^"]*)*"(?={sign}|\Z)|[^{sign}]*)')


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)
