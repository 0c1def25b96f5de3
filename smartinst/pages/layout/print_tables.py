"""Tables for paper: fewer columns, in the largest type size in which a row fits on one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from smartinst.analytics.currency_order import CURRENCY_COLUMNS
from smartinst.drawing.fonts import text_width
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.currency_pivot import pivot_by_currency
from smartinst.pages.layout.table_view import NUMERIC_KINDS, ColumnHead, TableView, view_table
from smartinst.report.table import Column, Table

CLIP: Final = 90
CLIPS: Final = {"notes": None, "glossary": None, "detail": 30}
"""Role of a table → maximum characters of a text; None: no limit. CLIP for other roles."""

FIGURE_KEYS: Final = 12
UNBOUNDED_KINDS: Final = ("month", "country")
DETAIL_ROWS: Final = 40
RECOVERY_ROWS: Final = 50
"""Limits of months or countries in a figure's table, and of rows in the detail; rows of a recovery
table for each row that another table may have: it has all, unless the sheet would be too long."""

UNPRINTED_COLUMNS: Final = {"detail": ("email", "payment_method")}
"""Role → columns that are not printed, so that a row fits on one line."""

UNBROKEN_KINDS: Final = NUMERIC_KINDS | {"date", "datetime", "time", "month", "link", "status"}
PAGE_WIDTH: Final = 510.0
TYPE_SIZES: Final = {"": 8.0, "dense": 7.0, "snug": 6.6, "denser": 6.1}
"""Width of the text on an A4 page, and the sizes of type in tables (print.css), in points."""

NARROW_SHARE: Final = 0.45
"""Share of the page's width within which a table is narrow: its columns would stand far apart."""

PADDING: Final = {"link": 11.0, "status": 14.0}
NUMBER_PADDING: Final = 8.0
TEXT_PADDING: Final = 5.5
MIN_TEXT_EMS: Final = 6.0
MAX_TEXT_EMS: Final = 24.0
"""Text longer than the minimum may wrap; no text gets more width than the maximum."""

HEAD_SCALE: Final = 0.95
"""Width of heads, which are semibold in nine tenths of the type size, relative to cells."""


def has_one_currency(tables: Iterable[Table]) -> bool:
    """Whether all amounts of a report's own tables have the same currency."""
    codes = {
        row[index]
        for table in tables
        if table.role != "dataframe"
        for index, column in enumerate(table.columns)
        if column.name in CURRENCY_COLUMNS
        for row in table.rows
    }
    return len(codes) == 1


def print_table(
    table: Table, locale: Locale, limit: int | None = None, *, has_one_currency: bool = False
) -> TableView:
    """The table for a sheet; a long one by currency is pivoted.

    The currency has no column if the amounts include it and there is another key, or if the report
    `has_one_currency`; nor have the two counts of a ratio, which are printed with the ratio, and
    links if there are none.
    """
    table = pivot_by_currency(table, locale)
    max_rows = _max_rows(table)
    if limit is not None:
        max_rows = min(max_rows, limit * (RECOVERY_ROWS if table.role == "recovery" else 1))
    ratios = [column for column in table.columns if _is_ratio_of_counts(column, table)]
    counts = {name for ratio in ratios for name in (ratio.numerator, ratio.denominator) if name}
    return fit_to_page(
        view_table(
            table,
            locale,
            limit=max_rows,
            clip=CLIPS.get(table.role, CLIP),
            excluded={
                *UNPRINTED_COLUMNS.get(table.role, ()),
                *_repeated_currencies(table),
                *_empty_links(table),
                *(CURRENCY_COLUMNS if has_one_currency and table.role != "dataframe" else ()),
                *counts,
            },
            combined=[ratio.name for ratio in ratios],
        )
    )


def _max_rows(table: Table) -> int:
    """Maximum rows on paper: those of the first twelve months or countries; all for other keys."""
    if table.role == "detail":
        return DETAIL_ROWS
    keys = [index for index, column in enumerate(table.columns) if column.kind in UNBOUNDED_KINDS]
    if not table.figure or not keys:
        return len(table.rows)
    values: set[object] = set()
    for number, row in enumerate(table.rows):
        values.add(row[keys[0]])
        if len(values) > FIGURE_KEYS:
            return number
    return len(table.rows)


def _is_ratio_of_counts(column: Column, table: Table) -> bool:
    counts = {candidate.name for candidate in table.columns if candidate.kind == "integer"}
    return (
        column.kind == "percent"
        and column.numerator != column.denominator
        and {column.numerator, column.denominator} <= counts
    )


def _repeated_currencies(table: Table) -> set[str]:
    """Currency columns whose values all amounts include, except a table's first column."""
    keys = {column.name for column in table.columns} & set((table.figure or {}).get("by", ()))
    currencies = {column.currency_column for column in table.columns if column.currency_column}
    return currencies - {table.columns[0].name} if keys - currencies else set()


def _empty_links(table: Table) -> set[str]:
    """Columns of links without any link, such as WhatsApp if no plan has debt."""
    return {
        column.name
        for index, column in enumerate(table.columns)
        if column.kind == "link" and all(row[index] is None for row in table.rows)
    }


def fit_to_page(view: TableView) -> TableView:
    """The table with the largest type size in which it fits, and the width of each column."""
    ems = [
        _ems(
            head,
            [
                line
                for row in view.rows
                for line in (row[index].text, row[index].second_line)
                if line
            ],
        )
        for index, head in enumerate(view.head)
    ]
    widths = {
        density: [
            (min_width * size + padding, full_width * size + padding)
            for min_width, full_width, padding in ems
        ]
        for density, size in TYPE_SIZES.items()
    }
    density = _density(widths)
    shares = _shares(widths.get(density, widths["denser"]))
    head = tuple(replace(head, share=share) for head, share in zip(view.head, shares, strict=True))
    text_width_points = sum(full_width for _, full_width in widths.get(density, widths["denser"]))
    is_narrow = text_width_points <= NARROW_SHARE * PAGE_WIDTH
    return replace(view, head=head, density=density, is_narrow=is_narrow)


def _density(widths: dict[str, list[tuple[float, float]]]) -> str:
    """The largest type size in which no text wraps; else a small one in which numbers fit."""
    on_one_line = (
        density
        for density in ("", "dense", "snug")
        if sum(full_width for _, full_width in widths[density]) <= PAGE_WIDTH
    )
    wrapped = (
        density
        for density in ("dense", "denser")
        if sum(min_width for min_width, _ in widths[density]) <= PAGE_WIDTH
    )
    return next(chain(on_one_line, wrapped), "squeezed")


def _shares(widths: Sequence[tuple[float, float]]) -> list[float]:
    """Widths in per cent of the page: the minimum, and a share of the spare width."""
    spare = max(0.0, PAGE_WIDTH - sum(min_width for min_width, _ in widths))
    stretches = [full_width - min_width for min_width, full_width in widths]
    scale = min(1.0, spare / sum(stretches)) if any(stretches) else 0.0
    scaled = [
        min_width + stretch * scale
        for (min_width, _), stretch in zip(widths, stretches, strict=True)
    ]
    total = sum(scaled) or 1
    return [round(100 * column / total, 2) for column in scaled]


def _ems(head: ColumnHead, lines: Sequence[str]) -> tuple[float, float, float]:
    """(least width in em, width without a break in em, padding in points) of a column."""
    word = max((text_width(part) for part in head.label.replace("-", " ").split()), default=0.0)
    word *= HEAD_SCALE
    longest = max(map(text_width, lines), default=0.0)
    if head.kind in UNBROKEN_KINDS or head.name == "plan_id":
        min_width = full_width = max(word, longest)
    else:
        parts = max((text_width(part) for line in lines for part in line.split()), default=0.0)
        min_width = max(word, min(parts, MIN_TEXT_EMS), min(longest, MIN_TEXT_EMS))
        full_width = max(min_width, min(longest, MAX_TEXT_EMS))
    padding = NUMBER_PADDING if head.is_numeric else PADDING.get(head.kind, TEXT_PADDING)
    return min_width, full_width, padding
