"""Checks of a table's files against their hashes: each file once per process.

A file whose hash is its name cannot get another content unless it is damaged, so that a second
check in the same process would only cost time.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Final, cast

from deltalake import DeltaTable

from smartinst.errors import LedgerError
from smartinst.ledger.files.seals import (
    FOREIGN_REMEDY,
    REMEDY,
    SEAL_REMEDY,
    UNSEALED_COMMITS,
    LiveFile,
    Seal,
    commit_name,
    committed_digest,
    digest_of,
    hint_problem,
    is_hint_valid,
    live_files,
    seal_name,
    sealed_tables,
)
from smartinst.ledger.files.storage import Folder

SEARCHED_COMMITS: Final = 20
"""Last commits of a table without a seal among which those of other programs are looked for."""

MAX_REMEMBERED: Final = 100_000
"""Files that a process remembers as checked, at most."""

_checked: set[tuple[Folder, str, str]] = set()


def check_log(folder: Folder, table: str, seal: Seal) -> None:
    """Checks the files of the log that a seal names; LedgerError names a damaged one."""
    for name, sha256 in seal.log.items():
        if (folder, name, sha256) in _checked:
            continue
        try:
            is_intact = folder.sha256(name) == sha256
        except FileNotFoundError:
            raise LedgerError(f"ledger: {table}/{name} is missing: {REMEDY}") from None
        except OSError as error:
            raise LedgerError(_unreadable(f"ledger: {table}/{name}", error)) from error
        if not is_intact:
            raise LedgerError(f"ledger: {table}/{name} is damaged: {REMEDY}")
        _remember(folder, name, sha256)


def check_version(folder: Folder, table: str, delta: DeltaTable, seal: Seal | None) -> None:
    """Checks that a table is not older than its seal, and has the data files of its version.

    Every commit after the seal must be of smartinst.
    """
    version = delta.version()
    if seal is not None and version < seal.version:
        if not is_hint_valid(folder):
            raise LedgerError(hint_problem(table))
        name = commit_name(version + 1)
        raise LedgerError(f"ledger: {table}/{name} is missing: {REMEDY}")
    is_sealed = seal is not None and version == seal.version
    if seal is not None and not is_sealed:
        _check_origin(folder, table, seal.version + 1, version)
    digest = seal.files if seal and is_sealed else _committed_digest(folder, table, version)
    if digest is not None and digest_of(live_files(delta)) != digest:
        if not is_hint_valid(folder):
            raise LedgerError(hint_problem(table))
        since = f" after {commit_name(seal.version)}" if seal and not is_sealed else ""
        raise LedgerError(f"ledger: {table}/_delta_log{since} is damaged: {REMEDY}")


def _check_origin(folder: Folder, table: str, first: int, last: int) -> None:
    """LedgerError if one of the commits after a seal is of another program: it has no digest.

    Delta Lake may have removed earlier commits after a checkpoint; the last one states all files.
    """
    for number in range(first, last + 1):
        if _committed_digest(folder, table, number) is not None:
            continue
        if folder.has(commit_name(number)):
            raise LedgerError(_foreign(table, number))
        if number == last:
            raise LedgerError(f"ledger: {table}/{commit_name(number)} is missing: {REMEDY}")


def check_order(folder: Folder, table: str, version: int) -> None:
    """LedgerError if in a table without a seal a commit without a digest follows one that has it.

    Commits of an earlier version of smartinst are without digests too, but come before.
    """
    first = max(version - SEARCHED_COMMITS, 0)
    has_digest = False
    for number in range(first, version + 1):
        had_digest, digest = has_digest, _committed_digest(folder, table, number)
        has_digest = digest is not None
        if had_digest and not has_digest:
            raise LedgerError(_foreign(table, number))


def check_unsealed(ledger: Folder, folder: Folder, table: str, version: int) -> None:
    """LedgerError if a table without a seal had one: it is noted, or its commits have digests.

    At most two commits with digests can be older than the first seal, if a process ended there.
    """
    commits = range(version, version - UNSEALED_COMMITS - 1, -1)
    has_digests = all(
        number >= 0 and _committed_digest(folder, table, number) is not None for number in commits
    )
    if has_digests or table in sealed_tables(ledger):
        raise LedgerError(f"ledger: {seal_name(table)} is missing: {SEAL_REMEDY}")


def checked_sources(folder: Folder, table: str, files: Iterable[LiveFile]) -> list[Path]:
    """What Polars reads data files from, after a check; LedgerError names a damaged file.

    Paths, or from an object store the contents, which Polars accepts in their place.
    """
    return [cast(Path, _checked_source(folder, table, file)) for file in files]


def file_problem(folder: Folder, table: str, file: LiveFile) -> str | None:
    """What is wrong with a data file, read again in full; None if nothing is."""
    place = f"ledger: {table}/{file.path}"
    try:
        if file.sha256 in (None, folder.sha256(file.path)):
            return None
    except FileNotFoundError:
        return f"{place} is missing: {REMEDY}"
    except OSError as error:
        return _unreadable(place, error)
    return f"{place} is damaged: {REMEDY}"


def _checked_source(folder: Folder, table: str, file: LiveFile) -> Path | BytesIO:
    try:
        if file.sha256 is None or (folder, file.path, file.sha256) in _checked:
            return folder.source(file.path)
        source, is_intact = folder.checked_source(file.path, file.sha256)
    except FileNotFoundError:
        raise LedgerError(f"ledger: {table}/{file.path} is missing: {REMEDY}") from None
    except OSError as error:
        raise LedgerError(_unreadable(f"ledger: {table}/{file.path}", error)) from error
    if not is_intact:
        raise LedgerError(f"ledger: {table}/{file.path} is damaged: {REMEDY}")
    _remember(folder, file.path, file.sha256)
    return source


def _foreign(table: str, version: int) -> str:
    """The problem of a commit that another program has written."""
    name = commit_name(version)
    return f"ledger: {table}/{name} was not written by smartinst: {FOREIGN_REMEDY}"


def _unreadable(place: str, error: OSError) -> str:
    """The problem of a file that is there, but is a folder, or on a disk that fails."""
    return f"{place} cannot be read ({error.strerror or error}): {REMEDY}"


def _committed_digest(folder: Folder, table: str, version: int) -> str | None:
    try:
        return committed_digest(folder, version)
    except FileNotFoundError:  # removed by Delta Lake after a checkpoint: an earlier version's
        return None
    except (ValueError, AttributeError):
        raise LedgerError(f"ledger: {table}/{commit_name(version)} is damaged: {REMEDY}") from None


def _remember(folder: Folder, name: str, sha256: str) -> None:
    if len(_checked) >= MAX_REMEMBERED:
        _checked.clear()
    _checked.add((folder, name, sha256))
