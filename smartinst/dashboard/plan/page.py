"""The widgets of one plan: who it is, its actions, what was done and is not in the figures yet, time line, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.analytics.sales import Rows
from smartinst.dashboard.plan.actions import Actions
from smartinst.dashboard.plan.call_history import history_html, unsettled_html, untold_html
from smartinst.dashboard.plan.content import plan_head, plan_tables, time_line
from smartinst.dashboard.widgets.linked_charts import WIDEST
from smartinst.dashboard.widgets.primitives import Chart, Measure
from smartinst.i18n.locales import Locale
from smartinst.settings import Seller


class PlanPage:
    """The page of the plan that is open; a line that says how one is opened, until then."""

    def __init__(
        self,
        locale: Locale,
        seller: Seller,
        link: Callable[[dict[str, Any]], str | None],
        actions: Actions,
    ) -> None:
        self._locale, self._seller, self._link = locale, seller, link
        said = locale.gettext("Open a plan in the table: its page stands here.")
        self._none = f'<p class="smartinst-message">{escape(said)}</p>'
        self.head = widgets.HTML(self._none)
        self.outside, self.untold, self.tables = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._line = widgets.VBox()
        self._measure = Measure()
        self._line.add_class("smartinst-timeline")
        self._measure.observe(lambda _change: self._draw_line(), names="width")
        self._time_line: Callable[[int], Any] | None = None
        self.whole = (
            self._measure,
            self.outside,
            self.head,
            actions.widget,
            self.untold,
            self._line,
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
        """A plan as the rows and the log have it; `calls` are those that were made for it."""
        zone = self._seller.zone
        self.head.value = plan_head(
            rows, plan_id, as_of, self._seller.name, self._locale, self._link
        )
        untold = untold_html(calls, rows, as_of, self._locale, zone, is_pinned=is_pinned)
        self.untold.value = unsettled_html(calls, rows, self._locale) + untold
        asked = history_html(calls, self._locale, zone)
        self.tables.value = (
            f'<div class="smartinst-plan">{plan_tables(rows, plan_id, self._locale)}{asked}</div>'
        )
        self._time_line = lambda width: time_line(rows, plan_id, as_of, self._locale, width)
        self._draw_line()
        if self.widget.children != self.whole:
            self.widget.children = self.whole

    def shut(self) -> None:
        """No plan is open any more."""
        self.head.value = self._none
        self.widget.children = [self.head]

    def pass_by(self, *, passes: bool) -> None:
        """Whether the plan that is open stands in the table beside it."""
        said = (
            "" if passes else self._locale.gettext("The filters leave this plan out of the table.")
        )
        self.outside.value = f'<p class="smartinst-message">{escape(said)}</p>' if said else ""

    def _draw_line(self) -> None:
        if self._time_line is not None:
            chart = self._time_line(min(self._measure.width or WIDEST, 2 * WIDEST))
            if self._line.children:
                self._line.children[0].chart = chart
            else:
                self._line.children = (Chart(chart, self._locale),)
