"""Verification of a written message: only bytes with the expected headers are sent.

It does not use the header registry with which messages are composed: the bytes are read by the
`compat32` parser, addresses by `email.utils`, and the lines of the header by a regular expression.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from typing import Final

from smartinst.addresses import Mailbox, encode_domain
from smartinst.delivery.transport.serialization import serialize
from smartinst.errors import SmartinstError

REQUIRED_FIELDS: Final = {"from", "to", "subject", "date", "message-id", "content-language"}
FIELDS: Final = REQUIRED_FIELDS | {
    *("reply-to", "auto-submitted", "list-unsubscribe", "list-unsubscribe-post"),
    *("mime-version", "content-type", "content-transfer-encoding"),
}
"""The fields of our messages, each at most once; there is no Cc and no Bcc."""
_HEADER: Final = re.compile(
    rb"(?:[!-9;-~]+: (?=.*[!-~])(?=.{1,980}\r)[ -~]+\r\n(?: (?=.{1,980}\r)[ -~]+\r\n)*)+\r\n"
)
"""Fields of printable ASCII, each line shorter than the limit of 998 characters (RFC 5322)."""


class HeaderMismatchError(SmartinstError):
    """The bytes of a message do not have the expected headers; the message names each of them."""


@dataclass(frozen=True)
class ExpectedHeaders:
    """The headers that a message must have, from the configuration and the delivery ledger.

    `message_id` includes its angle brackets, `unsubscribe` is a link without them. `reply_to` is an
    address (None: not checked).
    """

    sender: Mailbox
    recipient: str
    message_id: str
    language: str
    unsubscribe: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class VerifiedMessage:
    """The bytes of a message as they are sent, with its only recipient."""

    content: bytes
    recipient: str
    message_id: str


def verify_message(message: EmailMessage, expected: ExpectedHeaders) -> VerifiedMessage:
    """The written message; HeaderMismatchError if its headers are not as expected."""
    content = serialize(message)
    if mismatches := list(header_mismatches(content, expected)):
        raise HeaderMismatchError(f"not sent, its headers are wrong: {'; '.join(mismatches)}")
    return VerifiedMessage(content, expected.recipient, expected.message_id)


def header_mismatches(content: bytes, expected: ExpectedHeaders) -> Iterator[str]:
    """Every difference between the headers of a written message and the expected ones."""
    if not _HEADER.match(content):
        yield "the header has a line that is too long or not printable ASCII"
    message = BytesParser(policy=compat32).parsebytes(content)
    yield from _unexpected_fields(message)
    sender = (expected.sender.name, encode_domain(expected.sender.address))
    if (senders := _mailboxes(message, "From")) != [sender]:
        yield f"From: expected {sender}, found {senders}"
    recipient, recipients = encode_domain(expected.recipient), _mailboxes(message, "To")
    if [address for _, address in recipients] != [recipient]:
        yield f"To: expected only {recipient}, found {recipients}"
    replies = [address for _, address in _mailboxes(message, "Reply-To")]
    if expected.reply_to is not None and replies != [encode_domain(expected.reply_to)]:
        yield f"Reply-To: expected only {expected.reply_to}, found {replies}"
    link = f"<{expected.unsubscribe}>" if expected.unsubscribe else None
    for name, text in (("Message-ID", expected.message_id), ("List-Unsubscribe", link)):
        if message[name] != text:
            yield f"{name}: expected {text}, found {message[name]!r}"
    yield from _part_mismatches(message, expected.language)


def _unexpected_fields(message: Message) -> Iterator[str]:
    counts = Counter(name.lower() for name in message)
    if unexpected := sorted(name for name in counts if name not in FIELDS or counts[name] > 1):
        yield f"unexpected or repeated: {', '.join(unexpected)}"
    if missing := sorted(REQUIRED_FIELDS - set(counts)):
        yield f"missing: {', '.join(missing)}"


def _mailboxes(message: Message, field: str) -> list[tuple[str, str]]:
    """The names, decoded, and addresses of a field."""
    return [(_decode(name), address) for name, address in getaddresses(message.get_all(field, []))]


def _decode(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, UnicodeError, LookupError):
        return text


def _part_mismatches(message: Message, language: str) -> Iterator[str]:
    """Parts that are not well formed, and texts for a reader without their language."""
    for part in message.walk():
        content_type = part.get_content_type()
        if part.defects:
            yield f"{content_type}: {', '.join(type(defect).__name__ for defect in part.defects)}"
        is_text = part is message or (
            content_type in ("text/plain", "text/html")
            and part.get_content_disposition() != "attachment"
        )
        if is_text and part["Content-Language"] != language:
            yield f"{content_type}: expected Content-Language: {language}"
