"""What the operator has to know: one row a problem and day."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from smartinst.operations.tables import METADATA

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("day", String(10), nullable=False),  # UTC; the same words are told once a day
    Column("digest", String(64), nullable=False),  # SHA-256 of the words
    Column("said", Text, nullable=False),
    Column("said_at", String(32), nullable=False),  # ISO, UTC
    Column("state", String(16), nullable=False),  # waiting, sending, told, in_doubt, kept (there was nobody to tell)
    Column("attempts", Integer, nullable=False),
    Column("next_at", String(32), nullable=False),  # not before this; ISO, UTC
    Column("message_id", String(255)),  # of the mail that tells it, or told it last
    Column("reason", Text),  # why it was not told yet
    UniqueConstraint("day", "digest"),
)
"""One row: one problem, committed together with the state that it tells of."""

TABLES: Final = (NOTICES,)
