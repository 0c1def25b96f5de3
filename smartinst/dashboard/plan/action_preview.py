"""What an action would send and what became of it, as HTML: nothing of the platform's or a buyer's is left unescaped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Final

from smartinst.actions.call_states import CallStates
from smartinst.actions.execution import CallResult
from smartinst.actions.proposals import KIND_LABELS, PlannedCall, Proposal
from smartinst.actions.session import ActionPreview
from smartinst.dashboard.plan.call_history import ASK_AGAIN, LABELS, STATES
from smartinst.dashboard.plan.content import WHATSAPP
from smartinst.i18n.locales import Locale
from smartinst.i18n.message import translate

_CHAT: Final = "https://wa.me/"


def proposal_html(
    shown: ActionPreview, locale: Locale, figures: date, *, has_changed: bool = False
) -> str:
    """Of which plan and seller, every call with its amount, the sum by currency of those that would be sent, what to do.

    `figures` is the date of the figures beside it; `has_changed`: something else was shown before.
    """
    proposal, states = shown.proposal, shown.states
    lines = [
        f"<li><code>{escape(one.describe(locale))}</code>{_mark(one, states, locale)}</li>"
        for one in proposal.calls
    ]
    calls = f"<ol>{''.join(lines)}</ol>" if lines else ""
    changed = _changed(locale) if has_changed else ""
    heading = f"<strong>{escape(_heading(shown, locale))}</strong>{_of(shown, locale, figures)}"
    notes = _paragraphs(_notes(shown, locale))
    return f'<div class="smartinst-preview">{changed}{heading}{calls}{notes}</div>'


def _heading(shown: ActionPreview, locale: Locale) -> str:
    """The action and what it would move; what is only asked about moves nothing."""
    sums: dict[str, int] = {}
    for one in (*shown.states.sendable(shown.proposal), *shown.states.repeatable()):
        if one.amount_minor is not None:
            sums[one.currency or ""] = sums.get(one.currency or "", 0) + one.amount_minor
    total = ", ".join(locale.money(minor, currency) for currency, minor in sums.items())
    return locale.gettext(LABELS[shown.proposal.kind]) + (f": {total}" if total else "")


def _of(shown: ActionPreview, locale: Locale, figures: date) -> str:
    """Whose plan, as of when; and where the figures beside it are of another day, that they are."""
    seller, plan = shown.proposal.seller.name, shown.proposal.plan_id
    about = locale.gettext(
        "Plan {plan} of {seller}, as of {day}",
        plan=plan,
        seller=seller,
        day=locale.date(shown.as_of),
    )
    apart = ""
    if figures != shown.as_of:
        apart = locale.gettext(
            "The figures shown are as of {figures}; what would be sent is as of today, {today}, so that they may differ.",
            figures=locale.date(figures),
            today=locale.date(shown.as_of),
        )
    return f'<p class="smartinst-subject">{escape(about)}</p>{_paragraphs([escape(apart)] if apart else [])}'


def _changed(locale: Locale) -> str:
    changed = locale.gettext(
        "What would be sent has changed since it was shown. Nothing was sent: look at it again."
    )
    return f'<p class="smartinst-preview-changed" role="alert">{escape(changed)}</p>'


def _mark(planned: PlannedCall, states: CallStates, locale: Locale) -> str:
    """Beside a call that is not simply sent: what became of it, or what holds it."""
    marks = (
        (states.completed, locale.gettext(STATES["done"])),
        (states.in_doubt, locale.gettext("in doubt: the platform is asked first")),
        (
            states.blocked,
            locale.gettext("not sent: some of these installments are in a negotiation already"),
        ),
    )
    mark = next((mark for calls, mark in marks if planned in calls), "")
    return f" <strong>{escape(mark)}</strong>" if mark else ""


def _notes(shown: ActionPreview, locale: Locale) -> list[str]:
    """HTML of why nothing is sent, what can be done by hand, and at the end what the person has to do."""
    proposal, states = shown.proposal, shown.states
    reasons = (proposal.reason,) if proposal.reason else ()
    texts = (*proposal.notes, *reasons, *proposal.instructions)
    told = [_line(text, locale) for text in texts]
    for known in states.other_open:
        name = known.call.transaction or proposal.plan_id
        told.append(
            escape(
                locale.gettext(
                    "{name} is in doubt: the platform is asked what became of it.", name=name
                )
            )
        )
    return [*told, *map(escape, _to_do(shown, locale))]


def _to_do(shown: ActionPreview, locale: Locale) -> list[str]:
    proposal, states = shown.proposal, shown.states
    if shown.sends_calls():
        again = (
            [locale.gettext("What the platform does not show as canceled is sent again.")]
            if states.repeatable()
            else []
        )
        return [*again, locale.gettext("Type {plan} to send this.", plan=proposal.plan_id)]
    if states.has_doubt():
        return [
            locale.gettext(
                "Nothing is sent: the platform is only asked what became of what is in doubt."
            )
        ]
    if len(states.completed) == len(proposal.calls) > 0:
        return [locale.gettext("It was done before; nothing is left to send.")]
    return [locale.gettext("Nothing can be sent just now.")] if proposal.calls else []


def _line(text: str, locale: Locale) -> str:
    """HTML of one text; an address that opens a chat becomes a link with a label."""
    if text.startswith(_CHAT) and not any(one.isspace() for one in text):
        label = locale.gettext(WHATSAPP)
        return f'<a href="{escape(text)}" target="_blank" rel="noopener noreferrer">{escape(label)}</a>'
    return escape(translate(text, locale))


def _paragraphs(told: Sequence[str]) -> str:
    return "".join(f'<p class="smartinst-note">{one}</p>' for one in told)


def done_html(done: Sequence[CallResult], proposal: Proposal, locale: Locale) -> str:
    """What became of each call, and what can be done about those in doubt."""
    lines = [
        f"<li>{escape(one.call.transaction or locale.gettext(KIND_LABELS[one.call.kind]))}: "
        f'<strong data-state="{one.state}">{escape(locale.gettext(STATES[one.state]))}</strong> '
        f"({escape(translate(one.detail, locale))})</li>"
        for one in done
    ]
    heading = locale.gettext(
        "{action}, plan {plan}", action=locale.gettext(LABELS[proposal.kind]), plan=proposal.plan_id
    )
    again = (
        [escape(locale.gettext(ASK_AGAIN))] if any(one.state == "in_doubt" for one in done) else []
    )
    return f'<div class="smartinst-results"><strong>{escape(heading)}</strong><ul>{"".join(lines)}</ul>{_paragraphs(again)}</div>'
