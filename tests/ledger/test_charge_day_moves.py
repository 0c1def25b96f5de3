"""Moved charge days: from the event to the due dates (docs/metrics.md §7, "Moved charge day")."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from smartinst.analytics.figures import collect_rows
from smartinst.analytics.snapshot import snapshot
from smartinst.ledger.charge_day_moves import next_charge_date
from tests.support.hotmart_payloads import envelope, item, ms
from tests.support.ingested import Resolve, SellerFacts

ZONE = "America/Sao_Paulo"


def moved(created: str, next_charge: Any, code: str = "CODE20000001", **members: Any) -> Any:
    data = {
        "subscriber": {"code": code},
        "subscription": {"date_next_charge": next_charge, "status": "ACTIVE", **members},
    }
    return envelope("UPDATE_SUBSCRIPTION_CHARGE_DATE", created, data)


DATES: dict[str, tuple[Any, date | None]] = {
    "ISO": ({"date_next_charge": "2026-07-28T12:00:00.000Z"}, date(2026, 7, 28)),
    "milliseconds": ({"date_next_charge": ms("2026-07-28")}, date(2026, 7, 28)),
    "milliseconds as text": ({"date_next_charge": str(ms("2026-07-28"))}, date(2026, 7, 28)),
    "a date alone": ({"date_next_charge": "2026-07-28"}, date(2026, 7, 28)),
    "in the seller's zone": ({"date_next_charge": "2026-07-28T01:00:00Z"}, date(2026, 7, 27)),
    "midnight in UTC of the new day": (
        {"date_next_charge": "2026-07-28T00:00:00Z", "new_charge_day": 28},
        date(2026, 7, 28),
    ),
    "the new day in the zone": (
        {"date_next_charge": "2026-07-28T00:00:00Z", "new_charge_day": 27},
        date(2026, 7, 27),
    ),
    "missing": ({}, None),
    "null": ({"date_next_charge": None}, None),
    "no date": ({"date_next_charge": "soon"}, None),
    "seconds": ({"date_next_charge": 1785240000}, None),
    "an object": ({"date_next_charge": {}}, None),
}


@pytest.mark.parametrize(("subscription", "expected"), DATES.values(), ids=DATES)
def test_the_next_charge_is_on(subscription: Any, expected: date | None) -> None:
    assert next_charge_date(json.dumps({"subscription": subscription}), ZONE) == expected


@pytest.mark.parametrize("detail", [None, "", "{", "[]", '{"subscription": [1]}'])
def test_a_detail_without_a_subscription_has_no_date(detail: str | None) -> None:
    assert next_charge_date(detail, ZONE) is None


def due_dates(facts: SellerFacts, as_of: str) -> list[date]:
    rows = collect_rows(snapshot(facts.facts, date.fromisoformat(as_of)), {})
    return rows["charges"]["due_date"].to_list()


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(f"2026-{text}") for text in texts]


MONTHLY = days("01-15", "02-15", "03-15", "04-15", "05-15")
MOVES: dict[str, tuple[list[Any], str, list[date]]] = {
    "the first charge not issued, and later ones": (
        [item(1), moved("2026-01-20", "2026-02-28T12:00:00Z")],
        "2026-01-20",
        days("01-15", "02-28", "03-28", "04-28", "05-28"),
    ),
    "not before its day": (
        [item(1), moved("2026-01-20", "2026-02-28T12:00:00Z")],
        "2026-01-19",
        MONTHLY,
    ),
    "an issued charge keeps its date": (
        [item(1), item(2), moved("2026-02-20", "2026-03-02T12:00:00Z")],
        "2026-06-01",
        days("01-15", "02-15", "03-02", "04-02", "05-02"),
    ),
    "a charge issued afterwards has its own date": (
        [item(1), moved("2026-01-20", "2026-02-28T12:00:00Z"), item(2)],
        "2026-06-01",
        days("01-15", "02-15", "03-28", "04-28", "05-28"),
    ),
    "the end of a month": (
        [item(1), moved("2026-01-20", "2026-01-31T12:00:00Z")],
        "2026-01-20",
        days("01-15", "01-31", "02-28", "03-31", "04-30"),
    ),
    "the latest move of a charge": (
        [
            item(1),
            moved("2026-01-20", "2026-02-20T12:00:00Z"),
            item(2),
            moved("2026-02-25", "2026-03-05T12:00:00Z"),
        ],
        "2026-06-01",
        days("01-15", "02-15", "03-05", "04-05", "05-05"),
    ),
    "nothing without a date": ([item(1), moved("2026-01-20", "soon")], "2026-06-01", MONTHLY),
    "nothing of another plan": (
        [item(1), moved("2026-01-20", "2026-02-28T12:00:00Z", "CODE2")],
        "2026-06-01",
        MONTHLY,
    ),
}


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "reversed"])
@pytest.mark.parametrize(("documents", "as_of", "expected"), MOVES.values(), ids=MOVES)
def test_a_move_changes(
    resolve: Resolve, documents: list[Any], as_of: str, expected: list[date], reverse: bool
) -> None:
    assert due_dates(resolve(*(documents[::-1] if reverse else documents)), as_of) == expected
