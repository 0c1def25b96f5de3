"""What an item says of the future: a date behind the clock of whoever received it is impossible (docs/contracts.md §9).

One such date would make the data reach to its year and be newer than everything that is told afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from smartinst.hotmart.parsing.outcome import ItemOutcome, Row
from smartinst.hotmart.parsing.redaction import excerpt

TOLERANCE: Final = timedelta(days=2)
"""Clocks differ, and a day that is told to its end ends later in other zones."""

_PAGE: Final = {
    "ordered_at": "purchase.order_date",
    "approved_at": "purchase.approved_date",
    "observed_at": "last_update",
}
_EVENT: Final = {
    "ordered_at": "data.purchase.order_date",
    "approved_at": "data.purchase.approved_date",
    "observed_at": "creation_date",
    "occurred_at": "creation_date",
}
_EXPORT: Final = {"ordered_at": "data da transacao", "approved_at": "confirmacao do pagamento"}
_NAMES: Final = {"page": _PAGE, "history": _PAGE, "export": _EXPORT}
"""A statement's dates that cannot lie ahead, by source: our name → the platform's. Events and webhooks are `_EVENT`."""


def refuse_future_dates(told: ItemOutcome, received_at: datetime) -> ItemOutcome:
    """The outcome; a refusal in its place where the item tells of a date more than two days after it was received."""
    if told.statements is None:
        return told
    latest = received_at + TOLERANCE
    for row in (*told.statements.attempts, *told.statements.plans, *told.statements.events):
        if name := _ahead(row, latest):
            return replace(
                told,
                statements=None,
                refusal_reason=f"{name}: impossible date: in the future",
                excerpt=_excerpt(row),
            )
    return told


def _ahead(row: Row, latest: datetime) -> str | None:
    for ours, name in _NAMES.get(str(row.get("source")), _EVENT).items():
        said = row.get(ours)
        if isinstance(said, datetime) and said > latest:
            return name
    return None


def _excerpt(row: Row) -> str:
    shown = ("subscriber_code", "transaction", "status", "number", "event")
    said = {"subscription_id": row.get("plan_id"), **{name: row.get(name) for name in shown}}
    return excerpt({name: value for name, value in said.items() if value is not None})
