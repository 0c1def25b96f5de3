"""One SMTP connection for many messages, driven step by step so that every ending has one meaning (docs/contracts.md §6).

Sent     the server took the message                  Waits    4xx, or no connection: nothing was taken, try later
Refused  5xx to RCPT or DATA: final                   InDoubt  cut or time-out after DATA: it may have been taken
Ours     5xx at greeting, EHLO, STARTTLS, AUTH or MAIL FROM, or a certificate: our own fault, no recipient's refusal
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import parseaddr
from io import BytesIO
from types import TracebackType
from typing import Final, Self

from smartinst.addresses import encode_domain
from smartinst.errors import ConfigurationError
from smartinst.settings import MailSettings, read_secret

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
MAX_FAILURES: Final = 3
"""So many connections in a row that fail, and the rest of the batch waits without trying."""


@dataclass(frozen=True)
class Sent:
    """The server answered 2xx to the message."""


@dataclass(frozen=True)
class Waits:
    """Nothing was taken; the same message may go later."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """The recipient or the message was refused for good."""

    reason: str


@dataclass(frozen=True)
class InDoubt:
    """The message went out and no answer came: it may have been taken, so it never goes again by itself."""

    reason: str


@dataclass(frozen=True)
class Ours:
    """Our configuration is at fault: login, sender, certificate, or the server will not talk to us."""

    reason: str


Answer = Sent | Waits | Refused | InDoubt | Ours


class _EndedError(Exception):
    """A step that decides the message's answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class Connection:
    """A context manager that connects at the first message, keeps the line, and connects again after a fault.

    `clock` counts seconds and `sleep` waits, for `[mail] per_minute`; neither says what day it is.
    A login or certificate that fails is not tried again in the life of one connection: it would lock the account.
    """

    def __init__(
        self,
        settings: MailSettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings, self._clock, self._sleep = settings, clock, sleep
        self._line: smtplib.SMTP | None = None
        self._given_up: Answer | None = None
        self._failures = 0
        self._next = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close(politely=True)

    def send(self, message: EmailMessage, recipient: str) -> Answer:
        """One message to one recipient, whatever its headers say; never raises for what a server does."""
        try:
            content = wire(message)
            is_reused = self._line is not None
            self._wait_for_turn()
            try:
                self._begin(self._ready(), content)
            except _EndedError as ended:
                if not (is_reused and self._line is None and isinstance(ended.answer, Waits)):
                    raise
                self._begin(
                    self._ready(), content
                )  # an idle line was closed: nothing of this message had gone out
            line = self._ready()
            self._address(line, recipient)
            self._hand_over(line, content)
        except _EndedError as ended:
            return ended.answer
        return Sent()

    # --- the line -----------------------------------------------------------------------------------------------------

    def _ready(self) -> smtplib.SMTP:
        if self._line is not None:
            return self._line
        if self._given_up is not None:
            raise _EndedError(self._given_up)
        try:
            self._line = self._connect()
        except _EndedError as ended:
            self._failures += 1
            if isinstance(ended.answer, Ours) or self._failures >= MAX_FAILURES:
                self._given_up = ended.answer
            raise
        self._failures = 0
        return self._line

    def _connect(self) -> smtplib.SMTP:
        mail = self.settings
        line: smtplib.SMTP = smtplib.SMTP(timeout=mail.timeout_seconds)
        try:
            with _faults_of_a_line(f"{mail.host}:{mail.port}"):
                if mail.security == "tls":
                    line = smtplib.SMTP_SSL(
                        timeout=mail.timeout_seconds, context=ssl.create_default_context()
                    )
                line._host = mail.host  # type: ignore[attr-defined]  # the name that TLS checks
                _ours("greeting", *line.connect(mail.host, mail.port))
                _ours("EHLO", *line.ehlo())
                if mail.security == "starttls":
                    _ours("STARTTLS", *line.starttls(context=ssl.create_default_context()))
                    _ours("EHLO", *line.ehlo())
                self._log_in(line)
        except _EndedError:
            line.close()
            raise
        return line

    def _log_in(self, line: smtplib.SMTP) -> None:
        try:
            user, password = (
                read_secret("SMARTINST_MAIL_USER"),
                read_secret("SMARTINST_MAIL_PASSWORD"),
            )
        except ConfigurationError as error:  # a secret file that cannot be read
            raise _EndedError(Ours(str(error))) from error
        if user is None or password is None:
            return
        if self.settings.security == "none" and self.settings.host not in LOOPBACK:
            raise _EndedError(
                Ours(
                    'a password is set and [mail] security is "none": it would travel in the clear'
                )
            )
        line.user, line.password = user.get_secret_value(), password.get_secret_value()
        methods = {
            "PLAIN": line.auth_plain,
            "LOGIN": line.auth_login,
            "CRAM-MD5": line.auth_cram_md5,
        }
        offered = line.esmtp_features.get("auth", "").upper().split()
        method = next((one for one in methods if one in offered), None)
        if method is None:
            raise _EndedError(
                Ours(
                    f"AUTH: expected one of {', '.join(methods)}, the server offers {offered or 'none'}"
                )
            )
        try:  # one method, once: smtplib's login() repeats a wrong password by every method there is
            line.auth(method, methods[method])  # type: ignore[arg-type]  # typeshed knows no CRAM-MD5
        except smtplib.SMTPAuthenticationError as error:
            _ours("AUTH", error.smtp_code, error.smtp_error)
        except (UnicodeEncodeError, ValueError) as error:
            raise _EndedError(
                Ours("AUTH: user or password has characters that the method cannot carry")
            ) from error

    def _close(self, *, politely: bool = False) -> None:
        line, self._line = self._line, None
        if line is None:
            return
        if politely:
            with suppress(
                OSError, smtplib.SMTPException
            ):  # whatever was sent has been answered already
                line.quit()
        line.close()

    # --- one message --------------------------------------------------------------------------------------------------

    def _begin(self, line: smtplib.SMTP, content: bytes) -> None:
        with self._steps("MAIL FROM"):
            options = [f"size={len(content)}"] if line.has_extn("size") else []
            code, said = line.mail(encode_domain(parseaddr(self.settings.sender)[1]), options)
            if code == 421:
                self._close()
            if not _is_ok(code):
                raise _EndedError(_by_code("MAIL FROM", code, said, final=Ours))

    def _address(self, line: smtplib.SMTP, recipient: str) -> None:
        with self._steps("RCPT TO"):
            try:
                code, said = line.rcpt(encode_domain(recipient))
            except (UnicodeError, ValueError) as error:
                raise _EndedError(
                    Refused(f"RCPT TO: {recipient!r} cannot be written in SMTP: {error}")
                ) from error
            if not _is_ok(code):
                raise _EndedError(_by_code("RCPT TO", code, said, final=Refused))

    def _hand_over(self, line: smtplib.SMTP, content: bytes) -> None:
        with self._steps("DATA"):
            code, said = line.docmd("DATA")
            if code != 354:
                raise _EndedError(_by_code("DATA", code, said, final=Refused))
        try:
            line.send(_dotted(content))
            code, said = line.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise _EndedError(InDoubt(f"no answer to the message: {_one_line(error)}")) from error
        if _is_ok(code):
            return
        if code == 421:
            self._close()
        if not 400 <= code < 600:
            self._close()
            raise _EndedError(InDoubt(f"the answer to the message was none: {_said(code, said)}"))
        raise _EndedError(_by_code("message", code, said, final=Refused))

    @contextmanager
    def _steps(self, step: str) -> Iterator[None]:
        """A step before the message itself: a cut here means that nothing was taken; a refusal leaves a clean line."""
        try:
            yield
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise _EndedError(Waits(f"{step}: {_one_line(error)}")) from error
        except _EndedError:
            self._reset()
            raise

    def _reset(self) -> None:
        try:
            if self._line is not None and not _is_ok(self._line.rset()[0]):
                self._close()
        except (OSError, smtplib.SMTPException):
            self._close()

    def _wait_for_turn(self) -> None:
        if self.settings.per_minute is None:
            return
        if (early := self._next - self._clock()) > 0:
            self._sleep(early)
        self._next = max(self._next, self._clock()) + 60 / self.settings.per_minute


def wire(message: EmailMessage) -> bytes:
    """The message as it travels and as it is stored: CRLF, lines of ASCII only."""
    held = BytesIO()
    BytesGenerator(held, policy=WIRE.clone(cte_type="7bit")).flatten(message)
    return held.getvalue()


def _dotted(content: bytes) -> bytes:
    """The text with leading dots doubled and its final dot, so that it goes out in one piece."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    doubled = ended.replace(b"\r\n.", b"\r\n..")
    return (b"." if doubled.startswith(b".") else b"") + doubled + b".\r\n"


@contextmanager
def _faults_of_a_line(where: str) -> Iterator[None]:
    """What can go wrong before a message: certificates and refusals are ours, everything else is no connection."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _EndedError(Ours(f"{where}: certificate: {error.verify_message}")) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError) as error:
        raise _EndedError(Waits(f"{where}: {_one_line(error)}")) from error
    except ssl.SSLError as error:
        raise _EndedError(Ours(f"{where}: TLS: {_one_line(error)}")) from error
    except smtplib.SMTPServerDisconnected as error:
        raise _EndedError(Waits(f"{where}: {_one_line(error)}")) from error
    except smtplib.SMTPResponseException as error:
        raise _EndedError(_by_code(where, error.smtp_code, error.smtp_error, final=Ours)) from error
    except (
        OSError
    ) as error:  # smtplib's own errors are OSErrors too: STARTTLS or AUTH is not offered
        is_missing = isinstance(error, smtplib.SMTPException)
        raise _EndedError(
            (Ours if is_missing else Waits)(f"{where}: {_one_line(error)}")
        ) from error


def _ours(step: str, code: int, said: bytes | str) -> None:
    if not _is_ok(code):
        raise _EndedError(_by_code(step, code, said, final=Ours))


def _by_code(
    step: str, code: int, said: bytes | str, *, final: type[Refused] | type[Ours]
) -> Answer:
    """5xx is final; 4xx, and an answer that is no answer, wait."""
    reason = f"{step}: {_said(code, said)}"
    return final(reason) if 500 <= code < 600 else Waits(reason)


def _is_ok(code: int) -> bool:
    return 200 <= code < 300


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())[:300]}".strip()


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())[:300]
    return text or type(error).__name__
