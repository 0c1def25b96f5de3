"""The recovery queue, and *mark as written to*, which writes into the contact log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl
from sqlalchemy.exc import SQLAlchemyError

from smartinst.actions.contacts import mark_as_written
from smartinst.actions.recovery import queue_rows, seller_queue
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.recovery.effect import HELD_OUT, ContactEffect
from smartinst.analytics.book.recovery.recovery_queue import RecoveryQueue
from smartinst.dashboard.loan_book.recovery_table import RecoveryTable
from smartinst.dashboard.templating import message_html, render_html
from smartinst.dashboard.widgets.click_guard import ClickGuard
from smartinst.dashboard.widgets.primitives import action_button
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.i18n.message import error_text
from smartinst.report.loan_book.chart_rows import percent_text
from smartinst.settings import Seller, Settings

MAX_NAMES: Final = 5
"""Buyers that the question before marking names."""


class RecoveryPanel:
    """The queue of the selected plans, with the buttons that log a message to their buyers.

    `on_open` is called with the id of a plan whose row was clicked.
    """

    def __init__(
        self,
        settings: Settings,
        seller: Seller,
        locale: Locale,
        on_open: Callable[[str], None],
        click_guard: ClickGuard | None = None,
    ) -> None:
        self._settings, self._seller, self._locale = settings, seller, locale
        self._on_open, self._click_guard = on_open, click_guard or ClickGuard()
        self._book: LoanBook | None = None
        self._queue: RecoveryQueue | None = None
        self._plan_ids = pl.Series(dtype=pl.String)
        self.heading, self.message = widgets.HTML(), widgets.HTML()
        self.table = RecoveryTable(locale)
        self.table.observe(self._open_row, names="open_row")
        self.table.observe(lambda _change: self._show_button(), names="selected")
        self.mark_button = action_button("", "smartinst-mark-written", self._ask, disabled=True)
        self.confirm_button = action_button(
            locale.gettext("Confirm"), "smartinst-confirm-written", self._mark
        )
        self.confirm_button.button_style = "primary"
        self.cancel_button = action_button(
            locale.gettext("Cancel"), "smartinst-cancel-written", self._close_question
        )
        buttons = widgets.HBox([self.confirm_button, self.cancel_button])
        self.question = widgets.HTML()
        self.confirmation = widgets.VBox([self.question, buttons])
        self.widget = widgets.VBox(
            [self.heading, self.table, self.mark_button, self.confirmation, self.message]
        ).add_class("smartinst-recovery")
        self._close_question()
        self._show_button()

    def show(self, book: LoanBook, plan_ids: pl.Series) -> None:
        """Reads the queue of a book of all plans, and displays that of some plans."""
        self._book, self._plan_ids = book, plan_ids
        self._read()

    def filter(self, plan_ids: pl.Series) -> None:
        """Displays the queue of other plans; its chances are always those of all plans."""
        self._plan_ids = plan_ids
        self._show_rows()

    def _read(self) -> None:
        """Reads the queue and the contact log; displays the reason if there is no queue."""
        assert self._book is not None
        try:
            queue = seller_queue(self._settings, self._seller, self._book)
            links = [row["whatsapp"] for row in queue_rows(self._settings, self._seller, queue)]
            rows = queue.rows.with_columns(whatsapp=pl.Series(links, dtype=pl.String))
            self._queue = RecoveryQueue(rows, queue.effect)
        except SmartinstError as error:
            self._queue = None
            self.heading.value = message_html(error_text(error, self._locale), self._locale)
        self._show_rows()

    def _show_rows(self) -> None:
        self.table.layout.display = "none" if self._queue is None else ""
        self.mark_button.layout.display = self.table.layout.display
        if self._queue is None:
            return
        rows = self._queue.of_plans(self._plan_ids).rows
        self.table.show(rows, self._queue.rows.height)
        self.heading.value = render_html(
            "recovery_heading",
            self._locale,
            title=self._locale.gettext("Contact first"),
            texts=[_order_text(self._queue.effect, self._locale)],
        )

    def _open_row(self, change: Any) -> None:
        if change["new"]:
            self._on_open(change["new"])

    def _show_button(self) -> None:
        count = len(self.table.selected)
        self.mark_button.description = self._locale.gettext(
            "Mark as written to ({count})", count=self._locale.number(count)
        )
        self.mark_button.disabled = not count
        self._close_question()

    def _ask(self) -> None:
        """Asks before anything is logged; the question names the first buyers."""
        ids = list(self.table.selected)
        names = [name or plan_id for plan_id, name in self._names(ids)]
        texts = [
            self._locale.ngettext(
                "Log that you have written to {n} buyer today?",
                "Log that you have written to {n} buyers today?",
                len(ids),
            ),
            self._locale.join_words(names[:MAX_NAMES]) + ("…" if len(names) > MAX_NAMES else ""),
        ]
        self.message.value = ""
        self.question.value = render_html("recovery_question", self._locale, texts=texts)
        self.confirmation.layout.display = ""

    def _names(self, plan_ids: list[str]) -> list[tuple[str, str | None]]:
        """Plan and buyer of these plans, in the order of the queue."""
        assert self._queue is not None
        rows = self._queue.rows.filter(pl.col("plan_id").is_in(plan_ids))
        return rows.select("plan_id", "buyer").rows()

    def _close_question(self) -> None:
        self.question.value, self.confirmation.layout.display = "", "none"

    def _mark(self) -> None:
        """Logs the messages to the selected buyers once, and reads the queue again."""
        if not self._click_guard.accepts_click() or not self.table.selected:
            return
        with self._click_guard.running():
            plan_ids = list(self.table.selected)
            self._close_question()
            try:
                arms = [mark_as_written(self._settings, self._seller, name) for name in plan_ids]
                text = self._result_text(arms)
            except (SmartinstError, SQLAlchemyError) as error:
                text = self._locale.gettext(
                    "The contact log cannot be written: {reason}",
                    reason=str(error).splitlines()[0],
                )
            self.table.selected = []
            self._read()
            self.message.value = message_html(text, self._locale, "status")

    def _result_text(self, arms: list[str]) -> str:
        parts = [
            self._locale.ngettext("Logged for {n} buyer.", "Logged for {n} buyers.", len(arms))
        ]
        if held_out := arms.count(HELD_OUT):
            parts.append(
                self._locale.ngettext(
                    "{n} of them is held out this month, and is logged as held out.",
                    "{n} of them are held out this month, and are logged as held out.",
                    held_out,
                )
            )
        return " ".join(parts)


def _order_text(effect: ContactEffect | None, locale: Locale) -> str:
    """What the order means: the effect of writing with its range, or the chance of payment."""
    if effect is None:
        return locale.gettext(
            "Ranking by the amount that a message can bring: the chance of payment, times what is "
            "overdue and what would follow."
        )
    return locale.gettext(
        "Effect: {contacted} paid after a message, {held_out} of those held out; the difference "
        "is between {low} and {high} (80 % range).",
        contacted=percent_text(effect.contacted_share, locale),
        held_out=percent_text(effect.held_out_share, locale),
        low=percent_text(effect.lower_bound, locale),
        high=percent_text(effect.upper_bound, locale),
    )
