"""Changes of the day on which a plan is charged, from the events that announce them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from smartinst.facts import CHARGE_DAY_MOVES
from smartinst.hotmart.values.fields import DECODER, read_instant, read_integer
from smartinst.hotmart.values.outcome import InvalidItemError
from smartinst.ledger.columns import SUBSCRIBER, local_date
from smartinst.ledger.identity import Identity

MOVE_EVENT: Final = "UPDATE_SUBSCRIPTION_CHARGE_DATE"


def charge_day_moves(events: pl.DataFrame, identity: Identity, zone: str) -> pl.DataFrame:
    """One row per event with a usable date, of a plan with its subscriber code."""
    moves = events.filter(pl.col("event") == MOVE_EVENT)
    if moves.is_empty():
        return CHARGE_DAY_MOVES.empty()
    dates = [next_charge_date(detail, zone) for detail in moves["detail"]]
    return (
        moves.with_columns(
            local_date(pl.col("occurred_at"), zone).alias("moved_date"),
            pl.Series("next_charge_date", dates, pl.Date),
        )
        .filter(pl.col("next_charge_date").is_not_null())
        .lazy()
        .join(identity.plan_by_code, on=SUBSCRIBER, validate="m:1")
        .rename({"plan_id_of_code": "plan_id", "occurred_at": "moved_at"})
        .select(CHARGE_DAY_MOVES.columns.keys())
        .collect()
    )


def next_charge_date(detail: str | None, zone: str) -> date | None:
    """`subscription.date_next_charge` of an event as a date in the zone; None if it has none.

    A text without a time is the date itself. The platform also writes dates as midnight in UTC:
    the date in UTC counts if its day, and not that of the date in the zone, is `new_charge_day`.
    """
    try:
        subscription: Any = DECODER.decode(detail or "{}").get("subscription")
        instant = read_instant(subscription or {}, "date_next_charge")
    except (ValueError, AttributeError, InvalidItemError):
        return None
    if instant is None:
        return None
    with suppress(ValueError, AttributeError):
        return date.fromisoformat(subscription["date_next_charge"].strip())
    local = instant.astimezone(ZoneInfo(zone)).date()
    with suppress(InvalidItemError):
        new_day = read_integer(subscription, "new_charge_day", "", 1, 31)
        if new_day == instant.day != local.day:
            return instant.date()
    return local
