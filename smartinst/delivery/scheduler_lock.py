"""The scheduler's lock: only one scheduler works at a time; the others wait for it.

On SQLite the lock is a file in the home, on PostgreSQL an advisory lock of one connection. Both
are released when their process ends, even if it is killed, so that the next one can take over at
once. On PostgreSQL every change of state uses the connection that has the lock: a scheduler that
has lost it can commit nothing, and so sends nothing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, text

from smartinst.settings import Settings

_LOCK_KEY: Final = 7_241_003


@contextmanager
def scheduler_connection(engine: Engine, settings: Settings) -> Iterator[Connection]:
    """The active scheduler's connection, with its lock; waits until the lock is free."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK_KEY})
            connection.commit()  # the lock belongs to the session, not to the transaction
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    connection.rollback()
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
                    connection.commit()
        return
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "schedule.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.connect() as connection:
            yield connection
