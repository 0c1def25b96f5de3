"""Previews: mail and attachments of a report as they would leave, in a folder.

Nothing is sent, and neither the run history nor the delivery ledger is changed.
"""

from __future__ import annotations

import shutil
from datetime import date
from email.message import EmailMessage
from pathlib import Path

from smartinst.delivery.delivery_ledger import new_message_id
from smartinst.delivery.message import compose
from smartinst.delivery.operational_data import operational_data
from smartinst.delivery.transport.serialization import serialize
from smartinst.errors import ReportError
from smartinst.file_writing import write_file
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import Seller, Settings


def preview_report(
    settings: Settings, definition: Definition, seller: Seller, day: date
) -> list[Path]:
    """Runs a report as of a day and writes its mail; returns the paths, the mail as HTML first.

    The folder is `<home>/previews/<report>/<seller>/`, whose earlier files are removed.
    ReportError if the run fails.
    """
    folder = settings.home / "previews" / definition.name / seller.id
    shutil.rmtree(folder, ignore_errors=True)
    request = RunRequest(
        definition,
        seller,
        day,
        formats=definition.formats,
        folder=folder / "run",
        attach=definition.delivery.attach if definition.delivery else None,
        operational=operational_data(settings, definition, seller, day),
    )
    (outcome,) = run_reports([request], settings, 1)
    if outcome.error:
        raise ReportError(f"{definition.name} of {seller.id}: {outcome.error}")
    paths = {kind: Path(path) for kind, path in outcome.artifacts.items()}
    message = compose(
        paths["ipynb"],
        paths,
        seller,
        definition,
        f"{day.isoformat()}T00:00",
        new_message_id(settings.mail.sender),
        settings,
    )
    return write_message(message, folder)


def write_message(message: EmailMessage, folder: Path) -> list[Path]:
    """Writes a message as it is sent (.eml), as HTML and as text, with pictures and attachments."""
    html, text = (_body(message, kind) for kind in ("html", "plain"))
    files = {"mail.html": b"", "mail.txt": text.encode(), "mail.eml": serialize(message)}
    for part in message.walk():
        if (name := part.get_filename()) is None:
            continue
        files[name] = part.get_payload(decode=True) or b""  # type: ignore[assignment]
        if content_id := str(part.get("Content-ID") or "").strip("<>"):
            html = html.replace(f"cid:{content_id}", name)
    files["mail.html"] = html.encode()
    paths = []
    for name, content in files.items():
        path = folder / Path(name).name
        write_file(path, content)
        paths.append(path)
    return paths


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
