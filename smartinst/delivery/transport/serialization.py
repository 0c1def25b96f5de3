"""The bytes of a message: as it is stored, and as SMTP sends it."""

from __future__ import annotations

from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO


def serialize(message: EmailMessage) -> bytes:
    """The message as it is sent and stored: CRLF, ASCII only."""
    buffer = BytesIO()
    BytesGenerator(buffer, policy=SMTP.clone(cte_type="7bit")).flatten(message)
    return buffer.getvalue()


def dot_stuff(content: bytes) -> bytes:
    """The text with leading dots doubled and its final dot, to be sent in one piece."""
    text = content if content.endswith(b"\r\n") else content + b"\r\n"
    doubled = text.replace(b"\r\n.", b"\r\n..")
    return (b"." if doubled.startswith(b".") else b"") + doubled + b".\r\n"
