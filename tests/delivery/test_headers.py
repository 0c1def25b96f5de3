"""Any display name leaves one mailbox in the bytes; links and identifiers are never encoded."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Any, Final

import pytest

from smartinst.addresses import Mailbox, encode_domain, one_line, parse_mailbox
from smartinst.delivery.headers import token_header
from smartinst.delivery.message import new_message
from smartinst.delivery.transport.serialization import serialize
from smartinst.delivery.transport.smtp import SmtpTransport
from smartinst.delivery.transport.verified_message import ExpectedHeaders, verify_message
from smartinst.settings import MailSettings, Settings
from tests.delivery.test_smtp import MailHandler, Start, serve
from tests.support.hostile import HOSTILE

__all__ = ["serve"]

MESSAGE_ID: Final = "<1.weekly.acme@example.com>"
ADDRESSES: Final = ("owner@example.com", f"{'o' * 64}@açúcar.{'d' * 60}.{'e' * 60}.example")
LANGUAGES: Final = ("pt-BR", "es", "en")
NAMES: Final = (
    *HOSTILE,
    "Ana",
    "Acme S.A.",
    "Ana, b@y.example",
    "Ana\r\nBcc: b@y.example",
    '"Ana" <b@y.example>',
    '"><b@y.example>',
    "Ana <b@y.example>, Bia <c@y.example>;",
    f"{'Ana, ' * 40}<b@y.example>",
    f'{"Ana " * 50}"quoted, twice" <b@y.example>',
    f"{'Ação, ' * 40}<b@y.example>",
    "Nome Comprido, " * 14,
    "x" * 200,
    "字" * 200,
    "Ñandú" * 40,
    "Дмитрий, Ольга <b@y.example>",
    "=?utf-8?q?=2C_b=40y=2Eexample?=",
    "=?utf-8?b?PGJAeS5leGFtcGxlPg==?= Ana",
    "(a comment) Ana",
    "group: a@y.example, b@y.example;",
    "Ana \\",
    'a\\"b',
    "O'Neil & Filhos / Cia",
    "\ud800 lone surrogate",
)
POLICIES: Final = {
    "compat32": policy.compat32,
    "default": policy.default,
    "strict": policy.strict,
    "utf8": policy.SMTPUTF8,
}


def written(mailbox: Mailbox, language: str, sender: str = "Reports <r@x.example>") -> bytes:
    """The bytes of a message with two alternatives to a mailbox."""
    settings = Settings(mail=MailSettings(sender=sender))
    date = datetime(2026, 11, 2, tzinfo=UTC)
    message = new_message(settings, mailbox, f"Relatório de {mailbox.name}", date, MESSAGE_ID)
    fields = [f"Content-Language: {language}"]
    message.set_content("texto", headers=fields)
    message.add_alternative("<p>texto</p>", subtype="html", headers=fields)
    message["Content-Language"] = language
    expected = ExpectedHeaders(parse_mailbox(sender), mailbox.address, MESSAGE_ID, language)
    return verify_message(message, expected).content


def mailboxes(message: Message, field: str) -> list[tuple[str, str]]:
    """The names and addresses of a field, as the policy of the message reads them."""
    header: Any = message[field]
    if isinstance(message, EmailMessage):
        return [(address.display_name, address.addr_spec) for address in header.addresses]
    return [
        (str(make_header(decode_header(name))), address) for name, address in getaddresses([header])
    ]


def subject(message: Message) -> str:
    """The decoded subject."""
    text = str(message["Subject"])
    return text if isinstance(message, EmailMessage) else str(make_header(decode_header(text)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", ADDRESSES, ids=["short", "long"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_every_parser_reads_one_mailbox(name: str, address: str, language: str) -> None:
    content = written(Mailbox(name, address), language)
    for parser, parser_policy in POLICIES.items():
        message = BytesParser(policy=parser_policy).parsebytes(content)
        ((display_name, read_address),) = mailboxes(message, "To")
        assert read_address == encode_domain(address)
        if parser == "compat32":
            assert display_name == one_line(name)
        else:  # the header registry reads a blank between two encoded words of a name
            assert "".join(display_name.split()) == "".join(one_line(name).split())
        assert subject(message) == one_line(f"Relatório de {name}")
        assert sorted(message.keys()) == [
            *("Auto-Submitted", "Content-Language", "Content-Type", "Date", "From"),
            *("MIME-Version", "Message-ID", "Reply-To", "Subject", "To"),
        ]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_every_name_of_the_sender_is_read_as_configured(name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    content = written(Mailbox("", "owner@example.com"), "en", f'"{quoted}" <r@x.example>')
    message = BytesParser(policy=policy.compat32).parsebytes(content)
    assert mailboxes(message, "From") == [(one_line(name), "r@x.example")]


def test_lines_of_the_header_are_short_ascii() -> None:
    for name in NAMES:
        header, _, _ = written(Mailbox(name, "owner@example.com"), "en").partition(b"\r\n\r\n")
        assert header.isascii()
        assert header.count(b"\r") == header.count(b"\n") == header.count(b"\r\n")
        assert max(map(len, header.split(b"\r\n"))) <= 76


def test_plain_names_are_written_without_encoding() -> None:
    content = written(Mailbox("Acme Cursos", "owner@example.com"), "en")
    assert b"\r\nTo: Acme Cursos <owner@example.com>\r\n" in content


@pytest.mark.parametrize("length", [20, 58, 78, 300, 900])
@pytest.mark.parametrize("field", ["List-Unsubscribe", "Message-ID", "Content-ID"])
def test_a_token_is_written_unchanged_on_one_line(field: str, length: int) -> None:
    token = f"<https://example.com/?s=a-b_c%20d&e={'x' * length}>"
    message = EmailMessage(policy=policy.SMTP)
    message[field] = token_header(field, token)
    assert f"{field}: {token}\r\n".encode() in serialize(message)


@pytest.mark.parametrize("token", ["<a b>", "<a\r\nBcc: b>", "<ação>", f"<{'x' * 998}>", ""])
def test_a_token_that_needs_encoding_or_folding_is_rejected(token: str) -> None:
    with pytest.raises(ValueError, match="List-Unsubscribe"):
        token_header("List-Unsubscribe", token)


def test_a_server_receives_one_mailbox_of_every_name(serve: Start) -> None:
    handler = MailHandler()
    settings = serve(handler)
    sender = parse_mailbox(settings.sender)
    expected = ExpectedHeaders(sender, "owner@example.com", MESSAGE_ID, "en")
    date = datetime(2026, 11, 2, tzinfo=UTC)
    with SmtpTransport(settings) as transport:
        for name in NAMES:
            mailbox = Mailbox(name, "owner@example.com")
            message = new_message(Settings(mail=settings), mailbox, "Report", date, MESSAGE_ID)
            message.set_content("text", headers=["Content-Language: en"])
            transport.send(verify_message(message, expected))
    assert len(handler.accepted) == len(NAMES)
    for name, envelope in zip(NAMES, handler.accepted, strict=True):
        assert envelope.rcpt_tos == ["owner@example.com"]
        assert isinstance(envelope.content, bytes)
        received = BytesParser(policy=policy.compat32).parsebytes(envelope.content)
        assert mailboxes(received, "To") == [(one_line(name), "owner@example.com")]
