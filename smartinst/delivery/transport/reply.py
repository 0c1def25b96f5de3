"""The meaning of a server's reply, or of its silence, for the message that is being sent."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from smartinst.delivery.transport.send_result import Deferred, OwnFault, Refused, SendResult

TOO_LARGE: Final = (523, 552)
"""Replies to MAIL FROM that refuse the announced size."""
_ENHANCED_STATUS: Final = re.compile(r"^\d{3}[ -]5\.(?:2\.3|3\.4)\b")


class ResultError(Exception):
    """Raised by a step that decides the result of the message."""

    def __init__(self, result: SendResult) -> None:
        super().__init__(str(result))
        self.result = result


@contextmanager
def connection_faults(server: str) -> Iterator[None]:
    """Converts faults of a connection: certificates and 5xx are own faults, others defer."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        reason = f"{server}: certificate: {error.verify_message}"
        raise ResultError(OwnFault(reason)) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError) as error:
        raise ResultError(Deferred(f"{server}: {error_text(error)}")) from error
    except ssl.SSLError as error:
        raise ResultError(OwnFault(f"{server}: TLS: {error_text(error)}")) from error
    except smtplib.SMTPServerDisconnected as error:
        raise ResultError(Deferred(f"{server}: {error_text(error)}")) from error
    except smtplib.SMTPResponseException as error:
        result = failed_step(server, error.smtp_code, error.smtp_error, permanent=OwnFault)
        raise ResultError(result) from error
    except OSError as error:  # an SMTPException here: STARTTLS or AUTH is not offered
        is_missing = isinstance(error, smtplib.SMTPException)
        result = (OwnFault if is_missing else Deferred)(f"{server}: {error_text(error)}")
        raise ResultError(result) from error


def require_ok(
    step: str,
    code: int,
    reply: bytes | str,
    *,
    permanent: type[Refused] | type[OwnFault] = OwnFault,
) -> None:
    """Raises the result of a step unless the server accepted it."""
    if not is_ok(code):
        raise ResultError(failed_step(step, code, reply, permanent=permanent))


def failed_step(
    step: str, code: int, reply: bytes | str, *, permanent: type[Refused] | type[OwnFault]
) -> SendResult:
    """`permanent` for 5xx; 4xx, and a reply without a valid code, defer the message."""
    reason = f"{step}: {reply_text(code, reply)}"
    return permanent(reason) if 500 <= code < 600 else Deferred(reason)


def require_size(client: smtplib.SMTP, size: int) -> None:
    """Refuses a message that is larger than the server's limit (RFC 1870; 0 is no limit)."""
    limit = client.esmtp_features.get("size", "").strip()
    if limit.isdecimal() and 0 < int(limit) < size:
        raise ResultError(
            Refused(f"message: {size} bytes, but the server accepts at most {int(limit)}")
        )


def is_too_large(code: int, reply: bytes | str) -> bool:
    """Whether a permanent reply means the size of this message (RFC 1870, RFC 3463)."""
    is_permanent = 500 <= code < 600
    status = _ENHANCED_STATUS.search(reply_text(code, reply))
    return code in TOO_LARGE or (is_permanent and status is not None)


def is_ok(code: int) -> bool:
    """Whether a reply accepts the step."""
    return 200 <= code < 300


def reply_text(code: int, reply: bytes | str) -> str:
    """A reply on one line, for a reason: `550 no such mailbox`."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())[:300]}".strip()


def error_text(error: BaseException) -> str:
    """An error on one line; its type if it has no text."""
    text = " ".join(str(error).split())[:300]
    return text or type(error).__name__
