"""From what a notebook shows to what a page lays out: sections, rows of charts, tables in the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from markupsafe import Markup

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.print_tables import fitted, printed
from smartinst.pages.layout.table_cells import NOTHING, Cell, Grid, Head, grid
from smartinst.pages.reading import blocks

MAX_COLUMNS: Final = 12
"""Columns of an analyst's own table that are laid out; the workbook has all."""

CARDS: Final = 3
"""Up to so many currencies the key figures are cards; above that, rows of a table."""


LINES: Final = 60
PAGE_LINES: Final = 500
LINE: Final = 5_000
"""Lines of a printed text on paper and on the page, and the characters of one of them."""


@dataclass(frozen=True)
class Title:
    """A heading with the anchor that leads to it."""

    level: int
    text: str
    anchor: str
    kind: str = "title"


@dataclass(frozen=True)
class Words:
    """Prose as HTML, or text as it was printed."""

    text: str
    kind: str


@dataclass(frozen=True)
class Charts:
    """One wide chart, or up to two narrow ones, across the page."""

    charts: tuple[ShownChart, ...]
    kind: str = "charts"

    @property
    def form(self) -> str:
        """`wide`, `pair`, or `single`: a narrow chart with its words beside it."""
        return "wide" if self.charts[0].chart.wide else "pair" if len(self.charts) > 1 else "single"


@dataclass(frozen=True)
class ShownChart:
    """A chart with the anchor by which the page's script finds it, and its title unless that was just said."""

    chart: blocks.Chart
    anchor: str
    title: str = ""


@dataclass(frozen=True)
class ShownTable:
    """A table in words."""

    grid: Grid
    kind: str = "table"


@dataclass(frozen=True)
class KeyFigures:
    """The headline: a sentence, and cards or a table of figures per currency."""

    sentence: str
    cards: tuple[dict[str, Any], ...]
    grid: Grid | None
    net: tuple[Cell, ...]
    note: str = ""
    kind: str = "figures"


@dataclass(frozen=True)
class Section:
    """What stands under one heading; the first may have none."""

    heading: Title | None
    blocks: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """A whole report: its own title (null: none), the headline, and the sections in their order."""

    title: str | None
    headline: KeyFigures | None
    sections: tuple[Section, ...]


def charts(made: Layout) -> list[ShownChart]:
    """Every chart, in order."""
    rows = [
        block for section in made.sections for block in section.blocks if isinstance(block, Charts)
    ]
    return [one for row in rows for one in row.charts]


def lay_out(
    shown: Iterable[blocks.Block], locale: Locale, *, rows: int | None = None, paper: bool = False
) -> Layout:
    """Sections of shown things; `rows` caps a table, `paper` cuts long texts and fits columns to the sheet."""
    maker = _Maker(locale, rows, paper)
    title, headline, sections = None, None, [Section(None)]
    for block in _grouped(shown):
        if isinstance(block, blocks.Heading) and block.level == 1 and title is None:
            title = block.text
        elif isinstance(block, blocks.Heading):
            heading = maker.heading(block, under=sections[-1].heading)
            if heading.level == 2:
                sections.append(Section(heading))
            else:
                sections[-1].blocks.append(heading)
        elif isinstance(block, blocks.Figures) and headline is None:
            headline = maker.figures(block)
        else:
            sections[-1].blocks.append(maker.shown(block))
    return Layout(title, headline, tuple(one for one in sections if one.heading or one.blocks))


def _grouped(shown: Iterable[blocks.Block]) -> Iterator[blocks.Block | list[blocks.Chart]]:
    """Neighbouring narrow charts two by two, every other chart alone."""
    waiting: list[blocks.Chart] = []
    for block in shown:
        if isinstance(block, blocks.Chart) and not block.wide:
            waiting.append(block)
            if len(waiting) == 2:
                yield waiting
                waiting = []
            continue
        if waiting:
            yield waiting
            waiting = []
        yield [block] if isinstance(block, blocks.Chart) else block
    if waiting:
        yield waiting


_NONE: Final = Cell(NOTHING, "money")


class _Maker:
    """Gives every shown thing its words and a unique anchor."""

    def __init__(self, locale: Locale, rows: int | None, paper: bool) -> None:
        self.locale, self.rows, self.paper = locale, rows, paper
        self.anchors: set[str] = set()
        self.said: set[str] = set()
        self.before: set[str] = set()
        self.just: set[str] = set()

    def anchor(self, text: str) -> str:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "part"
        name, count = base, 2
        while name in self.anchors:
            name, count = f"{base}-{count}", count + 1
        self.anchors.add(name)
        return name

    def title(self, text: str) -> str:
        """The title, or nothing where the section's headings or what stands right above say the same."""
        known = text.casefold() in self.said | self.before | self.just
        self.just.add(text.casefold())
        return "" if known else text

    def heading(self, block: blocks.Heading, under: Title | None) -> Title:
        """Levels 1 and 2 begin sections; no level is skipped on the way down."""
        level = max(2, min(block.level, 3)) if under else 2
        self.said = {block.text.casefold()} if level == 2 else self.said | {block.text.casefold()}
        self.just = set()
        return Title(level, block.text, self.anchor(block.text))

    def shown(self, block: Any) -> Any:
        self.before, self.just = self.just, set()
        match block:
            case list():
                return Charts(tuple(self.chart(one) for one in block))
            case blocks.Table():
                return ShownTable(self.table(block))
            case blocks.Figures():
                return self.figures(block)
            case blocks.Prose():
                return Words(Markup(block.html), "prose")  # noqa: S704 - markdown-it with HTML switched off
            case blocks.Plain():
                return Words(self.plain(block.text), "plain")
            case blocks.Picture():
                chart = blocks.Chart("", block.sentence, None, None, block.png, None, True)
                return Charts((ShownChart(chart, self.anchor("picture")),))
        raise TypeError(f"nothing lays out {type(block).__name__}")

    def plain(self, text: str) -> str:
        """A printed text; of a long one its beginning, and how many lines stand in the notebook only."""
        lines = text.splitlines()
        shown = lines[: LINES if self.paper else PAGE_LINES]
        left = len(lines) - len(shown)
        said = [one if len(one) <= LINE else one[:LINE] + "…" for one in shown]
        one, many = "and {n} more line in the notebook", "and {n} more lines in the notebook"
        return "\n".join([*said, self.locale.ngettext(one, many, left)] if left else said)

    def chart(self, chart: blocks.Chart) -> ShownChart:
        return ShownChart(chart, self.anchor(f"chart-{_name(chart)}"), self.title(chart.title))

    def table(self, table: blocks.Table) -> Grid:
        if table.role == "foreign":
            table = first_columns(table, MAX_COLUMNS)
        made = (
            printed(table, self.locale, self.rows)
            if self.paper
            else grid(table, self.locale, self.rows)
        )
        return replace(
            made, title=self.title(table.title), anchor=self.anchor(f"table-{table.name}")
        )

    def figures(self, block: blocks.Figures) -> KeyFigures:
        net = tuple(self._net(one) for one in block.net)
        if len(block.currencies) > CARDS:
            return KeyFigures(block.sentence, (), self._rows(block), net, block.note)
        cards = tuple(
            {
                "currency": one["currency"],
                "name": self.locale.currency(one["currency"]),
                "items": self._items(one),
            }
            for one in block.currencies
        )
        return KeyFigures(block.sentence, cards, None, net, block.note)

    def _items(self, one: dict[str, Any]) -> list[dict[str, str]]:
        made = []
        for item in one["items"]:
            change = item.get("change_minor")
            signed = self.locale.money(abs(change), one["currency"]) if change else ""
            made.append(
                {
                    "name": item["name"],
                    "label": item["label"],
                    "text": self._value(item, one["currency"]),
                    "change": f"{'+' if change > 0 else '−'}{signed}" if change else "",
                    "note": (item.get("note") or "") if change else "",
                }
            )
        return made

    def _value(self, item: dict[str, Any], currency: str) -> str:
        if item.get("minor") is not None:
            return self.locale.money(int(item["minor"]), currency)
        return self.locale.number(int(item["count"])) if item.get("count") is not None else NOTHING

    def _rows(self, block: blocks.Figures) -> Grid:
        """Currencies as rows, figures as columns."""
        labels = {item["name"]: item["label"] for one in block.currencies for item in one["items"]}
        head = (
            Head("currency", self.locale.gettext("Currency"), "text"),
            *(Head(n, label, "money") for n, label in labels.items()),
        )
        rows = []
        for one in block.currencies:
            items = {item["name"]: item for item in self._items(one)}
            cells = (
                Cell(items[n]["text"], "money", below=items[n]["change"]) if n in items else _NONE
                for n in labels
            )
            rows.append((Cell(one["currency"]), *cells))
        made = Grid("headline", "", "", "headline", head, tuple(rows))
        return fitted(made) if self.paper else made

    def _net(self, one: dict[str, Any]) -> Cell:
        text = self.locale.money(int(one["minor"]), one["currency"])
        estimated = int(one.get("estimated_minor") or 0)
        about = self.locale.gettext(
            "of which estimated: {amount}", amount=self.locale.money(estimated, one["currency"])
        )
        return Cell(text, "money", slug=one["currency"], about=about if estimated else "")


def first_columns(table: blocks.Table, count: int) -> blocks.Table:
    """The table with its first columns only."""
    return replace(
        table,
        columns=table.columns[:count],
        rows=tuple(row[:count] for row in table.rows),
        left_columns=max(0, len(table.columns) - count),
    )


def _name(chart: blocks.Chart) -> str:
    return str((chart.figure or {}).get("name") or chart.title)
