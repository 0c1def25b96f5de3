"""The figures renewed: from the platform, or read again from the ledger that something else has moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.actions.execution import unavailable_reason
from smartinst.dashboard.widgets.clicks import Clicks
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import Locale
from smartinst.i18n.message import error_text, translate
from smartinst.intake.refresh import ledger_version, refresh_sales
from smartinst.intake.sync import SyncResult
from smartinst.settings import Seller, Settings


class Renewal:
    """Its buttons, what is being done, what came of it, and a hint where the ledger holds something newer.

    `renewed` is called when the ledger may hold something new, `billing_type` tells which plans are read; `version` is
    that of the ledger when the board read it. Without credentials the ledger can only be read again.
    """

    def __init__(
        self,
        settings: Settings,
        seller: Seller,
        locale: Locale,
        renewed: Callable[[], None],
        billing_type: Callable[[], str],
        version: Mapping[str, int],
        clicks: Clicks | None = None,
    ) -> None:
        self._settings, self._seller, self._locale = settings, seller, locale
        self._renewed, self._billing_type, self.version = renewed, billing_type, version
        self._clicks = clicks or Clicks()
        self._far = ""
        why = unavailable_reason(seller)
        self.button = self._button(
            locale.gettext("Update from the platform"), "smartinst-update-button", self._renew
        )
        self.again = self._button(
            locale.gettext("Read again"), "smartinst-reload-button", self._read_again
        )
        self.again.tooltip = translate(why, locale) if why else ""
        self.said, self.hint = widgets.HTML(), widgets.HTML()
        self.said.add_class("smartinst-refresh-status")
        self.hint.add_class("smartinst-newer-data")
        self._buttons = (self.again,) if why else (self.button, self.again)
        self.widget = widgets.HBox([*self._buttons, self.hint, self.said])
        self.widget.add_class("smartinst-refresh")

    def _button(self, label: str, css: str, work: Callable[[], None]) -> Any:
        button = widgets.Button(description=label, layout=widgets.Layout(width="auto"))
        button.add_class(css)
        button.on_click(lambda _button: self._run(work))
        return button

    def look(self) -> None:
        """Says so where the ledger has moved since the board read it."""
        try:
            is_newer = ledger_version(self._settings) != self.version
        except SmartinstError:  # whoever reads it is told; a hint is no place for it
            is_newer = False
        hint = (
            self._locale.gettext("The ledger holds something newer: read again.")
            if is_newer
            else ""
        )
        self.hint.value = escape(hint)

    def _run(self, work: Callable[[], None]) -> None:
        if self._clicks.count():
            with self._clicks.running(), self._busy():
                work()

    @contextmanager
    def _busy(self) -> Iterator[None]:
        for button in self._buttons:
            button.disabled = True
        try:
            yield
        finally:
            for button in self._buttons:
                button.disabled = False

    def _read_again(self) -> None:
        self._tell(self._locale.gettext("Reading the ledger…"))
        outcome = self._locale.gettext("It could not be read: run the notebook again.")
        try:
            self._renewed()
            outcome = self._locale.gettext("Read again.")
        except SmartinstError as error:
            outcome = error_text(error, self._locale)
        finally:
            self._tell(outcome)

    def _renew(self) -> None:
        self._far = self._locale.gettext("Reading from the platform…")
        self._tell(self._far)
        outcome = self._locale.gettext("Not everything could be read: {reason}", reason="?")
        try:
            done = refresh_sales(
                self._settings, self._seller, self._billing_type(), self._progress, self._waits
            )
            outcome = self._locale.gettext(
                "Updated, but it cannot be shown: run the notebook again."
            )
            self._renewed()
            outcome = self._outcome(done)
        except SmartinstError as error:
            outcome = error_text(error, self._locale)
        finally:
            self._tell(outcome)

    def _outcome(self, done: SyncResult) -> str:
        if done.error:
            return self._locale.gettext(
                "Not everything could be read: {reason}",
                reason=translate(done.error, self._locale),
            )
        through = self._locale.date(done.data_through) if done.data_through else ""
        return self._locale.gettext(
            "Updated; the platform tells of the days up to {day}.", day=through
        )

    def _progress(self, done: int, of: int) -> None:
        some, every = self._locale.number(done), self._locale.number(of)
        self._far = self._locale.gettext(
            "Reading from the platform: {some} of {all}", some=some, all=every
        )
        self._tell(self._far)

    def _waits(self, why: str) -> None:
        """Nothing has come for a second: how far it is, and what is in the way."""
        self._tell(f"{self._far} ({translate(why, self._locale)})" if why else self._far)

    def _tell(self, outcome: str) -> None:
        self.said.value = f'<span role="status">{escape(outcome)}</span>'
