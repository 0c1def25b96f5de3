"""`smartinst erase`: removes a buyer from ledger, inbox, quarantine and the artifacts of runs.

Money and statuses stay. All artifacts of a run whose notebook or log names the buyer are deleted:
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

from sqlalchemy import Column, Connection, insert, select, true, update

from smartinst.database.engine import connected
from smartinst.database.schema import DELIVERIES, ERASURES, INBOX, NOTICES, RUNS
from smartinst.database.text import instant_text
from smartinst.hotmart.values.redaction import PLACEHOLDER
from smartinst.ledger.erasing import BuyerKeys, erase_buyer, find_buyer, has_erased_keys
from smartinst.ledger.presence import require_presence
from smartinst.ledger.record import write_record
from smartinst.runs.definitions import ALL_SELLERS
from smartinst.settings import Seller, Settings

NOTEBOOK: Final = ".ipynb"
LOG: Final = ".txt"


def erase(
    settings: Settings, seller: Seller, email: str, now: datetime, *, is_dry_run: bool
) -> dict[str, int]:
    """Place → number of rows or files with the buyer, which are erased unless it is a dry run.

    All are 0 if no buyer has the address; it is then kept as a hash, so that later rows with it are
    erased. Nothing is written if it was kept before.
    """
    require_presence(settings)
    buyer = find_buyer(settings.ledger, seller.id, email)
    naming_folders, unreadable_folders = _run_folders(settings, seller, buyer)
    counts = {**buyer.rows, "files": 0}
    files: list[Path] = []
    with connected(settings.database) as engine, engine.begin() as connection:
        events = list(_events_with_buyer(connection, buyer))
        counts["inbox"] = len(events)
        notes = list(_notes_with_buyer(connection, buyer))
        counts["notes"] = len(notes)
        if any(counts.values()) or naming_folders:
            folders = naming_folders | unreadable_folders
            files = [*_files_in(folders), *_messages_to(seller, settings)]
            counts["files"] = len(files)
        elif has_erased_keys(settings.ledger, buyer):
            return counts
        if is_dry_run:
            return counts
        for event_id, body in events:
            connection.execute(update(INBOX).where(INBOX.c.id == event_id).values(body=body))
        for column, key, number in notes:
            connection.execute(
                update(column.table).where(key == number).values({column: PLACEHOLDER})
            )
        row = {"id": str(uuid.uuid4()), "seller_id": seller.id, "erased_at": instant_text(now)}
        connection.execute(insert(ERASURES).values(**row, counts=json.dumps(counts)))
        erase_buyer(settings.ledger, buyer, now)
        write_record(settings.home, settings.ledger)
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


def _notes_with_buyer(
    connection: Connection, buyer: BuyerKeys
) -> Iterator[tuple[Column[str], Column[str], str]]:
    """The notes of runs, reasons of deliveries and notices that name the buyer.

    Each is its column, the column of the row's key, and the key. Runs and deliveries of other
    sellers are left out: the buyer may be theirs too. Notices belong to no seller.
    """
    seller_ids = (buyer.seller_id, ALL_SELLERS)
    of_seller = {
        RUNS.c.note: (RUNS.c.run_id, RUNS.c.seller_id.in_(seller_ids)),
        DELIVERIES.c.reason: (DELIVERIES.c.id, DELIVERIES.c.seller_id.in_(seller_ids)),
        NOTICES.c.said: (NOTICES.c.id, true()),
    }
    for column, (key, is_searched) in of_seller.items():
        for number, text in connection.execute(select(key, column).where(is_searched)):
            if buyer.is_named_in(text):
                yield column, key, number


def _without_buyer(value: Any, buyer: BuyerKeys) -> Any:
    """A JSON value in which texts that name the buyer are replaced."""
    if isinstance(value, dict):
        return {name: _without_buyer(member, buyer) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_buyer(member, buyer) for member in value]
    return PLACEHOLDER if isinstance(value, str) and buyer.is_named_in(value) else value


def _notebooks_and_logs(settings: Settings, seller: Seller) -> Iterator[Path]:
    """Notebooks and logs of runs, except those of other sellers: the buyer may be theirs too."""
    other_sellers = {configured.id for configured in settings.seller} - {seller.id}
    for path in sorted((settings.home / "runs").rglob("*")):
        is_others = other_sellers & set(path.relative_to(settings.home).parts)
        if path.suffix in (NOTEBOOK, LOG) and path.is_file() and not is_others:
            yield path


def _run_folders(
    settings: Settings, seller: Seller, buyer: BuyerKeys
) -> tuple[set[Path], set[Path]]:
    """Folders of runs of which a file names the buyer, and those with one that cannot be read."""
    naming_folders, unreadable_folders = set[Path](), set[Path]()
    for path in _notebooks_and_logs(settings, seller):
        content = _content(path)
        if content is None:
            unreadable_folders.add(path.parent)
        elif _names_buyer(content, buyer):
            naming_folders.add(path.parent)
    return naming_folders, unreadable_folders


def _files_in(folders: set[Path]) -> Iterator[Path]:
    for folder in sorted(folders):
        yield from sorted(path for path in folder.iterdir() if path.is_file())


def _messages_to(seller: Seller, settings: Settings) -> Iterator[Path]:
    """All messages to the seller in the outbox folder, since their attachments are not read."""
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


def _content(path: Path) -> Any:
    """The document of a notebook, or the text of a log; None if it cannot be read."""
    try:
        content = path.read_bytes()
        return json.loads(content) if path.suffix == NOTEBOOK else content.decode(errors="replace")
    except (OSError, ValueError, RecursionError):
        return None
