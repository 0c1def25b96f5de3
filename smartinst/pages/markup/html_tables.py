"""Tables in sanitized HTML: as tables for the workbook, and shortened for page and paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bs4 import BeautifulSoup, Tag

from smartinst.pages.markup.table_rows import span_of
from smartinst.report.table import Column, Row, Table

_BODY: Final = re.compile(r"<tbody>((?:(?!<table).)*?)</tbody>", re.DOTALL)
_END_OF_ROW: Final = "</tr>"
_CELL: Final = re.compile(r"<t[dh][ >]")
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d+)?")
MAX_COLUMNS: Final = 16_000
"""Maximum columns of a table; a sheet of Excel has 16,384."""


def shorten_tables(html: str, limit: int) -> tuple[str, int]:
    """The HTML with at most `limit` rows in the body of each table, and how many rows it omits."""
    omitted = 0

    def shorten(match: re.Match[str]) -> str:
        nonlocal omitted
        rows = match[1].split(_END_OF_ROW)[:-1]
        omitted += max(0, len(rows) - limit)
        return f"<tbody>{''.join(row + _END_OF_ROW for row in rows[:limit])}</tbody>"

    return _BODY.sub(shorten, html), omitted


def narrow_tables(html: str, limit: int) -> tuple[str, int]:
    """The HTML with the first `limit` columns of each table, and the most that a table omits."""
    if all(len(_CELL.findall(row)) <= limit for row in html.split(_END_OF_ROW)):
        return html, 0
    soup = BeautifulSoup(html, "html.parser")
    omitted = max((_narrow(table, limit) for table in _outermost_tables(soup)), default=0)
    return str(soup), omitted


def _outermost_tables(soup: BeautifulSoup) -> list[Tag]:
    return [table for table in soup.find_all("table") if table.find_parent("table") is None]


def _rows_of(table: Tag) -> list[Tag]:
    """The rows of a table, without those of tables in its cells."""
    return [row for row in table.find_all("tr") if row.find_parent("table") is table]


def _narrow(table: Tag, limit: int) -> int:
    """The number of columns after the first `limit`, whose cells are removed."""
    width = 0
    spanning: dict[int, int] = {}  # column → number of rows below
    for row in _rows_of(table):
        occupied = set(spanning)
        spanning = {column: count - 1 for column, count in spanning.items() if count > 1}
        column = 0
        for cell in row.find_all(["td", "th"], recursive=False):
            while column in occupied:
                column += 1
            end = column + span_of(cell, "colspan")
            if (rows := span_of(cell, "rowspan")) > 1:
                spanning |= dict.fromkeys(range(column, end), rows - 1)
            if column >= limit:
                cell.decompose()
            elif end > limit:
                cell["colspan"] = str(limit - column)
            column = end
        width = max(width, column)
    return max(0, width - limit)


def html_tables(html: str) -> Iterator[Table]:
    """The outermost tables, with their captions as titles.

    The texts of several head rows are joined. A cell that spans columns or rows has its text in
    each of them. A column whose texts are all plain numbers (`1234.5`) has numbers.
    """
    if "<table" not in html:
        return
    yield from map(_table, _outermost_tables(BeautifulSoup(html, "html.parser")))


def _table(element: Tag) -> Table:
    rows = _rows_of(element)
    grid = _grid(rows)
    head_count = _head_count(rows)
    width = max(map(len, grid), default=0)
    padded = [(*row, *[""] * (width - len(row))) for row in grid]
    labels = [
        " · ".join(dict.fromkeys(filter(None, (row[index] for row in padded[:head_count]))))
        for index in range(width)
    ]
    body = padded[head_count:]
    numeric = [_is_numeric([row[index] for row in body]) for index in range(width)]
    caption = element.find("caption")
    return Table(
        "frame",
        caption.get_text(" ", strip=True) if caption else "",
        tuple(
            Column(f"column_{index}", label, "number" if numeric[index] else "text")
            for index, label in enumerate(labels)
        ),
        tuple(_values(row, numeric) for row in body),
        role="dataframe",
    )


def _head_count(rows: Sequence[Tag]) -> int:
    """The number of first rows that are in `thead`, or have head cells only."""
    count = 0
    for row in rows:
        if row.find_parent("thead") is None and row.find("td") is not None:
            break
        count += 1
    return count


def _grid(rows: Sequence[Tag]) -> list[list[str]]:
    """The texts of all cells; a cell that spans columns or rows has its text in each of them."""
    grid: list[list[str]] = []
    spanning: dict[int, tuple[int, str]] = {}  # column → number of rows below, text
    for row in rows:
        texts: list[str] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            _add_spanning(texts, spanning)
            text = " ".join(cell.get_text(" ").split())
            for _ in range(min(span_of(cell, "colspan"), MAX_COLUMNS - len(texts))):
                if (row_count := span_of(cell, "rowspan")) > 1:
                    spanning[len(texts)] = (row_count - 1, text)
                texts.append(text)
        _add_spanning(texts, spanning)
        grid.append(texts)
    return grid


def _add_spanning(texts: list[str], spanning: dict[int, tuple[int, str]]) -> None:
    """Adds the texts of cells that reach from rows above into the next columns."""
    while (column := len(texts)) in spanning:
        count, text = spanning.pop(column)
        if count > 1:
            spanning[column] = (count - 1, text)
        texts.append(text)


def _is_numeric(texts: Sequence[str]) -> bool:
    return any(texts) and all(not text or _NUMBER.fullmatch(text) for text in texts)


def _values(row: Sequence[str], numeric: Sequence[bool]) -> Row:
    return tuple(
        (float(text) if "." in text else int(text)) if is_number and text else text or None
        for text, is_number in zip(row, numeric, strict=True)
    )
