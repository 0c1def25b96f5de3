"""The page of one plan: its head, actions, notices about calls, time line and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.analytics.sales import Rows
from smartinst.dashboard.plan.actions import ActionPanel
from smartinst.dashboard.plan.call_history import (
    call_rows,
    unresolved_calls_html,
    unsynced_calls_html,
)
from smartinst.dashboard.plan.details import plan_head, plan_tables
from smartinst.dashboard.plan.timeline import time_line
from smartinst.dashboard.templating import message_html
from smartinst.dashboard.widgets.primitives import ContainerWidth, VegaChart
from smartinst.dashboard.widgets.selectable_chart import MAX_WIDTH
from smartinst.i18n.locales import Locale
from smartinst.settings import Seller


class PlanPage:
    """The page of the open plan; while none is open, a hint on how to open one."""

    def __init__(
        self,
        locale: Locale,
        seller: Seller,
        link: Callable[[dict[str, Any]], str | None],
        actions: ActionPanel,
    ) -> None:
        self._locale, self._seller, self._link = locale, seller, link
        hint = locale.gettext("Open a plan in the table to see its page here.")
        self._hint = message_html(hint, locale)
        self.head = widgets.HTML(self._hint)
        self.filter_notice, self.call_notices = widgets.HTML(), widgets.HTML()
        self.tables = widgets.HTML()
        self._timeline = widgets.VBox().add_class("smartinst-timeline")
        self._container_width = ContainerWidth()
        self._container_width.observe(lambda _change: self._draw_timeline(), names="width")
        self._build_timeline: Callable[[int], Any] | None = None
        self.parts = (
            self._container_width,
            self.filter_notice,
            self.head,
            actions.widget,
            self.call_notices,
            self._timeline,
            self.tables,
        )
        self.widget = widgets.VBox([self.head])

    def show(
        self,
        plan_id: str,
        rows: Rows,
        as_of: date,
        calls: Sequence[Mapping[str, Any]],
        *,
        is_pinned: bool,
    ) -> None:
        """Displays a plan; `calls` are the plan's calls from the action log.

        `is_pinned`: `as_of` was requested, so new data do not change it.
        """
        locale, zone = self._locale, self._seller.zone
        self.head.value = plan_head(rows, plan_id, as_of, self._seller.name, locale, self._link)
        self.call_notices.value = unresolved_calls_html(calls, rows, locale) + unsynced_calls_html(
            calls, rows, as_of, locale, zone, is_pinned=is_pinned
        )
        self.tables.value = plan_tables(rows, plan_id, locale, call_rows(calls, locale, zone))
        self._build_timeline = lambda width: time_line(rows, plan_id, as_of, locale, width)
        self._draw_timeline()
        if self.widget.children != self.parts:
            self.widget.children = self.parts

    def clear(self) -> None:
        """Closes the plan; the hint is displayed again."""
        self.head.value = self._hint
        self.widget.children = [self.head]

    def show_filter_notice(self, *, passes: bool) -> None:
        """Displays a notice if the open plan does not pass the filters of the table."""
        text = self._locale.gettext("The filters hide this plan in the table.")
        self.filter_notice.value = "" if passes else message_html(text, self._locale)

    def _draw_timeline(self) -> None:
        if self._build_timeline is None:
            return
        chart = self._build_timeline(min(self._container_width.width or MAX_WIDTH, 2 * MAX_WIDTH))
        if self._timeline.children:
            self._timeline.children[0].chart = chart
        else:
            self._timeline.children = (VegaChart(chart, self._locale),)
