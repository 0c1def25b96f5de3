"""What was asked of the platform for a plan, and whether the figures tell of it yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from smartinst.analytics.seller import Rows
from smartinst.locale import N_, Locale

LABELS: Final[Mapping[str, str]] = {
    "reprocess": N_("Reprocess payment"),
    "cancel": N_("Cancel charges"),
    "refund": N_("Refund buyer"),
}
STATES: Final = {"done": N_("done"), "not_done": N_("not done"), "in_doubt": N_("in doubt")}
_HEAD: Final = (N_("When"), N_("Action"), N_("Transaction"), N_("Amount"), N_("State"))


def told(call: Mapping[str, Any], words: Locale) -> str:
    """One action in the table: what, and what became of it."""
    return f"{_kind(call, words)}: {_state(call, words)}"


def history_html(calls: Sequence[Mapping[str, Any]], words: Locale, zone: ZoneInfo) -> str:
    """HTML of a plan's calls, oldest first; empty where none was made."""
    if not calls:
        return ""
    head = "".join(f"<th>{escape(words.gettext(one))}</th>" for one in _HEAD)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in _cells(one, words, zone)) + "</tr>" for one in calls)
    return (
        f'<h4>{escape(words.gettext("Asked of the platform"))}</h4><table class="smartinst-history">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def untold_html(
    calls: Sequence[Mapping[str, Any]], rows: Rows, as_of: date, words: Locale, zone: ZoneInfo, *, is_pinned: bool
) -> str:
    """HTML that says what was done though the figures do not show it, and why; empty where they show everything.

    `is_pinned`: the date shown was asked for, so that a newer ledger does not move it.
    """
    untold = [one for one in calls if one["state"] == "done" and not is_told(one, rows)]
    if not untold:
        return ""
    lines = [
        words.gettext("{action} was done on {day}.", action=_kind(one, words), day=words.date(_day(one, zone)))
        for one in untold
    ]
    if is_pinned and any(_day(one, zone) > as_of for one in untold):
        why = words.gettext(
            "The figures are as of {day}: what was done later does not show in them.", day=words.date(as_of)
        )
    else:
        why = words.gettext("The figures do not show it before they are updated from the platform.")
    said = "<br>".join(escape(one) for one in dict.fromkeys([*lines, why]))
    return f'<p class="smartinst-untold">{said}</p>'


def is_told(call: Mapping[str, Any], rows: Rows) -> bool:
    """Whether the ledger shows the effect: the reversal, the cancellation, the negotiation of that day or later."""
    of_plan = pl.col("plan_id") == call["plan_id"]
    attempts = rows["attempts"].filter(of_plan)
    match call["kind"]:
        case "refund":
            one = (pl.col("transaction") == call["transaction"]) & (pl.col("state") == "reversed")
            return attempts.filter(one).height > 0
        case "cancel":
            return rows["plans"].filter(of_plan & pl.col("cancellation_date").is_not_null()).height > 0
        case _:
            since = datetime.fromisoformat(call["requested_at"])
            return attempts.filter(pl.col("is_negotiation") & (pl.col("ordered_at") >= since)).height > 0


def _cells(one: Mapping[str, Any], words: Locale, zone: ZoneInfo) -> list[str]:
    when = datetime.fromisoformat(one["requested_at"]).astimezone(zone)
    amount = words.money(one["amount_minor"], one["currency"] or "") if one["amount_minor"] is not None else ""
    said = f"{words.date(when.date())} {when:%H:%M}", _kind(one, words), one["transaction"] or "", amount
    state = f'<strong data-state="{escape(one["state"])}">{escape(_state(one, words))}</strong> {escape(one["detail"])}'
    return [*(escape(text) for text in said), state]


def _day(call: Mapping[str, Any], zone: ZoneInfo) -> date:
    return datetime.fromisoformat(call["requested_at"]).astimezone(zone).date()


def _kind(call: Mapping[str, Any], words: Locale) -> str:
    return words.gettext(LABELS[call["kind"]]) if call["kind"] in LABELS else str(call["kind"])


def _state(call: Mapping[str, Any], words: Locale) -> str:
    return words.gettext(STATES[call["state"]]) if call["state"] in STATES else str(call["state"])
