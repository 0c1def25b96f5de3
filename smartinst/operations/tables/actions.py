"""What was asked of the platform on real money: events that are added and never changed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from smartinst.operations.tables import METADATA

ACTION_EVENTS: Final = Table(
    "action_events",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3… without a gap
    Column("call_id", String(36), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("plan_id", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # refund, cancel, reprocess
    Column("target", String(300), nullable=False),  # what may be asked for once: a transaction, a plan, charges of a plan
    Column("transaction", String(255)),  # null for a cancel
    Column("installment", Integer),
    Column("amount_minor", BigInteger),  # in `currency`
    Column("currency", String(3)),
    Column("state", String(16), nullable=False),  # sending, done, not_done, in_doubt
    Column("at", String(32), nullable=False),  # ISO instant, UTC; text, so that the hash is of what stands here
    Column("owner", String(255), nullable=False),  # host of who said it
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),  # hash of the event before; of the first: zeros
    Column("hash", String(64), nullable=False),  # SHA-256 of everything above
    Index("action_events_target", "seller_id", "kind", "target"),
    Index("action_events_call", "call_id"),
)
"""One row: one thing that became known of one call; the newest of a call is its state."""

TABLES: Final = (ACTION_EVENTS,)
