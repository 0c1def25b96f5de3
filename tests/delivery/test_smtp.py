"""SMTP: the server's behaviour decides the result of a message, and none is sent twice."""

# ruff: noqa: ARG001, ARG002 - aiosmtpd's handlers are called with everything

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from smartinst.addresses import encode_domain
from smartinst.delivery.transport.send_result import Deferred, InDoubt, OwnFault, Refused, Sent
from smartinst.delivery.transport.serialization import serialize
from smartinst.delivery.transport.smtp import SmtpTransport
from smartinst.delivery.transport.verified_message import VerifiedMessage
from smartinst.settings import MailSettings
from tests.support.ports import free_port

TO = "owner@example.com"


def message(text: str = "hello\n.dotted\n..twice\n", recipient: str = TO) -> VerifiedMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "reports@example.com", TO, "Olá"
    message["Message-ID"] = "<one@example.com>"
    message.set_content(text)
    return VerifiedMessage(serialize(message), recipient, "<one@example.com>")


class MailHandler:
    """Answers by step as configured; keeps the accepted messages."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.accepted: list[Envelope] = []
        self.connections = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return [self.answers["ehlo"]] if "ehlo" in self.answers else responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("mail", "250 ok")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get(address, self.answers.get("rcpt")):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.get("data", "250 kept")
        if answer.startswith("250"):
            self.accepted.append(envelope)
        return answer


Start = Callable[..., MailSettings]


@pytest.fixture
def serve() -> Iterator[Start]:
    """Starts servers on free ports and stops them after the test."""
    controllers: list[Controller] = []

    def start(
        handler: Any, security: str = "none", timeout: float = 5, **options: Any
    ) -> MailSettings:
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        controllers.append(controller)
        return MailSettings.model_validate(
            {"port": controller.port, "security": security, "timeout_seconds": timeout}
        )

    yield start
    for controller in controllers:
        controller.stop()


class ScriptedServer:
    """A server that answers line by line from a script, then cuts the connection or is silent."""

    def __init__(self, *answers: str, keeps_open: bool = False) -> None:
        self.answers, self.keeps_open, self.received = answers, keeps_open, list[bytes]()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.stop_event = threading.Event()
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self) -> MailSettings:
        self.thread.start()
        return MailSettings(port=self.port, timeout_seconds=0.4)

    def __exit__(self, *_: object) -> None:
        self.stop_event.set()
        self.listener.close()
        self.thread.join()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as received:
            for answer in self.answers:
                connection.sendall(answer.encode() + b"\r\n")
                while (command := received.readline()) and self._is_inside_text(command, answer):
                    pass
            if self.keeps_open:
                self.stop_event.wait(5)

    def _is_inside_text(self, command: bytes, answer: str) -> bool:
        self.received.append(command)
        return answer.startswith("354") and command != b".\r\n"


GREETING = ("220 hello", "250 hello")


def test_a_message_arrives_unchanged_with_its_leading_dots(serve: Start) -> None:
    handler = MailHandler()
    with SmtpTransport(serve(handler)) as transport:
        assert transport.send(message()) == Sent()
    (envelope,) = handler.accepted
    assert envelope.content == message().content
    assert b"\r\n.dotted\r\n..twice\r\n" in envelope.content
    assert envelope.mail_from == "reports@example.com"
    assert envelope.rcpt_tos == [TO]


def test_messages_share_one_connection_also_after_a_refusal(serve: Start) -> None:
    handler = MailHandler(
        **{"gone@example.com": "550 no such mailbox", "full@example.com": "452 full"}
    )
    with SmtpTransport(serve(handler)) as transport:
        results = [
            transport.send(message(recipient=to))
            for to in (TO, "gone@example.com", "full@example.com", TO)
        ]
    assert results == [
        Sent(),
        Refused("RCPT TO: 550 no such mailbox"),
        Deferred("RCPT TO: 452 full"),
        Sent(),
    ]
    assert handler.connections == 1
    assert len(handler.accepted) == 2


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        ({"ehlo": "554 go away"}, OwnFault("EHLO: 554 go away")),
        ({"ehlo": "421 too busy"}, Deferred("EHLO: 421 too busy")),
        ({"mail": "550 not your address"}, OwnFault("MAIL FROM: 550 not your address")),
        ({"mail": "451 later"}, Deferred("MAIL FROM: 451 later")),
        ({"mail": "552 too large"}, Refused("MAIL FROM: 552 too large")),
        ({"mail": "523 too large"}, Refused("MAIL FROM: 523 too large")),
        ({"mail": "550 5.3.4 too big"}, Refused("MAIL FROM: 550 5.3.4 too big")),
        ({"mail": "554 5.2.3 too long"}, Refused("MAIL FROM: 554 5.2.3 too long")),
        ({"mail": "550 5.3.40 no"}, OwnFault("MAIL FROM: 550 5.3.40 no")),
        ({"mail": "452 4.3.4 now"}, Deferred("MAIL FROM: 452 4.3.4 now")),
        ({"rcpt": "550 unknown"}, Refused("RCPT TO: 550 unknown")),
        ({"rcpt": "450 greylisted"}, Deferred("RCPT TO: 450 greylisted")),
        ({"data": "552 too large"}, Refused("message: 552 too large")),
        ({"data": "452 no room"}, Deferred("message: 452 no room")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else type(value).__name__,
)
def test_the_meaning_of_an_answer_depends_on_the_step(
    serve: Start, answers: dict[str, str], result: object
) -> None:
    handler = MailHandler(**answers)
    with SmtpTransport(serve(handler)) as transport:
        assert transport.send(message()) == result
    assert handler.accepted == []


def test_a_message_above_the_size_that_the_server_announces_is_refused_alone(
    serve: Start,
) -> None:
    handler, large = MailHandler(), message("y\n" * 2000)
    with SmtpTransport(serve(handler, data_size_limit=2000)) as transport:
        assert transport.send(message()) == Sent()
        assert transport.send(large) == Refused(
            f"message: {len(large.content)} bytes, but the server accepts at most 2000"
        )
        assert transport.send(message()) == Sent()
    assert handler.connections == 1


class SizeHandler(MailHandler):
    """Refuses messages of more than 2,000 bytes at a step, without announcing the limit."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        (size,) = (int(option.lower().removeprefix("size=")) for option in options)
        if self.step == "mail" and size > 2000:
            return "552 5.3.4 message size exceeds fixed limit"
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.step == "data" and len(envelope.content or b"") > 2000:
            return "552 5.3.4 message size exceeds fixed limit"
        return await super().handle_DATA(server, session, envelope)


@pytest.mark.parametrize(("step", "name"), [("mail", "MAIL FROM"), ("data", "message")])
def test_one_message_that_is_too_large_is_refused_and_the_others_are_sent(
    serve: Start, step: str, name: str
) -> None:
    handler = SizeHandler(step)
    with SmtpTransport(serve(handler)) as transport:
        results = [transport.send(message("y\n" * count)) for count in (1, 2000, 2)]
    reason = f"{name}: 552 5.3.4 message size exceeds fixed limit"
    assert results == [Sent(), Refused(reason), Sent()]
    assert handler.connections == 1
    assert len(handler.accepted) == 2


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (("554 no service",), OwnFault),
        (("421 later",), Deferred),
        ((), Deferred),
        (("220 hello",), Deferred),
        ((*GREETING, "250 sender"), Deferred),
        ((*GREETING, "250 sender", "250 recipient"), Deferred),
        ((*GREETING, "250 sender", "250 recipient", "554 no data"), Refused),
        ((*GREETING, "250 sender", "250 recipient", "451 not now"), Deferred),
        ((*GREETING, "250 sender", "250 recipient", "354 go on"), InDoubt),
        ((*GREETING, "250 sender", "250 recipient", "354 go on", "what?"), InDoubt),
    ],
    ids=[
        *(
            "greeting-5xx",
            "greeting-4xx",
            "cut-at-once",
            "cut-at-ehlo",
            "cut-at-mail",
            "cut-at-data",
            "data-5xx",
        ),
        *("data-4xx", "cut-after-data", "no-answer-code"),
    ],
)
@pytest.mark.parametrize("keeps_open", [False, True], ids=["cut", "silent"])
def test_the_step_at_which_the_connection_ends_decides(
    answers: tuple[str, ...], kind: type, keeps_open: bool
) -> None:
    with (
        ScriptedServer(*answers, keeps_open=keeps_open) as settings,
        SmtpTransport(settings) as transport,
    ):
        assert isinstance(transport.send(message()), kind)


def test_a_message_is_deferred_if_no_server_listens() -> None:
    with SmtpTransport(MailSettings(port=free_port())) as transport:
        assert isinstance(transport.send(message()), Deferred)


def test_a_connection_closed_between_two_messages_is_opened_again(serve: Start) -> None:
    handler = MailHandler()
    settings = serve(handler)
    with SmtpTransport(settings) as transport:
        assert transport.send(message()) == Sent()
        assert transport._client is not None
        transport._client.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
        assert transport.send(message()) == Sent()
    assert handler.connections == 2
    assert len(handler.accepted) == 2


class CuttingHandler(MailHandler):
    """Accepts every message, and cuts the connection instead of answering the first one."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        if len(self.accepted) == 1:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


def test_a_message_in_doubt_is_not_repeated_and_the_next_one_is_sent(serve: Start) -> None:
    cutting_handler = CuttingHandler()
    with SmtpTransport(serve(cutting_handler)) as transport:
        assert isinstance(transport.send(message("first")), InDoubt)
        assert transport.send(message("second")) == Sent()
    assert [b"second" in (envelope.content or b"") for envelope in cutting_handler.accepted] == [
        False,
        True,
    ]


def test_the_configured_rate_is_not_exceeded(serve: Start) -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    handler = MailHandler()
    settings = serve(handler).model_copy(update={"per_minute": 30})
    with SmtpTransport(settings, lambda: now[0], sleep) as transport:
        for _ in range(4):
            transport.send(message())
    assert slept == [2.0, 2.0, 2.0]


# --- login and TLS -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for `localhost`, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=localhost",
    ]
    command += [
        "-addext",
        "subjectAltName=DNS:localhost",
        "-out",
        str(paths[0]),
        "-keyout",
        str(paths[1]),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return paths


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server context with a certificate that this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return untrusted_context(certificate)


def untrusted_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_starttls_and_login_work_with_a_trusted_certificate(
    serve: Start, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTINST_MAIL_USER", "me")
    monkeypatch.setenv("SMARTINST_MAIL_PASSWORD", "secret word")
    logins: list[object] = []

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"secret word", handled=False)

    handler = MailHandler()
    options = {
        "tls_context": trusted,
        "require_starttls": True,
        "authenticator": authenticate,
        "auth_required": True,
    }
    settings = serve(handler, "starttls", **options).model_copy(update={"host": "localhost"})
    with SmtpTransport(settings) as transport:
        assert transport.send(message()) == Sent()
    assert logins == [(b"me", b"secret word")]

    monkeypatch.setenv("SMARTINST_MAIL_PASSWORD", "wrong")
    with SmtpTransport(settings) as transport:
        results = [transport.send(message()) for _ in range(3)]
    assert all(
        isinstance(result, OwnFault) and "AUTH" in result.reason and "wrong" not in result.reason
        for result in results
    )
    assert len(logins) == 2, "a failed login is not repeated"


def test_tls_from_the_first_byte_works_with_a_trusted_certificate(
    serve: Start, trusted: ssl.SSLContext
) -> None:
    with SmtpTransport(_over_tls(serve, MailHandler(), trusted, "localhost")) as transport:
        assert transport.send(message()) == Sent()


def test_a_certificate_with_another_name_is_an_own_fault(
    serve: Start, trusted: ssl.SSLContext
) -> None:
    with SmtpTransport(_over_tls(serve, MailHandler(), trusted, "127.0.0.1")) as transport:
        result = transport.send(message())
    assert isinstance(result, OwnFault)
    assert "certificate" in result.reason


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_untrusted_certificate_is_an_own_fault(
    serve: Start, certificate: tuple[Path, Path], security: str
) -> None:
    context, handler = untrusted_context(certificate), MailHandler()
    if security == "tls":
        settings = _over_tls(serve, handler, context, "localhost")
    else:
        settings = serve(handler, security, tls_context=context).model_copy(
            update={"host": "localhost"}
        )
    with SmtpTransport(settings) as transport:
        result = transport.send(message())
    assert isinstance(result, OwnFault)
    assert "certificate" in result.reason
    assert handler.accepted == []


def test_a_server_without_starttls_gets_nothing_unencrypted(serve: Start) -> None:
    handler = MailHandler()
    with SmtpTransport(serve(handler, "starttls")) as transport:
        assert isinstance(transport.send(message()), OwnFault)
    assert handler.accepted == []


def _over_tls(
    serve: Start, handler: MailHandler, context: ssl.SSLContext, host: str
) -> MailSettings:
    return serve(handler, "tls", ssl_context=context).model_copy(update={"host": host})


def test_a_domain_is_encoded_in_ascii() -> None:
    assert encode_domain("ana@açúcar.example") == "ana@xn--acar-0oa8i.example"


@pytest.mark.parametrize(
    "domain", ["straße.example", "ς.example", "a..example", f"{'a' * 64}.example"]
)
def test_a_domain_that_cannot_be_encoded_unchanged_is_rejected(domain: str) -> None:
    with pytest.raises(UnicodeError):
        encode_domain(f"ana@{domain}")


def test_the_senders_domain_is_encoded_in_ascii(serve: Start) -> None:
    handler = MailHandler()
    settings = serve(handler).model_copy(update={"sender": "Açaí <ana@açúcar.example>"})
    with SmtpTransport(settings) as transport:
        assert transport.send(message()) == Sent()
    assert handler.accepted[0].mail_from == "ana@xn--acar-0oa8i.example"


@pytest.mark.parametrize(
    "mail",
    [
        {"sender": "Reports"},
        {"sender": "a@x.example, b@x.example"},
        {"operator": "a@x.example\r\nBcc: b@x.example"},
    ],
    ids=["no address", "two", "a header"],
)
def test_the_configured_addresses_are_checked_at_start(mail: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected one address"):
        MailSettings.model_validate(mail)


def test_an_unreadable_password_file_is_an_own_fault(
    serve: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handler = MailHandler()
    monkeypatch.setenv("SMARTINST_MAIL_PASSWORD_FILE", str(tmp_path / "gone"))
    with SmtpTransport(serve(handler)) as transport:
        answer = transport.send(message(recipient="ana@example.com"))
    assert isinstance(answer, OwnFault)
    assert answer.reason.startswith("SMARTINST_MAIL_PASSWORD_FILE cannot be read")
    assert not handler.accepted
