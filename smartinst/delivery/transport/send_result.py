"""The possible results of sending one message (docs/contracts.md §6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """The server accepted the message (2xx)."""


@dataclass(frozen=True)
class Deferred:
    """The message was certainly not accepted (4xx, or no connection) and can be sent later."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """The recipient or the message was refused permanently (5xx to RCPT or DATA)."""

    reason: str


@dataclass(frozen=True)
class InDoubt:
    """Lost connection or time-out after DATA: the message may have arrived, so it is not resent."""

    reason: str


@dataclass(frozen=True)
class OwnFault:
    """Our configuration is wrong: login, sender, certificate, or the server rejects us.

    A 5xx at greeting, EHLO, STARTTLS, AUTH or MAIL FROM is not a refusal of the recipient.
    """

    reason: str


SendResult = Sent | Deferred | Refused | InDoubt | OwnFault
