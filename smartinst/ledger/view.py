"""A view: the statements of some sellers in files of their own, which a sealed run reads.

A view has the tables of the ledger, one file per bucket, in the state of one moment, one row per
key. It contains no row of another seller, and does not name the ledger that it is from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl

from smartinst.errors import LedgerError
from smartinst.ledger.store import Store, bucket_of
from smartinst.settings import VIEW_SCHEME, Seller
from smartinst.statements import STATEMENT_TABLES, TableSchema

_SUFFIX: Final = ".arrows"
"""Arrow's stream format, in which Polars reads a small table five times as fast as in a file's."""


@dataclass(frozen=True)
class ViewStore:
    """One table of a view, with the interface of a `Store` that is only read."""

    root: str
    table: TableSchema

    @property
    def folder(self) -> Path:
        """The folder of the table's files."""
        return Path(self.root.removeprefix(VIEW_SCHEME)) / self.table.name

    def version(self) -> int:
        """Always 0: a view does not change."""
        return 0

    def rows(
        self, seller_ids: list[str] | None = None, where: pl.Expr | bool = True
    ) -> pl.DataFrame:
        """One row per key, of some sellers or all in the view."""
        paths = sorted(self.folder.glob(f"*{_SUFFIX}"))
        if seller_ids is not None:
            names = {f"{bucket_of(seller_id)}{_SUFFIX}" for seller_id in seller_ids}
            paths = [path for path in paths if path.name in names]
        # Bytes, because Polars takes a `?` in a path for a pattern.
        frames = [pl.read_ipc_stream(path.read_bytes()) for path in paths]
        rows = pl.concat(frames) if frames else self.table.empty()
        is_selected = pl.lit(True) if seller_ids is None else pl.col("seller_id").is_in(seller_ids)
        return rows.filter(is_selected, where)

    def rows_by_bucket(self) -> dict[int, int]:
        """Bucket → number of rows."""
        return {
            int(path.stem): pl.read_ipc_stream(path.read_bytes(), columns=["seller_id"]).height
            for path in self.folder.glob(f"*{_SUFFIX}")
        }

    def write(self, _arriving: pl.DataFrame) -> pl.Series:
        """LedgerError: facts come in through the ledger."""
        raise LedgerError("the data of a run cannot be changed by it")


def write_view(root: str, sellers: Iterable[Seller], folder: Path) -> str:
    """Copies the statements of these sellers into a new folder; returns the view's address."""
    seller_ids = sorted((seller.id for seller in sellers), key=lambda id_: (bucket_of(id_), id_))
    for table in STATEMENT_TABLES:
        view_store = ViewStore(f"{VIEW_SCHEME}{folder}", table)
        view_store.folder.mkdir(parents=True)
        for bucket, bucket_ids in groupby(seller_ids, key=bucket_of):
            rows = Store(root, table).rows(list(bucket_ids))
            rows.select(*table.columns).write_ipc_stream(view_store.folder / f"{bucket}{_SUFFIX}")
    return f"{VIEW_SCHEME}{folder}"
