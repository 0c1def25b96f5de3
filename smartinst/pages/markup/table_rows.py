"""Rows of HTML tables with the same number of columns, as PDF/UA requires."""

from __future__ import annotations

import re
from typing import Final

from bs4 import BeautifulSoup, Tag

_ROW: Final = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL: Final = re.compile(r"<t[dh](?:\s[^>]*?)?>")
_PARTS: Final = ["thead", "tbody", "tfoot"]


def level_rows(html: str) -> str:
    """The HTML whose tables have empty cells where a row is shorter than the longest row.

    A cell that spans rows ends with its part of the table (head, body or foot).
    """
    if not _has_ragged_rows(html):
        return html
    soup = BeautifulSoup(html, "html.parser")
    for table in soup.find_all("table"):
        parts = table.find_all(_PARTS, recursive=False)
        widths = [_row_widths(part) for part in parts]
        full_width = max((width for part in widths for width in part), default=0)
        for part, part_widths in zip(parts, widths, strict=True):
            rows = part.find_all("tr", recursive=False)
            for row, width in zip(rows, part_widths, strict=True):
                for _ in range(full_width - width):
                    row.append(soup.new_tag("td"))
    return str(soup)


def _has_ragged_rows(html: str) -> bool:
    """Whether rows may differ in their columns; for plain tables this needs no parser."""
    if "<table" not in html:
        return False
    has_spans = "span=" in html or html.count("<table") > 1
    return has_spans or len({len(_CELL.findall(row)) for row in _ROW.findall(html)}) > 1


def _row_widths(part: Tag) -> list[int]:
    """The columns of each row, with those of cells that span it; corrects spans past the end."""
    rows = part.find_all("tr", recursive=False)
    widths = [0] * len(rows)
    for index, row in enumerate(rows):
        for cell in row.find_all(["td", "th"], recursive=False):
            height = min(_span(cell, "rowspan"), len(rows) - index)
            if cell.has_attr("rowspan"):
                cell["rowspan"] = str(height)
            for below in range(index, index + height):
                widths[below] += _span(cell, "colspan")
    return widths


def _span(cell: Tag, attribute: str) -> int:
    return int(str(cell.get(attribute) or 1))  # sanitized: a number from 1
