"""Calls to the platform for a plan, their results, and those missing in the figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from smartinst.actions.calls import negotiated_charges
from smartinst.analytics.sales import Rows
from smartinst.dashboard.templating import render_html
from smartinst.i18n.locales import N_, Locale
from smartinst.i18n.message import translate

ACTION_LABELS: Final[Mapping[str, str]] = {
    "reprocess": N_("Reprocess payment"),
    "cancel": N_("Cancel charges"),
    "refund": N_("Refund buyer"),
}
STATE_LABELS: Final[Mapping[str, str]] = {
    "in_doubt": N_("in doubt"),
    "not_done": N_("not done"),
    "done": N_("done"),
}
"""States of a call, the most serious first."""
ASK_AGAIN: Final = N_("Open the action again later to check its outcome with the platform.")
Call = Mapping[str, Any]
"""A call as `smartinst.actions.session.logged_calls` returns it."""


def latest_calls(calls: Sequence[Call]) -> list[Call]:
    """The calls of one plan that no later call replaces; `calls` are sorted, oldest first."""
    return [
        call
        for position, call in enumerate(calls)
        if not any(_replaces(later, call) for later in calls[position + 1 :])
    ]


def action_summaries(calls: Sequence[Call], locale: Locale) -> dict[str, str]:
    """Plan id → its actions for the table, the newest first, each with its most serious state."""
    return {
        plan_id: _action_summary(latest_calls(plan_calls), locale)
        for plan_id, plan_calls in _group_calls(calls, "plan_id").items()
    }


def _group_calls(calls: Iterable[Call], name: str) -> dict[str, list[Call]]:
    """Value of a key → the calls that have it, in their order."""
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(call[name], []).append(call)
    return groups


def _action_summary(calls: Sequence[Call], locale: Locale) -> str:
    return "; ".join(
        f"{_kind_name(kind_calls[0], locale)}: {_state_summary(kind_calls, locale)}"
        for kind_calls in _group_calls(reversed(calls), "kind").values()
    )


def _state_summary(calls: Sequence[Call], locale: Locale) -> str:
    """The most serious state of one kind's calls, and how many are done if the states differ."""
    states = [call["state"] for call in calls]
    state = min(states, key=lambda name: [*STATE_LABELS, name].index(name))
    name = locale.gettext(STATE_LABELS.get(state, state))
    if len(set(states)) == 1:
        return name
    return locale.gettext(
        "{state} ({some} of {all} done)", state=name, **_done_counts(states, locale)
    )


def _done_counts(states: Sequence[str], locale: Locale) -> dict[str, str]:
    """The number of states that are `done`, and the number of all."""
    return {"some": locale.number(states.count("done")), "all": locale.number(len(states))}


def call_rows(calls: Sequence[Call], locale: Locale, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The calls as the rows of a table, in the reader's language and the seller's time zone."""
    return [
        {
            "texts": [
                f"{locale.date(time.date())} {time:%H:%M}",
                _kind_name(call, locale),
                call["transaction"] or "",
                _amount_text(call, locale),
            ],
            "state": call["state"],
            "state_name": locale.gettext(STATE_LABELS.get(call["state"], call["state"])),
            "detail": translate(call["detail"], locale),
        }
        for call in calls
        for time in [_request_time(call, zone)]
    ]


def unresolved_calls_html(calls: Sequence[Call], rows: Rows, locale: Locale) -> str:
    """HTML with a line per call that is in doubt or was not done; empty if there is none."""
    texts = []
    for call in latest_calls(calls):
        values = {"action": _call_name(call, locale), "why": translate(call["detail"], locale)}
        if call["state"] == "in_doubt":
            doubt = locale.gettext("{action} is in doubt: {why}.", **values)
            texts.append(f"{doubt} {locale.gettext(ASK_AGAIN)}")
        elif call["state"] == "not_done" and not is_in_ledger(call, rows):
            texts.append(locale.gettext("{action} was not done: {why}.", **values))
    return render_html("call_notice", locale, css_class="smartinst-unresolved", texts=texts)


def unsynced_calls_html(
    calls: Sequence[Call],
    rows: Rows,
    as_of: date,
    locale: Locale,
    zone: ZoneInfo,
    *,
    is_pinned: bool,
) -> str:
    """HTML with the done calls that the figures do not include yet; empty if there are none.

    `is_pinned`: the date of the figures was requested, so new data do not change it.
    """
    latest = latest_calls(calls)
    unsynced = [call for call in latest if call["state"] == "done" and not is_in_ledger(call, rows)]
    texts = [_done_text(call, latest, locale, zone) for call in unsynced]
    if is_pinned and any(_request_time(call, zone).date() > as_of for call in unsynced):
        texts.append(
            locale.gettext(
                "The figures are as of {day} and do not include later actions.",
                day=locale.date(as_of),
            )
        )
    elif unsynced:
        texts.append(locale.gettext("The figures will show it after an update from the platform."))
    return render_html(
        "call_notice", locale, css_class="smartinst-unsynced", texts=list(dict.fromkeys(texts))
    )


def _done_text(call: Call, latest: Sequence[Call], locale: Locale, zone: ZoneInfo) -> str:
    """The day on which an action was done; if only in part, how many of its calls."""
    values = {
        "action": _kind_name(call, locale),
        "day": locale.date(_request_time(call, zone).date()),
    }
    states = [other["state"] for other in latest if other["kind"] == call["kind"]]
    if set(states) == {"done"}:
        return locale.gettext("{action} was done on {day}.", **values)
    return locale.gettext(
        "{action} was done in part on {day}: {some} of {all}.",
        **values,
        **_done_counts(states, locale),
    )


def is_in_ledger(call: Call, rows: Rows) -> bool:
    """Whether the ledger has the call's effect: reversal, cancellation, or a later negotiation."""
    of_plan = pl.col("plan_id") == call["plan_id"]
    attempts = rows["attempts"].filter(of_plan)
    match call["kind"]:
        case "refund":
            of_sale = pl.col("transaction") == call["transaction"]
            effects = attempts.filter(of_sale & (pl.col("state") == "reversed"))
        case "cancel":
            effects = rows["plans"].filter(of_plan & pl.col("cancellation_date").is_not_null())
        case _:
            start = datetime.fromisoformat(call["requested_at"])
            effects = attempts.filter(pl.col("is_negotiation") & (pl.col("ordered_at") >= start))
    return effects.height > 0


def _replaces(later: Call, earlier: Call) -> bool:
    """Whether a later call repeats one, or negotiates the charges of one that was not done."""
    if (later["plan_id"], later["kind"]) != (earlier["plan_id"], earlier["kind"]):
        return False
    if later["target"] == earlier["target"]:
        return True
    shared_charges = negotiated_charges(earlier["kind"], earlier["target"]) & negotiated_charges(
        later["kind"], later["target"]
    )
    return earlier["state"] == "not_done" and bool(shared_charges)


def _call_name(call: Call, locale: Locale) -> str:
    """An action, and in parentheses its transaction and amount."""
    subject = ", ".join(filter(None, (call["transaction"], _amount_text(call, locale))))
    name = _kind_name(call, locale)
    return f"{name} ({subject})" if subject else name


def _amount_text(call: Call, locale: Locale) -> str:
    minor = call["amount_minor"]
    return "" if minor is None else locale.money(minor, call["currency"] or "")


def _request_time(call: Call, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(call["requested_at"]).astimezone(zone)


def _kind_name(call: Call, locale: Locale) -> str:
    return locale.gettext(ACTION_LABELS.get(call["kind"], call["kind"]))
