"""A workspace of many sellers, with a marker in the sales of each, and a mail server."""

from __future__ import annotations

import io
import json
import socket
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from subprocess import run
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from smartinst import sample
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import load_settings
from tests.support.weekly import weekly
from tests.support.workspace import AS_OF

PLACES = (("pt-BR", "America/Sao_Paulo"), ("es", "Europe/Madrid"), ("en", "America/New_York"))
MARKED = ("name", "email", "subscriber_code")
RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
MONDAY = "2026-11-02T13:00:00Z"
REPORT = weekly("pdf", "html", "xlsx")


def marker(number: int) -> str:
    """A seller's marker: a word of no language, which is not a prefix of another marker."""
    return f"Qx{number:03d}vj"


def seller_id(number: int) -> str:
    """A seller id that does not contain the marker."""
    return f"s{number:03d}"


@dataclass
class MailServer:
    """Accepts every message, and stores it by recipient."""

    messages_by_recipient: dict[str, list[EmailMessage]] = field(default_factory=dict)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        for recipient in envelope.rcpt_tos:
            self.messages_by_recipient.setdefault(recipient, []).append(message)
        return "250 kept"


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, int]]:
    """A mail server on a free loopback port, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=port, data_size_limit=64 << 20)
    controller.start()
    try:
        yield server, port
    finally:
        controller.stop()


def write_workspace(workspace: Path, sellers: int, plans: int, port: int) -> None:
    """Writes a configuration, a weekly report with all artifacts attached, and marked sales."""
    lines = [
        'home = "var"',
        "[mail]",
        f"port = {port}",
        'sender = "Reports <reports@example.com>"',
        "per_minute = 60000",
    ]
    for number in range(sellers):
        locale, zone = PLACES[number % len(PLACES)]
        seller = seller_id(number)
        lines += [
            "[[seller]]",
            f'id = "{seller}"',
            f'name = "{marker(number)} Cursos"',
            f'email = "{seller}@example.com"',
        ]
        lines += [f'locale = "{locale}"', f'timezone = "{zone}"']
    (workspace / "smartinst.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (workspace / "reports").mkdir()
    (workspace / "reports" / "weekly.toml").write_text(REPORT, encoding="utf-8")
    settings = load_settings(workspace, {})
    ledger = Ledger(settings.ledger)
    for number in range(sellers):
        pages = workspace / "in" / seller_id(number)
        sample.write_sample(pages, seller_id(number), plans, as_of=AS_OF, seed=number + 1)
        for page in pages.iterdir():
            document = _marked(json.loads(page.read_text(encoding="utf-8")), marker(number))
            page.write_text(json.dumps(document), encoding="utf-8")
        summary = ingest(
            [pages], settings.find(seller_id(number)), ledger, RECEIVED, settings.limits
        )
        assert summary.accepted, summary


def _marked(document: Any, word: str) -> Any:
    """The document with the word before every name, address and code."""
    if isinstance(document, list):
        return [_marked(item, word) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        key: f"{word}{'.' if key == 'email' else ' ' if key == 'name' else ''}{value}"
        if key in MARKED and isinstance(value, str)
        else _marked(value, word)
        for key, value in document.items()
    }


def texts(message: EmailMessage) -> dict[str, str]:
    """The text of every part of a message, and of its headers, by a descriptive name."""
    parts = {"headers": "\n".join(f"{name}: {value}" for name, value in message.items())}
    for index, part in enumerate(message.walk()):
        if not part.is_multipart():
            name = part.get_filename() or f"part {index} {part.get_content_type()}"
            content = part.get_content()
            parts[name] = text_of(name, content.encode() if isinstance(content, str) else content)
    return parts


def text_of(name: str, content: bytes) -> str:
    """The text of a file: of a PDF, of the sheets of a workbook, else the decoded content."""
    if name.endswith(".pdf"):
        return run(
            ["pdftotext", "-", "-"], input=content, capture_output=True, check=True
        ).stdout.decode()
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist())
    return content.decode("utf-8", "replace")
