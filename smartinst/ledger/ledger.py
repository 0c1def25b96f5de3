"""What the rest of the product sees of the ledger: write statements, read facts, say the version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Final

import polars as pl

from smartinst.facts import (
    ATTEMPT_STATEMENTS,
    EVENTS,
    PLAN_STATEMENTS,
    QUARANTINE,
    STATEMENT_TABLES,
    DataQuality,
    Facts,
    TableSchema,
)
from smartinst.hotmart.parsing.outcome import Row, Statements
from smartinst.ledger import resolve
from smartinst.ledger.data_quality import assess_quality, last_days
from smartinst.ledger.identity import Identity
from smartinst.ledger.precedence import ITEM
from smartinst.ledger.store import Store, bucket_of
from smartinst.settings import Seller

PARTITION: Final = 500_000
"""Attempt statements that are resolved at once."""


@dataclass
class Batch:
    """Rows that are written together, each with the number of the item it came with."""

    plans: dict[object, Row] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {table.name: [] for table in STATEMENT_TABLES}
    )
    items: dict[str, list[int]] = field(
        default_factory=lambda: {table.name: [] for table in STATEMENT_TABLES}
    )

    def add(self, item: int, statements: Statements) -> None:
        """The statements of one accepted item."""
        for row in statements.plans:
            if self.plans.get(row["plan_key"]) != row:  # each attempt of a plan repeats the plan
                self.plans[row["plan_key"]] = row
                self._append(PLAN_STATEMENTS, item, row)
        for row in statements.attempts:
            self._append(ATTEMPT_STATEMENTS, item, row)
        for row in statements.events:
            self._append(EVENTS, item, row)

    def refuse(self, item: int, row: Row) -> None:
        """One row of QUARANTINE."""
        self._append(QUARANTINE, item, row)

    def frame(self, table: TableSchema) -> pl.DataFrame:
        """The rows of one table, with `_item`."""
        return table.frame(self.rows[table.name]).with_columns(
            pl.Series(ITEM, self.items[table.name], pl.Int64)
        )

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def _append(self, table: TableSchema, item: int, row: Row) -> None:
        self.rows[table.name].append(row)
        self.items[table.name].append(item)


@dataclass(frozen=True)
class Ledger:
    """The ledger under a root (Settings.ledger): a folder or an object store's address."""

    root: str

    def write(self, batch: Batch) -> set[int]:
        """Merge a batch, one commit a table; the items that changed something."""
        changed: set[int] = set()
        for table in STATEMENT_TABLES:
            if batch.rows[table.name]:
                changed.update(self._store(table).write(batch.frame(table)))
        return changed

    def read(self, seller: Seller, billing_types: Sequence[str] = ("SMART_INSTALLMENT",)) -> Facts:
        """The facts of one seller; resolved once, so that figures may collect them as often as they like."""
        return self._facts([seller], tuple(billing_types))

    def read_all(
        self, sellers: Iterable[Seller], billing_types: Sequence[str] = ("SMART_INSTALLMENT",)
    ) -> Facts:
        """The facts of many sellers in one; `partitions` takes less memory."""
        parts = list(self.partitions(sellers, billing_types)) or [self._facts([], ())]
        return Facts(
            pl.concat([part.plans for part in parts]),
            pl.concat([part.attempts for part in parts]),
            pl.concat([part.commissions for part in parts]),
        )

    def partitions(
        self, sellers: Iterable[Seller], billing_types: Sequence[str] = ("SMART_INSTALLMENT",)
    ) -> Iterator[Facts]:
        """The facts of many sellers in parts of whole sellers, for figures that add up; about 500,000 attempts each."""
        for group in _groups(sellers, self._store(ATTEMPT_STATEMENTS).rows_by_bucket()):
            yield self._facts(group, tuple(billing_types))

    def data_through(self, sellers: Iterable[Seller]) -> dict[str, date]:
        """Seller → the last day, in the seller's zone, of which any statement tells; without those of whom none does."""
        days: dict[str, date] = {}
        for group in _groups(sellers, self._store(ATTEMPT_STATEMENTS).rows_by_bucket()):
            days |= last_days(*self._statements([one.id for one in group]), group[0].timezone)
        return days

    def data_quality(
        self, seller: Seller, billing_types: Sequence[str] = ("SMART_INSTALLMENT",)
    ) -> DataQuality:
        """How whole the facts of one seller are."""
        return self._data_quality(seller, tuple(billing_types), *self._statements([seller.id]))

    def read_with_quality(
        self, seller: Seller, billing_types: Sequence[str]
    ) -> tuple[Facts, DataQuality]:
        """`read` and `data_quality` of the same statements, read and identified once."""
        plans, attempts = self._statements([seller.id])
        offers = _offers([seller])
        identity = Identity.of(plans.lazy(), attempts.lazy(), offers.lazy()).collected()
        told = resolve.facts(
            plans, attempts, offers, seller.timezone, tuple(billing_types), identity
        )
        return told, self._data_quality(seller, tuple(billing_types), plans, attempts, identity)

    def _data_quality(
        self,
        seller: Seller,
        billing_types: tuple[str, ...],
        plans: pl.DataFrame,
        attempts: pl.DataFrame,
        identity: Identity | None = None,
    ) -> DataQuality:
        events = self._store(EVENTS).rows([seller.id])
        refused = self._store(QUARANTINE).rows([seller.id]).height
        offers = _offers([seller])
        return assess_quality(
            plans, attempts, events, refused, offers, seller.timezone, billing_types, identity
        )

    def quarantine(self, seller_id: str | None = None) -> pl.DataFrame:
        """The rows that were refused, of one seller or of all, oldest first."""
        rows = self._store(QUARANTINE).rows(None if seller_id is None else [seller_id])
        return rows.sort("received_at", *QUARANTINE.key)

    def events(self, seller: Seller) -> pl.LazyFrame:
        """The events of one seller (facts.EVENTS)."""
        return self._store(EVENTS).rows([seller.id]).lazy()

    def version(self) -> dict[str, int]:
        """The commit that each table is at, -1 before the first; every write changes it."""
        return {table.name: self._store(table).version() for table in STATEMENT_TABLES}

    def _store(self, table: TableSchema) -> Store:
        return Store(self.root, table)

    def _statements(self, seller_ids: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        return self._store(PLAN_STATEMENTS).rows(seller_ids), self._store(ATTEMPT_STATEMENTS).rows(
            seller_ids
        )

    def _facts(self, sellers: list[Seller], billing_types: tuple[str, ...]) -> Facts:
        plans, attempts = self._statements([one.id for one in sellers])
        zone = sellers[0].timezone if sellers else "UTC"
        return resolve.facts(plans, attempts, _offers(sellers), zone, billing_types)


def _groups(sellers: Iterable[Seller], rows: dict[int, int]) -> Iterator[list[Seller]]:
    """Sellers of one time zone, bucket by bucket, until their buckets hold PARTITION rows."""
    ordered = sorted(sellers, key=lambda one: (one.timezone, bucket_of(one.id), one.id))
    for _, of_zone in groupby(ordered, key=lambda one: one.timezone):
        group: list[Seller] = []
        held = 0
        for bucket, of_bucket in groupby(of_zone, key=lambda one: bucket_of(one.id)):
            if group and held + rows.get(bucket, 0) > PARTITION:
                yield group
                group, held = [], 0
            group += of_bucket
            held += rows.get(bucket, 0)
        yield group


def _offers(sellers: list[Seller]) -> pl.DataFrame:
    pairs = [(seller.id, offer) for seller in sellers for offer in seller.smart_offers]
    return pl.DataFrame(
        pairs, schema={"seller_id": pl.String, "offer_code": pl.String}, orient="row"
    )
