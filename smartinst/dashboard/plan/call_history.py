"""What was asked of the platform for a plan, what became of it, and whether the figures tell of it yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from smartinst.actions.log import negotiated_charges
from smartinst.analytics.sales import Rows
from smartinst.i18n.locales import N_, Locale
from smartinst.i18n.message import translate

LABELS: Final[Mapping[str, str]] = {
    "reprocess": N_("Reprocess payment"),
    "cancel": N_("Cancel charges"),
    "refund": N_("Refund buyer"),
}
STATES: Final = {"in_doubt": N_("in doubt"), "not_done": N_("not done"), "done": N_("done")}
"""States of a call, the worst first."""
ASK_AGAIN: Final = N_("Open the action again later: the platform is asked what became of it.")
_HEAD: Final = (N_("When"), N_("Action"), N_("Transaction"), N_("Amount"), N_("State"))
Call = Mapping[str, Any]
"""A call as `smartinst.actions.session.history` has it."""


def newest(calls: Sequence[Call]) -> list[Call]:
    """Of one plan's calls, oldest first, those that no later one stands for: the same again, or its charges anew."""
    return [
        one
        for place, one in enumerate(calls)
        if not any(_replaces(later, one) for later in calls[place + 1 :])
    ]


def outcomes(calls: Sequence[Call], locale: Locale) -> dict[str, str]:
    """Plan → its actions in the table, the newest first: each with the worst of its calls, and how many are done."""
    by_plan: dict[str, list[Call]] = {}
    for one in calls:
        by_plan.setdefault(one["plan_id"], []).append(one)
    return {plan_id: _outcome(newest(of_plan), locale) for plan_id, of_plan in by_plan.items()}


def _outcome(calls: Sequence[Call], locale: Locale) -> str:
    by_kind: dict[str, list[Call]] = {}
    for one in reversed(calls):
        by_kind.setdefault(one["kind"], []).append(one)
    return "; ".join(
        f"{_kind(of_kind[0], locale)}: {_worst(of_kind, locale)}" for of_kind in by_kind.values()
    )


def _worst(calls: Sequence[Call], locale: Locale) -> str:
    """The worst state of one kind's calls, and how many are done where not all are the same."""
    states = [one["state"] for one in calls]
    worst = next((one for one in STATES if one in states), states[0])
    state = locale.gettext(STATES[worst]) if worst in STATES else str(worst)
    if len(set(states)) == 1:
        return state
    some, every = locale.number(states.count("done")), locale.number(len(states))
    return locale.gettext("{state} ({some} of {all} done)", state=state, some=some, all=every)


def history_html(calls: Sequence[Call], locale: Locale, zone: ZoneInfo) -> str:
    """HTML of a plan's calls, oldest first; empty where none was made."""
    if not calls:
        return ""
    head = "".join(f"<th>{escape(locale.gettext(one))}</th>" for one in _HEAD)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in _cells(one, locale, zone)) + "</tr>"
        for one in calls
    )
    return (
        f'<h4>{escape(locale.gettext("Asked of the platform"))}</h4><table class="smartinst-history">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def unsettled_html(calls: Sequence[Call], rows: Rows, locale: Locale) -> str:
    """HTML that names each call that was not done, or of which nobody knows, and why; empty where there is none."""
    lines = []
    for one in newest(calls):
        if one["state"] == "in_doubt":
            doubted = locale.gettext(
                "{action} is in doubt: {why}.", action=_name(one, locale), why=_detail(one, locale)
            )
            lines.append(f"{doubted} {locale.gettext(ASK_AGAIN)}")
        elif one["state"] == "not_done" and not is_told(one, rows):
            missed = locale.gettext(
                "{action} was not done: {why}.", action=_name(one, locale), why=_detail(one, locale)
            )
            lines.append(missed)
    told = "<br>".join(escape(one) for one in lines)
    return f'<p class="smartinst-unresolved">{told}</p>' if told else ""


def untold_html(
    calls: Sequence[Call],
    rows: Rows,
    as_of: date,
    locale: Locale,
    zone: ZoneInfo,
    *,
    is_pinned: bool,
) -> str:
    """HTML that says what was done though the figures do not show it, and why; empty where they show everything.

    `is_pinned`: the date shown was asked for, so that a newer ledger does not move it.
    """
    known = newest(calls)
    untold = [one for one in known if one["state"] == "done" and not is_told(one, rows)]
    if not untold:
        return ""
    lines = [_done_line(one, known, locale, zone) for one in untold]
    if is_pinned and any(_day(one, zone) > as_of for one in untold):
        why = locale.gettext(
            "The figures are as of {day}: what was done later does not show in them.",
            day=locale.date(as_of),
        )
    else:
        why = locale.gettext(
            "The figures do not show it before they are updated from the platform."
        )
    told = "<br>".join(escape(one) for one in dict.fromkeys([*lines, why]))
    return f'<p class="smartinst-unsynced">{told}</p>'


def _done_line(one: Call, known: Sequence[Call], locale: Locale, zone: ZoneInfo) -> str:
    """That an action was done on a day; of one whose other calls were not, how much of it."""
    action, day = _kind(one, locale), locale.date(_day(one, zone))
    states = [other["state"] for other in known if other["kind"] == one["kind"]]
    if set(states) == {"done"}:
        return locale.gettext("{action} was done on {day}.", action=action, day=day)
    some, every = locale.number(states.count("done")), locale.number(len(states))
    return locale.gettext(
        "{action} was done in part on {day}: {some} of {all}.",
        action=action,
        day=day,
        some=some,
        all=every,
    )


def is_told(call: Call, rows: Rows) -> bool:
    """Whether the ledger shows the effect: the reversal, the cancellation, the negotiation of that day or later."""
    of_plan = pl.col("plan_id") == call["plan_id"]
    attempts = rows["attempts"].filter(of_plan)
    match call["kind"]:
        case "refund":
            one = (pl.col("transaction") == call["transaction"]) & (pl.col("state") == "reversed")
            return attempts.filter(one).height > 0
        case "cancel":
            return (
                rows["plans"].filter(of_plan & pl.col("cancellation_date").is_not_null()).height > 0
            )
        case _:
            since = datetime.fromisoformat(call["requested_at"])
            return (
                attempts.filter(pl.col("is_negotiation") & (pl.col("ordered_at") >= since)).height
                > 0
            )


def _replaces(later: Call, one: Call) -> bool:
    if (later["plan_id"], later["kind"]) != (one["plan_id"], one["kind"]):
        return False
    if later["target"] == one["target"]:
        return True
    shared = negotiated_charges(one["kind"], one["target"]) & negotiated_charges(
        later["kind"], later["target"]
    )
    return one["state"] == "not_done" and bool(shared)


def _cells(one: Call, locale: Locale, zone: ZoneInfo) -> list[str]:
    when = datetime.fromisoformat(one["requested_at"]).astimezone(zone)
    shown = (
        f"{locale.date(when.date())} {when:%H:%M}",
        _kind(one, locale),
        one["transaction"] or "",
        _amount(one, locale),
    )
    state = f'<strong data-state="{escape(one["state"])}">{escape(_state(one, locale))}</strong>'
    return [*(escape(text) for text in shown), f"{state} {escape(_detail(one, locale))}"]


def _name(one: Call, locale: Locale) -> str:
    """An action, of which transaction, for how much."""
    about = ", ".join(filter(None, (one["transaction"], _amount(one, locale))))
    return f"{_kind(one, locale)} ({about})" if about else _kind(one, locale)


def _amount(one: Call, locale: Locale) -> str:
    return (
        locale.money(one["amount_minor"], one["currency"] or "")
        if one["amount_minor"] is not None
        else ""
    )


def _detail(one: Call, locale: Locale) -> str:
    return translate(one["detail"], locale)


def _day(call: Call, zone: ZoneInfo) -> date:
    return datetime.fromisoformat(call["requested_at"]).astimezone(zone).date()


def _kind(call: Call, locale: Locale) -> str:
    return locale.gettext(LABELS[call["kind"]]) if call["kind"] in LABELS else str(call["kind"])


def _state(call: Call, locale: Locale) -> str:
    return locale.gettext(STATES[call["state"]]) if call["state"] in STATES else str(call["state"])
