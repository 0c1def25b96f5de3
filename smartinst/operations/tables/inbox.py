"""The inbox: webhook events as they were acknowledged, less what DESIGN §9 removes, until the ledger has them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from smartinst.operations.tables import METADATA

INBOX: Final = Table(
    "inbox",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("event_id", String(200), nullable=False),  # of the envelope; "sha256 …" where it has none
    Column("body", Text),  # the envelope as JSON; null: it could not be parsed
    Column("reason", Text),  # why it could not be parsed; null: it could
    Column("excerpt", Text),  # hash and size of what could not be parsed
    Column("received_ms", BigInteger, nullable=False),  # UTC
    Column("folded_ms", BigInteger),  # UTC; null: the ledger may not have it yet
    UniqueConstraint("seller_id", "event_id"),
)
"""One row: one event of one seller, or one body that a seller's token came with and that is no event."""

_WAITING: Final = text("folded_ms IS NULL")
Index("inbox_waiting", INBOX.c.id, sqlite_where=_WAITING, postgresql_where=_WAITING)


TABLES: Final = (INBOX,)
