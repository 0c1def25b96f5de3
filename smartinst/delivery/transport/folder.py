"""Delivery to a folder, for those who have their own sender: one .eml a message, whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from smartinst.delivery.transport.smtp import Answer, Connection, Ours, Sent, wire
from smartinst.settings import Settings


def outlet(settings: Settings) -> Outlet:
    """Where this configuration's messages go: a context manager with `send(message, recipient)`."""
    if settings.delivery.to == "folder":
        return Folder(settings.home / settings.delivery.folder)
    return Connection(settings.mail)


class Folder:
    """Takes messages as a connection does; a message's file is named by its Message-ID, so that it is never there twice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def send(self, message: EmailMessage, recipient: str) -> Answer:  # noqa: ARG002 - as a connection is asked
        """Writes the message, synced to disk before its name appears; a folder that cannot be written is our fault."""
        name = re.sub(r"[^A-Za-z0-9._-]", "-", str(message["Message-ID"]).strip("<> "))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self.folder / f"{name[:200]}.eml", wire(message))
        except OSError as error:
            return Ours(f"{self.folder}: {error.strerror or error}")
        return Sent()


Outlet = Connection | Folder
"""Where messages go; both are context managers with `send`."""


def _write(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".making-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
