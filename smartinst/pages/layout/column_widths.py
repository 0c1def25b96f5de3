"""Type size and column widths of a table on paper, so that as few of its rows as possible wrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from smartinst.drawing.fonts import text_width
from smartinst.pages.layout.table_view import NUMERIC_KINDS, TableView

TYPE_SIZES: Final = {"": 8.0, "dense": 7.0, "snug": 6.6, "denser": 6.1}
"""Sizes of type in tables (print.css), in points."""

POINTS_PER_MM: Final = 72 / 25.4
PAGE_WIDTH: Final = 180 * POINTS_PER_MM
ALERTS_BORDER: Final = 12.5
"""Width of an A4 page between its margins, and of the border of alerts, in points (print.css)."""

NARROW_SHARE: Final = 0.45
"""Share of the page's width within which a table is narrow: its columns would stand far apart."""

MAX_WRAPPED_SHARE: Final = 0.5
"""Share of a long table's texts, in each column, that may wrap in a small type: if more must, the
type is larger."""

MIN_TEXT_EMS: Final = 6.0
MAX_TEXT_EMS: Final = 24.0
"""Text longer than the minimum may wrap; no text gets more width than the maximum."""

DATE_KINDS: Final = frozenset(("date", "datetime", "time"))
"""Kinds whose digits have one width, as those of numbers have (print.css)."""
UNBROKEN_KINDS: Final = NUMERIC_KINDS | DATE_KINDS | {"month", "link", "status"}
"""Kinds that never wrap."""

HEAD_SCALE: Final = 0.95
SECOND_LINE_SCALE: Final = 0.9
SEMIBOLD_SCALE: Final = 1.06
"""Widths relative to regular text of a cell: of heads, which are semibold in nine tenths of the
type size, of second lines, and of names in contacts."""


def fit_to_page(view: TableView) -> TableView:
    """The table with the largest type size in which it fits, and the width of each column."""
    columns = [_needs(view, index) for index in range(len(view.head))]
    page_width = PAGE_WIDTH - (ALERTS_BORDER if view.role == "alerts" else 0)
    max_wrapped = 0 if view.is_short else int(MAX_WRAPPED_SHARE * len(view.rows))
    density, widths = _fit(columns, page_width, max_wrapped)
    total = sum(widths) or 1
    head = tuple(
        replace(head, share=round(100 * width / total, 2))
        for head, width in zip(view.head, widths, strict=True)
    )
    return replace(view, head=head, density=density, is_narrow=total <= NARROW_SHARE * PAGE_WIDTH)


@dataclass(frozen=True)
class ColumnNeeds:
    """What the content of a column needs: widths in em, and its padding in points.

    min_width    of the widest text, at most MIN_TEXT_EMS unless its texts never wrap, and of the
                 words of its head
    text_widths  of its texts on one line, at most MAX_TEXT_EMS, the widest first
    """

    min_width: float
    text_widths: Sequence[float]
    padding: float

    def width(self, type_size: float, wrapped: int = 0) -> float:
        """Width in points in which all texts except the `wrapped` widest have one line."""
        text = max([self.min_width, *self.text_widths[wrapped : wrapped + 1]])
        return text * type_size + self.padding

    def least_width(self, type_size: float) -> float:
        """Width in points below which the column is not legible."""
        return self.min_width * type_size + self.padding


def _fit(
    columns: Sequence[ColumnNeeds], page_width: float, max_wrapped: int
) -> tuple[str, list[float]]:
    """The largest type size in which no text wraps, or few, or numbers fit; widths in points."""
    unwrapped = [(density, 0) for density in ("", "dense", "snug")]
    few_wrapped = [("snug", wrapped) for wrapped in range(1, max_wrapped + 1)]
    for density, wrapped in unwrapped + few_wrapped:
        widths = [column.width(TYPE_SIZES[density], wrapped) for column in columns]
        if sum(widths) <= page_width:
            return density, _stretch(widths, columns, density, page_width)
    for density in ("dense", "denser"):
        widths = [column.least_width(TYPE_SIZES[density]) for column in columns]
        if sum(widths) <= page_width:
            return density, _stretch(widths, columns, density, page_width)
    return "squeezed", [column.least_width(TYPE_SIZES["denser"]) for column in columns]


def _stretch(
    widths: Sequence[float], columns: Sequence[ColumnNeeds], density: str, page_width: float
) -> list[float]:
    """The widths, and shares of the spare width in proportion to what columns lack."""
    lacks = [
        column.width(TYPE_SIZES[density]) - width
        for column, width in zip(columns, widths, strict=True)
    ]
    scale = min(1.0, (page_width - sum(widths)) / sum(lacks)) if any(lacks) else 0.0
    return [width + lack * scale for width, lack in zip(widths, lacks, strict=True)]


def _needs(view: TableView, index: int) -> ColumnNeeds:
    head = view.head[index]
    scale = SEMIBOLD_SCALE if view.role == "contacts" and index == 0 else 1.0
    is_tabular = head.is_numeric or head.kind in DATE_KINDS

    def width(text: str) -> float:
        return text_width(text, tabular=is_tabular)

    cells = [row[index] for row in view.rows]
    widths = [
        max(width(cell.text) * scale, width(cell.second_line) * SECOND_LINE_SCALE) for cell in cells
    ]
    longest = max(widths, default=0.0)
    head_words = head.label.replace("-", " ").split()
    min_width = max(map(text_width, head_words), default=0.0) * HEAD_SCALE
    if head.kind in UNBROKEN_KINDS or head.name == "plan_id":
        min_width = max(min_width, longest)
    else:
        min_width = max(min_width, min(longest, MIN_TEXT_EMS))
        widths = [min(MAX_TEXT_EMS, text) for text in widths]
    return ColumnNeeds(min_width, sorted(widths, reverse=True), _padding(view, index))


def _padding(view: TableView, index: int) -> float:
    """Padding of a column's cells (print.css), and a reserve between columns, in points."""
    head = view.head[index]
    follows_number = index > 0 and view.head[index - 1].is_numeric
    left = 2.0 if head.kind == "link" else 0.0
    if head.is_numeric:
        left = 1.0
    elif follows_number:
        left = 3.5
    dot = 2.9 if head.kind == "status" and view.role != "detail" else 0.0
    right = 2.6 if view.role == "alerts" else 1.2
    is_last = index == len(view.head) - 1
    reserve = 0.6 if head.is_numeric else 0.5
    return (left + dot + (0.0 if is_last else right) + reserve) * POINTS_PER_MM
