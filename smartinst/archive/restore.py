"""`smartinst restore`: an archive becomes an empty home, whole or not at all, and held.

Everything is unpacked beside its place and checked there first. Then the ledger, the database and
the home get their names. A restored home sends and acts on nothing until it is released.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url

from smartinst.archive.backup import CONFIGURATION_FILE
from smartinst.archive.contents import CONFIGURATION, DATABASE, LEDGER, Manifest, unpack
from smartinst.archive.database_rows import import_rows
from smartinst.database import holds
from smartinst.database.engine import connected
from smartinst.database.schema import DELIVERIES, INBOX, RUNS, STEPS
from smartinst.delivery.delivery_ledger import hold_queued
from smartinst.errors import InputError, LedgerError
from smartinst.ledger.files.seals import SEALS
from smartinst.ledger.files.storage import open_folder
from smartinst.ledger.verification import verify_ledger
from smartinst.settings import Settings, load_settings

_EMPTY_ENTRIES: Final = ("locks", ".probe")
"""Files of a home without content of their own."""


@dataclass(frozen=True)
class ReleaseSummary:
    """What an operator should know about a home that is released.

    `held_deliveries` wait for a decision by hand. `planned_runs` are those of the next tick,
    `waiting_events` those of the inbox.
    """

    backup_at: str
    held_deliveries: int
    planned_runs: int
    waiting_events: int


def restore_backup(path: Path, workspace: Path, now: datetime) -> tuple[Settings, Manifest]:
    """Puts an archive in place of the empty home that a workspace configures.

    A workspace without a smartinst.toml gets that of the archive. InputError if the archive is not
    intact, or if home, ledger or database is not empty; nothing is changed then.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=workspace) as name:
        unpacked = Path(name)
        manifest = unpack(path, unpacked)
        if manifest.schema_version > len(STEPS):
            raise InputError(f"{path}: was made by a newer version of smartinst: update it first")
        with _configuration_in_place(unpacked / CONFIGURATION, workspace):
            settings = load_settings(workspace)
            _require_empty(settings)
            _check_ledger(unpacked, path)
            _put_in_place(settings, unpacked, manifest, now)
    return settings, manifest


def release(settings: Settings, now: datetime) -> ReleaseSummary:
    """Releases a restored home; InputError if it is not held.

    Deliveries that waited when the backup was made may have been sent since: they are held for a
    decision by hand.
    """
    with connected(settings.database) as engine, engine.begin() as connection:
        backup_at = holds.backup_of_hold(connection)
        if backup_at is None:
            raise InputError("restore: this home is not held")
        reason = f"may have been sent after the backup of {backup_at}"
        hold_queued(connection, reason, now)
        summary = _summary(connection, backup_at)
        holds.release(connection, now)
    return summary


def _summary(connection: Connection, backup_at: str) -> ReleaseSummary:
    def count(table: Any, condition: Any) -> int:
        query = select(func.count()).select_from(table).where(condition)
        return int(connection.execute(query).scalar_one())

    return ReleaseSummary(
        backup_at,
        count(DELIVERIES, DELIVERIES.c.state == "held"),
        count(RUNS, RUNS.c.state == "planned"),
        count(INBOX, INBOX.c.folded_ms.is_(None)),
    )


def _require_empty(settings: Settings) -> None:
    home = settings.home
    if home.exists() and any(entry.name not in _EMPTY_ENTRIES for entry in home.iterdir()):
        raise InputError(f"restore: {home} is not empty: move it away, or configure another home")
    if not open_folder(settings.ledger).is_empty():
        raise InputError(f"restore: the ledger {settings.ledger} is not empty")
    file = _sqlite_file(settings)
    if file is not None and file.exists():
        raise InputError(f"restore: the database {file} exists")


def _check_ledger(unpacked: Path, path: Path) -> None:
    """Reads every file of an unpacked ledger."""
    (unpacked / LEDGER).mkdir(exist_ok=True)
    state = verify_ledger(str(unpacked / LEDGER))
    if state.problems:
        raise InputError(f"{path}: {state.problems[0]}")


def _put_in_place(settings: Settings, unpacked: Path, manifest: Manifest, now: datetime) -> None:
    """Prepares home, ledger and database beside their places, then renames them."""
    with _new_beside(settings.home) as home:
        file = _sqlite_file(settings)
        local_ledger = None if "://" in settings.ledger else Path(settings.ledger)
        moves: list[tuple[Path, Path]] = []
        if local_ledger is not None:
            _place(unpacked / LEDGER, local_ledger, settings.home, home, moves)
        else:
            _upload(unpacked / LEDGER, settings.ledger)
        if file is not None:
            staged = unpacked / "smartinst.db"
            _fill_database(f"sqlite:///{staged}", unpacked, manifest, now)
            _place(staged, file, settings.home, home, moves)
        else:
            _fill_database(settings.database, unpacked, manifest, now)
        for source, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir():
                shutil.rmtree(target)  # without files, as was checked
            shutil.move(source, target)
        if settings.home.exists():
            shutil.rmtree(settings.home)
        home.rename(settings.home)


def _place(
    source: Path, target: Path, home: Path, new_home: Path, moves: list[tuple[Path, Path]]
) -> None:
    """Moves a part into the new home if it belongs there; else notes where it belongs."""
    if target.is_relative_to(home):
        inside = new_home / target.relative_to(home)
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, inside)
    else:
        moves.append((source, target))


def _upload(folder: Path, address: str) -> None:
    """Writes the files of a ledger into an object store, the seals last."""
    objects = open_folder(address)
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    for name in sorted(names, key=lambda name: (name.startswith(SEALS), name)):
        objects.write(name, (folder / name).read_bytes())
    if problems := verify_ledger(address).problems:
        raise LedgerError(f"restore: {problems[0]}")


def _fill_database(database: str, unpacked: Path, manifest: Manifest, now: datetime) -> None:
    """Inserts the rows of an archive in one transaction, in which the database becomes held."""
    with connected(database) as engine, engine.begin() as connection:
        import_rows(connection, unpacked / DATABASE)
        holds.hold_database(connection, datetime.fromisoformat(manifest.created_at), now)


def _sqlite_file(settings: Settings) -> Path | None:
    """The file of an SQLite database; None for a server."""
    url = make_url(settings.database)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


@contextmanager
def _new_beside(home: Path) -> Iterator[Path]:
    """A new folder on the file system of a home; removed unless it is renamed."""
    home.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    try:
        yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder)


@contextmanager
def _configuration_in_place(archived: Path, workspace: Path) -> Iterator[None]:
    """Copies the archived configuration into a workspace that has none; not after an error."""
    copies = []
    if not (workspace / CONFIGURATION_FILE).exists() and archived.is_dir():
        for source in sorted(path for path in archived.rglob("*") if path.is_file()):
            target = workspace / source.relative_to(archived)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                copies.append(target)
    try:
        yield
    except BaseException:
        for copy in copies:
            copy.unlink()
        raise
