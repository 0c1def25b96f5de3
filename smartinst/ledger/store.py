"""The Delta tables of the ledger: reading, appending, compaction and versions.

Each table is partitioned by `bucket`, a stable hash of the seller. A write compares the arriving
rows with the stored rows of the same sellers and appends the effective ones (precedence.py) in one
commit. A read keeps the largest row of each key. If
a bucket has more than MAX_FILES files, it is rewritten as one file, sorted by seller and key,
without replaced rows.

The name of a data file is its SHA-256, and each commit states which data files the table then has
(files/seals.py), so a commit must be the one directly after the version that was read. In a folder,
writers therefore take turns; in an object store, Delta rejects the second of two commits, and its
writer reads again.

A table that was created before a column existed is read with nulls in it; the next write adds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError

from smartinst.errors import LedgerError
from smartinst.ledger.files.checks import checked_sources
from smartinst.ledger.files.seals import LiveFile, Seal, digest_of, live_files, read_seal
from smartinst.ledger.files.table_versions import (
    BUCKET,
    TableVersions,
    commit_properties,
    table_error,
)
from smartinst.ledger.precedence import ITEM, effective_rows, keep_largest
from smartinst.statements import TableSchema

BUCKETS: Final = 64
MAX_FILES: Final = 16
"""A bucket with more files is rewritten as one file."""

RETRIES: Final = 20
"""Attempts of a write that conflicts with other writers."""
VACUUM_EVERY: Final = 500
"""Number of commits after which files that no version of the last week needs are removed."""


def bucket_of(seller_id: str) -> int:
    """The partition of a seller, 0..63; the same on every machine and in every version."""
    return crc32(seller_id.encode()) % BUCKETS


@dataclass(frozen=True)
class Store:
    """One Delta table of statements under a root, a folder or `s3://…`."""

    root: str
    table: TableSchema

    def rewrite(self, seller_id: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Replaces a seller's rows by changed ones, and removes the files that had the old rows.

        Readers that opened the table before may have to read again. LedgerError if it fails.
        """
        bucket = bucket_of(seller_id)
        with self.versions.lock():
            delta = self.versions.open()
            if delta is None:
                return
            rows = keep_largest(self.table, self._scan(delta, {bucket}).collect())
            is_own = pl.col("seller_id") == seller_id
            changed_rows = pl.concat([rows.filter(~is_own), change(rows.filter(is_own))])
            delta = self.versions.with_all_columns(delta)
            file = self.versions.write_file(delta, bucket, changed_rows)
            self.versions.commit(delta, [file], bucket)
            self._vacuum(retention_hours=0)

    @property
    def versions(self) -> TableVersions:
        """The table's versions: opened, checked and committed."""
        return TableVersions(self.root, self.table)

    @property
    def uri(self) -> str:
        """Address of the table."""
        return self.versions.uri

    def version(self) -> int:
        """Number of the last commit; -1 before the first."""
        delta = self.versions.open()
        return -1 if delta is None else int(delta.version())

    def rows(
        self, seller_ids: list[str] | None = None, where: pl.Expr | bool = True
    ) -> pl.DataFrame:
        """One row per key, of some sellers or all. Opens only files of the sellers' buckets.

        where  a condition on columns that all rows of a key share
        """
        delta = self.versions.open()
        return self.table.empty() if delta is None else self._rows(delta, seller_ids, where)

    def rows_by_bucket(self) -> dict[int, int]:
        """Bucket → approximate number of rows, from the commits only."""
        counts: dict[int, int] = defaultdict(int)
        for file in self.files():
            counts[file.bucket] += file.rows
        return dict(counts)

    def files(self) -> list[LiveFile]:
        """The data files of the table's last version."""
        delta = self.versions.open()
        return [] if delta is None else live_files(delta)

    def files_by_seller(self, seller_ids: Iterable[str]) -> dict[str, list[str]]:
        """Seller → the files that may have rows of it, sorted: new after each write of its rows."""
        files: dict[int, list[LiveFile]] = defaultdict(list)
        for file in self.files():
            files[file.bucket].append(file)
        return {
            seller_id: sorted(
                file.path
                for file in files[bucket_of(seller_id)]
                if file.first_seller is None
                or file.last_seller is None
                or file.first_seller <= seller_id <= file.last_seller
            )
            for seller_id in seller_ids
        }

    def sealed_files(self, seal: Seal) -> list[tuple[str, str | None, int]]:
        """Name, SHA-256 (None: unknown) and size of each file of a sealed version."""
        data = live_files(DeltaTable(self.uri, version=seal.version))
        folder = self.versions.folder
        logs = [(name, sha256, folder.size(name)) for name, sha256 in seal.log.items()]
        return [*logs, *((file.path, file.sha256, file.size) for file in data)]

    def write(self, arriving: pl.DataFrame) -> pl.Series:
        """Appends the effective rows (with `_item`); returns the numbers of their items.

        LedgerError if it fails.
        """
        with self.versions.lock():
            for _ in range(RETRIES):
                try:
                    return self._append(arriving)
                except CommitFailedError:
                    continue
                except (DeltaError, OSError) as error:
                    raise table_error(self.table, error, self.versions.uri) from error
        raise LedgerError(
            f"ledger table {self.table.name}: {RETRIES} writes conflicted with other writers; "
            "run it again"
        )

    def seal(self, *, rewrite_unhashed: bool = False) -> Seal | None:
        """Seals the newest version; returns its seal, None if the table does not exist.

        `rewrite_unhashed`: first writes the rows of files without a hash into new files.
        """
        with self.versions.lock():
            delta = self.versions.open(needs_seal=False)
            if delta is None:
                return None
            if rewrite_unhashed:
                buckets = {file.bucket for file in live_files(delta) if file.sha256 is None}
                for bucket in sorted(buckets):
                    self._compact(bucket)
                delta = self.versions.reopen()
            self.versions.write_seal(delta.version(), digest_of(live_files(delta)))
            return read_seal(self.versions.ledger_folder, self.table.name)

    def _append(self, arriving: pl.DataFrame) -> pl.Series:
        delta = self.versions.open() or self.versions.create()
        stored_rows = self._rows(delta, arriving["seller_id"].unique().to_list())
        new_rows = effective_rows(self.table, stored_rows, arriving)
        if not new_rows.is_empty():
            rows = keep_largest(self.table, new_rows.drop(ITEM)).with_columns(_bucket(new_rows))
            parts = rows.partition_by(BUCKET, as_dict=True, include_key=False)
            delta = self.versions.with_all_columns(delta)
            files = [
                self.versions.write_file(delta, bucket, part) for (bucket,), part in parts.items()
            ]
            self.versions.commit(delta, files)
            self._tidy(self.versions.reopen(), [file.bucket for file in files])
        return new_rows[ITEM].unique()

    def _rows(
        self, delta: DeltaTable, seller_ids: list[str] | None, where: pl.Expr | bool = True
    ) -> pl.DataFrame:
        if seller_ids is None:
            return keep_largest(self.table, self._scan(delta, None).filter(where).collect())
        rows = self._scan(delta, {bucket_of(seller_id) for seller_id in seller_ids})
        return keep_largest(
            self.table, rows.filter(pl.col("seller_id").is_in(seller_ids), where).collect()
        )

    def _scan(self, delta: DeltaTable, buckets: set[int] | None) -> pl.LazyFrame:
        """The rows of some buckets, or all, from checked files.

        Reads the files by name, because `scan_delta` fails on paths with a space.
        """
        files = [file for file in live_files(delta) if buckets is None or file.bucket in buckets]
        if not files:
            return self.table.empty().lazy()
        return pl.scan_parquet(
            checked_sources(self.versions.folder, self.table.name, files),
            glob=False,  # `*` and `?` may be characters of a folder's name
            schema=self.table.columns,
            hive_partitioning=False,
            missing_columns="insert",  # a file written before the column existed: null
            extra_columns="ignore",
        )

    def _tidy(self, delta: DeltaTable, buckets: list[int]) -> None:
        files = live_files(delta)
        for bucket in sorted(set(buckets)):
            of_bucket = [file for file in files if file.bucket == bucket]
            if len(of_bucket) > MAX_FILES or None in {file.sha256 for file in of_bucket}:
                self._compact(bucket)
        if delta.version() % VACUUM_EVERY == VACUUM_EVERY - 1:
            self._vacuum()

    def _vacuum(self, retention_hours: int | None = None) -> None:
        """Removes the files that no version needs of the last week, or of the given hours."""
        delta = self.versions.reopen()
        digest = digest_of(live_files(delta))
        delta.vacuum(
            retention_hours,
            dry_run=False,
            enforce_retention_duration=retention_hours is None,
            full="://" not in self.root,  # other writers of an object store have no lock
            commit_properties=commit_properties(digest),
        )
        self.versions.write_seal(self.versions.reopen().version(), digest)

    def _compact(self, bucket: int) -> None:
        delta = self.versions.reopen()
        rows = keep_largest(self.table, self._scan(delta, {bucket}).collect())
        try:
            self.versions.commit(delta, [self.versions.write_file(delta, bucket, rows)], bucket)
        except CommitFailedError:  # another writer changed the bucket: the next write compacts it
            return


def _bucket(rows: pl.DataFrame) -> pl.Expr:
    buckets = {seller_id: bucket_of(seller_id) for seller_id in rows["seller_id"].unique()}
    return pl.col("seller_id").replace_strict(buckets, return_dtype=pl.Int32).alias(BUCKET)
