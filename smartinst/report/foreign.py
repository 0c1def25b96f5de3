"""HTML that somebody else's cell put out: only the words and the rows of its tables are taken from it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

Rows = tuple[tuple[str, ...], ...]

_UNSEEN: Final = {"script", "style", "head", "title", "template", "svg", "math", "noscript"}
_BREAKS: Final = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "pre"}
MAX_COLUMNS: Final = 12


def read_html(html: str) -> tuple[list[tuple[tuple[str, ...], Rows]], str]:
    """(tables as (head, rows) of text, the rest as text); a frame's line of types below its head is left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    tables = [made for table in reader.tables if (made := _rectangle(table))]
    lines = [" ".join(line.split()) for line in "".join(reader.words).splitlines()]
    text = "\n".join(line for line in lines if line and not line.startswith("shape: ("))
    return tables, text


def _rectangle(table: list[tuple[bool, list[str]]]) -> tuple[tuple[str, ...], Rows] | None:
    table = [(is_head, cells) for is_head, cells in table if cells]
    if not table:
        return None
    width = min(max(len(cells) for _, cells in table), MAX_COLUMNS)
    heads = [cells for is_head, cells in table if is_head]
    body = [cells for is_head, cells in table if not is_head]
    head = heads[0] if heads else [""] * width

    def filled(cells: list[str]) -> tuple[str, ...]:
        return tuple([*cells, *[""] * width][:width])

    return filled(head), tuple(filled(cells) for cells in body)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[tuple[bool, list[str]]]] = []
        self.words: list[str] = []
        self._hidden = 0
        self._inside = 0
        self._cell: list[str] | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        elif tag == "table":
            self._inside += 1
            if self._inside == 1:
                self.tables.append([])
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr" and self._inside == 1:
            self.tables[-1].append((True, []))
        elif tag in ("td", "th") and self._inside == 1 and self.tables[-1]:
            self._cell = []
            if tag == "td" and not self._in_head:
                self.tables[-1][-1] = (False, self.tables[-1][-1][1])
        elif tag in _BREAKS and not self._inside:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "table":
            self._inside = max(0, self._inside - 1)
        elif tag == "thead":
            self._in_head = False
        elif tag in ("td", "th") and self._cell is not None:
            self.tables[-1][-1][1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._cell is not None:
            self._cell.append(data)
        elif not self._inside:
            self.words.append(data)
