"""One seller's board as linked widgets: filters, key figures, charts, table, plan and actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import polars as pl

from smartinst.actions.session import logged_calls
from smartinst.analytics.filters import check_filters
from smartinst.analytics.metrics import contact_order, plan_details
from smartinst.billing_types import PULLED_BILLING_TYPES
from smartinst.dashboard.book_reader import BookReader, ledger_filters
from smartinst.dashboard.cell import loading_html
from smartinst.dashboard.plan.call_history import action_summaries
from smartinst.dashboard.selection import PLAN_ROW, Selection, rows_of_plans
from smartinst.dashboard.templating import render_html
from smartinst.errors import InputError, SmartinstError
from smartinst.intake.refresh import ledger_version
from smartinst.report.book import Book, open_book
from smartinst.report.notebook_parts import BoardParts
from smartinst.report.whatsapp import whatsapp_linker


def open_seller_board(
    seller_id: str,
    as_of: str,
    where: Mapping[str, Any],
    *,
    is_pinned: bool,
    **options: Any,
) -> LiveBoard:
    """The widgets of one seller; `where` as `check_filters` returns it, `options` for `open_book`.

    `is_pinned`: the date was requested, so new data do not change it.
    """
    version = ledger_version(options["settings"])  # before reading: later writes are new data
    book = open_book(seller_id, as_of, ledger_filters(where), **options)
    return LiveBoard(book, where, version, is_pinned=is_pinned)


class LiveBoard(BoardParts):
    """The parts as linked widgets; each is created once and can be displayed in any cell.

    `is_pinned`: the date was requested; otherwise it is the ledger's last day, and moves with it.
    `version`: the ledger's version when `book` was read; None: the current one.
    """

    def __init__(
        self,
        book: Book,
        where: Mapping[str, Any],
        version: Mapping[str, int] | None = None,
        *,
        is_pinned: bool = False,
    ) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        from smartinst.dashboard.loan_book.section import LoanBookSection
        from smartinst.dashboard.plan.actions import ActionPanel
        from smartinst.dashboard.plan.page import PlanPage
        from smartinst.dashboard.widgets.data_refresh import DataRefresh
        from smartinst.dashboard.widgets.filter_panel import FilterPanel
        from smartinst.dashboard.widgets.key_figures import KeyFigureCards
        from smartinst.dashboard.widgets.linked_charts import LinkedCharts
        from smartinst.dashboard.widgets.mark_chips import MarkChips
        from smartinst.dashboard.widgets.plan_table import PlanTable
        from smartinst.dashboard.widgets.primitives import ScrollTarget, board_part

        self.book, self.locale, self.is_pinned = book, book.locale, is_pinned
        self.selection = Selection(book.as_of, book.rows)
        self._part = partial(board_part, book.locale)
        self._link = whatsapp_linker(book.settings, book.seller)
        self.heading, self.data_notes = widgets.HTML(), widgets.HTML()
        self.key_figures = KeyFigureCards(book.locale)
        self.filter_panel = FilterPanel(
            self.selection.plans, self.locale, self.apply_filters, self._clear_marks
        )
        self.refresh_day: Callable[[], str] = lambda: ""
        version = ledger_version(book.settings) if version is None else version
        self._reader = BookReader(book, version)
        self.data_refresh = DataRefresh(
            book.settings, book.seller, self.locale, self.refresh, self._billing_type, version
        )
        self.linked_charts = LinkedCharts(self.selection, self.locale, self.select_marks)
        self.mark_chips = MarkChips(self.locale, self.deselect_marks)
        self.plan_table = PlanTable(self.locale, self._link, self.export_rows)
        self.plan_table.observe(lambda change: self._open_row(change["new"]), names="open_row")
        self.actions = ActionPanel(book.settings, book.seller, self.locale, self._show_calls)
        self.plan_page = PlanPage(self.locale, book.seller, self._link, self.actions)
        self.scroll_target = ScrollTarget()
        self.loan_book_section = LoanBookSection(book, self._open_in_view)
        self.open_plan_id, self.calls = "", list[dict[str, Any]]()
        self._show_calls()
        self.filter_panel.show(where)

    @property
    def plans(self) -> pl.DataFrame:
        """The plans that pass filters and marks, in contact order; amounts in minor units."""
        return contact_order(self.selection.selected_plans()).drop(PLAN_ROW)

    @property
    def selected(self) -> pl.DataFrame:
        """The rows of `plans` that are selected in the table."""
        return self.plans.filter(pl.col("plan_id").is_in(list(self.plan_table.selected)))

    def export_rows(self, plan_ids: list[str]) -> tuple[str, list[dict[str, Any]]]:
        """A file name, and the rows of the command `plans` for these plans, or for all if empty."""
        plans = self.selection.selected_plans()
        if plan_ids:
            plans = plans.filter(pl.col("plan_id").is_in(plan_ids))
        details = plan_details(rows_of_plans(self.book.rows, plans), self._link)
        return f"plans-{self.book.seller.id}-{self.book.as_of}.csv", details

    def filters(self) -> Any:
        """The seller and the date, the refresh buttons, and the filter panel."""
        import ipywidgets as widgets

        parts = (self.heading, self.data_refresh.widget, self.filter_panel.buttons)
        top = widgets.HBox(parts).add_class("smartinst-top")
        title = f"{self.locale.gettext(self.book.title)}: {self.book.seller.name}"
        return self._part(top, self.filter_panel.widget, title=title)

    def keys(self) -> Any:
        """The key figures of the selected plans."""
        return self._part(self.key_figures.widget)

    def charts(self) -> Any:
        """The linked charts, and their selected marks."""
        return self._part(self.mark_chips.widget, self.linked_charts.widget)

    def table(self) -> Any:
        """The table of the selected plans."""
        return self._part(self.plan_table)

    def loan_book(self) -> Any:
        """The recovery queue and the loan book, which are computed when this is first called."""
        self.loan_book_section.open(self.book, self.plans["plan_id"])
        return self._part(self.loan_book_section.widget)

    def plan(self, plan_id: str = "") -> Any:
        """The page of a plan and its actions; without an id, the plan opened in the table."""
        if plan_id:
            self.open(plan_id)
        return self._part(self.scroll_target, self.plan_page.widget)

    def notes(self) -> Any:
        """Period and completeness of the data."""
        self._show_notes()
        return self._part(self.data_notes)

    def close(self) -> None:
        """Removes all parts from the screen, in all cells."""
        from smartinst.dashboard.widgets.primitives import close_widgets

        close_widgets(
            self.heading,
            self.data_refresh.widget,
            self.filter_panel.widget,
            self.filter_panel.buttons,
            self.key_figures.widget,
            self.mark_chips.widget,
            self.data_notes,
            self.linked_charts.widget,
            self.loan_book_section.widget,
            self.plan_table,
            self.scroll_target,
            self.plan_page.widget,
            *self.plan_page.parts,
        )

    def open(self, plan_id: str) -> None:
        """Displays a plan's page; InputError if the seller has no such plan."""
        if plan_id not in self.book.rows["plans"]["plan_id"]:
            raise InputError(f"seller {self.book.seller.id} has no plan {plan_id!r}")
        self.actions.set_plan(plan_id, self.book.as_of)
        self.open_plan_id = self.plan_table.open_row = plan_id
        self._show_calls()  # other processes may have written to the log
        self.data_refresh.update_hint()

    def _open_row(self, plan_id: str) -> None:
        """Opens the clicked row, unless `open` has just changed it."""
        if plan_id != self.open_plan_id:
            self.open(plan_id)

    def _open_in_view(self, plan_id: str) -> None:
        """Opens a plan of the recovery queue, and scrolls to its page."""
        self._open_row(plan_id)
        self.scroll_target.turn += 1

    def _show_plan(self) -> None:
        """Displays the open plan from the current rows and calls, if it still exists."""
        if self.open_plan_id in self.book.rows["plans"]["plan_id"]:
            calls = [call for call in self.calls if call["plan_id"] == self.open_plan_id]
            self.plan_page.show(
                self.open_plan_id, self.book.rows, self.book.as_of, calls, is_pinned=self.is_pinned
            )
            self._show_filter_notice()

    def _show_filter_notice(self) -> None:
        plan_ids = self.selection.selected_plans()["plan_id"]
        passes = not self.open_plan_id or self.open_plan_id in plan_ids
        self.plan_page.show_filter_notice(passes=passes)

    def apply_filters(self, where: dict[str, Any]) -> None:
        """Applies filters; after an error, displays it and changes nothing else."""
        if self._select(where):
            self._redraw()
            self.data_refresh.update_hint()

    def _select(self, where: Mapping[str, Any]) -> bool:
        """Applies filters to the selection; false after an error, which is displayed."""
        try:
            checked = check_filters(where)
            if ledger_filters(checked) != ledger_filters(self.book.where):
                self._read_book(checked, self.book.as_of.isoformat())
            self.selection.filter(checked)
        except SmartinstError as error:
            self.filter_panel.show_error(error)
            if not isinstance(error, InputError):  # the filter is valid, but reading failed
                self.filter_panel.set_silently(self.selection.where)
            return False
        self.filter_panel.message.value = ""
        return True

    def _clear_marks(self) -> None:
        for chart in list(self.selection.chart_selections):
            self.selection.select_marks(chart, [])

    def _read_book(self, where: Mapping[str, Any], day: str) -> None:
        """Switches to the book for another billing type, or for new data."""
        if not self._reader.has(where):
            self.filter_panel.message.value = loading_html(self.locale)
        try:
            self.book, self.data_refresh.version = self._reader.read(where, day)
        except SmartinstError:
            self.filter_panel.message.value = ""
            raise
        self.selection = self.selection.with_rows(self.book.as_of, self.book.rows)
        self.linked_charts.set_selection(self.selection)
        self.filter_panel.set_plans(self.selection.plans)
        if self.open_plan_id and self.open_plan_id not in self.book.rows["plans"]["plan_id"]:
            self.open_plan_id = self.plan_table.open_row = ""
            self.actions.reset()
            self.plan_page.clear()

    def _billing_type(self) -> str:
        """The billing type for the next sync: that of the displayed plans if the API has it."""
        displayed = self.filter_panel.where().get("billing_type")
        return displayed if displayed in PULLED_BILLING_TYPES else PULLED_BILLING_TYPES[0]

    def refresh(self) -> None:
        """Reads the ledger again and redraws everything; filters and marks are kept."""
        day = self.book.as_of.isoformat() if self.is_pinned else self.refresh_day()
        self._reader.clear()
        self._read_book(self.selection.where, day)
        self._select(self.filter_panel.where())
        self._redraw()
        self.loan_book_section.refresh(self.book, self.plans["plan_id"])
        self._show_notes()
        self._show_calls()
        self.actions.refresh(self.book.as_of)
        self.data_refresh.update_hint()

    def _show_notes(self) -> None:
        table = self.book.notes().bundle["text/html"]
        self.data_notes.value = render_html("report_table", self.locale, table=table)

    def select_marks(self, chart: str, marks: list[dict[str, Any]]) -> None:
        """Selects the marks that were clicked in a chart."""
        self.selection.select_marks(chart, marks)
        self._redraw(except_chart=chart)

    def deselect_marks(self, chart: str) -> None:
        """Deselects all marks of a chart."""
        self.selection.select_marks(chart, [])
        self._redraw()

    def _redraw(self, except_chart: str = "") -> None:
        self.heading.value = render_html(
            "seller_heading",
            self.locale,
            seller=self.book.seller.name,
            date=self.locale.gettext("as of {day}", day=self.locale.date(self.book.as_of, "long")),
        )
        self.key_figures.show(self.selection)
        self.filter_panel.show_counts(self.selection.count_by_status())
        self.linked_charts.redraw(except_chart)
        self.plan_table.show(self.plans, self.selection.plans.height)
        self.loan_book_section.filter(self.selection.selected_plans()["plan_id"])
        self._show_filter_notice()
        self.mark_chips.show(self.selection)

    def _show_calls(self) -> None:
        """Displays the calls of the action log; their effects are in the figures after a sync."""
        self.calls = logged_calls(self.book.settings, self.book.seller)
        self.plan_table.show_actions(action_summaries(self.calls, self.locale))
        self._show_plan()
