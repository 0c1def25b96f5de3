"""The figures renewed from the platform: one button, what it is doing, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.errors import SmartinstError
from smartinst.locale import Locale
from smartinst.operations.acting import renew
from smartinst.operations.actions import unavailable
from smartinst.operations.sentence import said
from smartinst.operations.sync import Synced
from smartinst.settings import Seller, Settings


class Renewal:
    """The button; `renewed` is called when the ledger may hold something new, `billing_type` tells which plans are read."""

    def __init__(
        self,
        settings: Settings,
        seller: Seller,
        words: Locale,
        renewed: Callable[[], None],
        billing_type: Callable[[], str],
    ) -> None:
        self._settings, self._seller, self._words = settings, seller, words
        self._renewed, self._billing_type = renewed, billing_type
        why = unavailable(seller)
        self.button = widgets.Button(
            description=words.gettext("Update from the platform"),
            disabled=why is not None,
            tooltip=said(why, words) if why else "",
            layout=widgets.Layout(width="auto"),
        )
        self.button.add_class("smartinst-renew")
        self.button.on_click(lambda _button: self._renew())
        self.said = widgets.HTML()
        self.said.add_class("smartinst-renewal")
        self.widget = widgets.HBox([self.button, self.said])

    def _renew(self) -> None:
        self.button.disabled = True
        outcome = self._words.gettext("Not everything could be read: {reason}", reason="?")
        try:
            done = renew(self._settings, self._seller, self._billing_type(), self._progress)
            outcome = self._words.gettext("Updated, but it cannot be shown: run the notebook again.")
            self._renewed()
            outcome = self._outcome(done)
        except SmartinstError as error:
            outcome = str(error)
        finally:
            self._tell(outcome)
            self.button.disabled = False

    def _outcome(self, done: Synced) -> str:
        if done.failed:
            return self._words.gettext("Not everything could be read: {reason}", reason=done.failed)
        through = self._words.date(done.data_through) if done.data_through else ""
        return self._words.gettext("Updated; the platform tells of the days up to {day}.", day=through)

    def _progress(self, done: int, of: int) -> None:
        some, every = self._words.number(done), self._words.number(of)
        self._tell(self._words.gettext("Reading from the platform: {some} of {all}", some=some, all=every))

    def _tell(self, outcome: str) -> None:
        self.said.value = escape(outcome)
