"""The possible results of sending one message (docs/contracts.md §6)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sent:
    """The server accepted the message (2xx), with this answer; empty for a folder."""

    answer: str = field(default="", compare=False)


@dataclass(frozen=True)
class _NotSent:
    reason: str


class Deferred(_NotSent):
    """The message was certainly not accepted (4xx, or no connection) and can be sent later."""


class Refused(_NotSent):
    """The recipient or the message was refused permanently.

    5xx to RCPT or DATA, a message that is too large, or one whose written headers are wrong.
    """


class InDoubt(_NotSent):
    """Lost connection or time-out after DATA: the message may have arrived, so it is not resent."""


class OwnFault(_NotSent):
    """Our configuration is wrong: login, sender, certificate, or the server rejects us.

    A 5xx at greeting, EHLO, STARTTLS, AUTH or MAIL FROM is not a refusal of the recipient, unless
    MAIL FROM is refused for the size of the message.
    """


SendResult = Sent | Deferred | Refused | InDoubt | OwnFault
