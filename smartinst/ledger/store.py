"""The Delta tables behind the ledger: read a seller's bucket, replace the buckets that changed, say the version.

Each table is partitioned by `bucket`, a stable hash of the seller, and lies sorted by seller and key in it. A write
reads the buckets it touches at one version and replaces them in one commit; Delta refuses the commit when somebody else
wrote one of them meanwhile, and the write begins again from what is there now. So keys stay unique, files few and
sorted, and two writers of different buckets never wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zlib import crc32

import polars as pl
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from smartinst.errors import LedgerError
from smartinst.facts import Table
from smartinst.ledger.order import ITEM, Merged, merge

BUCKETS: Final = 64
BUCKET: Final = "bucket"
RETRIES: Final = 50
VACUUM_EVERY: Final = 100
"""Commits between two removals of files that no version of the last week needs."""

_PROPERTIES: Final = {
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
    table: Table

    @property
    def uri(self) -> str:
        return f"{self.root.rstrip('/')}/{self.table.name}"

    def version(self) -> int:
        """The number of the last commit; -1 before the first."""
        found = self._opened()
        return -1 if found is None else int(found.version())

    def scan(self, seller_ids: list[str] | None = None) -> pl.LazyFrame:
        """The rows of some sellers, or of all; only the files of their buckets are opened."""
        found = self._opened()
        if found is None:
            return self.table.empty().lazy()
        rows = pl.scan_delta(found)
        if seller_ids is not None:
            buckets = sorted({bucket_of(one) for one in seller_ids})
            rows = rows.filter(pl.col(BUCKET).is_in(buckets), pl.col("seller_id").is_in(seller_ids))
        return rows.select(self.table.columns.keys())

    def rows_by_bucket(self) -> dict[int, int]:
        """How many rows each bucket holds, from the commits alone."""
        found = self._opened()
        if found is None:
            return {}
        files = pl.DataFrame(found.get_add_actions(flatten=True))
        return dict(files.group_by(pl.col(f"partition.{BUCKET}").cast(pl.Int64)).agg(pl.col("num_records").sum()).iter_rows())

    def write(self, arriving: pl.DataFrame) -> pl.Series:
        """Merge rows (with `_item`) and return the items that changed something; LedgerError when it cannot be done."""
        if arriving.is_empty():
            return pl.Series(ITEM, [], pl.Int64)
        arriving = arriving.with_columns(_bucket_column(arriving))
        for _ in range(RETRIES):
            try:
                return self._try(arriving)
            except CommitFailedError:
                continue
            except (DeltaError, OSError) as error:
                raise LedgerError(f"ledger table {self.table.name}: {_first_line(error)}") from error
        raise LedgerError(f"ledger table {self.table.name}: {RETRIES} times another writer was faster; run it again")

    def _try(self, arriving: pl.DataFrame) -> pl.Series:
        delta = self._opened() or self._created()
        buckets = arriving[BUCKET].unique().to_list()
        stored = pl.scan_delta(delta).filter(pl.col(BUCKET).is_in(buckets)).select(self.table.columns.keys()).collect()
        merged = merge(self.table, stored, arriving.select(*self.table.columns, ITEM))
        if not merged.changed.is_empty():
            self._replace(delta, merged)
        return merged.changed[ITEM].unique()

    def _replace(self, delta: DeltaTable, merged: Merged) -> None:
        touched = merged.changed.select(_bucket_column(merged.changed)).to_series().unique().sort().to_list()
        rows = merged.rows.with_columns(_bucket_column(merged.rows)).filter(pl.col(BUCKET).is_in(touched))
        write_deltalake(
            delta,
            rows.sort(BUCKET, *self.table.key),
            mode="overwrite",
            predicate=f"{BUCKET} IN ({', '.join(map(str, touched))})",
            commit_properties=CommitProperties(max_commit_retries=0),
        )
        if delta.version() % VACUUM_EVERY == VACUUM_EVERY - 1:
            DeltaTable(self.uri).vacuum(dry_run=False)

    def _opened(self) -> DeltaTable | None:
        try:
            return DeltaTable(self.uri)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise LedgerError(f"ledger table {self.table.name}: {_first_line(error)}") from error

    def _created(self) -> DeltaTable:
        schema = pl.Schema({**self.table.columns, BUCKET: pl.Int32()})
        return DeltaTable.create(
            self.uri, schema, mode="ignore", partition_by=[BUCKET], configuration=_PROPERTIES
        )


def _bucket_column(rows: pl.DataFrame) -> pl.Expr:
    sellers = rows["seller_id"].unique().to_list()
    return pl.col("seller_id").replace_strict({one: bucket_of(one) for one in sellers}, return_dtype=pl.Int32).alias(BUCKET)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
