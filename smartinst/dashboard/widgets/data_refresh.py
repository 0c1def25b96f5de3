"""Buttons that update the figures: by a sync with the platform, or from the ledger only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.actions.execution import unavailable_reason
from smartinst.dashboard.templating import render_html
from smartinst.dashboard.widgets.click_guard import ClickGuard
from smartinst.dashboard.widgets.primitives import action_button
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.i18n.message import error_text, translate
from smartinst.intake.refresh import ledger_version, refresh_sales
from smartinst.intake.sync import SyncResult
from smartinst.settings import Seller, Settings


class DataRefresh:
    """Buttons for sync and reload, their progress and result, and a hint if the ledger is newer.

    `on_refresh` is called when the ledger may have new data; `billing_type` returns the billing
    type to sync; `version`: the ledger's version when the board read it. If there are no
    credentials, only the reload button is displayed.
    """

    def __init__(
        self,
        settings: Settings,
        seller: Seller,
        locale: Locale,
        on_refresh: Callable[[], None],
        billing_type: Callable[[], str],
        version: Mapping[str, int],
        click_guard: ClickGuard | None = None,
    ) -> None:
        self._settings, self._seller, self._locale = settings, seller, locale
        self._on_refresh, self._billing_type, self.version = on_refresh, billing_type, version
        self._click_guard = click_guard or ClickGuard()
        self._progress_text = ""
        reason = unavailable_reason(seller)
        self.update_button = action_button(
            locale.gettext("Update from the platform"),
            "smartinst-update-button",
            partial(self._run, self._update),
        )
        self.reload_button = action_button(
            locale.gettext("Reload"),
            "smartinst-reload-button",
            partial(self._run, self._reload),
            tooltip=translate(reason, locale) if reason else "",
        )
        self.status = widgets.HTML().add_class("smartinst-refresh-status")
        self.hint = widgets.HTML().add_class("smartinst-newer-data")
        self._buttons = [self.update_button, self.reload_button]
        if reason:
            self._buttons.remove(self.update_button)
            self.update_button.close()
        parts = [*self._buttons, self.hint, self.status]
        self.widget = widgets.HBox(parts).add_class("smartinst-refresh")

    def update_hint(self) -> None:
        """Displays a hint if the ledger has changed since the board read it."""
        try:
            is_newer = ledger_version(self._settings) != self.version
        except SmartinstError:  # the next reload reports it
            is_newer = False
        text = self._locale.gettext("New data is available. Reload.")
        self.hint.value = render_html("text", self._locale, text=text if is_newer else "")

    def _run(self, operation: Callable[[], None]) -> None:
        if self._click_guard.accepts_click():
            with self._click_guard.running(), self._buttons_disabled():
                operation()

    @contextmanager
    def _buttons_disabled(self) -> Iterator[None]:
        for button in self._buttons:
            button.disabled = True
        try:
            yield
        finally:
            for button in self._buttons:
                button.disabled = False

    def _reload(self) -> None:
        self._show_status(self._locale.gettext("Loading the data…"))
        result = self._locale.gettext("The data could not be read. Run the notebook again.")
        try:
            self._on_refresh()
            result = self._locale.gettext("Reloaded.")
        except SmartinstError as error:
            result = error_text(error, self._locale)
        finally:
            self._show_status(result)

    def _update(self) -> None:
        self._progress_text = self._locale.gettext("Reading from the platform…")
        self._show_status(self._progress_text)
        result = self._locale.gettext("Some data could not be read: {reason}", reason="?")
        try:
            sync_result = refresh_sales(
                self._settings,
                self._seller,
                self._billing_type(),
                self._show_progress,
                self._show_wait_reason,
            )
            result = self._locale.gettext(
                "Updated, but the result cannot be shown. Run the notebook again."
            )
            self._on_refresh()
            result = self._describe(sync_result)
        except SmartinstError as error:
            result = error_text(error, self._locale)
        finally:
            self._show_status(result)

    def _describe(self, result: SyncResult) -> str:
        if result.error:
            return self._locale.gettext(
                "Some data could not be read: {reason}",
                reason=translate(result.error, self._locale),
            )
        last_day = self._locale.date(result.data_through) if result.data_through else ""
        return self._locale.gettext("Updated. The platform has data up to {day}.", day=last_day)

    def _show_progress(self, number: int, count: int) -> None:
        self._progress_text = self._locale.gettext(
            "Reading from the platform: {some} of {all}",
            some=self._locale.number(number),
            all=self._locale.number(count),
        )
        self._show_status(self._progress_text)

    def _show_wait_reason(self, reason: str) -> None:
        """Displays the progress, and the reason for a wait of more than a second, if any."""
        suffix = f" ({translate(reason, self._locale)})" if reason else ""
        self._show_status(f"{self._progress_text}{suffix}")

    def _show_status(self, text: str) -> None:
        self.status.value = render_html("status", self._locale, text=text)
