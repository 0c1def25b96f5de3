"""The marks of a chart as text, and as a list in which they can be selected by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl

from smartinst.i18n.locales import Locale

Mark = dict[str, Any]
"""Columns of one mark and their values (selection.MARK_COLUMNS)."""


def mark_label(mark: Mapping[str, Any], products: Mapping[str, str], locale: Locale) -> str:
    """A mark in the reader's language; `products`: product id → name."""
    return " · ".join(_value_text(name, mark[name], products, locale) for name in mark)


def _value_text(name: str, value: Any, products: Mapping[str, str], locale: Locale) -> str:
    if name == "country":
        return locale.country(value) if value else locale.gettext("Unknown country")
    if value is None:
        return "–"
    if name == "product_id":
        return products.get(value, str(value))[:60]
    if name == "status":
        return locale.status(value)
    return locale.number(int(value)) if isinstance(value, int | float) else str(value)


def list_marks(
    rows: pl.DataFrame, columns: tuple[str, ...], count_column: str
) -> list[tuple[Mark, int]]:
    """The visible marks of a chart's rows with their counts, in the order of the rows."""
    counts = (
        rows.group_by(columns, maintain_order=True)
        .agg(pl.col(count_column).sum())
        .filter(pl.col(count_column) > 0)
    )
    enums_as_text = pl.selectors.by_dtype(pl.Enum).cast(pl.String)
    return [
        ({name: row[name] for name in columns}, row[count_column])
        for row in counts.with_columns(enums_as_text).to_dicts()
    ]


class MarkList:
    """A list of one chart's marks, visible only while it has the keyboard focus.

    `on_select` is called with the selected marks.
    """

    def __init__(self, title: str, locale: Locale, on_select: Callable[[list[Mark]], None]) -> None:
        self._locale, self._on_select, self._is_silent = locale, on_select, False
        self._marks: list[Mark] = []
        self.widget = widgets.SelectMultiple(description=title, rows=6).add_class(
            "smartinst-mark-list"
        )
        self.widget.observe(self._select, names="index")

    def show(
        self,
        marks: list[tuple[Mark, int]],
        selected: list[Mark],
        products: Mapping[str, str],
    ) -> None:
        """Replaces marks and selection; a selected mark is listed even if its count is 0."""
        visible = [mark for mark, _ in marks]
        counts = [*marks, *((mark, 0) for mark in selected if mark not in visible)]
        labels = [
            f"{mark_label(mark, products, self._locale)}: {self._locale.number(count)}"
            for mark, count in counts
        ]
        self._is_silent = True
        try:
            self._marks = [mark for mark, _ in counts]
            self.widget.options = [(label, index) for index, label in enumerate(labels)]
            self.widget.index = tuple(self._marks.index(mark) for mark in selected)
        finally:
            self._is_silent = False

    def _select(self, change: Any) -> None:
        if not self._is_silent:
            self._on_select([self._marks[index] for index in change["new"]])
