"""Replies of the platform: a document, or an error in one line.

PlatformError
├── RangeTooWideError     502: the read took too long; request fewer days
├── TransientError        a failed read that can be repeated
├── EmptyListError        a 400 by which some lists report that they are empty
└── UnknownOutcomeError   a write without a reply: it may have been carried out
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx2

from smartinst.errors import PlatformError
from smartinst.hotmart.values.fields import DECODER
from smartinst.hotmart.values.redaction import mask_personal
from smartinst.i18n.message import TranslatableText
from smartinst.i18n.platform_messages import (
    CONNECTION_CUT,
    NO_ANSWER,
    NO_CONNECTION,
    REPLIED,
    call_error,
)


class RangeTooWideError(PlatformError):
    """A read took the platform too long; request fewer days."""


class UnknownOutcomeError(PlatformError):
    """A write without a reply; it may have been carried out, unless `was_sent` is false."""

    def __init__(self, message: str, was_sent: bool = True) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class TransientError(PlatformError):
    """A failed read that can be repeated."""


class EmptyListError(PlatformError):
    """A 400 by which some lists report that they are empty."""


@dataclass(frozen=True)
class Reply:
    """Reply to a write: HTTP status, document (None without a body), error in one line if any."""

    status: int
    document: Any
    error: str | None

    @property
    def is_done(self) -> bool:
        """Whether the write was carried out, whatever the body contains (docs/contracts.md §6)."""
        return 200 <= self.status < 300


_EMPTY_WORDS: Final = (
    "no results",
    "no result",
    "no records",
    "no content",
    "nenhum",
    "sin resultados",
)


def reply_document(call: str, response: httpx2.Response) -> Any:
    """The document in the reply to a read; PlatformError names the call, and no content."""
    status = response.status_code
    error = call_error(call, reply_text(error_line(response)))
    if status == 502:
        raise RangeTooWideError(error)
    if status >= 500:
        raise TransientError(error)
    if status == 400 and any(word in error_line(response).casefold() for word in _EMPTY_WORDS):
        raise EmptyListError(error)
    if status >= 400:
        raise PlatformError(error)
    try:
        return decode_body(response)
    except (ValueError, RecursionError):
        raise TransientError(
            f"{call}: the answer cannot be read: not JSON ({len(response.content)} bytes)"
        ) from None


def decode_body(response: httpx2.Response) -> Any:
    """The JSON document of a reply; None if the body is empty."""
    text = response.content.decode("utf-8")
    return DECODER.decode(text) if text.strip() else None


def error_line(response: httpx2.Response) -> str:
    """`400 invalid_parameter: …`, at most 200 characters; only the status if there is no error.

    It contains no e-mail address, document or token, even if the reply does.
    """
    message = ""
    try:
        document = decode_body(response)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        parts = [document.get("error"), document.get("error_description")]
        message = ": ".join(" ".join(str(part).split()) for part in parts if part)
    return f"{response.status_code} {mask_personal(message)}".strip()[:200]


def reply_text(line: str) -> TranslatableText:
    """The message for an error line: `the platform answered 400 …`."""
    return TranslatableText(REPLIED, reply=line)


def transport_failure(error: httpx2.TransportError) -> TranslatableText:
    """The reason why a call got no reply, without the call's address."""
    if isinstance(error, httpx2.TimeoutException):
        return TranslatableText(NO_ANSWER)
    if isinstance(error, httpx2.ConnectError):
        return TranslatableText(NO_CONNECTION)
    return TranslatableText(CONNECTION_CUT)
