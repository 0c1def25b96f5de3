"""Messages about calls of the platform: their outcomes and the platform's errors."""

from __future__ import annotations

from typing import Final

from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText

EFFECT_SHOWN: Final = N_("the platform shows it")
EFFECT_NOT_SHOWN: Final = N_("the platform does not show it yet")
NOT_ASKED: Final = N_("the platform cannot be reached")
ANOTHERS: Final = N_(
    "the platform shows {transaction} for the same installments; its origin is not known"
)
READ_BACK: Final = N_("checked: {what}")
DONE_BEFORE: Final = N_("already done: {what}")
DONE_ON: Final = N_("done on {day}; no call is made")
SINCE: Final = N_("in doubt since {when} UTC: {what}")
NOT_SENT: Final = N_("not sent: {what}")
NEGOTIATED: Final = N_("not sent: a negotiation of installments {numbers} started on {day}")
INTERRUPTED: Final = N_("interrupted: the process ended before the platform answered")
SETTLED_BY_HAND: Final = N_("resolved by hand: {note}")
REPLIED: Final = N_("the platform answered {reply}")
ANSWER: Final = N_("answered {answer}")
ANSWER_WITH_TRANSACTION: Final = N_("answered {answer}, transaction {transaction}")
NO_ANSWER: Final = N_("no answer in time")
NO_CONNECTION: Final = N_("no connection")
CONNECTION_CUT: Final = N_("the connection was cut")
CREDENTIALS_REFUSED: Final = N_(
    "the platform refuses the credentials ({reply}); check _CLIENT_ID, _CLIENT_SECRET, _BASIC"
)
RATE_LIMITED: Final = N_("not carried out: the rate limit was exceeded for {minutes} minutes")
REASON_AND_OUTCOME: Final = "{why}; {what}"
_OF_CALL: Final = "{call}: {what}"


def call_error(call: str, reason: str) -> TranslatableText:
    """The message of an error of one call, such as `GET /sales/history: no connection`."""
    return TranslatableText(_OF_CALL, call=call, what=reason)
