"""Whether the ledger is where it was: a folder that is gone must not look like one without sales.

The home has a record of the ledger's address once a ledger was seen there. A ledger on a disk that
is not mounted, or that somebody has removed, is then an error instead of a seller without plans.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from smartinst.errors import LedgerError
from smartinst.ledger.files.seals import has_log
from smartinst.ledger.files.storage import open_folder
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.verification import LedgerState, verify_ledger
from smartinst.settings import VIEW_SCHEME, Settings
from smartinst.statements import LEDGER_TABLES

RECORD: Final = "ledger.json"
"""The file in the home that names the address of its ledger."""


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of the settings; LedgerError if there was one and it is gone."""
    if not settings.ledger.startswith(VIEW_SCHEME) and (problem := _check_presence(settings)):
        raise LedgerError(problem)
    return Ledger(settings.ledger)


def begin_ledger(settings: Settings) -> tuple[Ledger, str | None]:
    """The ledger for a command that writes, and a notice if the recorded ledger is missing."""
    notice = f"ledger: {settings.ledger} was missing; a new one begins with what is read now"
    return Ledger(settings.ledger), notice if _check_presence(settings) else None


def ledger_state(settings: Settings) -> LedgerState:
    """The verification of the ledger of the settings; it has a problem if the ledger is gone."""
    if problem := _check_presence(settings):
        return LedgerState(problems=[problem])
    return verify_ledger(settings.ledger)


def _check_presence(settings: Settings) -> str | None:
    """The problem if the recorded ledger is gone. A ledger that is there is recorded."""
    record = settings.home / RECORD
    is_recorded = _recorded_address(record) == settings.ledger
    folder = open_folder(settings.ledger)
    if any(has_log(folder, table.name) for table in LEDGER_TABLES):
        if not is_recorded:
            with suppress(OSError):  # a home that only others may write
                record.parent.mkdir(parents=True, exist_ok=True)
                record.write_text(json.dumps({"ledger": settings.ledger}) + "\n", encoding="utf-8")
        return None
    if not is_recorded:
        return None
    return (
        f"ledger: {settings.ledger} is missing: mount its disk or restore it from a backup "
        "(smartinst restore); smartinst ingest and sync begin a new one"
    )


def _recorded_address(record: Path) -> str | None:
    try:
        address: str | None = json.loads(record.read_text(encoding="utf-8"))["ledger"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address
