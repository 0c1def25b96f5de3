"""Parts of a section: charts, tables and words of the figures of a book that have something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import altair as alt

from smartinst.report.mime_bundles import DisplayBundle
from smartinst.report.section import (
    ReportSection,
    compact_cover,
    off_paper,
    section,
    table_rows,
)

if TYPE_CHECKING:
    from smartinst.report.book import Book
    from smartinst.report.loan_book.bound_figure import BoundBookFigure


@dataclass(frozen=True)
class BookParts:
    """The parts of the sections of a book that has its loan book; what shows nothing is None."""

    book: Book

    def cover(self) -> DisplayBundle:
        """The cover; on paper, the report is set closely."""
        return compact_cover(self.book.cover())

    def section(self, title: str, *parts: Any) -> ReportSection:
        """The section of the parts that are not None."""
        return section(title, parts, self.book.locale)

    def with_page_rows(self, *sections: ReportSection) -> ReportSection:
        """The sections in one cell, and the rows of page and workbook."""
        outputs = [output for part in sections for output in part.outputs]
        rows = off_paper(self.book.dataset)
        return ReportSection((*outputs, *(() if rows is None else (rows,))))

    def figure(self, name: str, top: int | None = 36) -> Iterable[Any]:
        """The chart with its words, and the table; without a chart the table is on paper."""
        figure = self.book_figure(name)
        if not figure.has_rows:
            return ()
        if not figure.has_chart:
            return (figure.table(top=top), figure.explanation())
        return (figure.chart(), figure.explanation(), off_paper(partial(figure.table, top=top)))

    def chart(self, name: str) -> Any:
        """The chart of a figure of the loan book."""
        figure = self.book_figure(name)
        return figure.chart() if figure.has_chart else None

    def table(self, name: str, top: int | None = None, *, on_paper: bool = True) -> Any:
        """The table of a figure of the loan book."""
        figure = self.book_figure(name)
        if not figure.has_rows:
            return None
        build = partial(figure.table, top=top)
        return build() if on_paper else off_paper(build)

    def explanation(self, name: str) -> Any:
        """What a figure of the loan book counts, and what to do with it."""
        figure = self.book_figure(name)
        return figure.explanation() if figure.has_rows else None

    def book_figure(self, name: str) -> BoundBookFigure:
        """A figure of the loan book."""
        from smartinst.report.loan_book.bound_figure import BoundBookFigure
        from smartinst.report.loan_book.words import BOOK_FIGURES_BY_NAME

        assert self.book.loan_book is not None
        return BoundBookFigure(BOOK_FIGURES_BY_NAME[name], self.book.loan_book, self.book.locale)


def chart_or_none(output: Any) -> Any:
    """The output if it is a chart; None for a sentence that there is nothing to draw."""
    return output if isinstance(output, alt.TopLevelMixin) else None


def table_or_none(output: Any) -> Any:
    """The output if it is a table with rows; None for a sentence in place of one."""
    return output if table_rows(output) else None
