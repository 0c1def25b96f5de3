"""The delivery ledger: one row a message that a run asked for."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from smartinst.operations.tables import METADATA

DELIVERIES: Final = Table(
    "deliveries",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("report", String(64), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("period", String(16), nullable=False),
    Column("instant", String(32), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("state", String(16), nullable=False),  # held, queued, sending, sent, refused, in_doubt, missed
    Column("attempts", Integer, nullable=False),
    Column("message_id", String(255), nullable=False, unique=True),
    Column("next_at", String(32), nullable=False),  # not before this; ISO, UTC
    Column("files", Text, nullable=False),  # JSON: format → {path, sha256}
    Column("reason", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
    UniqueConstraint("report", "seller_id", "period", "recipient"),
)
"""One row: one message to one recipient; committed as `sending` before a server is talked to."""

TABLES: Final = (DELIVERIES,)
