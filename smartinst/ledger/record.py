"""The record of a ledger's address in the home, by which a ledger that is gone is noticed.

It is written with the first commit, by a restore, and when a ledger is seen that has no record.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from smartinst.ledger.files.seals import has_log
from smartinst.ledger.files.storage import open_folder
from smartinst.statements import LEDGER_TABLES

RECORD: Final = "ledger.json"
"""The file in the home that names the address of its ledger."""


def write_record(home: Path, address: str) -> None:
    """Records the address of a ledger that has commits, unless it is recorded already."""
    if is_recorded(home, address):
        return
    with suppress(OSError):  # a home that only others may write
        home.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"ledger": address}) + "\n"
        (home / RECORD).write_text(text, encoding="utf-8")


def is_recorded(home: Path, address: str) -> bool:
    """Whether a home has had a ledger at an address."""
    try:
        document = json.loads((home / RECORD).read_text(encoding="utf-8"))
        return bool(document["ledger"] == address)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def has_tables(address: str) -> bool:
    """Whether a ledger has a table with a commit."""
    folder = open_folder(address)
    return any(has_log(folder, table.name) for table in LEDGER_TABLES)


def missing_problem(home: Path, address: str) -> str | None:
    """The problem if a recorded ledger is gone, with its remedy."""
    if not is_recorded(home, address) or has_tables(address):
        return None
    return (
        f"ledger: {address} is missing: mount its disk or restore it from a backup "
        "(smartinst restore); smartinst ingest and sync begin a new one"
    )
