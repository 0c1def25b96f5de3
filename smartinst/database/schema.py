"""The schema of operational state: every SQL table, and the ordered steps that create them.

`schema_version` is the number of steps applied to a database; `connect` applies the others, each
once. A released step is never changed: new tables and columns get a step at the end.
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
"""One row: the number of STEPS applied to the database."""

SYNC_WINDOWS: Final = Table(
    "sync_windows",
    METADATA,
    Column("seller_id", String(64), primary_key=True),
    Column("billing_type", String(32), primary_key=True),
    Column("starts_on", Date, primary_key=True),  # UTC; thirty days from here
    Column("completed_at", DateTime(timezone=True), nullable=False),
    # SMART_RECOVERY plans that started in the window and were not read
    Column("recovery_plans", Integer, nullable=False),
)
"""One row per window of 30 days that was read completely, with when it was last read."""

INBOX: Final = Table(
    "inbox",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    # from the envelope; "sha256 …" if it has none
    Column("event_id", String(200), nullable=False),
    Column("body", Text),  # the envelope as JSON; null if it could not be parsed
    Column("reason", Text),  # why it could not be parsed; else null
    Column("excerpt", Text),  # hash and size of what could not be parsed
    Column("received_ms", BigInteger, nullable=False),  # UTC
    Column("folded_ms", BigInteger),  # UTC; null until it is folded into the ledger
    UniqueConstraint("seller_id", "event_id"),
)
"""One row per event of a seller, or per request with a valid token whose body is not an event."""

_NOT_FOLDED: Final = text("folded_ms IS NULL")
Index("inbox_waiting", INBOX.c.id, sqlite_where=_NOT_FOLDED, postgresql_where=_NOT_FOLDED)

ACTION_EVENTS: Final = Table(
    "action_events",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3… without a gap
    Column("call_id", String(36), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("plan_id", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # refund, cancel, reprocess
    # what one call acts on: a transaction, a plan, charges of a plan
    Column("target", String(300), nullable=False),
    Column("transaction", String(255)),  # null for a cancel
    Column("installment", Integer),
    Column("amount_minor", BigInteger),  # in `currency`
    Column("currency", String(3)),
    Column("state", String(16), nullable=False),  # sending, done, not_done, in_doubt
    # ISO instant, UTC; text, since the hash covers it as it is stored
    Column("at", String(32), nullable=False),
    Column("owner", String(255), nullable=False),  # host that wrote the event
    # a message with its values as JSON (i18n.message), or English text
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),  # previous event's hash; zeros if first
    Column("hash", String(64), nullable=False),  # SHA-256 of the columns above
    Index("action_events_target", "seller_id", "kind", "target"),
    Index("action_events_call", "call_id"),
)
"""One row per change of a call's state; the newest row is its current state."""

RUNS: Final = Table(
    "runs",
    METADATA,
    # new for each attempt, so that no artifact is overwritten
    Column("run_id", String(36), primary_key=True),
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
    Column("ledger_version", Text),  # JSON: table → last commit that was read
    Column("artifacts", Text),  # JSON: format → {path, sha256}; after a failure log → {path}
    Column("measures", Text),  # JSON
    Column("note", Text),  # why it failed, or why nothing was sent
    UniqueConstraint("report", "seller_id", "period"),
)
"""One row per scheduled run, with its outcome."""

RUNS_BY_STATE: Final = Index("runs_state", RUNS.c.state)
"""A tick looks for planned and running runs; almost all of a long history are made."""

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
    # held, queued, sending, sent, refused, in_doubt, missed
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("message_id", String(255), nullable=False, unique=True),
    Column("next_at", String(32), nullable=False),  # not before this; ISO, UTC
    Column("files", Text, nullable=False),  # JSON: format → {path, sha256}
    Column("reason", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
    UniqueConstraint("report", "seller_id", "period", "recipient"),
)
"""One row per message and recipient; committed as `sending` before a server is contacted."""

DELIVERIES_BY_STATE: Final = Index("deliveries_state", DELIVERIES.c.state)
"""A tick looks for queued messages after each run; almost all of a long history are sent."""

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("day", String(10), nullable=False),  # UTC; the same text is sent once a day
    Column("digest", String(64), nullable=False),  # SHA-256 of the text
    Column("said", Text, nullable=False),
    Column("said_at", String(32), nullable=False),  # ISO, UTC
    # waiting, sending, told, in_doubt, kept (there was no recipient)
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", String(32), nullable=False),  # not before this; ISO, UTC
    Column("message_id", String(255)),  # of the last mail that contained it
    Column("reason", Text),  # why it was not sent yet
    UniqueConstraint("day", "digest"),
)
"""One row per problem, committed together with the state that it reports."""

CONTACTS: Final = Table(
    "contacts",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("plan_id", String(255), nullable=False),
    Column("at", String(32), nullable=False),  # ISO instant, UTC
    Column("arm", String(16), nullable=False),  # contacted, held out
    Column("written_by", String(255), nullable=False),  # user of the machine
    Index("contacts_plan", "seller_id", "plan_id"),
)
"""One row per message to a buyer with debt, or per decision not to write (docs/metrics.md §6.3)."""

RESTORES: Final = Table(
    "restores",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("backup_at", String(32), nullable=False),  # when the backup was made; ISO, UTC
    Column("restored_at", String(32), nullable=False),
    Column("released_at", String(32)),  # null: nothing is sent and no call is made
)
"""One row per restore of this database from a backup."""

ACTION_HEAD: Final = Table(
    "action_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("number", Integer, nullable=False),  # of events in the log of actions
    Column("hash", String(64), nullable=False),  # of the last event
    Column("key_id", String(16), nullable=False),  # beginning of the SHA-256 of the key
    Column("seal", String(64), nullable=False),  # HMAC-SHA-256 of number and hash
)
"""One row: the last event of the log of actions, sealed with a key that is not in the database."""

ERASURES: Final = Table(
    "erasures",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("seller_id", String(64), nullable=False),
    Column("erased_at", String(32), nullable=False),  # ISO, UTC
    Column("counts", Text, nullable=False),  # JSON: place → number of rows or files
)
"""One row per erasure of a buyer, without the address."""

Step = Callable[[Connection], None]


def _create(*tables: Table) -> Step:
    """The step that creates the given tables."""
    return lambda connection: METADATA.create_all(connection, tables=tables)


def _index(*indexes: Index) -> Step:
    """The step that creates the given indexes; a new database has them from its tables' steps."""

    def create(connection: Connection) -> None:
        for index in indexes:
            index.create(connection, checkfirst=True)

    return create


STEPS: Final[tuple[Step, ...]] = (
    _create(SYNC_WINDOWS),
    _create(INBOX),
    _create(ACTION_EVENTS),
    _create(RUNS),
    _create(DELIVERIES),
    _create(NOTICES),
    _create(CONTACTS),
    _index(RUNS_BY_STATE, DELIVERIES_BY_STATE),
    _create(RESTORES, ACTION_HEAD, ERASURES),
)
"""Step n migrates the schema from version n to n + 1."""
