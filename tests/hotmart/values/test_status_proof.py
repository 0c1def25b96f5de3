"""The status of an attempt by its word and by other proof (hotmart/values/status_proof.py)."""

from __future__ import annotations

from typing import Any

import pytest

from smartinst.hotmart.parsing.files import parse_body
from smartinst.hotmart.values.outcome import InvalidItemError
from smartinst.hotmart.values.status_proof import StatusProof, status_columns
from tests.support.hotmart_payloads import (
    MISSING,
    UNPAID,
    attempt,
    envelope,
    export,
    item,
    line,
    ms,
    outcome,
    webhook,
    with_changes,
)

Decision = tuple[str, str, str | None]
"""The columns status, state and unknown_status."""


def decision(row: dict[str, Any]) -> Decision:
    return row["status"], row["state"], row.get("unknown_status")


PROOFS: dict[str, tuple[StatusProof, Decision]] = {
    "a known word decides": (StatusProof("Aprobado"), ("approved", "paid", None)),
    "no date overrules an unpaid word": (
        StatusProof("OVERDUE", charge="PAID", is_approved=True, is_returned=True),
        ("delayed", "failed", None),
    ),
    "the charge tells what became of a payment": (
        StatusProof("COMPLETE", charge="CHARGEBACK"),
        ("charged_back", "reversed", None),
    ),
    "in any language": (
        StatusProof("Completo", charge="Reclamada"),
        ("disputed", "claimed", None),
    ),
    "nothing decides": (StatusProof("Settled"), ("SETTLED", "unknown", None)),
    "an unpaid charge is no proof against a payment": (
        StatusProof("SETTLED", charge="NOT_PAID"),
        ("SETTLED", "unknown", None),
    ),
    "a paid charge": (StatusProof("SETTLED", charge="PAID"), ("approved", "paid", "SETTLED")),
    "a charge paid, in Spanish": (
        StatusProof("SETTLED", charge="Pagado"),
        ("approved", "paid", "SETTLED"),
    ),
    "an approval": (StatusProof("Liquidado", is_approved=True), ("approved", "paid", "LIQUIDADO")),
    "an event of a payment": (
        StatusProof("SETTLED", event="PURCHASE_COMPLETE"),
        ("complete", "paid", "SETTLED"),
    ),
    "an event of a failure": (
        StatusProof("SETTLED", event="PURCHASE_DELAYED"),
        ("delayed", "failed", "SETTLED"),
    ),
    "a payment before the event of a failure": (
        StatusProof("SETTLED", event="PURCHASE_DELAYED", is_approved=True),
        ("approved", "paid", "SETTLED"),
    ),
    "money returned was paid before": (
        StatusProof("DEVOLVED", charge="PAID", is_approved=True, is_returned=True),
        ("refunded", "reversed", "DEVOLVED"),
    ),
    "an event of a chargeback": (
        StatusProof("RETURNED", event="PURCHASE_CHARGEBACK", is_approved=True, is_returned=True),
        ("charged_back", "reversed", "RETURNED"),
    ),
    "an event of a dispute": (
        StatusProof("TALKING", event="PURCHASE_PROTEST", is_approved=True),
        ("disputed", "claimed", "TALKING"),
    ),
    "a missing word is the event's": (
        StatusProof(None, event="PURCHASE_CANCELED", is_approved=True),
        ("canceled", "failed", None),
    ),
    "a missing word is the charge's": (
        StatusProof(None, charge="NOT_PAID"),
        ("delayed", "failed", None),
    ),
    "a missing word with an approval": (
        StatusProof(None, is_approved=True),
        ("approved", "paid", None),
    ),
}


@pytest.mark.parametrize(("proof", "expected"), PROOFS.values(), ids=PROOFS)
def test_an_unknown_word_decides_nothing_against_other_proof(
    proof: StatusProof, expected: Decision
) -> None:
    assert decision(status_columns(proof, "purchase.status")) == expected


@pytest.mark.parametrize("charge", [None, "ODD"])
def test_a_missing_status_without_any_proof_is_refused(charge: str | None) -> None:
    with pytest.raises(InvalidItemError, match=r"purchase\.status: missing"):
        status_columns(StatusProof(None, charge=charge), "purchase.status")


PAID: Decision = ("approved", "paid", "SETTLED")
UNKNOWN: Decision = ("SETTLED", "unknown", None)
PAGES: dict[str, tuple[dict[str, Any], Decision]] = {
    "nothing": ({}, UNKNOWN),
    "the charge": ({"recurrency.status": "PAID"}, PAID),
    "the charge, paid by another purchase": (
        {"recurrency.status": "PAID", "recurrency.is_current_purchase": False},
        UNKNOWN,
    ),
    "the approval": ({"purchase.approved_date": ms("2026-01-15")}, PAID),
    "the commission": ({"purchase.commission.producer_paid_value": 36}, PAID),
    "a commission of zero": ({"purchase.commission.producer_paid_value": 0}, UNKNOWN),
    "the reversal": (
        {"purchase.payment.refund_chargeback_date": ms("2026-02-01")},
        ("refunded", "reversed", "SETTLED"),
    ),
}


@pytest.mark.parametrize(("changes", "expected"), PAGES.values(), ids=PAGES)
def test_other_fields_of_a_page_decide_for_an_unknown_word(
    changes: dict[str, Any], expected: Decision
) -> None:
    page = with_changes(item(1, "SETTLED"), UNPAID | changes)
    assert decision(attempt(page)) == expected


EVENTS: dict[str, tuple[str, str | None, Decision]] = {
    "refund without a status": ("PURCHASE_REFUNDED", None, ("refunded", "reversed", None)),
    "partial refund": (
        "PURCHASE_PARTIALLY_REFUNDED",
        None,
        ("partially_refunded", "reversed", None),
    ),
    "two L": ("PURCHASE_CANCELLED", None, ("canceled", "failed", None)),
    "lower case": ("purchase_canceled", None, ("canceled", "failed", None)),
    "participle": ("PURCHASE_COMPLETED", None, ("complete", "paid", None)),
    "protest": ("PURCHASE_PROTEST", None, ("disputed", "claimed", None)),
    "protested": ("PURCHASE_PROTESTED", None, ("disputed", "claimed", None)),
    "chargeback": ("PURCHASE_CHARGEBACK", None, ("charged_back", "reversed", None)),
    "expired": ("PURCHASE_EXPIRED", None, ("expired", "failed", None)),
    "delayed": ("PURCHASE_DELAYED", None, ("delayed", "failed", None)),
    "overdue": ("PURCHASE_OVERDUE", None, ("delayed", "failed", None)),
    "billet": ("PURCHASE_BILLET_PRINTED", None, ("waiting", "waiting", None)),
    "approved, unknown word": ("PURCHASE_APPROVED", "SETTLED", ("approved", "paid", "SETTLED")),
    "delayed, unknown word": ("PURCHASE_DELAYED", "ODD", ("delayed", "failed", "ODD")),
    "a known word": ("PURCHASE_APPROVED", "Reembolsado", ("refunded", "reversed", None)),
    "unknown event, known word": ("PURCHASE_SETTLED", "APPROVED", ("approved", "paid", None)),
    "unknown event and word": ("PURCHASE_SETTLED", "ODD", ("ODD", "unknown", None)),
    "unknown event alone": ("PURCHASE_SETTLED", None, ("PURCHASE_SETTLED", "unknown", None)),
}


@pytest.mark.parametrize(("event", "word", "expected"), EVENTS.values(), ids=EVENTS)
def test_an_event_decides_what_its_payload_leaves_out(
    event: str, word: str | None, expected: Decision
) -> None:
    payload = webhook(event, word or "ODD", "2026-02-01")
    changes = {"data.purchase.approved_date": MISSING}
    if word is None:
        changes["data.purchase.status"] = MISSING
    assert decision(attempt(with_changes(payload, changes))) == expected


def test_a_refund_needs_neither_buyer_nor_price() -> None:
    payload = webhook("PURCHASE_REFUNDED", "REFUNDED", "2026-02-01")
    bare = {f"data.{name}": MISSING for name in ("buyer", "purchase.price", "purchase.status")}
    row = attempt(with_changes(payload, bare))
    assert decision(row) == ("refunded", "reversed", None)
    assert (row["buyer"], row["amount_minor"]) == (None, None)


@pytest.mark.parametrize(
    ("event", "stored"),
    [("PURCHASE_SETTLED", ["PURCHASE_SETTLED"]), ("PURCHASE_APPROVED", [])],
)
def test_an_unknown_event_of_a_purchase_is_counted_by_name_too(
    event: str, stored: list[str]
) -> None:
    statements = outcome(webhook(event, "APPROVED", "2026-02-01")).statements
    assert statements is not None
    assert [row["event"] for row in statements.events] == stored
    assert len(statements.attempts) == len(statements.plans) == 1


@pytest.mark.parametrize(
    ("event", "canonical"),
    [
        ("switch_plan", "SWITCH_PLAN"),
        ("Club First Access", "CLUB_FIRST_ACCESS"),
        ("CLUB_MODULE_COMPLETE", "CLUB_MODULE_COMPLETED"),
        ("SUBSCRIPTION_BILLING_DATE_CHANGE", "UPDATE_SUBSCRIPTION_CHARGE_DATE"),
        ("Buyer_Smiled", "BUYER_SMILED"),
    ],
)
def test_an_event_has_one_name_in_all_spellings(event: str, canonical: str) -> None:
    statements = outcome(envelope(event, "2026-02-01", {})).statements
    assert statements is not None and [row["event"] for row in statements.events] == [canonical]


CANCELLATIONS = ["SUBSCRIPTION_CANCELATION", "subscription_cancellation", "SUBSCRIPTION_CANCELLED"]


@pytest.mark.parametrize("event", CANCELLATIONS)
def test_a_cancellation_is_one_event_in_all_spellings(event: str) -> None:
    payload = envelope(event, "2026-02-01", {"subscription": {"id": 20000001}})
    statements = outcome(payload).statements
    assert statements is not None and statements.plans[0]["source"] == "cancellation"


def test_the_confirmation_in_an_export_decides_for_an_unknown_word() -> None:
    unconfirmed = line(1, "Liquidado")
    confirmed = unconfirmed.replace("(none)", "15/01/2026 09:00:00")
    rows = [
        decision(outcome.statements.attempts[0])
        for outcome in parse_body(export(unconfirmed, confirmed), "acme")
        if outcome.statements
    ]
    assert rows == [("LIQUIDADO", "unknown", None), ("approved", "paid", "LIQUIDADO")]
