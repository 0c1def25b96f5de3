"""The schema of operational state: every SQL table, and the ordered steps that create them.

`schema_version` says how many steps a database has taken; `connect` takes the remaining ones, each once. A step that
has been released is never changed: new tables and columns get a step of their own at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA: Final = MetaData()

SCHEMA_VERSION: Final = Table(
    "schema_version", METADATA, Column("version", Integer, nullable=False)
)
"""A single row: how many of STEPS the database has taken."""

SYNC_WINDOWS: Final = Table(
    "sync_windows",
    METADATA,
    Column("seller_id", String(64), primary_key=True),
    Column("billing_type", String(32), primary_key=True),
    Column("starts_on", Date, primary_key=True),  # UTC; thirty days from here
    Column("completed_at", DateTime(timezone=True), nullable=False),
    Column(
        "recovery_plans", Integer, nullable=False
    ),  # SMART_RECOVERY plans begun in it that were not taken
)
"""One row: one window of thirty days that was read whole, and when last."""

INBOX: Final = Table(
    "inbox",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column(
        "event_id", String(200), nullable=False
    ),  # of the envelope; "sha256 …" where it has none
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

ACTION_EVENTS: Final = Table(
    "action_events",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3… without a gap
    Column("call_id", String(36), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("plan_id", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # refund, cancel, reprocess
    Column(
        "target", String(300), nullable=False
    ),  # what may be asked for once: a transaction, a plan, charges of a plan
    Column("transaction", String(255)),  # null for a cancel
    Column("installment", Integer),
    Column("amount_minor", BigInteger),  # in `currency`
    Column("currency", String(3)),
    Column("state", String(16), nullable=False),  # sending, done, not_done, in_doubt
    Column(
        "at", String(32), nullable=False
    ),  # ISO instant, UTC; text, so that the hash is of what stands here
    Column("owner", String(255), nullable=False),  # host of who said it
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),  # hash of the event before; of the first: zeros
    Column("hash", String(64), nullable=False),  # SHA-256 of everything above
    Index("action_events_target", "seller_id", "kind", "target"),
    Index("action_events_call", "call_id"),
)
"""One row: one thing that became known of one call; the newest of a call is its state."""

RUNS: Final = Table(
    "runs",
    METADATA,
    Column(
        "run_id", String(36), primary_key=True
    ),  # a new one for each attempt, so that nothing is overwritten
    Column("report", String(64), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("period", String(16), nullable=False),  # nominal local time, 2026-11-02T07:00
    Column("instant", String(32), nullable=False),  # of the period; ISO, UTC
    Column("as_of", String(10), nullable=False),
    Column("state", String(16), nullable=False),  # planned, running, made, failed, missed
    Column("attempts", Integer, nullable=False),
    Column("planned_at", String(32), nullable=False),
    Column("started_at", String(32)),
    Column("ended_at", String(32)),
    Column("seconds", Integer),
    Column("parameters", Text),  # JSON
    Column("ledger_version", Text),  # JSON: table → commit that was read at the latest
    Column("artifacts", Text),  # JSON: format → {path, sha256}; of a failed one: log → {path}
    Column("measures", Text),  # JSON
    Column("note", Text),  # why it failed, or why nothing was sent
    UniqueConstraint("report", "seller_id", "period"),
)
"""One row: one run that a schedule asked for, and what became of it."""

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
    Column(
        "state", String(16), nullable=False
    ),  # held, queued, sending, sent, refused, in_doubt, missed
    Column("attempts", Integer, nullable=False),
    Column("message_id", String(255), nullable=False, unique=True),
    Column("next_at", String(32), nullable=False),  # not before this; ISO, UTC
    Column("files", Text, nullable=False),  # JSON: format → {path, sha256}
    Column("reason", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
    UniqueConstraint("report", "seller_id", "period", "recipient"),
)
"""One row: one message to one recipient; committed as `sending` before a server is talked to."""

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("day", String(10), nullable=False),  # UTC; the same words are told once a day
    Column("digest", String(64), nullable=False),  # SHA-256 of the words
    Column("said", Text, nullable=False),
    Column("said_at", String(32), nullable=False),  # ISO, UTC
    Column(
        "state", String(16), nullable=False
    ),  # waiting, sending, told, in_doubt, kept (there was nobody to tell)
    Column("attempts", Integer, nullable=False),
    Column("next_at", String(32), nullable=False),  # not before this; ISO, UTC
    Column("message_id", String(255)),  # of the mail that tells it, or told it last
    Column("reason", Text),  # why it was not told yet
    UniqueConstraint("day", "digest"),
)
"""One row: one problem, committed together with the state that it tells of."""

Step = Callable[[Connection], None]


def _create(*tables: Table) -> Step:
    """The step that creates the given tables."""
    return lambda connection: METADATA.create_all(connection, tables=tables)


STEPS: Final[tuple[Step, ...]] = (
    _create(SYNC_WINDOWS),
    _create(INBOX),
    _create(ACTION_EVENTS),
    _create(RUNS),
    _create(DELIVERIES),
    _create(NOTICES),
)
"""Step n takes the schema from version n to n + 1."""
