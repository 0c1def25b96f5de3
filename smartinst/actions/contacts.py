"""The contact log: who wrote to which buyer and when, and which plans were held out."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

import polars as pl
from sqlalchemy import insert, select

from smartinst.actions.hold_out import draw_arm
from smartinst.analytics.book.recovery.effect import CONTACTED, CONTACTS
from smartinst.database.engine import connected, reading
from smartinst.database.holds import require_released
from smartinst.database.schema import CONTACTS as CONTACTS_TABLE
from smartinst.intake.connection import current_instant
from smartinst.settings import Seller, Settings


def mark_as_written(
    settings: Settings, seller: Seller, plan_id: str, now: datetime | None = None
) -> str:
    """Logs a message to a plan's buyer, and returns the plan's arm of the month.

    A held-out plan is logged as held out, although a message was sent. HeldHomeError in a restored
    home, whose log may lack later messages.
    """
    instant = now or current_instant()
    day = instant.astimezone(seller.zone).date()
    arm = draw_arm(settings, seller.id, plan_id, day) or CONTACTED
    row = {
        "seller_id": seller.id,
        "plan_id": plan_id,
        "at": instant.astimezone(UTC).isoformat(timespec="seconds"),
        "arm": arm,
        "written_by": _user_name(),
    }
    with connected(settings.database) as engine, engine.begin() as connection:
        require_released(connection)
        connection.execute(insert(CONTACTS_TABLE).values(**row))
    return arm


def read_contacts(settings: Settings, seller: Seller) -> pl.DataFrame:
    """One row per logged contact of a seller, oldest first (`effect.CONTACTS`)."""
    columns = CONTACTS_TABLE.c
    query = (
        select(columns.plan_id, columns.at, columns.arm)
        .where(columns.seller_id == seller.id)
        .order_by(columns.id)
    )
    with connected(settings.database) as engine, reading(engine) as connection:
        rows = [
            (plan_id, datetime.fromisoformat(instant).astimezone(seller.zone).date(), arm)
            for plan_id, instant, arm in connection.execute(query)
        ]
    return pl.DataFrame(rows, CONTACTS, orient="row")


def _user_name() -> str:
    try:
        return getpass.getuser()[:255]
    except (KeyError, OSError):  # a user id without a name, as in a container
        return "unknown"
