"""Opening, checking and committing the versions of one Delta table of the ledger."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl
from deltalake import CommitProperties, DeltaTable, Field
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction

from smartinst.errors import LedgerError
from smartinst.ledger.files.checks import (
    check_log,
    check_order,
    check_unsealed,
    check_version,
)
from smartinst.ledger.files.local_path import make_addressable
from smartinst.ledger.files.seals import (
    COMMIT_DIGEST,
    REMEDY,
    SEALS,
    LiveFile,
    Seal,
    commit_name,
    digest_of,
    hint_problem,
    is_hint_valid,
    live_files,
    read_seal,
    record_table,
    seal_at,
    seal_name,
    sealed_tables,
)
from smartinst.ledger.files.storage import Folder, open_folder
from smartinst.machine_errors import free_space, no_space_error
from smartinst.statements import TableSchema

BUCKET: Final = "bucket"
"""The column by which tables are partitioned; not in the data files."""

_PROPERTIES: Final[dict[str, str | None]] = {
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 7 days",
    "delta.dataSkippingStatsColumns": "seller_id",
}


@dataclass(frozen=True)
class TableVersions:
    """The versions of one table under a root, a folder or `s3://…`."""

    root: str
    table: TableSchema

    @property
    def uri(self) -> str:
        """Address of the table."""
        return f"{self.root.rstrip('/')}/{self.table.name}"

    @property
    def folder(self) -> Folder:
        """The files of the table."""
        return open_folder(self.uri)

    @property
    def ledger_folder(self) -> Folder:
        """The files of the ledger."""
        return open_folder(self.root)

    def with_all_columns(self, delta: DeltaTable) -> DeltaTable:
        """The table, after columns that it does not have yet are added to its schema."""
        existing = {field.name for field in delta.schema().fields}
        columns = {name: kind for name, kind in self.table.columns.items() if name not in existing}
        if not columns:
            return delta
        schema = DeltaSchema.from_arrow(pl.Schema(columns))
        fields = [Field(field.name, field.type, nullable=True) for field in schema.fields]
        properties = commit_properties(digest_of(live_files(delta)))
        delta.alter.add_columns(fields, commit_properties=properties)
        return self.reopen()

    def open(self, *, needs_seal: bool = True) -> DeltaTable | None:
        """The last version, checked; None before the first commit. LedgerError names a file.

        needs_seal  False: also if its seal was lost
        """
        make_addressable(self.root)
        try:
            return self._open_checked(self._read_seal(), needs_seal=needs_seal)
        except LedgerError:
            # Another writer may have removed old files meanwhile: the first seal is then outdated.
            return self._open_checked(self._read_seal(), needs_seal=needs_seal)

    def reopen(self) -> DeltaTable:
        """The last version of a table that exists, checked, also before its first seal."""
        delta = self.open(needs_seal=False)
        if delta is None:
            raise LedgerError(f"ledger: {self.table.name} is missing: {REMEDY}")
        return delta

    def _open_checked(self, seal: Seal | None, *, needs_seal: bool) -> DeltaTable | None:
        """The last version; the seal was read before, so the table cannot be older than it."""
        try:
            if seal is not None:
                check_log(self.folder, self.table.name, seal)
            delta = DeltaTable(self.uri)
            check_version(self.folder, self.table.name, delta, seal)
            if seal is None:
                check_order(self.folder, self.table.name, delta.version())
            if seal is None and needs_seal:
                check_unsealed(self.ledger_folder, self.folder, self.table.name, delta.version())
        except TableNotFoundError:
            if seal is not None or self.table.name in sealed_tables(self.ledger_folder):
                raise LedgerError(f"ledger: {self.table.name} is missing: {REMEDY}") from None
            return None
        except (DeltaError, OSError) as error:
            if not is_hint_valid(self.folder):
                raise LedgerError(hint_problem(self.table.name)) from error
            raise table_error(self.table, error, self.uri) from error
        return delta

    def lock(self) -> AbstractContextManager[None]:
        """The writers' lock, which they take in turns; an object store has none."""
        return self.ledger_folder.locked(f"{SEALS}/{self.table.name}.lock")

    def create(self) -> DeltaTable:
        """Creates the table without rows, unless it exists."""
        schema = pl.Schema({**self.table.columns, BUCKET: pl.Int32()})
        return DeltaTable.create(
            self.uri,
            schema,
            mode="ignore",
            partition_by=[BUCKET],
            configuration=_PROPERTIES,
            commit_properties=commit_properties(digest_of([])),
        )

    def write_file(self, delta: DeltaTable, bucket: object, rows: pl.DataFrame) -> LiveFile:
        """Writes a data file for the version after `delta`; no other version has its path."""
        buffer = BytesIO()
        rows.select(*self.table.columns).sort(self._sort_columns).write_parquet(
            buffer, metadata={"smartinst.version": str(delta.version() + 1)}
        )
        content = buffer.getvalue()
        path = f"{BUCKET}={bucket}/{hashlib.sha256(content).hexdigest()}.parquet"
        self.folder.write(path, content)
        sellers = rows["seller_id"].drop_nulls().unique().sort().to_list() or [None]
        return LiveFile(path, len(content), rows.height, sellers[0], sellers[-1])

    def commit(
        self, delta: DeltaTable, new_files: list[LiveFile], bucket: int | None = None
    ) -> None:
        """Commits new files, in place of all files of a bucket if one is named; then seals.

        CommitFailedError if another writer has committed since `delta` was opened.
        """
        version = delta.version() + 1
        other_files = [file for file in live_files(delta) if file.bucket != bucket]
        digest = digest_of([*other_files, *new_files])
        delta.create_write_transaction(
            [_add_action(file) for file in new_files],
            mode="append" if bucket is None else "overwrite",
            schema=delta.schema(),
            partition_by=[BUCKET],
            partition_filters=None if bucket is None else [(BUCKET, "=", str(bucket))],
            commit_properties=commit_properties(digest),
        )
        self.write_seal(version, digest)

    def write_seal(self, version: int, digest: str) -> None:
        """Seals a version, unless a newer one is sealed already."""
        earlier = self._read_seal()
        if earlier is None or earlier.version < version:
            self.folder.flush(commit_name(version))
            seal = seal_at(self.folder, version, digest, earlier)
            self.ledger_folder.write(seal_name(self.table.name), seal.document())
        if self.table.name not in sealed_tables(self.ledger_folder):
            record_table(self.ledger_folder, self.table.name)

    def _read_seal(self) -> Seal | None:
        return read_seal(self.ledger_folder, self.table.name)

    @property
    def _sort_columns(self) -> list[str]:
        """Sort columns: the seller, the plan if the table has it, then the key."""
        return [
            *dict.fromkeys(
                ["seller_id", *({"plan_id"} & self.table.columns.keys()), *self.table.key]
            )
        ]


def table_error(table: TableSchema, error: Exception, uri: str) -> LedgerError:
    """An error of Delta Lake or the file system as one line; of a full disk with its free space."""
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    space = free_space(uri) if no_space_error(error) and Path(uri).is_dir() else ""
    return LedgerError(f"ledger table {table.name}: {reason}{space}")


def commit_properties(digest: str) -> CommitProperties:
    """A commit that states the digest of the data files, and never becomes a later commit."""
    return CommitProperties(custom_metadata={COMMIT_DIGEST: digest}, max_commit_retries=0)


def _add_action(file: LiveFile) -> AddAction:
    statistics = {
        "numRecords": file.rows,
        "minValues": {"seller_id": file.first_seller},
        "maxValues": {"seller_id": file.last_seller},
        "nullCount": {"seller_id": 0},
    }
    bucket = {BUCKET: str(file.bucket)}
    return AddAction(file.path, file.size, bucket, 0, True, json.dumps(statistics))
