"""Reprocess, cancel, refund: first exactly what is sent and for how much, then only after the plan's number is typed."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.errors import SmartinstError
from smartinst.locale import N_, Locale
from smartinst.operations.acting import propose_today, send
from smartinst.operations.actions import Done, unavailable
from smartinst.operations.proposals import Kind, Proposal
from smartinst.settings import Seller, Settings

LABELS: Final[dict[Kind, str]] = {
    "reprocess": N_("Reprocess payment"),
    "cancel": N_("Cancel charges"),
    "refund": N_("Refund buyer"),
}
STATES: Final = {"done": N_("done"), "not_done": N_("not done"), "in_doubt": N_("in doubt")}


class Actions:
    """The buttons of one plan; `acted` is called after anything was sent."""

    def __init__(self, settings: Settings, seller: Seller, words: Locale, acted: Callable[[], None]) -> None:
        self._settings, self._seller, self._words, self._acted = settings, seller, words, acted
        self._plan_id = ""
        self._proposal: Proposal | None = None
        self.why = unavailable(seller)
        self.buttons = {kind: self._button(kind, label) for kind, label in LABELS.items()}
        self.shown = widgets.HTML()
        self.typed = widgets.Text(continuous_update=True, placeholder=words.gettext("plan's number"))
        self.typed.add_class("smartinst-confirm")
        self.go = widgets.Button(description=words.gettext("Send"), button_style="danger", disabled=True)
        self.go.add_class("smartinst-send")
        self.typed.observe(self._check, names="value")
        self.go.on_click(lambda _button: self._send())
        self.confirm = widgets.HBox([self.typed, self.go], layout=widgets.Layout(display="none"))
        self.widget = widgets.VBox([widgets.HBox(list(self.buttons.values())), self.shown, self.confirm])

    def _button(self, kind: Kind, label: str) -> Any:
        button = widgets.Button(description=self._words.gettext(label), disabled=True, layout=widgets.Layout(width="auto"))
        button.add_class(f"smartinst-{kind}")
        button.on_click(lambda _button: self._propose(kind))
        return button

    def of(self, plan_id: str) -> None:
        """The buttons of another plan; whatever was proposed before is gone."""
        self._plan_id = plan_id
        self._forget()
        for button in self.buttons.values():
            button.disabled = self.why is not None
        if self.why:
            said = self._words.gettext("Actions are not available: {reason}", reason=self.why)
            self.shown.value = f'<div class="smartinst-unavailable">{escape(said)}</div>'

    def _forget(self) -> None:
        self._proposal = None
        self.shown.value, self.typed.value = "", ""
        self.confirm.layout.display = "none"

    def _propose(self, kind: Kind) -> None:
        self._forget()
        try:
            proposal = propose_today(self._settings, self._seller, kind, self._plan_id)
        except SmartinstError as error:
            self.shown.value = f"<p>{escape(str(error))}</p>"
            return
        self.shown.value = proposal_html(proposal, self._words)
        if proposal.calls:
            self._proposal = proposal
            self.confirm.layout.display = ""

    def _check(self, change: Any) -> None:
        self.go.disabled = self._proposal is None or change["new"].strip() != self._proposal.plan_id

    def _send(self) -> None:
        """Sends what was shown, once: the proposal is let go of before the first call."""
        proposal = self._proposal
        if proposal is None or self.typed.value.strip() != proposal.plan_id:
            return
        self._forget()
        try:
            self.shown.value = done_html(send(self._settings, proposal), self._words)
        except SmartinstError as error:
            self.shown.value = f"<p>{escape(str(error))}</p>"
        self._acted()


def proposal_html(proposal: Proposal, words: Locale) -> str:
    """Every call with its amount, the sum by currency, and what has to be typed."""
    lines = [f"<li><code>{escape(one.line(words))}</code></li>" for one in proposal.calls]
    sums: dict[str, int] = {}
    for one in proposal.calls:
        if one.amount_minor is not None:
            sums[one.currency or ""] = sums.get(one.currency or "", 0) + one.amount_minor
    total = ", ".join(words.money(minor, currency) for currency, minor in sums.items())
    heading = words.gettext(LABELS[proposal.kind]) + (f": {total}" if total else "")
    notes = [*proposal.notes, *filter(None, (proposal.reason, proposal.text))]
    ask = words.gettext("Type {plan} to send this.", plan=proposal.plan_id) if proposal.calls else ""
    told = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return (
        f'<div class="smartinst-proposal"><strong>{escape(heading)}</strong><ol>{"".join(lines)}</ol>'
        f"{told}<p>{escape(ask)}</p></div>"
    )


def done_html(done: list[Done], words: Locale) -> str:
    """What became of each call."""
    lines = [
        f"<li>{escape(one.planned.transaction or one.planned.kind)}: "
        f"<strong>{escape(words.gettext(STATES[one.state]))}</strong> ({escape(one.detail)})</li>"
        for one in done
    ]
    return f'<ul class="smartinst-done">{"".join(lines)}</ul>'


def told(kind: str, state: str, words: Locale) -> str:
    """One action in the table: what, and what became of it."""
    label = words.gettext(LABELS[kind]) if kind in LABELS else kind
    return f"{label}: {words.gettext(STATES[state]) if state in STATES else state}"
