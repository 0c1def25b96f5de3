"""Buttons with the selected marks of each chart; a click deselects them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.dashboard.selection import MARK_COLUMNS, Selection
from smartinst.dashboard.widgets.chart_marks import mark_label
from smartinst.dashboard.widgets.primitives import action_button
from smartinst.i18n.locales import Locale


class MarkChips:
    """One button per chart with selected marks; `on_remove` is called with the chart's name."""

    def __init__(self, locale: Locale, on_remove: Callable[[str], None]) -> None:
        self._locale, self._on_remove = locale, on_remove
        self.widget = widgets.HBox().add_class("smartinst-chips")

    def show(self, selection: Selection) -> None:
        """Displays the selected marks."""
        self.widget.children = tuple(
            self._chip(chart, selection)
            for chart in MARK_COLUMNS
            if chart in selection.chart_selections
        )

    def _chip(self, chart: str, selection: Selection) -> Any:
        marks = selection.chart_selections[chart]
        label = "; ".join(mark_label(mark, selection.products, self._locale) for mark in marks)
        return action_button(
            f"× {label}", "smartinst-chip", lambda: self._on_remove(chart), tooltip=label
        )
