"""Clicked marks in words, and each chart's marks as a list: what a pointer clicks can be chosen by the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl

from smartinst.i18n.locales import Locale

Mark = dict[str, Any]
"""The columns of one mark and their values (view.PICKED)."""


def mark_label(mark: Mapping[str, Any], products: Mapping[str, str], locale: Locale) -> str:
    """A mark in the reader's language; `products` are the products' names by id."""
    return " · ".join(_said(name, value, products, locale) for name, value in mark.items())


def _said(name: str, value: Any, products: Mapping[str, str], locale: Locale) -> str:
    if name == "country":
        return locale.country(value) if value else locale.gettext("Unknown country")
    if value is None:
        return "–"
    if name == "product_id":
        return products.get(value, str(value))[:60]
    if name == "status":
        return locale.status(value)
    return locale.number(int(value)) if isinstance(value, int | float) else str(value)


def marks_of(rows: pl.DataFrame, columns: tuple[str, ...], counted: str) -> list[tuple[Mark, int]]:
    """The marks of a chart's rows that have something to see, in the rows' order, each with its count."""
    sums = (
        rows.group_by(columns, maintain_order=True)
        .agg(pl.col(counted).sum())
        .filter(pl.col(counted) > 0)
    )
    texts = pl.selectors.by_dtype(pl.Enum).cast(pl.String)
    return [
        ({name: row[name] for name in columns}, row[counted])
        for row in sums.with_columns(texts).to_dicts()
    ]


class MarkList:
    """The marks of one chart to choose from, seen only while the keyboard is in it; `chosen` is called with the marks."""

    def __init__(self, title: str, locale: Locale, chosen: Callable[[list[Mark]], None]) -> None:
        self._locale, self._chosen, self._is_quiet = locale, chosen, False
        self._marks: list[Mark] = []
        self.widget = widgets.SelectMultiple(description=title, rows=6)
        self.widget.add_class("smartinst-mark-list")
        self.widget.observe(self._changed, names="index")

    def show(
        self, offered: list[tuple[Mark, int]], picked: list[Mark], products: Mapping[str, str]
    ) -> None:
        """Other marks, and which of them are picked; one that is picked is offered even where nothing has it."""
        self._is_quiet = True
        try:
            held = [
                *offered,
                *((mark, 0) for mark in picked if mark not in [one for one, _ in offered]),
            ]
            self._marks = [mark for mark, _ in held]
            labels = [
                f"{mark_label(mark, products, self._locale)}: {self._locale.number(count)}"
                for mark, count in held
            ]
            self.widget.options = [(label, at) for at, label in enumerate(labels)]
            self.widget.index = tuple(self._marks.index(mark) for mark in picked)
        finally:
            self._is_quiet = False

    def _changed(self, change: Any) -> None:
        if not self._is_quiet:
            self._chosen([self._marks[at] for at in change["new"]])
