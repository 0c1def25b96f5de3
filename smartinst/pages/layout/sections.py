"""The layout of a report: sections with rows of charts and tables in the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any, Final
from urllib.parse import unquote

from markupsafe import Markup, escape

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.headline_view import view_headline
from smartinst.pages.layout.omissions import (
    NO_ATTACHMENTS,
    Attachments,
    column_note,
    line_note,
    row_note,
    table_note,
)
from smartinst.pages.layout.print_tables import has_one_currency, print_table
from smartinst.pages.layout.section_views import (
    ChartRow,
    ChartView,
    HeadingView,
    Layout,
    Section,
    TableBlock,
    TextBlock,
)
from smartinst.pages.layout.table_view import TableView, view_table
from smartinst.pages.markup.html_tables import narrow_tables, shorten_tables
from smartinst.pages.markup.printed import colored_text
from smartinst.pages.reading import blocks
from smartinst.report.table import Table

MAX_COLUMNS: Final = 12
"""Maximum columns of an analyst's own table on page and paper; the workbook has all."""

PAPER_ROWS: Final = 40
PAGE_ROWS: Final = 1_000
"""Limits of rows in a table of another library."""

PAPER_LINES: Final = 60
PAGE_LINES: Final = 500
LINE_LENGTH: Final = 5_000
"""Limits of lines of printed text on paper and page, and of characters per line."""


def build_layout(
    content: Iterable[blocks.Block],
    locale: Locale,
    *,
    rows: int | None = None,
    paper: bool = False,
    attachments: Attachments = NO_ATTACHMENTS,
) -> Layout:
    """The layout of a notebook's blocks for page or `paper`; `rows` limits a table."""
    content = list(_paper_blocks(content) if paper else content)
    tables = [block for block in content if isinstance(block, Table)]
    builder = _LayoutBuilder(locale, rows, paper, attachments, has_one_currency(tables))
    title, headline, sections = None, None, [Section(None)]
    for block in _with_chart_rows(content):
        if isinstance(block, blocks.Heading) and block.level == 1 and title is None:
            title = block.text
        elif isinstance(block, blocks.Heading):
            heading = builder.heading(block, is_inside=sections[-1].heading is not None)
            if heading.level == 2:
                sections.append(Section(heading))
            else:
                sections[-1].blocks.append(heading)
        elif isinstance(block, blocks.KeyFigures) and headline is None:
            headline = view_headline(block, locale, paper=paper)
        else:
            sections[-1].blocks.append(builder.block(block))
    for section in sections:
        section.blocks[:] = [_with_links(block, builder.anchors) for block in section.blocks]
    return Layout(
        title,
        headline,
        tuple(section for section in sections if section.heading or section.blocks),
    )


def _paper_blocks(content: Iterable[blocks.Block]) -> Iterator[blocks.Block]:
    """The blocks without the charts and tables that only page and workbook have."""
    return (
        block
        for block in content
        if not isinstance(block, Table | blocks.Chart) or block.is_on_paper
    )


def _with_links(block: Any, anchors: Collection[str]) -> Any:
    """The block whose links within the report lead to its anchors; a link to none is removed.

    Notebooks write an anchor as JupyterLab names it: `#My-title` for the heading `My title`.
    """
    if not isinstance(block, TextBlock) or ' href="#' not in block.text:
        return block

    def link(match: re.Match[str]) -> str:
        target = match[1] if match[1] in anchors else anchor_name(unquote(match[1]))
        return f' href="#{target}"' if target in anchors else ""

    text = re.sub(r' href="#([^"]+)"', link, str(block.text))
    return replace(block, text=Markup(text))  # noqa: S704 - only anchors were replaced


def _with_chart_rows(
    content: Iterable[blocks.Block],
) -> Iterator[blocks.Block | list[blocks.Chart]]:
    """The blocks, with consecutive narrow charts in pairs and every other chart alone."""
    for is_narrow, group in groupby(content, _is_narrow_chart):
        neighbours: list[Any] = list(group)
        if is_narrow:
            yield from (neighbours[start : start + 2] for start in range(0, len(neighbours), 2))
        else:
            yield from (
                [block] if isinstance(block, blocks.Chart) else block for block in neighbours
            )


def _is_narrow_chart(block: blocks.Block) -> bool:
    return isinstance(block, blocks.Chart) and not block.is_wide


def anchor_name(text: str) -> str:
    """The anchor of a title, before it is made unique."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:60] or "part"


class _LayoutBuilder:
    """Converts blocks to views with text and a unique anchor."""

    def __init__(
        self,
        locale: Locale,
        rows: int | None,
        paper: bool,
        attachments: Attachments,
        one_currency: bool,
    ) -> None:
        self.locale, self.rows, self.paper, self.attachments = locale, rows, paper, attachments
        self.one_currency = one_currency
        self.anchors: set[str] = set()
        self.headings: set[str] = set()
        self.titles_above: set[str] = set()
        self.titles: set[str] = set()

    def anchor(self, text: str) -> str:
        base = anchor_name(text)
        name, count = base, 2
        while name in self.anchors:
            name, count = f"{base}-{count}", count + 1
        self.anchors.add(name)
        return name

    def title(self, text: str) -> str:
        """The title; empty if a heading of the section, or the block above, has the same text."""
        is_repeated = text.casefold() in self.headings | self.titles_above | self.titles
        self.titles.add(text.casefold())
        return "" if is_repeated else text

    def heading(self, block: blocks.Heading, *, is_inside: bool) -> HeadingView:
        """A heading (levels 1 and 2 begin sections), with its level corrected if one is skipped."""
        level = max(2, min(block.level, 3)) if is_inside else 2
        text = block.text.casefold()
        self.headings = {text} if level == 2 else self.headings | {text}
        self.titles = set()
        return HeadingView(level, block.text, self.anchor(block.text))

    def block(self, block: Any) -> Any:
        self.titles_above, self.titles = self.titles, set()
        match block:
            case list():
                return ChartRow(tuple(self.chart(chart) for chart in block))
            case Table():
                return TableBlock(self.table(block))
            case blocks.KeyFigures():
                return view_headline(block, self.locale, paper=self.paper)
            case blocks.Prose():
                return TextBlock(Markup(block.html), "prose")  # noqa: S704 - sanitized by nh3
            case blocks.ForeignHtml():
                return TextBlock(self.html(block.html), "html")
            case blocks.PrintedText():
                return TextBlock(colored_text(self.printed_text(block.text)), "plain")
            case blocks.Picture():
                chart = blocks.Chart("", block.sentence, None, None, block.png, None, True)
                return ChartRow((ChartView(chart, self.anchor("picture")),))
        raise TypeError(f"no layout for {type(block).__name__}")

    def html(self, html: str) -> Markup:
        """The HTML of an output; a note counts rows of long tables and, on paper, columns."""
        limit = (self.rows or PAPER_ROWS) if self.paper else PAGE_ROWS
        html, rows = shorten_tables(html, limit)
        html, columns = narrow_tables(html, MAX_COLUMNS) if self.paper else (html, 0)
        has_workbook = self.attachments.has_workbook
        notes = (
            row_note(rows, self.locale, is_in_workbook=has_workbook) if rows else "",
            column_note(columns, self.locale, self.attachments),
        )
        if note := "; ".join(filter(None, notes)):
            html += f'<p class="omissions">{escape(note)}</p>'
        return Markup(html)  # noqa: S704 - sanitized by nh3

    def printed_text(self, text: str) -> str:
        """Printed text; if it is long, its beginning and the number of omitted lines."""
        lines = text.splitlines()
        limit = PAPER_LINES if self.paper else PAGE_LINES
        parts = [
            line if len(line) <= LINE_LENGTH else line[:LINE_LENGTH] + "…" for line in lines[:limit]
        ]
        omitted = len(lines) - len(parts)
        if omitted:
            parts.append(line_note(omitted, self.locale, self.attachments))
        return "\n".join(parts)

    def chart(self, chart: blocks.Chart) -> ChartView:
        name = str((chart.figure or {}).get("name") or chart.title)
        return ChartView(chart, self.anchor(f"chart-{name}"), self.title(chart.title))

    def table(self, table: Table) -> TableView:
        if table.role == "dataframe":
            table = table.first_columns(MAX_COLUMNS)
        if self.paper:
            view = print_table(table, self.locale, self.rows, has_one_currency=self.one_currency)
        else:
            view = view_table(table, self.locale, self.rows)
        return replace(
            view,
            title=self.title(table.title),
            anchor=self.anchor(f"table-{table.name}"),
            more=table_note(table, view, self.locale, self.attachments),
        )
