"""Names of webhook events, in one spelling for each event (docs/hotmart.md §3.2)."""

from __future__ import annotations

import re
from typing import Final

from smartinst.hotmart.values.vocabulary import attempt_status

PURCHASE_EVENTS: Final = frozenset(
    "PURCHASE_APPROVED PURCHASE_COMPLETE PURCHASE_CANCELED PURCHASE_BILLET_PRINTED "
    "PURCHASE_PROTEST PURCHASE_REFUNDED PURCHASE_PARTIALLY_REFUNDED PURCHASE_CHARGEBACK "
    "PURCHASE_EXPIRED PURCHASE_DELAYED".split()
)
IGNORED_EVENTS: Final = frozenset(("PURCHASE_OUT_OF_SHOPPING_CART", "ORDER_FULFILLMENT"))
"""Events without a plan or its buyer."""

CANCELLATION_EVENT: Final = "SUBSCRIPTION_CANCELLATION"
STORED_EVENTS: Final = frozenset(
    "SWITCH_PLAN UPDATE_SUBSCRIPTION_CHARGE_DATE CLUB_FIRST_ACCESS CLUB_MODULE_COMPLETED".split()
)
"""Events of a plan or its buyer that are not payments (statements.EVENTS)."""

KNOWN_EVENTS: Final = PURCHASE_EVENTS | IGNORED_EVENTS | STORED_EVENTS | {CANCELLATION_EVENT}
"""Events that are read, or ignored on purpose. All others are stored, and counted by name."""

_OTHER_NAMES: Final = {
    "SUBSCRIPTION_CANCELED": CANCELLATION_EVENT,
    "SUBSCRIPTION_BILING_DATE_CHANGE": "UPDATE_SUBSCRIPTION_CHARGE_DATE",
    "CLUB_MODULE_COMPLETE": "CLUB_MODULE_COMPLETED",
    "CART_ABANDONMENT": "PURCHASE_OUT_OF_SHOPPING_CART",
}
"""Other names of known events, as `_spelling` returns them, with one L."""

_SEPARATORS: Final = re.compile(r"[^A-Z0-9]+")


def canonical_event(name: str) -> str:
    """The name of an event in the platform's own spelling; an unknown name in upper case.

    Case, separators, one or two L and the form of the verb make no difference.
    """
    spelling = _spelling(name)
    if spelling.startswith("PURCHASE_") and (status := attempt_status(spelling)) is not None:
        return _PURCHASE_EVENT_BY_STATUS.get(status, name.upper())
    return _NAME_BY_SPELLING.get(spelling) or _OTHER_NAMES.get(spelling, name.upper())


def _spelling(name: str) -> str:
    return _SEPARATORS.sub("_", name.upper()).replace("LL", "L")


_NAME_BY_SPELLING: Final = {_spelling(name): name for name in KNOWN_EVENTS}
_PURCHASE_EVENT_BY_STATUS: Final = {attempt_status(name): name for name in PURCHASE_EVENTS}
