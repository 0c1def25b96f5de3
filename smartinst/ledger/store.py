"""The Delta tables of the ledger: reading, appending, compaction and versions.

Each table is partitioned by `bucket`, a stable hash of the seller. A write compares the arriving
rows with the stored rows of the same sellers and appends the effective ones (precedence.py) in one
commit; appends never conflict, so writers never wait. A read keeps the largest row of each key. If
a bucket has more than MAX_FILES files, it is rewritten as one file, sorted by seller and key,
without replaced rows. Delta rejects that commit if another writer has changed the bucket meanwhile;
the next write tries again.

A table that was created before a column existed is read with nulls in it; the next write adds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from zlib import crc32

import polars as pl
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from smartinst.errors import LedgerError
from smartinst.ledger.local_path import make_addressable
from smartinst.ledger.precedence import ITEM, effective_rows, keep_largest
from smartinst.statements import TableSchema

BUCKETS: Final = 64
BUCKET: Final = "bucket"
MAX_FILES: Final = 16
"""A bucket with more files is rewritten as one file."""

RETRIES: Final = 10
VACUUM_EVERY: Final = 500
"""Number of commits after which files that no version of the last week needs are removed."""

_PROPERTIES: Final[dict[str, str | None]] = {
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 7 days",
    "delta.dataSkippingStatsColumns": "seller_id",
}


def bucket_of(seller_id: str) -> int:
    """The partition of a seller, 0..63; the same on every machine and in every version."""
    return crc32(seller_id.encode()) % BUCKETS


@dataclass(frozen=True)
class Store:
    """One Delta table of statements under a root, a folder or `s3://…`."""

    root: str
    table: TableSchema

    @property
    def uri(self) -> str:
        """Address of the table."""
        return f"{self.root.rstrip('/')}/{self.table.name}"

    @property
    def _sorting(self) -> list[str]:
        """Sort columns: the seller, the plan if the table has it, then the key."""
        return [
            *dict.fromkeys(
                ["seller_id", *({"plan_id"} & self.table.columns.keys()), *self.table.key]
            )
        ]

    def version(self) -> int:
        """Number of the last commit; -1 before the first."""
        delta = self._open()
        return -1 if delta is None else int(delta.version())

    def rows(
        self, seller_ids: list[str] | None = None, where: pl.Expr | bool = True
    ) -> pl.DataFrame:
        """One row per key, of some sellers or all. Opens only files of the sellers' buckets.

        where  a condition on columns that all rows of a key share
        """
        delta = self._open()
        return self.table.empty() if delta is None else self._rows(delta, seller_ids, where)

    def rows_by_bucket(self) -> dict[int, int]:
        """Bucket → approximate number of rows, from the commits only."""
        delta = self._open()
        if delta is None:
            return {}
        return dict(_files(delta).group_by(BUCKET).agg(pl.col("num_records").sum()).iter_rows())

    def files_by_seller(self, seller_ids: Iterable[str]) -> dict[str, list[str]]:
        """Seller → the files that may have rows of it, sorted: new after each write of its rows."""
        delta = self._open()
        if delta is None:
            return {seller_id: [] for seller_id in seller_ids}
        actions = pl.DataFrame(delta.get_add_actions(flatten=True))
        files: dict[int, list[tuple[str, str | None, str | None]]] = defaultdict(list)
        for bucket, *file in actions.select(
            f"partition.{BUCKET}", "path", "min.seller_id", "max.seller_id"
        ).iter_rows():
            files[bucket].append(tuple(file))
        return {
            seller_id: sorted(
                path
                for path, first, last in files[bucket_of(seller_id)]
                if first is None or last is None or first <= seller_id <= last
            )
            for seller_id in seller_ids
        }

    def write(self, arriving: pl.DataFrame) -> pl.Series:
        """Appends the effective rows (with `_item`); returns the numbers of their items.

        LedgerError if it fails.
        """
        for _ in range(RETRIES):
            try:
                return self._append(arriving)
            except CommitFailedError:
                continue
            except (DeltaError, OSError) as error:
                raise self._error(error) from error
        raise LedgerError(
            f"ledger table {self.table.name}: {RETRIES} writes conflicted with other writers; "
            "run it again"
        )

    def _append(self, arriving: pl.DataFrame) -> pl.Series:
        delta = self._open() or self._create()
        stored_rows = self._rows(delta, arriving["seller_id"].unique().to_list())
        new_rows = effective_rows(self.table, stored_rows, arriving)
        if not new_rows.is_empty():
            rows = (
                keep_largest(self.table, new_rows.drop(ITEM))
                .with_columns(_bucket(new_rows))
                .sort(BUCKET, *self._sorting)
            )
            write_deltalake(delta, rows, mode="append", schema_mode="merge")
            self._tidy(DeltaTable(self.uri), rows[BUCKET].unique().to_list())
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
        """The rows of some buckets, or all.

        Reads the files by name, because `scan_delta` fails on paths with a space.
        """
        predicate = (
            None if buckets is None else f"{BUCKET} IN ({', '.join(map(str, sorted(buckets)))})"
        )
        files = delta.file_uris(file_pruning_predicate=predicate)
        if not files:
            return self.table.empty().lazy()
        if "://" not in self.root:
            files = [unquote(file) for file in files]
        return pl.scan_parquet(
            files,
            glob=False,  # `*` and `?` may be characters of a folder's name
            schema=self.table.columns,
            hive_partitioning=False,
            missing_columns="insert",  # a file written before the column existed: null
            extra_columns="ignore",
        )

    def _tidy(self, delta: DeltaTable, buckets: list[int]) -> None:
        files = dict(_files(delta).group_by(BUCKET).len().iter_rows())
        for bucket in buckets:
            if files.get(bucket, 0) > MAX_FILES:
                self._compact(bucket)
        if delta.version() % VACUUM_EVERY == VACUUM_EVERY - 1:
            delta.vacuum(dry_run=False)

    def _compact(self, bucket: int) -> None:
        delta = DeltaTable(self.uri)
        rows = keep_largest(self.table, self._scan(delta, {bucket}).collect()).with_columns(
            pl.lit(bucket, pl.Int32).alias(BUCKET)
        )
        try:
            write_deltalake(
                delta,
                rows.sort(self._sorting),
                mode="overwrite",
                schema_mode="merge",
                predicate=f"{BUCKET} = {bucket}",
            )
        except CommitFailedError:  # another writer changed the bucket: the next write compacts it
            return

    def _open(self) -> DeltaTable | None:
        try:
            make_addressable(self.root)
            return DeltaTable(self.uri)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise self._error(error) from error

    def _create(self) -> DeltaTable:
        schema = pl.Schema({**self.table.columns, BUCKET: pl.Int32()})
        return DeltaTable.create(
            self.uri, schema, mode="ignore", partition_by=[BUCKET], configuration=_PROPERTIES
        )

    def _error(self, error: Exception) -> LedgerError:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        return LedgerError(f"ledger table {self.table.name}: {reason}")


def _bucket(rows: pl.DataFrame) -> pl.Expr:
    buckets = {seller_id: bucket_of(seller_id) for seller_id in rows["seller_id"].unique()}
    return pl.col("seller_id").replace_strict(buckets, return_dtype=pl.Int32).alias(BUCKET)


def _files(delta: DeltaTable) -> pl.DataFrame:
    """One row per file: `bucket`, `num_records`."""
    files = pl.DataFrame(delta.get_add_actions(flatten=True))
    return files.select(pl.col(f"partition.{BUCKET}").cast(pl.Int64).alias(BUCKET), "num_records")
