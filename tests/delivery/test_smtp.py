"""One connection, many messages: what a server does decides what became of the message, and nothing goes twice."""

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
from smartinst.delivery.transport.smtp import SmtpTransport, serialize
from smartinst.settings import MailSettings

TO = "owner@example.com"


def message(text: str = "hello\n.dotted\n..twice\n") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "reports@example.com", TO, "Olá"
    made["Message-ID"] = "<one@example.com>"
    made.set_content(text)
    return made


class Postman:
    """Answers of a server, by step; keeps what it took."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[Envelope] = []
        self.lines = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.lines += 1
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
            self.taken.append(envelope)
        return answer


Start = Callable[..., MailSettings]


@pytest.fixture
def serve() -> Iterator[Start]:
    """Starts servers on free ports, ends them after the test."""
    started: list[Controller] = []

    def start(
        handler: Any, security: str = "none", timeout: float = 5, **options: Any
    ) -> MailSettings:
        controller = Controller(handler, hostname="127.0.0.1", port=_free_port(), **options)
        controller.start()
        started.append(controller)
        return MailSettings.model_validate(
            {"port": controller.port, "security": security, "timeout_seconds": timeout}
        )

    yield start
    for controller in started:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Script:
    """A server of one thread that answers line by line from a script, then cuts the line (`cut`) or keeps silent."""

    def __init__(self, *answers: str, hold: bool = False) -> None:
        self.answers, self.hold, self.heard = answers, hold, list[bytes]()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self) -> MailSettings:
        self.thread.start()
        return MailSettings(port=self.port, timeout_seconds=0.4)

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.listener.close()
        self.thread.join()

    def _serve(self) -> None:
        line, _ = self.listener.accept()
        with line, line.makefile("rb") as heard:
            for answer in self.answers:
                line.sendall(answer.encode() + b"\r\n")
                while (command := heard.readline()) and self._is_inside_text(command, answer):
                    pass
            if self.hold:
                self.done.wait(5)

    def _is_inside_text(self, command: bytes, answer: str) -> bool:
        self.heard.append(command)
        return answer.startswith("354") and command != b".\r\n"


GREETED = ("220 hello", "250 hello")


def test_a_message_arrives_as_it_was_with_its_dots(serve: Start) -> None:
    postman = Postman()
    with SmtpTransport(serve(postman)) as line:
        assert line.send(message(), TO) == Sent()
    (one,) = postman.taken
    assert one.content == serialize(message())
    assert b"\r\n.dotted\r\n..twice\r\n" in one.content
    assert one.mail_from == "reports@example.com"
    assert one.rcpt_tos == [TO]


def test_many_messages_go_over_one_connection_and_a_refusal_leaves_it_usable(serve: Start) -> None:
    postman = Postman(**{"gone@example.com": "550 no such mailbox", "full@example.com": "452 full"})
    with SmtpTransport(serve(postman)) as line:
        found = [
            line.send(message(), to) for to in (TO, "gone@example.com", "full@example.com", TO)
        ]
    assert found == [
        Sent(),
        Refused("RCPT TO: 550 no such mailbox"),
        Deferred("RCPT TO: 452 full"),
        Sent(),
    ]
    assert postman.lines == 1
    assert len(postman.taken) == 2


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"ehlo": "554 go away"}, OwnFault("EHLO: 554 go away")),
        ({"ehlo": "421 too busy"}, Deferred("EHLO: 421 too busy")),
        ({"mail": "550 not your address"}, OwnFault("MAIL FROM: 550 not your address")),
        ({"mail": "451 later"}, Deferred("MAIL FROM: 451 later")),
        ({"rcpt": "550 unknown"}, Refused("RCPT TO: 550 unknown")),
        ({"rcpt": "450 greylisted"}, Deferred("RCPT TO: 450 greylisted")),
        ({"data": "552 too large"}, Refused("message: 552 too large")),
        ({"data": "452 no room"}, Deferred("message: 452 no room")),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, dict) else type(one).__name__,
)
def test_an_answer_means_what_the_step_makes_of_it(
    serve: Start, answers: dict[str, str], found: object
) -> None:
    postman = Postman(**answers)
    with SmtpTransport(serve(postman)) as line:
        assert line.send(message(), TO) == found
    assert postman.taken == []


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (("554 no service",), OwnFault),
        (("421 later",), Deferred),
        ((), Deferred),
        (("220 hello",), Deferred),
        ((*GREETED, "250 sender"), Deferred),
        ((*GREETED, "250 sender", "250 recipient"), Deferred),
        ((*GREETED, "250 sender", "250 recipient", "554 no data"), Refused),
        ((*GREETED, "250 sender", "250 recipient", "451 not now"), Deferred),
        ((*GREETED, "250 sender", "250 recipient", "354 go on"), InDoubt),
        ((*GREETED, "250 sender", "250 recipient", "354 go on", "what?"), InDoubt),
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
@pytest.mark.parametrize("hold", [False, True], ids=["cut", "silent"])
def test_where_the_line_ends_decides(answers: tuple[str, ...], kind: type, hold: bool) -> None:
    with Script(*answers, hold=hold) as settings, SmtpTransport(settings) as line:
        assert isinstance(line.send(message(), TO), kind)


def test_nobody_listening_waits() -> None:
    with SmtpTransport(MailSettings(port=_free_port())) as line:
        assert isinstance(line.send(message(), TO), Deferred)


def test_a_line_that_the_server_closed_between_two_messages_is_opened_again(serve: Start) -> None:
    postman = Postman()
    settings = serve(postman)
    with SmtpTransport(settings) as line:
        assert line.send(message(), TO) == Sent()
        assert line._client is not None
        line._client.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
        assert line.send(message(), TO) == Sent()
    assert postman.lines == 2
    assert len(postman.taken) == 2


class Cutter(Postman):
    """Takes every message, and cuts the line instead of answering the first one."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        if len(self.taken) == 1:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


def test_a_message_in_doubt_is_not_repeated_and_does_not_spoil_the_next_one(serve: Start) -> None:
    cutter = Cutter()
    with SmtpTransport(serve(cutter)) as line:
        assert isinstance(line.send(message("first"), TO), InDoubt)
        assert line.send(message("second"), TO) == Sent()
    assert [b"second" in (one.content or b"") for one in cutter.taken] == [False, True]


def test_the_pace_is_kept(serve: Start) -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    postman = Postman()
    settings = serve(postman).model_copy(update={"per_minute": 30})
    with SmtpTransport(settings, lambda: now[0], sleep) as line:
        for _ in range(4):
            line.send(message(), TO)
    assert slept == [2.0, 2.0, 2.0]


# --- login and TLS -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost` that signs itself, and its key."""
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
    """A server's context whose certificate this process trusts."""
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
    seen: list[object] = []

    def knows(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"secret word", handled=False)

    postman = Postman()
    options = {
        "tls_context": trusted,
        "require_starttls": True,
        "authenticator": knows,
        "auth_required": True,
    }
    settings = serve(postman, "starttls", **options).model_copy(update={"host": "localhost"})
    with SmtpTransport(settings) as line:
        assert line.send(message(), TO) == Sent()
    assert seen == [(b"me", b"secret word")]

    monkeypatch.setenv("SMARTINST_MAIL_PASSWORD", "wrong")
    with SmtpTransport(settings) as line:
        found = [line.send(message(), TO) for _ in range(3)]
    assert all(
        isinstance(one, OwnFault) and "AUTH" in one.reason and "wrong" not in one.reason
        for one in found
    )
    assert len(seen) == 2, "a login that fails is not tried again"


def test_tls_from_the_first_byte_works_with_a_trusted_certificate(
    serve: Start, trusted: ssl.SSLContext
) -> None:
    with SmtpTransport(_over_tls(serve, Postman(), trusted, "localhost")) as line:
        assert line.send(message(), TO) == Sent()


def test_a_certificate_of_another_name_is_our_fault(serve: Start, trusted: ssl.SSLContext) -> None:
    with SmtpTransport(_over_tls(serve, Postman(), trusted, "127.0.0.1")) as line:
        found = line.send(message(), TO)
    assert isinstance(found, OwnFault)
    assert "certificate" in found.reason


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_signed_is_our_fault(
    serve: Start, certificate: tuple[Path, Path], security: str
) -> None:
    context, postman = untrusted_context(certificate), Postman()
    if security == "tls":
        settings = _over_tls(serve, postman, context, "localhost")
    else:
        settings = serve(postman, security, tls_context=context).model_copy(
            update={"host": "localhost"}
        )
    with SmtpTransport(settings) as line:
        found = line.send(message(), TO)
    assert isinstance(found, OwnFault)
    assert "certificate" in found.reason
    assert postman.taken == []


def test_a_server_without_starttls_gets_nothing_in_the_clear(serve: Start) -> None:
    postman = Postman()
    with SmtpTransport(serve(postman, "starttls")) as line:
        assert isinstance(line.send(message(), TO), OwnFault)
    assert postman.taken == []


def _over_tls(serve: Start, postman: Postman, context: ssl.SSLContext, host: str) -> MailSettings:
    return serve(postman, "tls", ssl_context=context).model_copy(update={"host": host})


def test_a_domain_travels_in_ascii() -> None:
    assert encode_domain("ana@açúcar.example") == "ana@xn--acar-0oa8i.example"


@pytest.mark.parametrize(
    "domain", ["straße.example", "ς.example", "a..example", f"{'a' * 64}.example"]
)
def test_a_domain_that_would_become_another_or_cannot_be_written_is_refused(domain: str) -> None:
    with pytest.raises(UnicodeError):
        encode_domain(f"ana@{domain}")


def test_a_sender_whose_domain_is_not_ascii_is_written_in_ascii(serve: Start) -> None:
    postman = Postman()
    settings = serve(postman).model_copy(update={"sender": "Açaí <ana@açúcar.example>"})
    with SmtpTransport(settings) as line:
        assert line.send(message(), TO) == Sent()
    assert postman.taken[0].mail_from == "ana@xn--acar-0oa8i.example"


@pytest.mark.parametrize(
    "mail",
    [
        {"sender": "Reports"},
        {"sender": "a@x.example, b@x.example"},
        {"operator": "a@x.example\r\nBcc: b@x.example"},
    ],
    ids=["no address", "two", "a header"],
)
def test_an_address_of_ours_is_checked_before_anything_is_sent(mail: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected one address"):
        MailSettings.model_validate(mail)


def test_a_password_file_that_cannot_be_read_is_our_fault_and_nothing_is_in_doubt(
    serve: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    postman = Postman()
    monkeypatch.setenv("SMARTINST_MAIL_PASSWORD_FILE", str(tmp_path / "gone"))
    with SmtpTransport(serve(postman)) as line:
        answer = line.send(message(), "ana@example.com")
    assert isinstance(answer, OwnFault)
    assert answer.reason.startswith("SMARTINST_MAIL_PASSWORD_FILE cannot be read")
    assert not postman.taken
