"""The number of attempts to send, noted in the home: a database with fewer is an older one.

Somebody may have put back an older database by hand, as a copy of a file or from a server's backup.
What was sent meanwhile is not in it and would be sent again, so it is held like a restored one.

An attempt is noted after it is committed and before the server is contacted, whatever ends the
process then: a database without it is an older one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from smartinst.database.holds import hold_database
from smartinst.database.schema import DELIVERIES
from smartinst.file_writing import write_file

COUNT_FILE: Final = "deliveries.count"


def hold_older_database(connection: Connection, home: Path, now: datetime) -> None:
    """Holds a database with fewer attempts than the home has noted, as of its newest change."""
    if _count(connection) < _noted_count(home):
        newest = connection.execute(select(func.max(DELIVERIES.c.changed_at))).scalar()
        backup_at = datetime.fromisoformat(newest) if newest else datetime.fromtimestamp(0, UTC)
        hold_database(connection, backup_at, now)
        connection.commit()


def note_count(connection: Connection, home: Path) -> None:
    """Writes into the home how many attempts the database has, for the next check."""
    SendCount(connection, home).note()


class SendCount:
    """The number of attempts of a database whose only sender this process is."""

    def __init__(self, connection: Connection, home: Path) -> None:
        self._count, self._home = _count(connection), home

    def note_attempt(self) -> None:
        """Notes one more attempt, which is committed; OSError if it cannot be written."""
        self._count += 1
        self.note()

    def note(self) -> None:
        """Writes the number into the home, durably; OSError if that fails."""
        if self._count == _noted_count(self._home):
            return
        self._home.mkdir(parents=True, exist_ok=True)
        write_file(self._home / COUNT_FILE, f"{self._count}\n".encode(), is_durable=True)


def _count(connection: Connection) -> int:
    return int(
        connection.execute(select(func.coalesce(func.sum(DELIVERIES.c.attempts), 0))).scalar_one()
    )


def _noted_count(home: Path) -> int:
    try:
        return int((home / COUNT_FILE).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
