"""Restored databases: held until an operator releases them, since they may be out of date.

What was sent or called after the backup is not in a restored database. So nothing is sent and no
call is made before the release, and a report that was due between the backup and the restore is
held for a decision.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from smartinst.database.engine import fetch_rows
from smartinst.database.schema import RESTORES
from smartinst.database.text import instant_text
from smartinst.errors import HeldHomeError


def hold_database(connection: Connection, backup_at: datetime, restored_at: datetime) -> None:
    """Records a restore; the database is held from now on."""
    row = {
        "id": str(uuid.uuid4()),
        "backup_at": instant_text(backup_at),
        "restored_at": instant_text(restored_at),
    }
    connection.execute(insert(RESTORES).values(row))


def release(connection: Connection, now: datetime) -> bool:
    """Ends the hold; false if the database is not held."""
    is_held = RESTORES.c.released_at.is_(None)
    result = connection.execute(
        update(RESTORES).where(is_held).values(released_at=instant_text(now))
    )
    return result.rowcount > 0


def backup_of_hold(connection: Connection) -> str | None:
    """When the backup was made from which a held database was restored; None if it is not held."""
    query = select(RESTORES.c.backup_at).where(RESTORES.c.released_at.is_(None))
    instant: str | None = connection.execute(query.order_by(RESTORES.c.restored_at)).scalar()
    return instant


def require_released(connection: Connection) -> None:
    """HeldHomeError if the database was restored and is not released."""
    if backup_at := backup_of_hold(connection):
        raise HeldHomeError(
            f"this home was restored from a backup of {backup_at}", "smartinst restore --release"
        )


def unknown_since(connection: Connection, instant: str) -> str | None:
    """The backup in whose database an instant is unknown: after the backup, before the restore.

    None if there is no such restore: the database then has what was sent at that instant.
    """
    for row in fetch_rows(connection, select(RESTORES)):
        if row["backup_at"] < instant <= row["restored_at"]:
            return str(row["backup_at"])
    return None
