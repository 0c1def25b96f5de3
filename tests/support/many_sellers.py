"""Many sellers in one workspace, each one's sales marked with a word of its own, and a mail server that keeps all."""

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
    """The word of one seller: no other's begins with it, no language has it, no line is broken in it."""
    return f"Qx{number:03d}vj"


def seller_id(number: int) -> str:
    """An id that has nothing of the marker."""
    return f"s{number:03d}"


@dataclass
class MailServer:
    """Takes every message for whomever, and keeps it by its recipient."""

    taken: dict[str, list[EmailMessage]] = field(default_factory=dict)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        for recipient in envelope.rcpt_tos:
            self.taken.setdefault(recipient, []).append(message)
        return "250 kept"


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, int]]:
    """A server on a free port of loopback while the block lasts."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=port, data_size_limit=64 << 20)
    controller.start()
    try:
        yield server, port
    finally:
        controller.stop()


def settle(workspace: Path, sellers: int, plans: int, port: int) -> None:
    """Writes the configuration, one weekly report with everything attached, and every seller's marked sales."""
    lines = [
        'home = "var"',
        "[mail]",
        f"port = {port}",
        'sender = "Reports <reports@example.com>"',
        "per_minute = 60000",
    ]
    for number in range(sellers):
        locale, zone = PLACES[number % len(PLACES)]
        one = seller_id(number)
        lines += [
            "[[seller]]",
            f'id = "{one}"',
            f'name = "{marker(number)} Cursos"',
            f'email = "{one}@example.com"',
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
            told = _marked(json.loads(page.read_text(encoding="utf-8")), marker(number))
            page.write_text(json.dumps(told), encoding="utf-8")
        summary = ingest(
            [pages], settings.find(seller_id(number)), ledger, RECEIVED, settings.limits
        )
        assert summary.accepted, summary


def _marked(told: Any, word: str) -> Any:
    """The same document with the word before every name, address and code in it."""
    if isinstance(told, list):
        return [_marked(one, word) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        key: f"{word}{'.' if key == 'email' else ' ' if key == 'name' else ''}{value}"
        if key in MARKED and isinstance(value, str)
        else _marked(value, word)
        for key, value in told.items()
    }


def texts(message: EmailMessage) -> dict[str, str]:
    """Every part of a message as somebody may read it, its headers too, by a name that tells which."""
    found = {"headers": "\n".join(f"{name}: {value}" for name, value in message.items())}
    for place, part in enumerate(message.walk()):
        if not part.is_multipart():
            name = part.get_filename() or f"part {place} {part.get_content_type()}"
            content = part.get_content()
            found[name] = text_of(name, content.encode() if isinstance(content, str) else content)
    return found


def text_of(name: str, content: bytes) -> str:
    """What a file says: a PDF's text, a workbook's sheets, anything else as it stands."""
    if name.endswith(".pdf"):
        return run(
            ["pdftotext", "-", "-"], input=content, capture_output=True, check=True
        ).stdout.decode()
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(one).decode() for one in book.namelist())
    return content.decode("utf-8", "replace")
