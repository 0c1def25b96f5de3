"""What the platform answers: a document, an error in one line, or nothing.

PlatformError
├── TooWide        502: it took too long, ask for fewer days
├── Passing        a read that may answer when it is asked again
├── NothingFound   the 400 with which some lists say that they are empty
└── NoAnswer       a write of which nobody knows whether it was carried out
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx2

from smartinst.errors import PlatformError
from smartinst.hotmart.parsing.fields import DECODER


class RangeTooWideError(PlatformError):
    """The platform gave up on a read: ask for fewer days."""


class UnknownOutcomeError(PlatformError):
    """A write of which nobody knows whether it was carried out (`was_sent` false: it never left)."""

    def __init__(self, message: str, was_sent: bool = True) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class TransientError(PlatformError):
    """A read that may answer when it is asked again."""


class EmptyListError(PlatformError):
    """The 400 with which some lists say that they are empty."""


@dataclass(frozen=True)
class Reply:
    """What the platform answered to a write: its HTTP status, its document (null: none), its error in one line."""

    status: int
    document: Any
    error: str | None

    @property
    def is_done(self) -> bool:
        """Whether it was carried out, whatever the body says (docs/contracts.md §6)."""
        return 200 <= self.status < 300


_EMPTY_WORDS: Final = (
    "no results",
    "no result",
    "no records",
    "no content",
    "nenhum",
    "sin resultados",
)


def document_of(call: str, response: httpx2.Response) -> Any:
    """The document of an answered read; PlatformError names the call, never what stands in it."""
    status = response.status_code
    if status == 502:
        raise RangeTooWideError(f"{call}: {error_line(response)}")
    if status >= 500:
        raise TransientError(f"{call}: {error_line(response)}")
    if status == 400 and any(word in error_line(response).casefold() for word in _EMPTY_WORDS):
        raise EmptyListError(f"{call}: {error_line(response)}")
    if status >= 400:
        raise PlatformError(f"{call}: {error_line(response)}")
    try:
        return decoded(response)
    except (ValueError, RecursionError):
        raise TransientError(
            f"{call}: the answer cannot be read: not JSON ({len(response.content)} bytes)"
        ) from None


def decoded(response: httpx2.Response) -> Any:
    text = response.content.decode("utf-8")
    return DECODER.decode(text) if text.strip() else None


def error_line(response: httpx2.Response) -> str:
    """`400 invalid_parameter: …`, at most 200 characters; of a body that is no error reply its status alone."""
    said = ""
    try:
        document = decoded(response)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        parts = [document.get("error"), document.get("error_description")]
        said = ": ".join(" ".join(str(part).split()) for part in parts if part)
    return f"{response.status_code} {said}".strip()[:200]


def broken(error: httpx2.TransportError) -> str:
    """What happened to a call, without its address."""
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx2.ConnectError):
        return "no connection"
    return "the connection was cut"
