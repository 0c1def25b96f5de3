"""The SQL database of operational state: embedded SQLite or PostgreSQL (docs/contracts.md §8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Select,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from smartinst.database.schema import SCHEMA_VERSION, STEPS
from smartinst.errors import ConfigurationError
from smartinst.machine_errors import free_space, unwritable

WAIT_SECONDS: Final = 60
DISK_FAULTS: Final = ("disk I/O error", "database or disk is full")
"""What SQLite says if a disk is full, or broken."""
_LOCK: Final = 7_241_001


def connect(database: str, wait_seconds: int = WAIT_SECONDS) -> Engine:
    """The engine of a database with an up-to-date schema; ConfigurationError if unavailable.

    wait_seconds  how long a statement waits for a lock, and PostgreSQL for a connection
    """
    try:
        url = make_url(database)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, **_options(url, wait_seconds))
    except ArgumentError as error:  # its text is omitted: it may contain a password
        raise ConfigurationError(
            "database: expected sqlite:///… or postgresql+psycopg://…"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"database: {error.filename}: {error.strerror}") from error
    except ImportError as error:
        raise ConfigurationError(f"database: {error}") from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", partial(_pragmas, wait_seconds=wait_seconds))
        event.listen(engine, "begin", _begin_immediate)
    try:
        if not _is_current(engine):
            with engine.begin() as connection:
                _migrate(connection)
    except SQLAlchemyError as error:
        engine.dispose()
        reason = str(error.__cause__ or error).splitlines()[0]
        text = f"database {_display_name(url)}: {reason}{_disk_fault(url, reason)}"
        raise ConfigurationError(text) from error
    return engine


def _disk_fault(url: URL, reason: str) -> str:
    """What is known of the disk of an SQLite database that cannot be used."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return ""
    if reason in DISK_FAULTS:
        return free_space(url.database)
    folder = Path(url.database).parent
    refusal = unwritable(folder)
    return f"; {folder} cannot be written: {refusal}" if refusal else ""


def display_name(database: str) -> str:
    """The file of an SQLite database, or the address of another one without its password."""
    return _display_name(make_url(database))


def _display_name(url: URL) -> str:
    is_file = url.get_backend_name() == "sqlite" and url.database
    return str(url.database) if is_file else url.render_as_string(hide_password=True)


@contextmanager
def connected(database: str, wait_seconds: int = WAIT_SECONDS) -> Iterator[Engine]:
    """The engine of a database; closed at the end of the block."""
    engine = connect(database, wait_seconds)
    try:
        yield engine
    finally:
        engine.dispose()


def portable_insert(connection: Connection, table: Table) -> Any:
    """An INSERT that can have an ON CONFLICT clause, for the database of a connection."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def lock_transaction(connection: Connection, key: int) -> None:
    """Allows one writer at a time on PostgreSQL; on SQLite each transaction already does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def fetch_rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    """The rows of a query, each by column name."""
    return [dict(row) for row in connection.execute(query).mappings()]


def reading(engine: Engine) -> Connection:
    """A read-only connection: on SQLite it neither waits for a writer nor delays one."""
    return engine.connect().execution_options(reading=True)


def _options(url: URL, wait_seconds: int) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {
            "connect_args": {"timeout": wait_seconds, "check_same_thread": False},
            "hide_parameters": True,
        }
    milliseconds = wait_seconds * 1000
    return {
        "connect_args": {
            "connect_timeout": wait_seconds,
            "options": f"-c lock_timeout={milliseconds}",
            "tcp_user_timeout": milliseconds,  # a server that has vanished
            **url.query,
        },
        "pool_pre_ping": True,
        "pool_timeout": wait_seconds,
        "hide_parameters": True,
    }


def _pragmas(connection: Any, _record: Any, wait_seconds: int) -> None:
    """WAL lets others read during a write; FULL writes each commit to disk before it returns."""
    connection.isolation_level = None
    busy_timeout = f"busy_timeout={wait_seconds * 1000}"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", busy_timeout):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Takes the write lock at once, so that a second writer waits; readers take no lock."""
    is_reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def _is_current(engine: Engine) -> bool:
    """Whether the schema is up to date: looking waits for no writer, as migrating would."""
    with reading(engine) as connection:
        if not inspect(connection).has_table(SCHEMA_VERSION.name):
            return False
        version = connection.execute(select(SCHEMA_VERSION.c.version)).scalar()
        return version is not None and version >= len(STEPS)


def _migrate(connection: Connection) -> None:
    lock_transaction(connection, _LOCK)
    SCHEMA_VERSION.create(connection, checkfirst=True)
    version = connection.execute(select(SCHEMA_VERSION.c.version)).scalar()
    if version is None:
        connection.execute(insert(SCHEMA_VERSION).values(version=0))
        version = 0
    for step in STEPS[version:]:
        step(connection)
    if version < len(STEPS):
        connection.execute(update(SCHEMA_VERSION).values(version=len(STEPS)))
