"""HTML that somebody else's cell put out: only the words and the rows of its tables are taken from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

Rows = tuple[tuple[str, ...], ...]

_UNSEEN: Final = {"script", "style", "head", "title", "template", "svg", "math", "noscript"}
_BREAKS: Final = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "pre"}
MAX_COLUMNS: Final = 200
"""What lies further right is no table that anybody reads."""


@dataclass
class _Cell:
    """A cell's text, and over how many columns and rows it reaches."""

    across: int
    down: int
    text: str = ""


@dataclass
class _Line:
    """A row of a table; a head's line of plain cells is one of types, where another line names the columns (Polars)."""

    cells: list[_Cell] = field(default_factory=list)
    is_head: bool = True
    is_types: bool = False
    is_named: bool = False


def read_html(html: str) -> tuple[list[tuple[tuple[str, ...], Rows]], str]:
    """(tables as (head, rows) of text, the rest as text); a frame's line of types below its head is left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    tables = [made for table in reader.tables if (made := _rectangle(table))]
    lines = [" ".join(line.split()) for line in "".join(reader.locale).splitlines()]
    text = "\n".join(line for line in lines if line and not line.startswith("shape: ("))
    return tables, text


def _rectangle(table: list[_Line]) -> tuple[tuple[str, ...], Rows] | None:
    """Every cell in each column and row that it covers; of a head of several lines, the words above a column."""
    is_named = any(line.is_head and not line.is_types for line in table)
    table = [line for line in table if line.cells and not (is_named and line.is_types)]
    body_begins = next((at for at, line in enumerate(table) if not line.is_head), len(table))
    spread = _spread(table)
    width = max(map(len, spread), default=0)
    filled = [tuple([*row, *[""] * width][:width]) for row in spread]
    heads, body = filled[:body_begins], tuple(filled[body_begins:])
    columns = zip(*heads, strict=True) if heads else [("",)] * width
    head = tuple(" ".join(dict.fromkeys(word for word in column if word)) for column in columns)
    return (head, body) if width else None


def _spread(table: list[_Line]) -> list[list[str]]:
    """The rows' texts; a cell that reaches down takes its place in the rows below."""
    rows: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}
    for line in table:
        row: list[str] = []
        waiting = list(reversed(line.cells))
        while (waiting or len(row) in reaching) and len(row) < MAX_COLUMNS:
            at = len(row)
            if at in reaching:
                left, text = reaching.pop(at)
                row.append(text)
                if left > 1:
                    reaching[at] = (left - 1, text)
                continue
            cell = waiting.pop()
            for _ in range(min(cell.across, MAX_COLUMNS - at)):
                if cell.down > 1:
                    reaching[len(row)] = (cell.down - 1, cell.text)
                row.append(cell.text)
        rows.append(row)
    return rows


def _reach(attributes: list[tuple[str, str | None]], name: str) -> int:
    said = dict(attributes).get(name) or "1"
    return (
        min(max(int(said), 1), 1_000) if said.isascii() and said.isdigit() and len(said) < 5 else 1
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[_Line]] = []
        self.locale: list[str] = []
        self._hidden = 0
        self._inside = 0
        self._cell: _Cell | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        elif tag == "table":
            self._inside += 1
            if self._inside == 1:
                self.tables.append([])
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr" and self._inside == 1:
            self.tables[-1].append(_Line())
        elif tag in ("td", "th") and self._inside == 1 and self.tables[-1]:
            self._begin(tag, attributes)
        elif tag in _BREAKS and not self._inside:
            self.locale.append("\n")

    def _begin(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        line = self.tables[-1][-1]
        self._cell = _Cell(_reach(attributes, "colspan"), _reach(attributes, "rowspan"))
        line.cells.append(self._cell)
        line.is_named = line.is_named or tag == "th"
        line.is_types = self._in_head and not line.is_named
        if tag == "td":
            line.is_head = self._in_head

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "table":
            self._inside = max(0, self._inside - 1)
        elif tag == "thead":
            self._in_head = False
        elif tag in ("td", "th") and self._cell is not None:
            self._cell.text = " ".join(self._cell.text.split())
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._cell is not None:
            self._cell.text += data
        elif not self._inside:
            self.locale.append(data)
