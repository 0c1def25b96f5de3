"""SMTP with one connection for many messages; each command is sent separately.

Each step decides what a failure means (send_result.py): if the connection is lost before the
text of a message, the message is deferred; if later, it is in doubt.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

from smartinst.addresses import encode_domain, parse_mailbox
from smartinst.delivery.transport.reply import (
    ResultError,
    connection_faults,
    error_text,
    failed_step,
    is_ok,
    is_too_large,
    reply_text,
    require_ok,
    require_size,
)
from smartinst.delivery.transport.send_result import (
    Deferred,
    InDoubt,
    OwnFault,
    Refused,
    SendResult,
    Sent,
)
from smartinst.delivery.transport.serialization import dot_stuff
from smartinst.delivery.transport.verified_message import VerifiedMessage
from smartinst.errors import ConfigurationError
from smartinst.settings import MailSettings, read_secret

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
MAX_FAILURES: Final = 3
"""After this many failed connections in succession, messages are deferred without an attempt."""


class SmtpTransport(AbstractContextManager["SmtpTransport", None]):
    """A context manager that connects at the first message, and again after a fault.

    `clock` (seconds) and `sleep` serve `[mail] per_minute`. A failed login or certificate check is
    not repeated by the same transport: that could lock the account.
    """

    def __init__(
        self,
        settings: MailSettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings, self._clock, self._sleep = settings, clock, sleep
        self._client: smtplib.SMTP | None = None
        self._final_result: SendResult | None = None
        self._failures = 0
        self._next_send = clock()

    def __exit__(self, *_error: object) -> None:
        self._close(quit_first=True)

    def send(self, message: VerifiedMessage) -> SendResult:
        """Sends a message to its recipient; server faults raise nothing."""
        content = message.content
        try:
            is_reused = self._client is not None
            self._wait_for_turn()
            try:
                self._send_mail_from(self._connected(), content)
            except ResultError as error:
                is_stale = is_reused and self._client is None
                if not (is_stale and isinstance(error.result, Deferred)):
                    raise
                # The server had closed the idle connection, so nothing of this message was sent.
                self._send_mail_from(self._connected(), content)
            client = self._connected()
            self._send_rcpt_to(client, message.recipient)
            return Sent(self._send_data(client, content))
        except ResultError as error:
            return error.result

    # --- connection ------------------------------------------------------------------------

    def _connected(self) -> smtplib.SMTP:
        if self._client is not None:
            return self._client
        if self._final_result is not None:
            raise ResultError(self._final_result)
        try:
            self._client = self._connect()
        except ResultError as error:
            self._failures += 1
            if isinstance(error.result, OwnFault) or self._failures >= MAX_FAILURES:
                self._final_result = error.result
            raise
        self._failures = 0
        return self._client

    def _connect(self) -> smtplib.SMTP:
        mail = self.settings
        client: smtplib.SMTP = smtplib.SMTP(timeout=mail.timeout_seconds)
        try:
            with connection_faults(f"{mail.host}:{mail.port}"):
                if mail.security == "tls":
                    client = smtplib.SMTP_SSL(
                        timeout=mail.timeout_seconds, context=ssl.create_default_context()
                    )
                client._host = mail.host  # type: ignore[attr-defined]  # the name TLS checks
                require_ok("greeting", *client.connect(mail.host, mail.port))
                require_ok("EHLO", *client.ehlo())
                if mail.security == "starttls":
                    require_ok("STARTTLS", *client.starttls(context=ssl.create_default_context()))
                    require_ok("EHLO", *client.ehlo())
                self._log_in(client)
        except ResultError:
            client.close()
            raise
        return client

    def _log_in(self, client: smtplib.SMTP) -> None:
        """Logs in once, with one method, if user and password are set.

        `smtplib.SMTP.login` would repeat a wrong password with every method.
        """
        try:
            user = read_secret("SMARTINST_MAIL_USER")
            password = read_secret("SMARTINST_MAIL_PASSWORD")
        except ConfigurationError as error:  # a secret file that cannot be read
            raise ResultError(OwnFault(str(error))) from error
        if user is None or password is None:
            return
        if self.settings.security == "none" and self.settings.host not in LOOPBACK:
            reason = '[mail] security is "none": the password would be sent unencrypted'
            raise ResultError(OwnFault(reason))
        client.user, client.password = user.get_secret_value(), password.get_secret_value()
        methods = {
            "PLAIN": client.auth_plain,
            "LOGIN": client.auth_login,
            "CRAM-MD5": client.auth_cram_md5,
        }
        offers = client.esmtp_features.get("auth", "").upper().split()
        method = next((name for name in methods if name in offers), None)
        if method is None:
            reason = f"expected one of {', '.join(methods)}, found {offers or 'none'}"
            raise ResultError(OwnFault(f"AUTH: {reason}"))
        try:
            client.auth(method, methods[method])  # type: ignore[arg-type]  # no CRAM-MD5 in typeshed
        except smtplib.SMTPAuthenticationError as error:
            require_ok("AUTH", error.smtp_code, error.smtp_error)
        except (UnicodeEncodeError, ValueError) as error:
            reason = "AUTH: user or password has characters that the method cannot encode"
            raise ResultError(OwnFault(reason)) from error

    def _close(self, *, quit_first: bool = False) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if quit_first:
            with suppress(OSError, smtplib.SMTPException):  # every message already has its result
                client.quit()
        client.close()

    # --- one message -----------------------------------------------------------------------

    def _send_mail_from(self, client: smtplib.SMTP, content: bytes) -> None:
        """Announces a message; Refused if it is too large, which says nothing about others."""
        require_size(client, len(content))
        sender = encode_domain(parse_mailbox(self.settings.sender).address)
        with self._step("MAIL FROM"):
            options = [f"size={len(content)}"] if client.has_extn("size") else []
            code, reply = client.mail(sender, options)
            if code == 421:
                self._close()
            permanent = Refused if is_too_large(code, reply) else OwnFault
            require_ok("MAIL FROM", code, reply, permanent=permanent)

    def _send_rcpt_to(self, client: smtplib.SMTP, recipient: str) -> None:
        with self._step("RCPT TO"):
            try:
                code, reply = client.rcpt(encode_domain(recipient))
            except (UnicodeError, ValueError) as error:
                reason = f"RCPT TO: {recipient!r} cannot be written in SMTP: {error}"
                raise ResultError(Refused(reason)) from error
            require_ok("RCPT TO", code, reply, permanent=Refused)

    def _send_data(self, client: smtplib.SMTP, content: bytes) -> str:
        """Sends the text of a message; returns the server's answer."""
        with self._step("DATA"):
            code, reply = client.docmd("DATA")
            if code != 354:
                raise ResultError(failed_step("DATA", code, reply, permanent=Refused))
        try:
            client.send(dot_stuff(content))
            code, reply = client.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            reason = f"no answer to the message: {error_text(error)}"
            raise ResultError(InDoubt(reason)) from error
        if is_ok(code):
            return reply_text(code, reply)
        if code == 421:
            self._close()
        if not 400 <= code < 600:
            self._close()
            reason = f"unexpected answer to the message: {reply_text(code, reply)}"
            raise ResultError(InDoubt(reason))
        raise ResultError(failed_step("message", code, reply, permanent=Refused))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """A step before the text of a message: a lost connection defers the message.

        After a rejection the session is reset, so that it can be used again.
        """
        try:
            yield
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise ResultError(Deferred(f"{name}: {error_text(error)}")) from error
        except ResultError:
            self._reset()
            raise

    def _reset(self) -> None:
        try:
            if self._client is not None and not is_ok(self._client.rset()[0]):
                self._close()
        except (OSError, smtplib.SMTPException):
            self._close()

    def _wait_for_turn(self) -> None:
        if self.settings.per_minute is None:
            return
        if (delay := self._next_send - self._clock()) > 0:
            self._sleep(delay)
        self._next_send = max(self._next_send, self._clock()) + 60 / self.settings.per_minute
