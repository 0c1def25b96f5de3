"""`smartinst restore`: an archive becomes an empty home, whole or not at all, and held.

Everything is unpacked beside its place and checked there first. Then the ledger, the database and
the home get their names. A restored home sends and acts on nothing until it is released.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url

from smartinst.archive.backup import CONFIGURATION_FILE
from smartinst.archive.contents import CONFIGURATION, DATABASE, LEDGER, Manifest, unpack
from smartinst.archive.database_rows import import_rows
from smartinst.archive.temporary_folders import RESTORING, remove_leftovers, temporary_folder
from smartinst.database import holds
from smartinst.database.engine import connected
from smartinst.database.schema import DELIVERIES, INBOX, RUNS, STEPS
from smartinst.delivery.delivery_ledger import hold_queued
from smartinst.errors import InputError, LedgerError
from smartinst.ledger.files.seals import SEALS, record_tables
from smartinst.ledger.files.storage import open_folder
from smartinst.ledger.record import has_tables, write_record
from smartinst.ledger.verification import TABLE_NAMES, verify_ledger
from smartinst.settings import Settings, load_settings

_EMPTY_ENTRIES: Final = ("locks", ".probe")
"""Files of a home without content of their own."""

_WORKSPACE_ENTRIES: Final = (CONFIGURATION_FILE, "reports", "notebooks", "templates")
"""What a workspace has beside its data; a workspace may be its own home."""


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
    with temporary_folder(workspace, RESTORING) as unpacked:
        manifest = unpack(path, unpacked)
        if manifest.schema_version > len(STEPS):
            raise InputError(f"{path}: was made by a newer version of smartinst: update it first")
        with ExitStack() as undo:
            _copy_configuration(unpacked / CONFIGURATION, workspace, undo)
            settings = load_settings(workspace)
            remove_leftovers(settings.home.parent, RESTORING)
            _require_empty(settings, (unpacked, path))
            _check_ledger(unpacked, path)
            _put_in_place(settings, unpacked, manifest, now, undo)
            undo.pop_all()
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


def _require_empty(settings: Settings, own_paths: tuple[Path, ...]) -> None:
    """InputError if home, ledger or database has content, apart from paths of this restore."""
    home = settings.home.resolve()
    is_workspace = home == settings.workspace.resolve()
    names = _EMPTY_ENTRIES + (_WORKSPACE_ENTRIES if is_workspace else ())
    ignored_paths = {home / name for name in names} | {path.resolve() for path in own_paths}
    if home.exists() and not ignored_paths.issuperset(home.iterdir()):
        raise InputError(
            f"restore: {settings.home} is not empty: move it away, or configure another home"
        )
    if not open_folder(settings.ledger).is_empty():
        raise InputError(
            f"restore: the ledger {settings.ledger} is not empty: "
            "move it away, or configure another one"
        )
    file = _sqlite_file(settings)
    if file is not None and file.exists():
        raise InputError(
            f"restore: the database {file} exists: move it away, or configure another one"
        )


def _check_ledger(unpacked: Path, path: Path) -> None:
    """Reads every file of an unpacked ledger, which gets the list of its tables."""
    (unpacked / LEDGER).mkdir(exist_ok=True)
    if has_tables(str(unpacked / LEDGER)):
        record_tables(open_folder(str(unpacked / LEDGER)), TABLE_NAMES)
    state = verify_ledger(str(unpacked / LEDGER))
    if state.problems:
        raise InputError(f"{path}: {state.problems[0]}")


def _put_in_place(
    settings: Settings, unpacked: Path, manifest: Manifest, now: datetime, undo: ExitStack
) -> None:
    """Prepares home, ledger and database beside their places, then renames them.

    `undo` gets what removes the new files again.
    """
    with _new_home(settings.home, unpacked, undo) as home:
        file = _sqlite_file(settings)
        if has_tables(str(unpacked / LEDGER)):
            write_record(home, settings.ledger)
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
            _make_folder(target.parent, undo)
            _move(source, target, undo)
        if home.is_relative_to(unpacked):
            _merge(home, settings.home, undo)
            return
        if settings.home.exists():
            shutil.rmtree(settings.home)
        home.rename(settings.home)


def _merge(source: Path, target: Path, undo: ExitStack) -> None:
    """Moves what is in a folder into another one, which may have some of its folders."""
    for path in sorted(source.iterdir()):
        if path.is_dir() and (target / path.name).is_dir():
            _merge(path, target / path.name, undo)
        else:
            _move(path, target / path.name, undo)


def _move(source: Path, target: Path, undo: ExitStack) -> None:
    """Moves a file or folder; `undo` removes it. A folder at its place has no files."""
    if target.is_dir():
        shutil.rmtree(target)
    undo.callback(_remove, target)
    shutil.move(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Makes a folder and its missing parents; `undo` removes those that are empty."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        undo.callback(_remove_empty, path)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # another process has put something into it
        folder.rmdir()


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
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    names = [str(path.relative_to(folder)) for path in files]
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
def _new_home(home: Path, unpacked: Path, undo: ExitStack) -> Iterator[Path]:
    """A new folder on the file system of a home; removed unless it is renamed.

    It is in the folder of the unpacked archive if that is in the home, which is then a workspace.
    """
    if unpacked.resolve().is_relative_to(home.resolve()):
        folder = unpacked / "home"
        folder.mkdir()
        yield folder
        return
    _make_folder(home.parent, undo)
    with temporary_folder(home.parent, RESTORING) as outer:
        folder = outer / "home"
        folder.mkdir(0o700)
        yield folder


def _copy_configuration(archived: Path, workspace: Path, undo: ExitStack) -> None:
    """Copies the archived configuration into a workspace that has none."""
    if (workspace / CONFIGURATION_FILE).exists() or not archived.is_dir():
        return
    for source in sorted(path for path in archived.rglob("*") if path.is_file()):
        target = workspace / source.relative_to(archived)
        if not target.exists():
            _make_folder(target.parent, undo)
            undo.callback(target.unlink, missing_ok=True)
            shutil.copyfile(source, target)
