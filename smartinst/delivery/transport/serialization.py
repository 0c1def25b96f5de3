"""The bytes of a message, as stored and as sent by SMTP."""

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
    """The text for SMTP's DATA: leading dots doubled, with the final dot."""
    text = content if content.endswith(b"\r\n") else content + b"\r\n"
    doubled = text.replace(b"\r\n.", b"\r\n..")
    return (b"." if doubled.startswith(b".") else b"") + doubled + b".\r\n"
