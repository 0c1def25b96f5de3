"""Verification of a whole ledger: every file there, with its size, its hash and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import polars as pl

from smartinst.errors import LedgerError
from smartinst.ledger.files.checks import file_problem
from smartinst.ledger.files.seals import (
    REMEDY,
    LiveFile,
    live_files,
    read_seal,
    record_tables,
    table_list_problem,
)
from smartinst.ledger.files.storage import open_folder
from smartinst.ledger.store import Store
from smartinst.statements import LEDGER_TABLES

TABLE_NAMES: Final = frozenset(table.name for table in LEDGER_TABLES)


@dataclass(frozen=True)
class TableState:
    """What a verification has read of one table.

    `version`, `sealed_version`: numbers of commits, -1 if there is none. `unhashed_files`: files of
    an earlier version of smartinst, whose content cannot be checked.
    """

    table: str
    version: int = -1
    sealed_version: int = -1
    files: int = 0
    bytes: int = 0
    rows: int = 0
    unhashed_files: int = 0


@dataclass(frozen=True)
class LedgerState:
    """The state of all tables, and one line for each problem, with the file and the remedy."""

    tables: list[TableState] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def unhashed_files(self) -> int:
        """The number of data files without a hash, in all tables."""
        return sum(table.unhashed_files for table in self.tables)

    @property
    def are_tables_readable(self) -> bool:
        """Whether the log of every table is intact, so that rows of intact files can be read."""
        return len(self.tables) == len(LEDGER_TABLES)

    def document(self) -> dict[str, Any]:
        """The object that `ledger verify --json` prints."""
        tables = [asdict(table) for table in self.tables]
        return {"is_intact": not self.problems, "tables": tables, "problems": self.problems}


def verify_ledger(root: str) -> LedgerState:
    """Reads every file of a ledger. Problems are listed, not raised."""
    state = LedgerState()
    for table in LEDGER_TABLES:
        try:
            state.tables.append(_table_state(Store(root, table), state.problems))
        except (LedgerError, OSError) as error:
            state.problems.append(str(error))
    problem = table_list_problem(open_folder(root), TABLE_NAMES)
    if problem and problem not in state.problems:
        state.problems.append(problem)
    return state


def adopt_ledger(root: str) -> None:
    """Gives every file of an earlier version a hash, by writing its rows into a new file.

    Lost seals and a damaged list of tables are written again. LedgerError if a table is damaged:
    what is damaged is not adopted.
    """
    record_tables(open_folder(root), TABLE_NAMES)
    for table in LEDGER_TABLES:
        Store(root, table).seal(rewrite_unhashed=True)


def _table_state(store: Store, problems: list[str]) -> TableState:
    seal = read_seal(store.versions.ledger_folder, store.table.name)
    delta = store.versions.open()
    if delta is None:
        return TableState(store.table.name)
    files = live_files(delta)
    problems += _file_problems(store, files)
    return TableState(
        store.table.name,
        delta.version(),
        seal.version if seal else -1,
        len(files),
        sum(file.size for file in files),
        sum(file.rows for file in files),
        sum(file.sha256 is None for file in files),
    )


def _file_problems(store: Store, files: list[LiveFile]) -> Iterator[str]:
    """The problems of the data files of a table, one line each."""
    for file in files:
        problem = file_problem(store.versions.folder, store.table.name, file)
        if problem is None:
            problem = _content_problem(store, file)
        if problem is not None:
            yield problem


def _content_problem(store: Store, file: LiveFile) -> str | None:
    """Whether a file that has its hash, or has none, can be read and has the rows of the log."""
    place = f"ledger: {store.table.name}/{file.path}"
    try:
        source = store.versions.folder.source(file.path)
        rows = pl.scan_parquet(source, glob=False).select(pl.len()).collect().item()
    except FileNotFoundError:
        return f"{place} is missing: {REMEDY}"
    except (pl.exceptions.PolarsError, OSError):
        return f"{place} cannot be read: {REMEDY}"
    if rows != file.rows:
        return f"{place} has {rows} rows instead of {file.rows}: {REMEDY}"
    return None
