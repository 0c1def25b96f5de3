"""Reprocess, cancel, refund: first exactly what is sent and for how much, then only after the plan's number is typed."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from smartinst.errors import SmartinstError
from smartinst.explore.history import LABELS, STATES
from smartinst.locale import Locale
from smartinst.operations.acting import Standing, propose_today, send, standing
from smartinst.operations.actions import Done, unavailable
from smartinst.operations.proposals import CALLED, Kind, Planned, Proposal
from smartinst.operations.sentence import said
from smartinst.settings import Seller, Settings


class Actions:
    """The buttons of one plan; `acted` is called after anything was sent."""

    def __init__(self, settings: Settings, seller: Seller, words: Locale, acted: Callable[[], None]) -> None:
        self._settings, self._seller, self._words, self._acted = settings, seller, words, acted
        self._plan_id = ""
        self._proposal: Proposal | None = None
        self.why = unavailable(seller)
        kinds: tuple[Kind, ...] = ("reprocess", "cancel", "refund")
        self.buttons = {kind: self._button(kind, LABELS[kind]) for kind in kinds}
        self.shown = widgets.HTML()
        self.typed = widgets.Text(continuous_update=True, placeholder=words.gettext("plan's number"))
        self.typed.add_class("smartinst-confirm")
        self.go = widgets.Button(description=words.gettext("Send"), button_style="danger", disabled=True)
        self.go.add_class("smartinst-send")
        self.typed.observe(self._check, names="value")
        self.go.on_click(lambda _button: self._send())
        self.confirm = widgets.HBox([self.typed, self.go], layout=widgets.Layout(display="none"))
        row = widgets.HBox(list(self.buttons.values()))
        row.add_class("smartinst-buttons")
        self.widget = widgets.VBox([row, self.shown, self.confirm])

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
            told = self._words.gettext("Actions are not available: {reason}", reason=said(self.why, self._words))
            self.shown.value = f'<div class="smartinst-unavailable">{escape(told)}</div>'

    def _forget(self) -> None:
        self._proposal = None
        self.shown.value, self.typed.value = "", ""
        self.confirm.layout.display = "none"

    def _propose(self, kind: Kind) -> None:
        self._forget()
        try:
            proposal = propose_today(self._settings, self._seller, kind, self._plan_id)
            known = standing(self._settings, proposal)
        except SmartinstError as error:
            self.shown.value = f"<p>{escape(str(error))}</p>"
            return
        self.shown.value = proposal_html(proposal, known, self._words)
        if known.has_work(proposal):
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
        finally:
            self._acted()  # whatever went wrong, the log knows what was begun


def proposal_html(proposal: Proposal, known: Standing, words: Locale) -> str:
    """Every call with its amount, the sum by currency of those not done before, and what has to be typed."""
    lines = [f"<li><code>{escape(one.line(words))}</code>{_mark(one, known, words)}</li>" for one in proposal.calls]
    sums: dict[str, int] = {}
    for one in proposal.calls:
        if one.amount_minor is not None and one not in known.done:
            sums[one.currency or ""] = sums.get(one.currency or "", 0) + one.amount_minor
    total = ", ".join(words.money(minor, currency) for currency, minor in sums.items())
    heading = words.gettext(LABELS[proposal.kind]) + (f": {total}" if total else "")
    calls = f"<ol>{''.join(lines)}</ol>" if lines else ""
    told = "".join(f'<p class="smartinst-told">{escape(one)}</p>' for one in _notes(proposal, known, words))
    return f'<div class="smartinst-proposal"><strong>{escape(heading)}</strong>{calls}{told}</div>'


def _mark(planned: Planned, known: Standing, words: Locale) -> str:
    """Beside a call that was begun before: what became of it."""
    state = "done" if planned in known.done else "in_doubt" if planned in known.doubtful else ""
    return f" <strong>{escape(words.gettext(STATES[state]))}</strong>" if state else ""


def _notes(proposal: Proposal, known: Standing, words: Locale) -> list[str]:
    """Why nothing is sent, what can be done by hand, and at the end what has to be typed."""
    told = [said(one, words) for one in (*proposal.notes, *filter(None, (proposal.reason, proposal.text)))]
    for one in known.left_over:
        name = one.call.transaction or proposal.plan_id
        told.append(words.gettext("{name} is in doubt: the platform is asked what became of it.", name=name))
    if known.has_work(proposal):
        return [*told, words.gettext("Type {plan} to send this.", plan=proposal.plan_id)]
    return [*told, words.gettext("It was done before; nothing is left to send.")] if proposal.calls else told


def done_html(done: list[Done], words: Locale) -> str:
    """What became of each call."""
    lines = [
        f"<li>{escape(one.planned.transaction or words.gettext(CALLED[one.planned.kind]))}: "
        f"<strong>{escape(words.gettext(STATES[one.state]))}</strong> ({escape(one.detail)})</li>"
        for one in done
    ]
    return f'<ul class="smartinst-done">{"".join(lines)}</ul>'
