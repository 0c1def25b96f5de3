"""What templates read of a report: its sections, with rows of charts, tables and texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from smartinst.pages.layout.headline_view import HeadlineView
from smartinst.pages.layout.table_view import TableView
from smartinst.pages.reading import blocks


@dataclass(frozen=True)
class HeadingView:
    """A heading with its anchor."""

    level: int
    text: str
    anchor: str
    kind: str = "title"


@dataclass(frozen=True)
class TextBlock:
    """Safe HTML: prose (kind `prose`), an output (`html`) or printed text (`plain`)."""

    text: Markup
    kind: str


@dataclass(frozen=True)
class ChartRow:
    """A row with one wide chart, or up to two narrow ones."""

    charts: tuple[ChartView, ...]
    kind: str = "charts"

    @property
    def form(self) -> str:
        """`wide`, `pair`, or `single`: a narrow chart with its sentence beside it."""
        return (
            "wide" if self.charts[0].chart.is_wide else "pair" if len(self.charts) > 1 else "single"
        )


@dataclass(frozen=True)
class ChartView:
    """A chart with its anchor, and its title unless a heading has the same text."""

    chart: blocks.Chart
    anchor: str
    title: str = ""


@dataclass(frozen=True)
class TableBlock:
    """A table among the blocks of a section."""

    view: TableView
    kind: str = "table"


@dataclass(frozen=True)
class Section:
    """The blocks under one heading; the first section may have none."""

    heading: HeadingView | None
    blocks: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """A whole report: its own title (None without one), the headline, and the sections."""

    title: str | None
    headline: HeadlineView | None
    sections: tuple[Section, ...]


def charts(layout: Layout) -> list[ChartView]:
    """Every chart, in order."""
    return [
        chart
        for section in layout.sections
        for block in section.blocks
        if isinstance(block, ChartRow)
        for chart in block.charts
    ]
