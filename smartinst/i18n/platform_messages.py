"""What is said of a call's outcome: English in the log, and known again there for a reader of another language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from string import Formatter
from typing import Final

from smartinst.i18n.locales import N_, Locale
from smartinst.i18n.message import TranslatableText, translate

SHOWN: Final = N_("the platform shows it")
NOT_SHOWN: Final = N_("the platform does not show it yet")
NOT_ASKED: Final = N_("the platform cannot be asked")
ANOTHERS: Final = N_(
    "the platform shows {transaction} for the same installments, and nobody knows whose it is"
)
READ_BACK: Final = N_("read back: {what}")
BEFORE: Final = N_("it was done before: {what}")
DONE_ON: Final = N_("done on {day}; no call is made")
SINCE: Final = N_("in doubt since {when} UTC: {what}")
NOT_SENT: Final = N_("not sent: {what}")
NEGOTIATED: Final = N_("not sent: a negotiation of installments {numbers} was begun on {day}")
INTERRUPTED: Final = N_("interrupted: whoever made the call ended before its answer")
REPLIED: Final = N_("the platform answered {reply}")
ANSWERED: Final = N_("answered {answer}")
ANSWERED_WITH: Final = N_("answered {answer}, transaction {transaction}")
BOTH: Final = "{why}; {what}"
_CALL: Final = "{call}: {what}"
_KNOWN: Final = (
    *(
        SHOWN,
        NOT_SHOWN,
        NOT_ASKED,
        ANOTHERS,
        INTERRUPTED,
        REPLIED,
        READ_BACK,
        BEFORE,
        DONE_ON,
        SINCE,
        NEGOTIATED,
        NOT_SENT,
    ),
    *(ANSWERED_WITH, ANSWERED, N_("settled by hand: {note}")),
    *(N_("no answer in time"), N_("no connection"), N_("the connection was cut")),
    N_("the platform refuses the credentials ({reply}); check _CLIENT_ID, _CLIENT_SECRET, _BASIC"),
    N_("not carried out, the rate limit was passed for {minutes} minutes"),
)
_REPLY: Final = re.compile(r"\d{3}( .*)?")
_FORM: Final = {
    "day": r"\d{4}-\d{2}-\d{2}",
    "when": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}",
    "answer": r"\d{3}",
    "reply": r"\d{3}(?: [^;]*)?",
    "minutes": r"\d+",
    "transaction": r"\S+",
    "numbers": r"[\d, ]+",
    "call": r"[A-Z]+ /\S*|token",
}
"""How a value of a message is written, where not any text will do."""


def error_text(error: Exception, locale: Locale) -> str:
    """What an error says, in the reader's language where it is a sentence or known as one."""
    text = error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
    return translate(recalled(text), locale)


def recalled(detail: str) -> str:
    """A detail of the log as the sentence that it was written as; the platform's own words, and all others, stay."""
    if isinstance(detail, TranslatableText):
        return detail
    for pattern, message in _PATTERNS:
        if found := pattern.fullmatch(detail):
            return TranslatableText(
                message,
                **{name: _VALUES.get(name, str)(text) for name, text in found.groupdict().items()},
            )
    for join in re.finditer("; ", detail):
        why, what = detail[: join.start()], recalled(detail[join.end() :])
        if isinstance(what, TranslatableText):
            return TranslatableText(BOTH, why=recalled(why), what=what)
    return TranslatableText(REPLIED, reply=detail) if _REPLY.fullmatch(detail) else detail


def _pattern(message: str) -> re.Pattern[str]:
    parts = []
    for text, name, _, _ in Formatter().parse(message):
        parts.append(re.escape(text) + (f"(?P<{name}>{_FORM.get(name, '.+')})" if name else ""))
    return re.compile("".join(parts))


_PATTERNS: Final = [(_pattern(message), message) for message in (*_KNOWN, _CALL)]
_VALUES: Final[dict[str, Callable[[str], object]]] = {"day": date.fromisoformat, "what": recalled}
