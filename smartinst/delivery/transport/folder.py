"""Delivery to a folder, for operators who send mail themselves: one .eml file per message."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path

from smartinst.delivery.transport.send_result import OwnFault, SendResult, Sent
from smartinst.delivery.transport.smtp import SmtpTransport
from smartinst.delivery.transport.verified_message import VerifiedMessage
from smartinst.file_writing import write_file
from smartinst.settings import Settings


def open_transport(settings: Settings) -> Transport:
    """The configured transport: a context manager with `send(message)`."""
    if settings.delivery.to == "folder":
        return FolderTransport(settings.home / settings.delivery.folder)
    return SmtpTransport(settings.mail)


class FolderTransport(AbstractContextManager["FolderTransport", None]):
    """Writes messages to files named by their Message-ID, so that no message is there twice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __exit__(self, *_error: object) -> None:
        return None

    def send(self, message: VerifiedMessage) -> SendResult:
        """Writes a message durably under its final name; OwnFault if that fails."""
        name = re.sub(r"[^A-Za-z0-9._-]", "-", message.message_id.strip("<>"))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_file(self.folder / f"{name[:200]}.eml", message.content, is_durable=True)
        except OSError as error:
            return OwnFault(f"{self.folder}: {error.strerror or error}")
        return Sent()


Transport = SmtpTransport | FolderTransport
