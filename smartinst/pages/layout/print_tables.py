"""Tables as they are printed: fewer columns than the page has, in the largest type in which a row takes one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from smartinst.drawing.fonts import width
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.currency_pivot import crossed
from smartinst.pages.layout.table_cells import NUMERIC, Grid, Head, grid
from smartinst.pages.reading.blocks import Table

CLIP: Final = 90
CLIPS: Final = {"notes": None, "glossary": None, "detail": 30}
"""Characters to which a text is cut, by role; null: none is."""

FIGURES: Final = 12
ENDLESS: Final = ("month", "country")
DETAIL: Final = 20
"""Months or countries of a figure's table, and rows of the detail table; the XLSX has all."""

LISTED: Final = {"detail": ("email", "payment_method")}
"""Columns of a role that are not printed, so that a row takes one line; the XLSX and the page have them."""

UNBROKEN: Final = NUMERIC | {"date", "month", "link", "status"}
SHEET: Final = 510.0
SIZES: Final = {"": 8.0, "dense": 7.0, "snug": 6.6, "denser": 6.1}
"""Width of the text on an A4 page, and the sizes of type in tables (print.css), in points."""

PADDING: Final = {"link": 11.0, "status": 14.0}
NUMBER_PADDING: Final = 8.0
TEXT_PADDING: Final = 5.5
LEAST_TEXT: Final = 6.0
MOST_TEXT: Final = 24.0
"""A text may be broken where it is longer than the least, in em, and is given no more than the most."""

BOLD: Final = 0.95
"""Heads: semibold, at nine tenths of the size."""


def printed(table: Table, locale: Locale, limit: int | None = None) -> Grid:
    """The table for a sheet.

    Where amounts tell their currency and another key is beside it, the currency has no column of its own; where a ratio
    is of two columns of numbers, it tells them both and they are left out. A long table by currency is crossed.
    """
    table = crossed(table, locale)
    most = _most(table)
    limit = most if limit is None else min(limit, most)
    joined = [one for one in table.columns if _is_joined(one, table)]
    parts = {one[part] for one in joined for part in ("numerator", "denominator")}
    off = {*LISTED.get(table.role, ()), *_currencies(table), *parts}
    return fitted(
        grid(
            table, locale, limit, CLIPS.get(table.role, CLIP), off, [one["name"] for one in joined]
        )
    )


def _most(table: Table) -> int:
    """Rows that a sheet has of it: of months and countries those of the first dozen, of what is bounded all."""
    if table.role == "detail":
        return DETAIL
    keys = [at for at, column in enumerate(table.columns) if column.get("kind") in ENDLESS]
    if not table.figure or not keys:
        return len(table.rows)
    seen: set[object] = set()
    for shown, row in enumerate(table.rows):
        seen.add(row[keys[0]])
        if len(seen) > FIGURES:
            return shown
    return len(table.rows)


def _is_joined(column: dict[str, object], table: Table) -> bool:
    whole = {one["name"] for one in table.columns if one.get("kind") == "integer"}
    above, below = column.get("numerator"), column.get("denominator")
    return column.get("kind") == "percent" and above != below and {above, below} <= whole


def _currencies(table: Table) -> set[str]:
    """Columns that only repeat what every amount of their row says; one that leads its table stays."""
    keys = {column["name"] for column in table.columns} & set((table.figure or {}).get("by", ()))
    named = {
        str(column["currency_column"]) for column in table.columns if column.get("currency_column")
    }
    return named - {table.columns[0]["name"]} if keys - named else set()


def fitted(made: Grid) -> Grid:
    """The grid with a share of the page's width for each column, in the largest type in which its figures fit."""
    ems = [
        _ems(head, [part for row in made.rows for part in (row[at].text, row[at].below) if part])
        for at, head in enumerate(made.head)
    ]
    needs = {
        name: [(least * size + room, wish * size + room) for least, wish, room in ems]
        for name, size in SIZES.items()
    }
    density = _density(needs)
    shares = _shares(needs.get(density, needs["denser"]))
    head = tuple(replace(one, share=share) for one, share in zip(made.head, shares, strict=True))
    return replace(made, head=head, density=density)


def _density(needs: dict[str, list[tuple[float, float]]]) -> str:
    """The largest type in which no text wraps; else a small one in which the figures fit; else the smallest, squeezed."""
    whole = (
        name for name in ("", "dense", "snug") if sum(wish for _, wish in needs[name]) <= SHEET
    )
    wrapped = (
        name for name in ("dense", "denser") if sum(least for least, _ in needs[name]) <= SHEET
    )
    return next(chain(whole, wrapped), "squeezed")


def _shares(needs: Sequence[tuple[float, float]]) -> list[float]:
    """Per cent of the width: to each column its least, and of what is left as much as it wishes."""
    spare = max(0.0, SHEET - sum(least for least, _ in needs))
    wishes = [wish - least for least, wish in needs]
    scale = min(1.0, spare / sum(wishes)) if any(wishes) else 0.0
    widths = [least + wish * scale for (least, _), wish in zip(needs, wishes, strict=True)]
    total = sum(widths) or 1
    return [round(100 * one / total, 2) for one in widths]


def _ems(head: Head, lines: Sequence[str]) -> tuple[float, float, float]:
    """(least, wished, padding): em of a column, and points. Figures and dates stay on one line, texts may wrap."""
    word = max((width(part) for part in head.label.replace("-", " ").split()), default=0.0) * BOLD
    longest = max(map(width, lines), default=0.0)
    if head.kind in UNBROKEN:
        least = wish = max(word, longest)
    else:
        parts = max((width(part) for line in lines for part in line.split()), default=0.0)
        least = max(word, min(parts, LEAST_TEXT), min(longest, LEAST_TEXT))
        wish = max(least, min(longest, MOST_TEXT))
    return least, wish, NUMBER_PADDING if head.is_numeric else PADDING.get(head.kind, TEXT_PADDING)
