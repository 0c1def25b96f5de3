"""Documents as facts without a ledger on disk, and the payments according to their statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from smartinst.facts import PAID_STATES, SOURCES, STATES, Facts
from smartinst.hotmart.parsing.files import parse_body
from smartinst.hotmart.values.outcome import Statements
from smartinst.ledger.charge_day_moves import charge_day_moves
from smartinst.ledger.identity import Identity
from smartinst.ledger.ledger import Batch
from smartinst.ledger.precedence import ITEM, keep_largest
from smartinst.ledger.resolve import resolve
from smartinst.statements import ATTEMPT_STATEMENTS, EVENTS, PLAN_STATEMENTS
from tests.support.histories import History
from tests.support.hotmart_payloads import ACME, json_text

ZONE = ACME.timezone
OFFERS = pl.LazyFrame({"seller_id": [ACME.id], "offer_code": ["offer001"]})


@dataclass(frozen=True)
class Payment:
    """An accepted payment according to the newest of its statements."""

    currency: str
    amount_minor: int
    approved_date: date


def statements(document: Any) -> list[Statements]:
    """The statements in a document; none if it is refused or ignored."""
    body = document if isinstance(document, bytes) else json_text(document).encode()
    return [outcome.statements for outcome in parse_body(body, ACME.id) if outcome.statements]


def facts_and_payments(
    histories: Iterable[History], chance: Random, billing_types: tuple[str, ...]
) -> tuple[Facts, list[Payment]]:
    """The facts of histories whose documents arrive in any order, and the true payments."""
    reports = [
        (sale.place, attempt, parsed_rows)
        for sale in histories
        for document, attempt in sale.documents
        for parsed_rows in statements(document)
    ]
    chance.shuffle(reports)
    batch = Batch()
    rows: defaultdict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for place, (history, attempt, parsed_rows) in enumerate(reports):
        batch.add(place, parsed_rows)
        if attempt is not None:
            rows[history, attempt] += parsed_rows.attempts
    payments = [
        payment
        for attempt_rows in rows.values()
        if (payment := true_payment(attempt_rows)) is not None
    ]
    return _facts(batch, billing_types), payments


def _facts(batch: Batch, billing_types: tuple[str, ...]) -> Facts:
    plans, attempts, events = (
        keep_largest(table, batch.frame(table).drop(ITEM))
        for table in (PLAN_STATEMENTS, ATTEMPT_STATEMENTS, EVENTS)
    )
    identity = Identity.from_statements(plans.lazy(), attempts.lazy(), OFFERS)
    moves = charge_day_moves(events, identity, ZONE)
    return resolve(plans, attempts, moves, identity, ZONE).facts(billing_types)


def true_payment(rows: list[dict[str, Any]]) -> Payment | None:
    """What the newest statements of one attempt say; None unless they say that it was paid."""
    newest_first = sorted(
        (row for row in rows if row.get("status") is not None),
        key=lambda row: (
            row["observed_at"],
            STATES.index(row["state"]),
            SOURCES.index(row["source"]),
        ),
        reverse=True,
    )

    def newest(*names: str) -> Any:
        values = (row.get(name) for name in names for row in newest_first)
        return next((value for value in values if value is not None), None)

    if newest("state") not in PAID_STATES or newest("amount_minor") is None:
        return None
    approved = newest("approved_at", "ordered_at").astimezone(ZoneInfo(ZONE)).date()
    return Payment(newest("currency"), newest("amount_minor"), approved)
