"""Erasure of one buyer in the ledger: rows are written without the person, and stay so.

What identifies the buyer's rows (e-mail address, plan ids, subscriber codes, transactions) is kept
as hashes in the table ERASED_KEYS. Each later write removes the personal columns of rows with one
of these keys, so that the same documents bring nothing back. Money, dates and statuses stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

import polars as pl

from smartinst.ledger.precedence import ITEM
from smartinst.ledger.store import Store
from smartinst.statements import (
    ATTEMPT_STATEMENTS,
    ERASED_KEYS,
    EVENTS,
    PLAN_STATEMENTS,
    QUARANTINE,
    TableSchema,
)

KEY_COLUMNS: Final = ("email", "plan_id", "subscriber_code", "transaction")
PERSONAL_COLUMNS: Final = ("buyer", "email", "phone", "detail")
"""Columns that are emptied; `detail` is the free text of an event."""

ERASED: Final = "erased"
"""The place and excerpt of a refused row that named the buyer."""

_MIN_NAME: Final = 4
"""Shorter names are not searched for in texts: they would match parts of words."""


@dataclass(frozen=True)
class BuyerKeys:
    """What identifies a buyer's rows, and the texts that name the buyer."""

    seller_id: str
    keys: frozenset[tuple[str, str]] = frozenset()  # column, value
    texts: frozenset[str] = frozenset()  # in lower case: address, names, telephone numbers
    rows: dict[str, int] = field(default_factory=dict)  # table → rows about the buyer

    def is_named_in(self, text: str | None) -> bool:
        """Whether a text has the address, a name or a telephone number of the buyer."""
        content = (text or "").casefold()
        return any(value in content for value in self.texts)


def find_buyer(root: str, seller_id: str, email: str) -> BuyerKeys:
    """The keys of a buyer: from the rows with an address, and those with the same plan or code."""
    address = email.strip().casefold()
    keys, texts = {("email", address)}, {address}
    frames = {
        table.name: Store(root, table).rows([seller_id])
        for table in (PLAN_STATEMENTS, ATTEMPT_STATEMENTS, EVENTS)
    }
    size = 0
    while size != len(keys):
        size = len(keys)
        for frame in frames.values():
            keys |= _keys_of(frame.filter(_has_key(frame, keys)))
    counts = {}
    for name, frame in frames.items():
        rows = frame.filter(_has_key(frame, keys))
        texts |= _texts_of(rows)
        counts[name] = _personal_rows(rows)
    buyer = BuyerKeys(seller_id, frozenset(keys), frozenset(texts))
    quarantine = Store(root, QUARANTINE).rows([seller_id])
    counts[QUARANTINE.name] = quarantine.filter(_names_buyer(quarantine, buyer)).height
    return BuyerKeys(seller_id, buyer.keys, buyer.texts, counts)


def erase_buyer(root: str, buyer: BuyerKeys, erased_at: datetime) -> None:
    """Records the new keys first, then rewrites the seller's rows, and removes the old files."""
    old_digests = _erased_digests(root, buyer.seller_id)
    rows = [
        {"seller_id": buyer.seller_id, "kind": kind, "digest": digest, "erased_at": erased_at}
        for kind, digest in _digests(buyer)
        if digest not in old_digests
    ]
    if rows:
        frame = ERASED_KEYS.frame(rows).with_columns(pl.Series(ITEM, range(len(rows)), pl.Int64))
        Store(root, ERASED_KEYS).write(frame)
    for table in (PLAN_STATEMENTS, ATTEMPT_STATEMENTS, EVENTS):
        Store(root, table).rewrite(buyer.seller_id, partial(without_erased, root, table))
    Store(root, QUARANTINE).rewrite(buyer.seller_id, partial(_without_texts, buyer))


def has_erased_keys(root: str, buyer: BuyerKeys) -> bool:
    """Whether all keys of a buyer are recorded already."""
    old_digests = _erased_digests(root, buyer.seller_id)
    return all(digest in old_digests for _, digest in _digests(buyer))


def _digests(buyer: BuyerKeys) -> list[tuple[str, str]]:
    """The kind and hash of each key of a buyer."""
    return [(kind, key_digest(buyer.seller_id, kind, value)) for kind, value in sorted(buyer.keys)]


def _erased_digests(root: str, seller_id: str) -> set[str]:
    return set(Store(root, ERASED_KEYS).rows([seller_id])["digest"])


def without_erased(root: str, table: TableSchema, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in which the personal columns of erased buyers are empty."""
    columns = [name for name in PERSONAL_COLUMNS if name in table.columns]
    if not columns or rows.is_empty():
        return rows
    erased = Store(root, ERASED_KEYS).rows(rows["seller_id"].unique().to_list())
    if erased.is_empty():
        return rows
    digests = set(erased["digest"])
    is_erased = [
        any(
            value is not None and key_digest(seller_id, kind, value) in digests
            for kind, value in zip(kinds, values, strict=True)
        )
        for kinds in [[name for name in KEY_COLUMNS if name in table.columns]]
        for seller_id, *values in rows.select("seller_id", *kinds).iter_rows()
    ]
    mask = pl.Series(is_erased, dtype=pl.Boolean)
    return rows.with_columns(
        pl.when(mask).then(None).otherwise(pl.col(name)).alias(name) for name in columns
    )


def key_digest(seller_id: str, kind: str, value: str) -> str:
    """The hash under which a key of an erased buyer is kept."""
    text = value.strip().casefold() if kind == "email" else value
    return hashlib.sha256("\0".join((seller_id, kind, text)).encode()).hexdigest()


def _has_key(frame: pl.DataFrame, keys: Iterable[tuple[str, str]]) -> pl.Expr:
    """Whether a row has one of the keys."""
    conditions = [pl.lit(False)]
    for name in KEY_COLUMNS:
        if name in frame.columns:
            values = [value for kind, value in keys if kind == name]
            column = pl.col(name)
            if name == "email":
                column = column.str.strip_chars().str.to_lowercase()
            conditions.append(column.is_in(values).fill_null(False))
    return pl.any_horizontal(conditions)


def _keys_of(rows: pl.DataFrame) -> set[tuple[str, str]]:
    """The plans, codes and transactions of rows; no further address, which may be of another."""
    return {
        (name, value)
        for name in KEY_COLUMNS[1:]
        if name in rows.columns
        for value in rows[name].drop_nulls().unique().to_list()
    }


def _texts_of(rows: pl.DataFrame) -> set[str]:
    names = [name for name in ("buyer", "email", "phone") if name in rows.columns]
    values = {value.casefold().strip() for name in names for value in rows[name].drop_nulls()}
    return {value for value in values if len(value) >= _MIN_NAME}


def _personal_rows(rows: pl.DataFrame) -> int:
    columns = [pl.col(name).is_not_null() for name in PERSONAL_COLUMNS if name in rows.columns]
    return rows.filter(pl.any_horizontal(columns)).height


def _names_buyer(rows: pl.DataFrame, buyer: BuyerKeys) -> pl.Series:
    texts = rows.select("source", "position", "excerpt").iter_rows()
    return pl.Series([any(map(buyer.is_named_in, row)) for row in texts], dtype=pl.Boolean)


def _without_texts(buyer: BuyerKeys, rows: pl.DataFrame) -> pl.DataFrame:
    """Refused rows; those that name the buyer keep only their reason, day and a hash."""
    mask = _names_buyer(rows, buyer)
    digest = rows.hash_rows().cast(pl.String)  # so that two of them stay two rows
    return rows.with_columns(
        pl.when(mask).then(pl.lit(ERASED)).otherwise(pl.col("source")).alias("source"),
        pl.when(mask).then(digest).otherwise(pl.col("position")).alias("position"),
        pl.when(mask).then(pl.lit(ERASED)).otherwise(pl.col("excerpt")).alias("excerpt"),
    )
