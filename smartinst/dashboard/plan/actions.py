"""Reprocess, cancel, refund: first exactly what is sent and for how much, then only after the plan's number is typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import escape
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.actions.execution import unavailable_reason
from smartinst.actions.proposals import ActionKind
from smartinst.actions.session import ActionPreview, execute, preview
from smartinst.dashboard.plan.action_preview import done_html, proposal_html
from smartinst.dashboard.plan.call_history import LABELS
from smartinst.dashboard.widgets.clicks import Clicks
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import N_, Locale
from smartinst.i18n.message import error_text, translate
from smartinst.settings import Seller, Settings

KINDS: Final[tuple[ActionKind, ...]] = ("reprocess", "cancel", "refund")
_SEND: Final = N_("Send")
_ASK: Final = N_("Ask the platform what became of it")
_SENDING: Final = N_("Sending…")
_ASKING: Final = N_("Asking the platform…")
_NOT_SHOWN: Final = N_("An unexpected error: what would be sent cannot be shown. Nothing was sent.")
_NOT_KNOWN: Final = N_(
    "An unexpected error: it is not known what became of it. Look at what was asked of the platform, on the plan's page, "
    "or open the action again: what is in doubt is asked about, and nothing is sent twice."
)


class Actions:
    """The buttons of one plan; `acted` is called after anything was sent.

    `shown` says what would be sent, what is being done, what became of it; what is armed is exactly what it shows.
    """

    def __init__(
        self,
        settings: Settings,
        seller: Seller,
        locale: Locale,
        acted: Callable[[], None],
        clicks: Clicks | None = None,
    ) -> None:
        self._settings, self._seller, self._locale, self._acted = settings, seller, locale, acted
        self._clicks = clicks or Clicks()
        self._plan_id, self._figures = "", date.min
        self._armed: ActionPreview | None = None
        self._looked: ActionPreview | None = None
        self.why = unavailable_reason(seller)
        self.buttons = {kind: self._button(kind, LABELS[kind]) for kind in KINDS}
        self.shown = widgets.HTML()
        self.typed = widgets.Text(
            continuous_update=True, placeholder=locale.gettext("plan's number")
        )
        self.typed.add_class("smartinst-confirmation")
        self.go = widgets.Button(disabled=True, layout=widgets.Layout(width="auto"))
        self.go.add_class("smartinst-send")
        self.typed.observe(self._check, names="value")
        self.go.on_click(lambda _button: self._send())
        self.confirm = widgets.HBox([self.typed, self.go], layout=widgets.Layout(display="none"))
        row = widgets.HBox(list(self.buttons.values()))
        row.add_class("smartinst-buttons")
        self.widget = widgets.VBox([row, self.shown, self.confirm])

    def _button(self, kind: ActionKind, label: str) -> Any:
        button = widgets.Button(
            description=self._locale.gettext(label),
            disabled=True,
            layout=widgets.Layout(width="auto"),
        )
        button.add_class(f"smartinst-{kind}")
        button.on_click(lambda _button: self._propose(kind))
        return button

    def of(self, plan_id: str, figures: date) -> None:
        """The buttons of another plan, beside figures of a date; whatever was proposed before is gone."""
        self._plan_id, self._figures = plan_id, figures
        self.forget()
        for button in self.buttons.values():
            button.disabled = self.why is not None
        if self.why:
            told = self._locale.gettext(
                "Actions are not available: {reason}", reason=translate(self.why, self._locale)
            )
            self.shown.value = f'<div class="smartinst-unavailable">{escape(told)}</div>'

    def renew(self, figures: date) -> None:
        """The ledger was read again: what is proposed is proposed anew; where it is something else, that is said."""
        self._figures = figures
        before, typed = self._looked, self.typed.value
        if before is None or (shown := self._look(before.proposal.kind)) is None:
            return
        is_same = shown.is_same(before)
        self._show(shown, has_changed=not is_same)
        self.typed.value = typed if is_same else ""

    def forget(self) -> None:
        """Nothing is proposed any more, and nothing can be sent."""
        self._armed = self._looked = None
        self.shown.value, self.typed.value = "", ""
        self.confirm.layout.display = "none"
        self.go.disabled = True

    def _propose(self, kind: ActionKind) -> None:
        if not self._clicks.count():
            return
        self.forget()
        if (shown := self._look(kind)) is not None:
            self._show(shown)

    def _look(self, kind: ActionKind) -> ActionPreview | None:
        """What the action would send now; null where that cannot be told, and the reason is shown."""
        try:
            return preview(self._settings, self._seller, kind, self._plan_id)
        except SmartinstError as error:
            self.forget()
            self._say(error_text(error, self._locale))
        except Exception:
            self.forget()
            self._say(self._locale.gettext(_NOT_SHOWN))
            raise
        return None

    def _show(self, shown: ActionPreview, *, has_changed: bool = False) -> None:
        """Shows a proposal and arms it: with the plan's number to type, or, where nothing is sent, at once."""
        self.forget()
        self._looked = shown
        self.shown.value = proposal_html(
            shown, self._locale, self._figures, has_changed=has_changed
        )
        if not shown.has_work():
            return
        self._armed = shown
        sends_calls = shown.sends_calls()
        self.go.description = self._locale.gettext(_SEND if sends_calls else _ASK)
        self.go.button_style = "danger" if sends_calls else "primary"
        self.go.disabled = sends_calls
        self.typed.layout.display = "" if sends_calls else "none"
        self.confirm.layout.display = ""

    def _check(self, _change: Any) -> None:
        self.go.disabled = not self._is_confirmed()

    def _is_confirmed(self) -> bool:
        armed = self._armed
        return armed is not None and (
            not armed.sends_calls() or self.typed.value.strip() == armed.proposal.plan_id
        )

    def _send(self) -> None:
        """Sends what was shown, once: if it is still what would be sent, and let go of before the first call."""
        if (armed := self._armed) is None or not self._is_confirmed() or not self._clicks.count():
            return
        with self._clicks.running():
            self.forget()
            self._say(self._locale.gettext(_SENDING if armed.sends_calls() else _ASKING))
            shown = self._look(armed.proposal.kind)
            if shown is None:
                return
            if shown.is_same(armed):
                self._carry_out(shown)
            else:
                self._show(shown, has_changed=True)
                self._acted()  # whoever changed it may have written into the log

    def _carry_out(self, shown: ActionPreview) -> None:
        try:
            done = execute(self._settings, shown, self._progress)
            self.shown.value = done_html(done, shown.proposal, self._locale)
        except SmartinstError as error:
            self._say(error_text(error, self._locale))
        except Exception:
            self._say(self._locale.gettext(_NOT_KNOWN))
            raise
        finally:
            self._acted()  # whatever went wrong, the log knows what was begun

    def _progress(self, number: int, of: int) -> None:
        some, every = self._locale.number(number), self._locale.number(of)
        self._say(self._locale.gettext("Sending: {some} of {all}", some=some, all=every))

    def _say(self, told: str) -> None:
        self.shown.value = f'<p class="smartinst-progress" role="status">{escape(told)}</p>'
