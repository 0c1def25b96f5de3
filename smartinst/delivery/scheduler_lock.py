"""One scheduler at a time: who holds the lock plans, makes and sends; a second one waits, and finds it done.

On SQLite the lock is a file of the home, on PostgreSQL an advisory lock of one connection. Both end with whoever holds
them, killed or not, so that the next takes over at once. On PostgreSQL every change of state goes through that same
connection: a scheduler that has lost it can commit nothing, and so sends nothing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, text

from smartinst.settings import Settings

_LOCK: Final = 7_241_003


@contextmanager
def scheduler(engine: Engine, settings: Settings) -> Iterator[Connection]:
    """The one connection through which a scheduler writes, while it holds the lock."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()  # the lock is the session's, not the transaction's
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    connection.rollback()
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                    connection.commit()
        return
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "schedule.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with engine.connect() as connection:
            yield connection
