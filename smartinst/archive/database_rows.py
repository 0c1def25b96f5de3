"""The rows of the database as JSON Lines, one file per table, for SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Date, DateTime, Engine, Table, func, insert, select, text

from smartinst.database.schema import METADATA, SCHEMA_VERSION
from smartinst.errors import InputError

SUFFIX: Final = ".jsonl"
_ROWS_AT_ONCE: Final = 1_000


def state_tables() -> list[Table]:
    """The tables of operational state, without the schema's version."""
    return [table for table in METADATA.sorted_tables if table is not SCHEMA_VERSION]


def export_rows(engine: Engine, folder: Path) -> int:
    """Writes every row of one moment below a folder; returns the schema's version."""
    options: dict[str, Any] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        version = connection.execute(select(SCHEMA_VERSION.c.version)).scalar_one()
        for table in state_tables():
            with (folder / f"{table.name}{SUFFIX}").open("w", encoding="utf-8") as file:
                rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
                for row in rows.mappings():
                    file.write(json.dumps(dict(row), default=_text, ensure_ascii=True) + "\n")
    return int(version)


def import_rows(connection: Connection, folder: Path) -> None:
    """Inserts the rows of an export into empty tables; InputError names a table that has rows."""
    for table in state_tables():
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise InputError(f"restore: the database is not empty: its table {table.name} has rows")
    for table in state_tables():
        path = folder / f"{table.name}{SUFFIX}"
        if not path.is_file():  # a table that is newer than the backup
            continue
        for rows in _batches(path, table):
            connection.execute(insert(table), rows)
        _continue_numbers(connection, table)


def _batches(path: Path, table: Table) -> Iterator[list[dict[str, Any]]]:
    columns = {column.name: column.type for column in table.columns}
    rows: list[dict[str, Any]] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                if extra_names := row.keys() - columns:
                    raise ValueError(min(extra_names))
                rows.append({name: _value(row.get(name), kind) for name, kind in columns.items()})
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"restore: {path.name}, line {number}: {error!r}") from error
            if len(rows) == _ROWS_AT_ONCE:
                yield rows
                rows = []
    if rows:
        yield rows


def _value(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _text(value: Any) -> str:
    """The text of a date or an instant."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(value)


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Makes PostgreSQL number new rows after the inserted ones, as SQLite does by itself."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None:
        return
    connection.execute(
        text(
            f"SELECT setval(sequence, (SELECT max({column.name}) FROM {table.name})) "  # noqa: S608
            "FROM pg_get_serial_sequence(:table, :column) AS sequence "
            f"WHERE sequence IS NOT NULL AND EXISTS (SELECT 1 FROM {table.name})"
        ),
        {"table": table.name, "column": column.name},
    )
