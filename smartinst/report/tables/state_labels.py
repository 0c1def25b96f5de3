"""Names and colours of the states of charges and attempts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartinst.drawing import palette
from smartinst.i18n.locales import N_, Locale

STATES: Final = {
    "paid": (N_("Paid"), palette.GREEN),
    "disputed": (N_("In dispute"), palette.SAND),
    "claimed": (N_("In dispute"), palette.SAND),
    "refunded": (N_("Refunded in full"), palette.PURPLE),
    "partially_refunded": (N_("Refunded in part"), palette.PURPLE),
    "charged_back": (N_("Charged back"), palette.PURPLE),
    "reversed": (N_("Reversed"), palette.PURPLE),
    "overdue": (N_("Past due"), palette.ORANGE),
    "failed": (N_("Declined"), palette.NIGHT),
    "pending": (N_("Awaiting payment"), palette.BLUE),
    "waiting": (N_("Awaiting payment"), palette.BLUE),
    "unknown": (N_("Status unknown"), palette.MUTED),
    "scheduled": (N_("Scheduled"), palette.BLUE),
    "released": (N_("Not owed"), palette.SLATE),
    "lost": (N_("Not owed: lost"), palette.SLATE),
    "not_earned": (N_("Not owed: not earned"), palette.SLATE),
    "not_activated": (N_("Not owed: never began"), palette.SLATE),
}
"""State of a charge (smartinst.analytics.charge_states) or an attempt → its name and colour.

A released charge has the reason of its release as its state.

"Charge" and "attempt" are feminine in Spanish and Portuguese, so these names cannot be shared with
amounts, which are masculine.
"""


def charge_state(charge: Mapping[str, Any]) -> str:
    """A charge's state; the reason of the release if it is released."""
    return (charge["released_as"] if charge["state"] == "released" else None) or str(
        charge["state"]
    )


def state_name(state: str | None, locale: Locale) -> str:
    """A state in the reader's language; an unknown state is not changed."""
    return locale.gettext(STATES[state][0]) if state in STATES else (state or "")
