"""`smartinst backup`: database, ledger and configuration of a home as one file.

It may be made while others ingest, tick and act. The database is read as of one moment and the
ledger after it, so that the ledger has everything that the database counts as folded or read; what
it has beyond that is accepted again as duplicates. Data files of the ledger never change.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from smartinst.archive.contents import (
    CONFIGURATION,
    DATABASE,
    LEDGER,
    MANIFEST,
    ArchivedFile,
    Manifest,
    add_bytes,
    add_file,
    describe,
    describe_file,
    verify_archive,
)
from smartinst.archive.database_rows import export_rows
from smartinst.archive.temporary_folders import BACKUP, temporary_folder
from smartinst.database.engine import connected
from smartinst.database.text import instant_text
from smartinst.errors import InputError, LedgerError
from smartinst.ledger.files.seals import REMEDY, Seal, seal_name
from smartinst.ledger.presence import require_presence
from smartinst.ledger.store import Store
from smartinst.machine_errors import free_space, no_space_error
from smartinst.settings import Settings
from smartinst.statements import LEDGER_TABLES

CONFIGURATION_FILE: Final = "smartinst.toml"
_DATABASE_LINE: Final = re.compile(r"^(\s*database\s*=\s*)(['\"])(.*)\2", re.MULTILINE)


def write_backup(settings: Settings, path: Path, now: datetime) -> Manifest:
    """Writes an archive, reads it again in full, then gives it its name; returns its manifest.

    InputError if the file exists or cannot be written, LedgerError if the ledger is damaged.
    """
    require_presence(settings)
    if path.exists():
        raise InputError(f"{path} exists: name a new file")
    try:
        with temporary_folder(path.parent, BACKUP) as folder:
            unfinished = folder / "archive"
            _write(settings, folder, unfinished, now)
            manifest = verify_archive(unfinished)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            os.link(unfinished, path)  # fails if another process has written the file meanwhile
    except OSError as error:
        space = free_space(path) if no_space_error(error) else ""
        reason = f"{error.strerror or error}{space}"
        raise InputError(f"{path} cannot be written: {reason}") from error
    return manifest


def _write(settings: Settings, folder: Path, path: Path, now: datetime) -> None:
    rows = folder / DATABASE
    rows.mkdir()
    with connected(settings.database) as engine:
        schema_version = export_rows(engine, rows)
    seals = list(_seals(settings))
    texts = dict(_configuration(settings))
    texts |= {f"{LEDGER}/{seal_name(store.table.name)}": seal.document() for store, seal in seals}
    paths = {f"{DATABASE}/{file.name}": file for file in sorted(rows.iterdir())}
    objects = dict(chain.from_iterable(_ledger_files(*pair) for pair in seals))
    files = {name: describe(content) for name, content in texts.items()}
    files |= {name: describe_file(file) for name, file in paths.items()}
    files |= {name: file for name, (_, _, file) in objects.items()}
    manifest = Manifest(instant_text(now), schema_version, files)
    path.touch(0o600)
    with tarfile.open(path, "w:gz", compresslevel=3) as archive:
        add_bytes(archive, MANIFEST, manifest.document())
        for name, file in paths.items():
            add_file(archive, name, file)
        for name, (store, file_name, _) in objects.items():
            add_bytes(archive, name, store.versions.folder.read(file_name))
        for name, content in texts.items():
            add_bytes(archive, name, content)


def _seals(settings: Settings) -> Iterator[tuple[Store, Seal]]:
    """The tables, each with the seal of its newest version."""
    for table in LEDGER_TABLES:
        store = Store(settings.ledger, table)
        if (seal := store.seal(rewrite_unhashed=True)) is not None:
            yield store, seal


def _ledger_files(
    store: Store, seal: Seal
) -> Iterator[tuple[str, tuple[Store, str, ArchivedFile]]]:
    """Name in the archive → table, file and its description, of a sealed version."""
    for name, sha256, size in store.sealed_files(seal):
        if sha256 is None:
            raise LedgerError(f"ledger: {store.table.name}/{name} has no hash: {REMEDY}")
        yield f"{LEDGER}/{store.table.name}/{name}", (store, name, ArchivedFile(size, sha256))


def _configuration(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """The configuration file without the password of a database, and the report definitions."""
    path = settings.workspace / CONFIGURATION_FILE
    if path.is_file():
        text = _DATABASE_LINE.sub(_without_password, path.read_text(encoding="utf-8"))
        yield f"{CONFIGURATION}/{CONFIGURATION_FILE}", text.encode()
    for definition in sorted((settings.workspace / "reports").glob("*.toml")):
        yield f"{CONFIGURATION}/reports/{definition.name}", definition.read_bytes()


def _without_password(match: re.Match[str]) -> str:
    prefix, quote, address = match.groups()
    parts = urlsplit(address)
    if parts.password is not None:
        location = f"{parts.username}@{parts.netloc.rpartition('@')[2]}"
        address = parts._replace(netloc=location).geturl()
    return f"{prefix}{quote}{address}{quote}"
