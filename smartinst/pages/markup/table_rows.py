"""Rows of HTML tables with the same number of columns, as PDF/UA requires."""

from __future__ import annotations

import re
from typing import Final

from bs4 import BeautifulSoup, Tag

_ROW: Final = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL: Final = re.compile(r"<t[dh](?:\s[^>]*?)?>")
_PARTS: Final = ["thead", "tbody", "tfoot"]


def level_rows(html: str) -> str:
    """The HTML with an empty cell added to each row that is shorter than the longest of its table.

    A cell that spans rows ends with its part of the table (head, body or foot).
    """
    if not _has_ragged_rows(html):
        return html
    soup = BeautifulSoup(html, "html.parser")
    for table in soup.find_all("table"):
        widths = [
            (row, width)
            for part in table.find_all(_PARTS, recursive=False)
            for row, width in _row_widths(part)
        ]
        full_width = max((width for _, width in widths), default=0)
        for row, width in widths:
            if width < full_width:
                row.append(soup.new_tag("td", attrs=_filling(full_width - width)))
    return str(soup)


def _filling(width: int) -> dict[str, str]:
    return {"colspan": str(width)} if width > 1 else {}


def _has_ragged_rows(html: str) -> bool:
    """Whether rows may differ in their number of columns; plain tables need no parser for it."""
    if "<table" not in html:
        return False
    has_spans = "span=" in html or html.count("<table") > 1
    return has_spans or len({len(_CELL.findall(row)) for row in _ROW.findall(html)}) > 1


def _row_widths(part: Tag) -> list[tuple[Tag, int]]:
    """Each row with its number of columns, also of cells that reach into it from above.

    Shortens row spans that pass the end of the part.
    """
    rows = part.find_all("tr", recursive=False)
    widths = [0] * len(rows)
    for index, row in enumerate(rows):
        for cell in row.find_all(["td", "th"], recursive=False):
            height = min(span_of(cell, "rowspan"), len(rows) - index)
            if cell.has_attr("rowspan"):
                cell["rowspan"] = str(height)
            for below in range(index, index + height):
                widths[below] += span_of(cell, "colspan")
    return list(zip(rows, widths, strict=True))


def span_of(cell: Tag, attribute: str) -> int:
    """The columns or rows that a sanitized cell spans."""
    return int(str(cell.get(attribute) or 1))
