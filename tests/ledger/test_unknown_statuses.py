"""Attempts with an unknown status among statements with known ones, and in old ledgers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smartinst.billing_types import BILLING_TYPES
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.statuses import update_statuses
from smartinst.statements import ATTEMPT_STATEMENTS
from tests.support.hotmart_payloads import ACME, UNPAID, item, ms, webhook, with_changes
from tests.support.ingested import frames, ingest_documents

HISTORIES = {
    "an unknown status alone": (["ODD"], "unknown"),
    "a payment stays": (["APPROVED", "ODD"], "paid"),
    "a claim stays": (["PROTESTED", "ODD"], "claimed"),
    "a refund stays": (["REFUNDED", "ODD"], "reversed"),
    "a failure may have become a payment": (["DELAYED", "ODD"], "unknown"),
    "so may a slip": (["PRINTED_BILLET", "ODD"], "unknown"),
    "a newer payment": (["ODD", "COMPLETE"], "paid"),
    "a newer failure": (["ODD", "OVERDUE"], "failed"),
    "a payment, then a failure and an unknown status": (["APPROVED", "DELAYED", "ODD"], "unknown"),
}


@pytest.mark.parametrize(("words", "state"), HISTORIES.values(), ids=HISTORIES)
def test_an_unknown_status_decides_nothing_against_a_payment(
    tmp_path: Path, words: list[str], state: str
) -> None:
    ledger = Ledger(str(tmp_path))
    for month, word in enumerate(words, start=6):
        page = with_changes(item(1, word, updated=f"2026-{month:02d}-01"), UNPAID)
        ingest_documents(ledger, page)
    _, attempts, _ = frames(ledger.read(ACME))
    assert attempts["state"].to_list() == [state]
    assert attempts["approved_date"].is_not_null().to_list() == [
        state in ("paid", "claimed", "reversed")
    ]


def test_a_slip_of_unknown_status_has_not_failed(tmp_path: Path) -> None:
    slip = {"payment_type": "PIX", "pix_expiration_date": ms("2026-01-17")}
    ledger = Ledger(str(tmp_path))
    ingest_documents(ledger, with_changes(item(1, "ODD"), UNPAID | {"purchase.payment": slip}))
    _, attempts, _ = frames(ledger.read(ACME))
    assert attempts["failed_date"].to_list() == [None]


DAY = datetime(2026, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"status": "APROBADO"}, ("approved", "paid", None)),
        ({"status": "ODD"}, ("ODD", "unknown", None)),
        ({"status": "ODD", "approved_at": DAY}, ("approved", "paid", "ODD")),
        ({"status": "ODD", "paid_minor": 3600}, ("approved", "paid", "ODD")),
        ({"status": "ODD", "source": "export", "paid_minor": 3600}, ("ODD", "unknown", None)),
        (
            {"status": "ODD", "approved_at": DAY, "reversed_at": DAY},
            ("refunded", "reversed", "ODD"),
        ),
        ({"status": "delayed", "approved_at": DAY}, ("delayed", "failed", None)),
        ({"status": None, "approved_at": DAY}, (None, "waiting", None)),
    ],
)
def test_a_stored_status_is_read_as_if_it_came_today(
    stored: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    statements = ATTEMPT_STATEMENTS.frame([{"source": "page", "state": "waiting", **stored}])
    columns = update_statuses(statements).select("status", "state", "unknown_status")
    assert columns.row(0) == expected


def test_hotmart_installments_in_a_webhook_are_a_plan_of_their_own_billing_type(
    tmp_path: Path,
) -> None:
    payment = {"type": "hotmart_installments", "installments_number": 12}
    payload = webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")
    ledger = Ledger(str(tmp_path))
    ingest_documents(ledger, with_changes(payload, {"data.purchase.payment": payment}))
    assert frames(ledger.read(ACME))[0].is_empty()
    plans, attempts, _ = frames(ledger.read(ACME, BILLING_TYPES))
    assert plans.select("billing_type", "installments").rows() == [("HOTMART_INSTALLMENTS", 12)]
    assert attempts.height == 1
