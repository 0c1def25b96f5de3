"""The interface of the ledger: write statements, read facts, get its version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl

from smartinst.errors import LedgerError
from smartinst.facts import DataQuality, Facts
from smartinst.hotmart.values.outcome import Row, Statements
from smartinst.ledger.charge_day_moves import MOVE_EVENT, charge_day_moves
from smartinst.ledger.data_quality import assess_quality, last_days
from smartinst.ledger.erasing import without_erased
from smartinst.ledger.identity import Identity
from smartinst.ledger.precedence import ITEM
from smartinst.ledger.record import missing_problem, write_record
from smartinst.ledger.resolve import resolve
from smartinst.ledger.statuses import update_statuses
from smartinst.ledger.store import Store, bucket_of
from smartinst.ledger.view import ViewStore
from smartinst.settings import VIEW_SCHEME, Seller
from smartinst.statements import (
    ATTEMPT_STATEMENTS,
    EVENTS,
    PLAN_STATEMENTS,
    QUARANTINE,
    STATEMENT_TABLES,
    TableSchema,
)

PARTITION: Final = 500_000
"""Attempt statements that are resolved at the same time."""


@dataclass
class Batch:
    """Rows that are written together, each with the number of the item that contained it."""

    plans: dict[object, Row] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {table.name: [] for table in STATEMENT_TABLES}
    )
    items: dict[str, list[int]] = field(
        default_factory=lambda: {table.name: [] for table in STATEMENT_TABLES}
    )

    def add(self, item: int, statements: Statements) -> None:
        """Adds the statements of one item."""
        for row in statements.plans:
            if self.plans.get(row["plan_key"]) != row:  # each attempt of a plan repeats the plan
                self.plans[row["plan_key"]] = row
                self._append(PLAN_STATEMENTS, item, row)
        for row in statements.attempts:
            self._append(ATTEMPT_STATEMENTS, item, row)
        for row in statements.events:
            self._append(EVENTS, item, row)

    def refuse(self, item: int, row: Row) -> None:
        """Adds a row of QUARANTINE."""
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
    """The ledger under a root (Settings.ledger): a folder, an object store, or a view of either.

    `home`: where its address is recorded when it is written. A recorded ledger that is gone is not
    begun again by a write, unless `may_begin`.
    """

    root: str
    home: Path | None = field(default=None, compare=False)
    may_begin: bool = field(default=False, compare=False)

    def write(self, batch: Batch) -> set[int]:
        """Merges a batch, one commit per table.

        Returns the numbers of the items that changed something. LedgerError if the ledger was
        removed since it was opened.
        """
        effective: set[int] = set()
        if self.home and not self.may_begin and (problem := missing_problem(self.home, self.root)):
            raise LedgerError(problem)
        for table in STATEMENT_TABLES:
            if batch.rows[table.name]:
                rows = without_erased(self.root, table, batch.frame(table))
                effective.update(self._store(table).write(rows))
                if self.home:
                    write_record(self.home, self.root)
        return effective

    def read(self, seller: Seller, billing_types: Sequence[str] = ("SMART_INSTALLMENT",)) -> Facts:
        """The facts of one seller, resolved; collecting their frames again is cheap."""
        return self._facts([seller], tuple(billing_types))

    def partitions(
        self, sellers: Iterable[Seller], billing_types: Sequence[str] = ("SMART_INSTALLMENT",)
    ) -> Iterator[Facts]:
        """The facts of many sellers in parts of about PARTITION attempts.

        No seller is in two parts.
        """
        for group in _groups(sellers, self._store(ATTEMPT_STATEMENTS).rows_by_bucket()):
            yield self._facts(group, tuple(billing_types))

    def data_through(self, sellers: Iterable[Seller]) -> dict[str, date]:
        """Seller → last day (seller's zone) of any dated statement.

        Sellers without statements are missing.
        """
        days: dict[str, date] = {}
        for group in _groups(sellers, self._store(ATTEMPT_STATEMENTS).rows_by_bucket()):
            days |= last_days(*self._statements([seller.id for seller in group]), group[0].timezone)
        return days

    def data_quality(
        self, seller: Seller, billing_types: Sequence[str] = ("SMART_INSTALLMENT",)
    ) -> DataQuality:
        """Missing and unknown data in the facts of one seller."""
        return self.read_with_quality(seller, billing_types)[1]

    def read_with_quality(
        self, seller: Seller, billing_types: Sequence[str]
    ) -> tuple[Facts, DataQuality]:
        """`read` and `data_quality` of the same statements, which are read and resolved once."""
        types = tuple(billing_types)
        plans, attempts, identity = self._identified([seller])
        events = self._store(EVENTS).rows([seller.id])
        moves = charge_day_moves(events, identity, seller.timezone)
        resolution = resolve(plans, attempts, moves, identity, seller.timezone)
        facts = resolution.facts(types)
        quarantined = self.quarantine(seller.id).height
        return facts, assess_quality(
            plans, attempts, events, quarantined, identity, resolution, seller.timezone, types
        )

    def quarantine(self, seller_id: str | None = None) -> pl.DataFrame:
        """The open refused rows of one seller or of all, oldest first."""
        rows = self._store(QUARANTINE).rows(None if seller_id is None else [seller_id])
        is_open = pl.col("resolved_at").is_null()
        return rows.filter(is_open).drop("resolved_at").sort("received_at", *QUARANTINE.key)

    def resolve_quarantined(self, rows: Sequence[Row], resolved_at: datetime) -> None:
        """Takes rows of `quarantine` off the open list; the ledger keeps them."""
        batch = Batch()
        for number, row in enumerate(rows):
            batch.refuse(number, {**row, "resolved_at": resolved_at})
        self.write(batch)

    def events(self, seller: Seller) -> pl.LazyFrame:
        """The events of one seller (statements.EVENTS)."""
        return self._store(EVENTS).rows([seller.id]).lazy()

    def version(self) -> dict[str, int]:
        """Table → number of its last commit, -1 before the first; each write changes a number."""
        return {table.name: self._store(table).version() for table in STATEMENT_TABLES}

    def seller_versions(self, seller_ids: Iterable[str]) -> dict[str, str]:
        """Seller → hash of the files that may have its rows.

        Each write of its rows changes it; another seller's write, or a compaction, may change it.
        """
        ids = list(seller_ids)
        hashes = {seller_id: sha256() for seller_id in ids}
        for table in STATEMENT_TABLES if ids else ():
            for seller_id, files in Store(self.root, table).files_by_seller(ids).items():
                hashes[seller_id].update("\n".join((table.name, *files, "")).encode())
        return {seller_id: digest.hexdigest() for seller_id, digest in hashes.items()}

    def _store(self, table: TableSchema) -> Store | ViewStore:
        is_view = self.root.startswith(VIEW_SCHEME)
        return ViewStore(self.root, table) if is_view else Store(self.root, table)

    def _statements(self, seller_ids: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        attempts = self._store(ATTEMPT_STATEMENTS).rows(seller_ids)
        return self._store(PLAN_STATEMENTS).rows(seller_ids), update_statuses(attempts)

    def _identified(self, sellers: list[Seller]) -> tuple[pl.DataFrame, pl.DataFrame, Identity]:
        """The statements of plans and attempts, and the identity of the plans in them."""
        plans, attempts = self._statements([seller.id for seller in sellers])
        offers = _offers(sellers).lazy()
        return plans, attempts, Identity.from_statements(plans.lazy(), attempts.lazy(), offers)

    def _facts(self, sellers: list[Seller], billing_types: tuple[str, ...]) -> Facts:
        """The facts of one or more sellers in the same time zone."""
        plans, attempts, identity = self._identified(sellers)
        events = self._store(EVENTS).rows(
            [seller.id for seller in sellers], pl.col("event") == MOVE_EVENT
        )
        zone = sellers[0].timezone
        moves = charge_day_moves(events, identity, zone)
        return resolve(plans, attempts, moves, identity, zone).facts(billing_types)


def _groups(sellers: Iterable[Seller], rows: dict[int, int]) -> Iterator[list[Seller]]:
    """Groups of sellers in the same time zone, of complete buckets with about PARTITION rows."""
    sellers = sorted(sellers, key=lambda seller: (seller.timezone, bucket_of(seller.id), seller.id))
    for _, zone_sellers in groupby(sellers, key=lambda seller: seller.timezone):
        group: list[Seller] = []
        row_count = 0
        for bucket, bucket_sellers in groupby(
            zone_sellers, key=lambda seller: bucket_of(seller.id)
        ):
            if group and row_count + rows.get(bucket, 0) > PARTITION:
                yield group
                group, row_count = [], 0
            group += bucket_sellers
            row_count += rows.get(bucket, 0)
        yield group


def _offers(sellers: list[Seller]) -> pl.DataFrame:
    pairs = [(seller.id, offer) for seller in sellers for offer in seller.smart_offers]
    return pl.DataFrame(
        pairs, schema={"seller_id": pl.String, "offer_code": pl.String}, orient="row"
    )
