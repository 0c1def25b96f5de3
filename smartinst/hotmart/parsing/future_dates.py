"""Refusal of items with a date after the time of receipt (docs/contracts.md §9).

One such date would extend the period of the data, and later statements would never replace it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from smartinst.hotmart.values.outcome import ItemOutcome, Row
from smartinst.hotmart.values.redaction import item_excerpt

TOLERANCE: Final = timedelta(days=2)
"""Clocks differ, and the end of a day is later in other time zones."""

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
_EXPORT: Final = {"ordered_at": "Data da transação", "approved_at": "Confirmação do pagamento"}
_NAMES: Final = {"page": _PAGE, "history": _PAGE, "export": _EXPORT}
"""By source: columns that cannot be in the future → the platform's name. Default: `_EVENT`."""


def refuse_future_dates(outcome: ItemOutcome, received_at: datetime) -> ItemOutcome:
    """The outcome; refused if a date of the item is more than two days after its receipt."""
    if outcome.statements is None:
        return outcome
    latest = received_at + TOLERANCE
    statements = outcome.statements
    for row in (*statements.attempts, *statements.plans, *statements.events):
        if name := _future_date(row, latest):
            return replace(
                outcome,
                statements=None,
                refusal_reason=f"{name}: impossible date: in the future",
                excerpt=_row_excerpt(row),
            )
    return outcome


def _future_date(row: Row, latest: datetime) -> str | None:
    """The platform's name of a field with a date after `latest`; None if there is none."""
    for column, name in _NAMES.get(str(row.get("source")), _EVENT).items():
        instant = row.get(column)
        if isinstance(instant, datetime) and instant > latest:
            return name
    return None


def _row_excerpt(row: Row) -> str:
    columns = ("subscriber_code", "transaction", "status", "number", "event")
    members = {"subscription_id": row.get("plan_id"), **{name: row.get(name) for name in columns}}
    return item_excerpt({name: value for name, value in members.items() if value is not None})
