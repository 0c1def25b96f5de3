"""Seals: what a table's files must be, kept outside of the table's folder.

The name of a data file is the SHA-256 of its content. Which data files a table has is in Delta's
log, so each commit also records the digest of the list of data files after it. The *seal* of a
table names the last commit that was sealed, that digest, and the SHA-256 of every file of the log
from which this version is read. So a changed bit, a truncated or a deleted file is noticed, also if
it is the newest commit or the whole table.

A seal is written after its commit. If the process ends between the two, the table is newer than
its seal; the commit's own record of the digest is then compared instead. A commit without one that
follows a seal, or a commit with one, is of another program, and an error. A table that an earlier
version of smartinst wrote has no seal until its next write, and is read without these checks; but
a table whose last commits all have digests was sealed, so that its seal is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable

from smartinst.errors import LedgerError
from smartinst.ledger.files.storage import Folder

SEALS: Final = "seals"
"""The folder of the seals, beside the tables' folders."""

TABLES: Final = f"{SEALS}/tables.json"
"""The names of the tables that have been sealed: one that is gone with its seal is noticed."""

COMMIT_DIGEST: Final = "smartinst.files"
"""Key of the digest in the metadata of a commit."""

REMEDY: Final = (
    "restore it from a backup (smartinst restore), or move the ledger away and read the data again"
)
SEAL_REMEDY: Final = (
    "restore it from a backup (smartinst restore), or seal what is there: "
    "smartinst ledger verify --adopt"
)
FOREIGN_REMEDY: Final = (
    "move it and the files of later commits out of their folder, "
    "or restore the ledger from a backup (smartinst restore)"
)
UNSEALED_COMMITS: Final = 2
"""Commits that a process may make before it seals the table: one adds columns, one adds rows."""

_TABLES_PROBLEM: Final = f"ledger: {TABLES} is damaged: {SEAL_REMEDY}"
_LOG: Final = "_delta_log"
_HINT: Final = f"{_LOG}/_last_checkpoint"
_HEX_DIGITS: Final = 64


class LiveFile(NamedTuple):
    """One data file of a table: path, size in bytes, and what the log says of its content."""

    path: str
    size: int
    rows: int
    first_seller: str | None
    last_seller: str | None

    @property
    def bucket(self) -> int:
        """The partition, from the path `bucket=5/…`."""
        return int(self.path.partition("/")[0].partition("=")[2])

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the content; None if an earlier version of smartinst wrote the file."""
        stem = self.path.rpartition("/")[2].removesuffix(".parquet")
        is_hash = len(stem) == _HEX_DIGITS and not set(stem) - set("0123456789abcdef")
        return stem if is_hash else None


@dataclass(frozen=True)
class Seal:
    """What one version of a table must consist of."""

    version: int
    files: str  # digest of the list of data files
    log: dict[str, str]  # name of a file of the log → its SHA-256

    def document(self) -> bytes:
        """The seal as JSON with its own SHA-256."""
        content = asdict(self)
        return json.dumps({**content, "sha256": _canonical_hash(content)}, indent=1).encode()


def read_seal(ledger: Folder, table: str) -> Seal | None:
    """The seal of a table, None if it has none; LedgerError if the seal itself is damaged."""
    name = seal_name(table)
    try:
        document = json.loads(ledger.read(name))
        digest = document.pop("sha256")
        if digest != _canonical_hash(document):
            raise ValueError(digest)
        return Seal(**document)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"ledger: {name} is damaged: {REMEDY}") from error


def sealed_tables(ledger: Folder) -> list[str]:
    """The names of the tables that have been sealed; LedgerError if their list is damaged."""
    try:
        return [*map(_checked_name, json.loads(ledger.read(TABLES)))]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise LedgerError(_TABLES_PROBLEM) from error


def _checked_name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(name)
    return name


def record_table(ledger: Folder, table: str) -> None:
    """Notes that a table has been sealed, unless it is noted already."""
    with ledger.locked(f"{TABLES}.lock"):
        names = sealed_tables(ledger)
        if table not in names:
            ledger.write(TABLES, json.dumps(sorted([*names, table])).encode())


def record_tables(ledger: Folder, tables: Iterable[str]) -> None:
    """Writes the list of sealed tables again: those with a seal, and those that it names."""
    with ledger.locked(f"{TABLES}.lock"):
        content = ledger.read(TABLES) if ledger.has(TABLES) else b""
        names = [
            table
            for table in tables
            if ledger.has(seal_name(table)) or json.dumps(table).encode() in content
        ]
        document = json.dumps(sorted(names)).encode()
        if document != content and (names or content):
            ledger.write(TABLES, document)


def table_list_problem(ledger: Folder, tables: Iterable[str]) -> str | None:
    """The problem if the list of sealed tables is damaged or not complete.

    One table whose first seal is its last may be missing: the process ended before noting it.
    """
    try:
        names = set(sealed_tables(ledger))
        seals = {table: seal for table in tables if (seal := read_seal(ledger, table))}
    except LedgerError as error:
        return str(error)
    if names - set(tables):
        return _TABLES_PROBLEM
    if not (missing := [seal for table, seal in seals.items() if table not in names]):
        return None
    if len(missing) == 1 and missing[0].version <= UNSEALED_COMMITS:
        return None
    return _TABLES_PROBLEM if ledger.has(TABLES) else f"ledger: {TABLES} is missing: {SEAL_REMEDY}"


def has_log(ledger: Folder, table: str) -> bool:
    """Whether a table has its first commit, or a checkpoint after which Delta removed it."""
    return ledger.has(f"{table}/{commit_name(0)}") or ledger.has(f"{table}/{_HINT}")


def seal_name(table: str) -> str:
    """The name of a table's seal below the ledger's folder."""
    return f"{SEALS}/{table}.json"


def seal_at(folder: Folder, version: int, digest: str, earlier: Seal | None) -> Seal:
    """The seal of a version; hashes that an earlier seal has are taken from it."""
    recorded = earlier.log if earlier else {}
    names = _log_names(folder, version, recorded)
    hashes = {name: recorded.get(name) or folder.sha256(name) for name in names}
    return Seal(version, digest, hashes)


def live_files(delta: DeltaTable) -> list[LiveFile]:
    """The data files of a version of a table."""
    actions = pl.DataFrame(delta.get_add_actions(flatten=True))
    names = ("path", "size_bytes", "num_records", "min.seller_id", "max.seller_id")
    columns = [
        pl.col(name) if name in actions.columns else pl.lit(None).alias(name) for name in names
    ]
    return [
        LiveFile(unquote(path), size, rows or 0, first_seller, last_seller)
        for path, size, rows, first_seller, last_seller in actions.select(columns).iter_rows()
    ]


def digest_of(files: Iterable[LiveFile]) -> str:
    """The digest of a list of data files, in any order."""
    lines = sorted(f"{file.size} {file.path}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def committed_digest(folder: Folder, version: int) -> str | None:
    """The digest that a commit has recorded.

    None if an earlier version of smartinst wrote it, or another program.
    """
    for line in folder.read(commit_name(version)).splitlines():
        action = json.loads(line)
        if info := action.get("commitInfo"):
            digest: str | None = info.get(COMMIT_DIGEST)
            return digest
    return None


def commit_name(version: int) -> str:
    """The name of a commit's file below the table's folder."""
    return f"{_LOG}/{version:020}.json"


def is_hint_valid(folder: Folder) -> bool:
    """Whether Delta's hint of the last checkpoint is missing, or names one that exists."""
    if not folder.has(_HINT):
        return True
    checkpoint = _hinted_checkpoint(folder)
    return checkpoint is not None and folder.has(_checkpoint_name(checkpoint))


def hint_problem(table: str) -> str:
    """The problem of a damaged hint, with its remedy."""
    return f"ledger: {table}/{_HINT} is damaged: delete it; Delta Lake does not need it"


def _log_names(folder: Folder, version: int, recorded: Iterable[str]) -> list[str]:
    """The newest checkpoint up to a version, if any, and the commits after it."""
    checkpoints = [int(name[len(_LOG) + 1 :][:20]) for name in recorded if "checkpoint" in name]
    if (hinted := _hinted_checkpoint(folder)) is not None and hinted <= version:
        checkpoints += [hinted] if folder.has(_checkpoint_name(hinted)) else []
    if not checkpoints:
        return [commit_name(number) for number in range(version + 1)]
    checkpoint = max(checkpoints)
    commits = [commit_name(number) for number in range(checkpoint + 1, version + 1)]
    return [_checkpoint_name(checkpoint), *commits]


def _hinted_checkpoint(folder: Folder) -> int | None:
    try:
        version = json.loads(folder.read(_HINT))["version"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, int) else None


def _checkpoint_name(version: int) -> str:
    return f"{_LOG}/{version:020}.checkpoint.parquet"


def _canonical_hash(content: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
