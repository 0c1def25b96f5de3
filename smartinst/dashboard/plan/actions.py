"""Reprocess, cancel, refund: a preview with amounts, then a confirmation by the plan's number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.actions.execution import unavailable_reason
from smartinst.actions.proposals import ActionKind
from smartinst.actions.session import ActionPreview, execute
from smartinst.actions.session import preview as load_preview
from smartinst.dashboard.plan.action_preview import preview_html, results_html
from smartinst.dashboard.plan.call_history import ACTION_LABELS
from smartinst.dashboard.templating import render_html
from smartinst.dashboard.widgets.click_guard import ClickGuard
from smartinst.dashboard.widgets.primitives import action_button
from smartinst.errors import SmartinstError
from smartinst.i18n.locales import N_, Locale
from smartinst.i18n.message import error_text, translate
from smartinst.settings import Seller, Settings

KINDS: Final[tuple[ActionKind, ...]] = ("reprocess", "cancel", "refund")
_SEND: Final = N_("Send")
_CHECK: Final = N_("Check the outcome with the platform")
_SEND_PROGRESS: Final = N_("Sending…")
_CHECK_PROGRESS: Final = N_("Checking with the platform…")
_PREVIEW_ERROR: Final = N_("Unexpected error: the preview cannot be shown. Nothing was sent.")
_RESULT_ERROR: Final = N_(
    "Unexpected error: the outcome is not known. Check the requests on the "
    "plan's page, or open the action again: calls in doubt are checked with "
    "the platform, and nothing is sent twice."
)


class ActionPanel:
    """The action buttons of one plan, with preview, confirmation and results.

    `on_change` is called after calls were made. Only calls that the preview displays can be sent.
    """

    def __init__(
        self,
        settings: Settings,
        seller: Seller,
        locale: Locale,
        on_change: Callable[[], None],
        click_guard: ClickGuard | None = None,
    ) -> None:
        self._settings, self._seller, self._locale = settings, seller, locale
        self._on_change = on_change
        self._click_guard = click_guard or ClickGuard()
        self._plan_id, self._figures_as_of = "", date.min
        self._preview: ActionPreview | None = None
        self.unavailable_reason = unavailable_reason(seller)
        self.buttons = {
            kind: action_button(
                locale.gettext(ACTION_LABELS[kind]),
                f"smartinst-{kind}",
                partial(self._open_preview, kind),
                disabled=True,
            )
            for kind in KINDS
        }
        self.output = widgets.HTML()
        self.plan_number = widgets.Text(
            continuous_update=True, placeholder=locale.gettext("plan's number")
        ).add_class("smartinst-confirmation")
        self.plan_number.observe(self._enable_send_button, names="value")
        self.send_button = action_button("", "smartinst-send", self._send, disabled=True)
        self.confirmation = widgets.HBox(
            [self.plan_number, self.send_button], layout=widgets.Layout(display="none")
        )
        row = widgets.HBox(list(self.buttons.values())).add_class("smartinst-buttons")
        self.widget = widgets.VBox([row, self.output, self.confirmation])

    def set_plan(self, plan_id: str, figures_as_of: date) -> None:
        """Switches to another plan and discards the preview of the former one.

        `figures_as_of`: the date of the figures on the same page.
        """
        self._plan_id, self._figures_as_of = plan_id, figures_as_of
        self.reset()
        for button in self.buttons.values():
            button.disabled = self.unavailable_reason is not None
        if self.unavailable_reason:
            text = self._locale.gettext(
                "Actions are not available: {reason}",
                reason=translate(self.unavailable_reason, self._locale),
            )
            self.output.value = render_html("actions_unavailable", self._locale, text=text)

    def refresh(self, figures_as_of: date) -> None:
        """Updates an open preview after the ledger was read again; displays a note on changes."""
        self._figures_as_of = figures_as_of
        former, number = self._preview, self.plan_number.value
        if former is None or (preview := self._load_preview(former.proposal.kind)) is None:
            return
        is_same = preview.is_same(former)
        self._show_preview(preview, has_changed=not is_same)
        self.plan_number.value = number if is_same else ""

    def reset(self) -> None:
        """Discards the preview, so that nothing can be sent."""
        self._preview = None
        self.output.value, self.plan_number.value = "", ""
        self.confirmation.layout.display = "none"
        self.send_button.disabled = True

    def _open_preview(self, kind: ActionKind) -> None:
        if not self._click_guard.accepts_click():
            return
        self.reset()
        if (preview := self._load_preview(kind)) is not None:
            self._show_preview(preview)

    def _load_preview(self, kind: ActionKind) -> ActionPreview | None:
        """The current preview of the action; None after an error, which is displayed."""
        try:
            return load_preview(self._settings, self._seller, kind, self._plan_id)
        except SmartinstError as error:
            self.reset()
            self._show_message(error_text(error, self._locale))
        except Exception:
            self.reset()
            self._show_message(self._locale.gettext(_PREVIEW_ERROR))
            raise
        return None

    def _show_preview(self, preview: ActionPreview, *, has_changed: bool = False) -> None:
        """Displays a preview, and its confirmation: the plan's number only if calls are sent."""
        self.reset()
        self._preview = preview
        self.output.value = preview_html(
            preview, self._locale, self._figures_as_of, has_changed=has_changed
        )
        if not preview.has_work():
            return
        sends_calls = preview.sends_calls()
        self.send_button.description = self._locale.gettext(_SEND if sends_calls else _CHECK)
        self.send_button.button_style = "danger" if sends_calls else "primary"
        self.send_button.disabled = sends_calls
        self.plan_number.layout.display = "" if sends_calls else "none"
        self.confirmation.layout.display = ""

    def _enable_send_button(self, _change: Any) -> None:
        self.send_button.disabled = not self._is_confirmed()

    def _is_confirmed(self) -> bool:
        preview = self._preview
        if preview is None or not preview.has_work():
            return False
        number = self.plan_number.value.strip()
        return not preview.sends_calls() or number == preview.proposal.plan_id

    def _send(self) -> None:
        """Sends the confirmed preview once, if a new preview is the same.

        The preview is discarded before the first call.
        """
        confirmed = self._preview
        if confirmed is None or not self._is_confirmed() or not self._click_guard.accepts_click():
            return
        with self._click_guard.running():
            self.reset()
            progress = _SEND_PROGRESS if confirmed.sends_calls() else _CHECK_PROGRESS
            self._show_message(self._locale.gettext(progress))
            preview = self._load_preview(confirmed.proposal.kind)
            if preview is None:
                return
            if preview.is_same(confirmed):
                self._execute(preview)
            else:
                self._show_preview(preview, has_changed=True)
                self._on_change()  # another process may have written to the log

    def _execute(self, preview: ActionPreview) -> None:
        try:
            results = execute(self._settings, preview, self._show_progress)
            self.output.value = results_html(results, preview.proposal, self._locale)
        except SmartinstError as error:
            self._show_message(error_text(error, self._locale))
        except Exception:
            self._show_message(self._locale.gettext(_RESULT_ERROR))
            raise
        finally:
            self._on_change()  # even after an error, the log has every call that was started

    def _show_progress(self, number: int, count: int) -> None:
        self._show_message(
            self._locale.gettext(
                "Sending: {some} of {all}",
                some=self._locale.number(number),
                all=self._locale.number(count),
            )
        )

    def _show_message(self, text: str) -> None:
        self.output.value = render_html("action_progress", self._locale, text=text)
