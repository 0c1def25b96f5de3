"""Tables ready for layout: every value as text in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import MINUS, N_, Locale
from smartinst.report.table import Column, Row, Table
from smartinst.report.value_text import exact, format_value

NO_VALUE: Final = "–"
WIDE_COLUMNS: Final = frozenset(("buyer", "product"))
"""Columns that take a full line of a card on a narrow screen."""

NUMERIC_KINDS: Final = frozenset(
    ("integer", "code", "money", "percent", "days", "number", "decimal", "duration")
)
UNCLIPPED_KINDS: Final = frozenset(("money", "amounts", "status"))
STACKED_COLUMNS: Final = {"email": "buyer", "plan_id": "product"}
"""Column → the column under which it is a second line, if a table has both."""

SHORT_TABLE_ROWS: Final = 8
WHOLE_TABLE_ROWS: Final = 12
"""Maximum rows of a table that is never split across pages."""

UNDISPLAYED_COLUMNS: Final = {"recovery": ("rank",)}
"""Role → columns that neither page nor paper displays: ranks over all groups jump within one."""
PLAN_ROLES: Final = frozenset(("detail", "contacts", "alerts", "recovery"))
"""Roles of tables with one row per plan; amounts include their currency, so it has no column."""


@dataclass(frozen=True)
class ColumnHead:
    """A column's name, heading and kind, and its width in per cent (0: automatic)."""

    name: str
    label: str
    kind: str
    share: float = 0
    stacked: tuple[ColumnHead, ...] = ()

    @property
    def style(self) -> str:
        """The CSS classes of its cells."""
        names = (
            f"k-{self.kind}",
            "number" if self.is_numeric else "",
            "wide" if self.name in WIDE_COLUMNS else "",
        )
        return " ".join(name for name in names if name)

    @property
    def is_numeric(self) -> bool:
        """Whether its values are right-aligned, with tabular digits."""
        return self.kind in NUMERIC_KINDS or self.kind == "amounts"


@dataclass(frozen=True)
class CellView:
    """One value as text; `slug` names a status, `href` is a safe link, and `about` describes it.

    tone  of a change, which is the value or, if there is one, the second line: better or worse
    """

    text: str
    kind: str = "text"
    href: str = ""
    slug: str = ""
    about: str = ""
    second_line: str = ""
    tone: str = ""


@dataclass(frozen=True)
class TableView:
    """A table in the reader's language; `table` has the raw values (None: key figures).

    is_narrow  whether its text needs so little of a sheet's width that it does not get all of it
    """

    name: str
    title: str
    caption: str
    role: str
    head: tuple[ColumnHead, ...]
    rows: tuple[tuple[CellView, ...], ...]
    more: str = ""
    density: str = ""
    table: Table | None = None
    anchor: str = ""
    is_narrow: bool = False

    @property
    def label(self) -> str:
        """The table's name for assistive technology, whether its title is displayed or not."""
        return (self.table.title if self.table else self.title) or self.name

    @property
    def is_short(self) -> bool:
        """Whether it must be printed on one page."""
        return len(self.rows) <= WHOLE_TABLE_ROWS

    @property
    def sortable(self) -> list[tuple[str, str]]:
        """(name, label) of every column, stacked ones too."""
        return [(part.name, part.label) for head in self.head for part in (head, *head.stacked)]


def view_table(
    table: Table,
    locale: Locale,
    limit: int | None = None,
    clip: int | None = None,
    excluded: Collection[str] = (),
    combined: Collection[str] = (),
) -> TableView:
    """The table's values as text; at most `limit` rows, texts cut to `clip` characters.

    The `excluded` columns are omitted; the detail table then has no second lines. Ratios in
    `combined` include their two numbers. In the recovery queue, a buyer with a link has no e-mail.
    """
    rows = table.rows if limit is None else table.rows[:limit]
    second_lines = _second_lines(table, excluded)
    indexes = _displayed(table, second_lines, excluded)

    def cell(row: Row, index: int) -> CellView:
        view = _cell(table, row, index, locale, clip)
        if table.columns[index].name in combined and view.text != NO_VALUE:
            numerator, denominator = (locale.number(exact(number)) for number in row[index])
            text = locale.gettext(
                "{part} of {whole}, {share}", part=numerator, whole=denominator, share=view.text
            )
            view = replace(view, text=text)
        if index in second_lines:
            second = cell(row, second_lines[index]).text
            is_blank = table.role == "recovery" and second == NO_VALUE
            view = replace(view, second_line="" if is_blank else second)
        return view

    def head(index: int) -> ColumnHead:
        stacked = (head(second_lines[index]),) if index in second_lines else ()
        return replace(_head(table.columns[index], rows, index), stacked=stacked)

    return TableView(
        table.name,
        table.title,
        table.caption,
        table.role,
        tuple(head(index) for index in indexes),
        tuple(tuple(cell(row, index) for index in indexes) for row in rows),
        table=table,
    )


def _second_lines(table: Table, excluded: Collection[str]) -> dict[int, int]:
    """Index of a column → index of the column that is its second line."""
    if table.role == "dataframe" or (table.role == "detail" and excluded):
        return {}
    indexes = {column.name: index for index, column in enumerate(table.columns)}
    return {
        indexes[top]: indexes[name]
        for name, top in STACKED_COLUMNS.items()
        if name in indexes and top in indexes
    }


def _displayed(
    table: Table, second_lines: dict[int, int], excluded: Collection[str]
) -> tuple[int, ...]:
    """Indexes of the columns that are displayed as columns; one of marks needs a mark."""
    currencies = {column.currency_column for column in table.columns}
    omitted = {*excluded, *(currencies if table.role in PLAN_ROLES else ())}
    omitted.update(UNDISPLAYED_COLUMNS.get(table.role, ()))
    return tuple(
        index
        for index, column in enumerate(table.columns)
        if column.kind != "hidden"
        and column.name not in omitted
        and (column.kind != "mark" or any(row[index] for row in table.rows))
        and index not in second_lines.values()
    )


def _head(column: Column, rows: Sequence[Row], index: int) -> ColumnHead:
    kind = column.kind
    values = [row[index] for row in rows if row[index] is not None]
    if kind == "text" and values and all(_is_number(value) for value in values):
        kind = "number"
    return ColumnHead(column.name, column.label, kind)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(table: Table, row: Row, index: int, locale: Locale, clip: int | None) -> CellView:
    column, value = table.columns[index], row[index]
    if column.kind == "link":
        return _link(column, value, str(table.value("buyer", row) or ""))
    if column.growth_is_better is not None and isinstance(value, int):
        return _change(table, row, index, value, locale)
    if column.kind == "days" and value is not None:
        text = locale.days(int(value))
    else:
        text = format_value(column, value, locale, table.currency(column, row))
    if column.kind not in UNCLIPPED_KINDS:
        text = _clipped(" ".join(text.split()), clip)
    is_status = column.kind == "status" and value in PLAN_STATUSES
    slug = str(value).lower().replace(" ", "-") if is_status else ""
    no_value = "" if column.kind == "mark" else NO_VALUE
    return CellView(text or no_value, column.kind, slug=slug)


def _change(table: Table, row: Row, index: int, minor: int, locale: Locale) -> CellView:
    """A change with its sign and, if the row's line has a judgement, its word and tone."""
    column = table.columns[index]
    growth_is_better = (column.growth_is_better or {}).get(str(table.value("line", row)))
    tone = change_tone(minor, growth_is_better)
    text = change_text(minor, table.currency(column, row), tone, locale)
    return CellView(text or locale.money(0, table.currency(column, row)), column.kind, tone=tone)


def change_tone(change: int, growth_is_better: bool | None) -> str:
    """Better or worse; empty without a change or a judgement."""
    if not change or growth_is_better is None:
        return ""
    return "better" if (change > 0) == growth_is_better else "worse"


def change_text(change: int, currency: str, tone: str, locale: Locale) -> str:
    """`+R$ 3,00 · better`: a change with its sign and its word; empty if there is none."""
    words = {"better": N_("better"), "worse": N_("worse")}
    word = f" · {locale.gettext(words[tone])}" if tone in words else ""
    sign = "+" if change > 0 else MINUS
    return f"{sign}{locale.money(abs(change), currency)}{word}" if change else ""


def _clipped(text: str, clip: int | None) -> str:
    return text if clip is None or len(text) <= clip else text[: clip - 1].rstrip() + "…"


def _link(column: Column, value: object, buyer: str) -> CellView:
    address = str(value or "")
    if not address.startswith("https://"):
        return CellView(NO_VALUE, "link")
    label = "WhatsApp" if address.startswith("https://wa.me/") else column.label or address
    return CellView(label, "link", href=address, about=f"{label}: {buyer}" if buyer else label)
