"""The preview of an action and the results of its calls, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from smartinst.actions.call_states import CallStates
from smartinst.actions.execution import CallResult
from smartinst.actions.proposals import KIND_LABELS, PlannedCall, Proposal
from smartinst.actions.session import ActionPreview
from smartinst.dashboard.plan.call_history import ACTION_LABELS, ASK_AGAIN, STATE_LABELS
from smartinst.dashboard.templating import render_html
from smartinst.i18n.locales import Locale
from smartinst.i18n.message import translate

_CHAT: Final = "https://wa.me/"


def preview_html(
    preview: ActionPreview, locale: Locale, figures_as_of: date, *, has_changed: bool = False
) -> str:
    """HTML: plan and seller, each call with its amount, the sums to be sent, and what to do next.

    `figures_as_of`: the date of the figures on the same page. `has_changed`: an earlier preview
    differed.
    """
    return render_html(
        "action_preview",
        locale,
        has_changed=has_changed,
        heading=_heading(preview, locale),
        subject=locale.gettext(
            "Plan {plan} of {seller}, as of {day}",
            plan=preview.proposal.plan_id,
            seller=preview.proposal.seller.name,
            day=locale.date(preview.as_of),
        ),
        date_notes=_date_notes(preview, locale, figures_as_of),
        calls=[
            {"text": call.describe(locale), "remark": _remark(call, preview.states, locale)}
            for call in preview.proposal.calls
        ],
        proposal_notes=_proposal_notes(preview, locale),
        is_chat_address=is_chat_address,
        instructions=_instructions(preview, locale),
    )


def _heading(preview: ActionPreview, locale: Locale) -> str:
    """The action and its sums by currency; calls in doubt count only if they are repeated."""
    states, sums = preview.states, dict[str, int]()
    for call in (*states.sendable(preview.proposal), *states.repeatable()):
        if call.amount_minor is not None:
            sums[call.currency or ""] = sums.get(call.currency or "", 0) + call.amount_minor
    total = ", ".join(locale.money(minor, currency) for currency, minor in sums.items())
    name = locale.gettext(ACTION_LABELS[preview.proposal.kind])
    return f"{name}: {total}" if total else name


def _date_notes(preview: ActionPreview, locale: Locale, figures_as_of: date) -> list[str]:
    """A note if the figures on the page are as of another day than the preview."""
    if figures_as_of == preview.as_of:
        return []
    return [
        locale.gettext(
            "The figures are as of {figures}; the action is prepared as of today, "
            "{today}, so the amounts may differ.",
            figures=locale.date(figures_as_of),
            today=locale.date(preview.as_of),
        )
    ]


def _remark(call: PlannedCall, states: CallStates, locale: Locale) -> str:
    """The reason why a call is not sent directly; empty if it is."""
    if call in states.completed:
        return locale.gettext(STATE_LABELS["done"])
    if call in states.in_doubt:
        return locale.gettext("in doubt: the platform is checked first")
    if call in states.blocked:
        return locale.gettext("not sent: some of these installments are already being negotiated")
    return ""


def _proposal_notes(preview: ActionPreview, locale: Locale) -> list[str]:
    """The proposal's notes, reason and instructions, and other calls in doubt."""
    proposal = preview.proposal
    reasons = (proposal.reason,) if proposal.reason else ()
    texts = (*proposal.notes, *reasons, *proposal.instructions)
    doubts = [
        locale.gettext(
            "{name} is in doubt: its outcome is checked with the platform.",
            name=record.call.transaction or proposal.plan_id,
        )
        for record in preview.states.other_open
    ]
    return [*(translate(text, locale) for text in texts), *doubts]


def is_chat_address(text: str) -> bool:
    """Whether a line consists only of the address of a WhatsApp chat."""
    return text.startswith(_CHAT) and not any(character.isspace() for character in text)


def _instructions(preview: ActionPreview, locale: Locale) -> list[str]:
    """Instructions for the next step."""
    proposal, states = preview.proposal, preview.states
    if preview.sends_calls():
        confirmation = locale.gettext("Type {plan} to send this.", plan=proposal.plan_id)
        if not states.repeatable():
            return [confirmation]
        return [
            locale.gettext("Cancellations that the platform does not show are sent again."),
            confirmation,
        ]
    if states.has_doubt():
        return [
            locale.gettext(
                "Nothing is sent: only the outcome of the calls in doubt is checked with "
                "the platform."
            )
        ]
    if len(states.completed) == len(proposal.calls) > 0:
        return [locale.gettext("Already done; there is nothing left to send.")]
    return [locale.gettext("Nothing can be sent at the moment.")] if proposal.calls else []


def results_html(results: Sequence[CallResult], proposal: Proposal, locale: Locale) -> str:
    """HTML: the result of each call, and advice if any is in doubt."""
    has_doubt = any(result.state == "in_doubt" for result in results)
    return render_html(
        "action_results",
        locale,
        heading=locale.gettext(
            "{action}, plan {plan}",
            action=locale.gettext(ACTION_LABELS[proposal.kind]),
            plan=proposal.plan_id,
        ),
        calls=[
            {
                "name": result.call.transaction or locale.gettext(KIND_LABELS[result.call.kind]),
                "state": result.state,
                "state_name": locale.gettext(STATE_LABELS[result.state]),
                "detail": translate(result.detail, locale),
            }
            for result in results
        ],
        advice=[locale.gettext(ASK_AGAIN)] if has_doubt else [],
    )
