"""Tables ready to be laid out: every value written in the reader's language, every column with its share of the width."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.pages.reading.blocks import Table

NOTHING: Final = "–"
WIDE: Final = frozenset(("buyer", "product"))
"""Columns that take a whole line of a card on a narrow screen."""

NUMERIC: Final = frozenset(("integer", "money", "percent", "days", "number"))
STACKED: Final = {"email": "buyer", "plan_id": "product", "help": "reason"}
"""Columns that stand as a second line under another, where both are in a table."""

SHORT: Final = 8
"""A table of so many rows is never broken over two pages."""

LISTS: Final = frozenset(("detail", "contacts", "alerts"))
"""Roles of tables with a row a plan: amounts say their currency, so a column that only names it is left out."""


@dataclass(frozen=True)
class Head:
    """A column's name, whether its values are numbers, and its share of the width in per cent (0: as it comes)."""

    name: str
    label: str
    kind: str
    share: float = 0
    below: tuple[Head, ...] = ()

    @property
    def style(self) -> str:
        """Its cells' classes."""
        names = (
            f"k-{self.kind}",
            "number" if self.is_numeric else "",
            "wide" if self.name in WIDE else "",
        )
        return " ".join(name for name in names if name)

    @property
    def is_numeric(self) -> bool:
        """Numbers stand right, with digits of one width."""
        return self.kind in NUMERIC or self.kind == "amounts"


@dataclass(frozen=True)
class Cell:
    """One value as it is shown; `slug` names a status, `href` a link that is safe to follow."""

    text: str
    kind: str = "text"
    href: str = ""
    slug: str = ""
    about: str = ""
    below: str = ""


@dataclass(frozen=True)
class Grid:
    """A table as it is shown."""

    name: str
    title: str
    caption: str
    role: str
    head: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""
    density: str = ""
    table: Table | None = None
    anchor: str = ""

    @property
    def label(self) -> str:
        """What the table is called, its title shown or not."""
        return (self.table.title if self.table else self.title) or self.name

    @property
    def is_short(self) -> bool:
        """Whether it is printed in one piece."""
        return len(self.rows) <= SHORT

    @property
    def sortable(self) -> list[tuple[str, str]]:
        """(name, label) of every column, those that stand under another too."""
        return [(one.name, one.label) for head in self.head for one in (head, *head.below)]


def grid(
    table: Table,
    locale: Locale,
    limit: int | None = None,
    clip: int | None = None,
    off: Collection[str] = (),
    joined: Collection[str] = (),
) -> Grid:
    """The table's values in words; at most `limit` rows, texts cut to `clip` characters.

    Columns `off` are left out, and nothing stands under another then; ratios `joined` tell the two numbers they are of.
    """
    rows = table.rows if limit is None else table.rows[:limit]
    positions = {column["name"]: at for at, column in enumerate(table.columns)}
    stacked = {} if table.role == "detail" and off else STACKED
    under = {
        positions[top]: positions[name]
        for name, top in stacked.items()
        if name in positions and top in positions
    }
    named = (
        {column.get("currency_column") for column in table.columns}
        if table.role in LISTS
        else set()
    )
    shown = [
        at
        for at, column in enumerate(table.columns)
        if not _is_hidden(column)
        and at not in under.values()
        and column["name"] not in (*named, *off)
    ]

    def cell(row: tuple[Any, ...], at: int) -> Cell:
        made = _cell(table.columns[at], row, at, positions, locale, clip)
        if table.columns[at]["name"] in joined and made.text != NOTHING:
            above, below = (locale.number(_exact(one)) for one in row[at])
            made = replace(made, text=f"{above} ÷ {below} = {made.text}")
        return replace(made, below=cell(row, under[at]).text) if at in under else made

    def headed(at: int) -> Head:
        made = _head(table.columns[at], rows, at)
        return (
            replace(made, below=(_head(table.columns[under[at]], rows, under[at]),))
            if at in under
            else made
        )

    cells = tuple(tuple(cell(row, at) for at in shown) for row in rows)
    head = tuple(headed(at) for at in shown)
    return Grid(
        table.name,
        table.title,
        table.caption,
        table.role,
        head,
        cells,
        _left_out(table, len(rows), locale),
        table=table,
    )


def _left_out(table: Table, shown: int, locale: Locale) -> str:
    """How many rows and columns stand in the workbook only; a crossed table says itself that all are there."""
    more = table.more or ""
    if shown < len(table.rows) and (table.total_rows or not more):
        left = max(table.total_rows, len(table.rows)) - shown
        more = locale.gettext("and {n} more in the XLSX", n=locale.number(left))
    if table.left_columns:
        one, many = "and {n} more column in the XLSX", "and {n} more columns in the XLSX"
        more = "; ".join(filter(None, (more, locale.ngettext(one, many, table.left_columns))))
    return more


def _is_hidden(column: dict[str, Any]) -> bool:
    return column.get("kind") == "hidden" or bool(column.get("hidden"))


def _head(column: dict[str, Any], rows: Sequence[tuple[Any, ...]], at: int) -> Head:
    kind = str(column.get("kind", "text"))
    if kind == "text" and (seen := [row[at] for row in rows if row[at] is not None]):
        numbers = all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in seen
        )
        kind = "number" if numbers else kind
    return Head(str(column["name"]), str(column.get("label") or ""), kind)


def _cell(
    column: dict[str, Any],
    row: tuple[Any, ...],
    at: int,
    positions: dict[str, int],
    locale: Locale,
    clip: int | None,
) -> Cell:
    kind, value = str(column.get("kind", "text")), row[at]
    if isinstance(value, str):
        value = (column.get("labels") or {}).get(value, value)
    if kind == "link":
        about = row[positions["buyer"]] if "buyer" in positions else ""
        return _link(value, column, str(about or ""))
    if kind == "money":
        by = column.get("currency_column")
        currency = row[positions[by]] if by else column.get("currency")
        return Cell(
            NOTHING if value is None else locale.money(int(value), str(currency or "")), kind
        )
    if kind == "amounts":
        return Cell(
            " · ".join(locale.money(minor, currency) for minor, currency in value) or NOTHING, kind
        )
    if kind == "status" and value in PLAN_STATUSES:
        return Cell(locale.status(value), kind, slug=str(value).lower().replace(" ", "-"))
    if kind == "country" and value is None:
        return Cell(locale.gettext("Unknown country"), kind)
    if kind == "text" and column["name"] == "payment_method":
        kind = "payment"
    text = " ".join(write(kind, value, locale).split()) or NOTHING
    return Cell(
        text if clip is None or len(text) <= clip else text[: clip - 1].rstrip() + "…", kind
    )


def _link(value: Any, column: dict[str, Any], about: str) -> Cell:
    address = str(value or "")
    if not address.startswith("https://"):
        return Cell(NOTHING, "link")
    label = (
        "WhatsApp" if address.startswith("https://wa.me/") else str(column.get("label") or address)
    )
    return Cell(label, "link", href=address, about=f"{label}: {about}" if about else label)


def write(kind: str, value: Any, locale: Locale) -> str:
    """One raw value as its column's kind says; null is a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return locale.gettext("yes") if value else locale.gettext("no")
    match kind:
        case "date":
            return locale.date(str(value))
        case "month":
            return locale.month(str(value))
        case "percent":
            top, bottom = value if isinstance(value, list) else (value, 1)
            return locale.percent(_exact(top), _exact(bottom))
        case "days":
            return locale.days(int(value))
        case "country":
            return locale.country(str(value))
        case "payment":
            return locale.payment_type(str(value))
        case "status":
            return locale.status(str(value))
        case "list":
            return ", ".join(str(one) for one in value) or NOTHING
    if isinstance(value, float) and not math.isfinite(value):
        return NOTHING
    if isinstance(value, int | float):
        return locale.number(
            _exact(value), 0 if isinstance(value, int) or value == int(value) else 2
        )
    return str(value)


def _exact(value: Any) -> Decimal:
    return Decimal(str(value))
