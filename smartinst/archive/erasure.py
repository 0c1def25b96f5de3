"""`smartinst erase`: removes a buyer from ledger, inbox, quarantine and the artifacts of runs.

Money and statuses stay. All artifacts of a run whose notebook names the buyer are deleted:
`smartinst run` makes the report of that date again. The erasure is logged without the address.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from smartinst.database.engine import connected
from smartinst.database.schema import ERASURES, INBOX
from smartinst.database.text import instant_text
from smartinst.hotmart.values.redaction import PLACEHOLDER
from smartinst.ledger.erasing import BuyerKeys, erase_buyer, find_buyer, has_erased_keys
from smartinst.settings import Seller, Settings

NOTEBOOK: Final = ".ipynb"


def erase(
    settings: Settings, seller: Seller, email: str, now: datetime, *, is_dry_run: bool
) -> dict[str, int]:
    """Place → number of rows or files with the buyer, which are erased unless it is a dry run.

    All are 0 if no buyer has the address; it is then kept as a hash, so that later rows with it are
    erased. Nothing is written if it was kept before.
    """
    buyer = find_buyer(settings.ledger, seller.id, email)
    notebooks = list(_notebooks(settings, seller))
    naming_notebooks = [path for path in notebooks if _names_buyer(_read_json(path), buyer)]
    counts = {**buyer.rows, "files": 0}
    files: list[Path] = []
    with connected(settings.database) as engine, engine.begin() as connection:
        events = list(_events_with_buyer(connection, buyer))
        counts["inbox"] = len(events)
        if any(counts.values()) or naming_notebooks:
            files = list(_files_with_buyer(settings, seller, notebooks, naming_notebooks))
            counts["files"] = len(files)
        elif has_erased_keys(settings.ledger, buyer):
            return counts
        if is_dry_run:
            return counts
        for event_id, body in events:
            connection.execute(update(INBOX).where(INBOX.c.id == event_id).values(body=body))
        row = {"id": str(uuid.uuid4()), "seller_id": seller.id, "erased_at": instant_text(now)}
        connection.execute(insert(ERASURES).values(**row, counts=json.dumps(counts)))
        erase_buyer(settings.ledger, buyer, now)
    for path in files:
        path.unlink(missing_ok=True)
    return counts


def _events_with_buyer(connection: Connection, buyer: BuyerKeys) -> Iterator[tuple[int, str]]:
    """The number of each event of the inbox that names the buyer, and its body without the name."""
    query = select(INBOX.c.id, INBOX.c.body).where(
        INBOX.c.seller_id == buyer.seller_id, INBOX.c.body.is_not(None)
    )
    for number, body in connection.execute(query):
        document = json.loads(body)
        if (new_document := _without_buyer(document, buyer)) != document:
            yield number, json.dumps(new_document, ensure_ascii=False)


def _without_buyer(value: Any, buyer: BuyerKeys) -> Any:
    """A JSON value in which texts that name the buyer are replaced."""
    if isinstance(value, dict):
        return {name: _without_buyer(member, buyer) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_buyer(member, buyer) for member in value]
    return PLACEHOLDER if isinstance(value, str) and buyer.is_named_in(value) else value


def _notebooks(settings: Settings, seller: Seller) -> Iterator[Path]:
    """The notebooks of runs, except those of other sellers: the buyer may be theirs too."""
    other_sellers = {configured.id for configured in settings.seller} - {seller.id}
    for notebook in sorted((settings.home / "runs").rglob(f"*{NOTEBOOK}")):
        if not other_sellers & set(notebook.relative_to(settings.home).parts):
            yield notebook


def _files_with_buyer(
    settings: Settings, seller: Seller, notebooks: list[Path], naming_notebooks: list[Path]
) -> Iterator[Path]:
    """Artifacts of runs whose notebook names the buyer or cannot be read; messages to the seller.

    Whether a message names the buyer is not known: its attachments are not read.
    """
    for notebook in notebooks:
        if notebook in naming_notebooks or _read_json(notebook) is None:
            yield from sorted(path for path in notebook.parent.iterdir() if path.is_file())
    for path in sorted((settings.home / settings.delivery.folder).glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=default)
        if seller.email in str(message["To"]):
            yield path


def _names_buyer(value: Any, buyer: BuyerKeys) -> bool:
    if isinstance(value, dict):
        return any(_names_buyer(member, buyer) for member in value.values())
    if isinstance(value, list):
        return any(_names_buyer(member, buyer) for member in value)
    return isinstance(value, str) and buyer.is_named_in(value)


def _read_json(path: Path) -> Any:
    """The document of a notebook; None if it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
