"""Proposals: the calls of an action and their amounts, from a plan in the ledger."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from smartinst.actions.proposal_rules import propose
from smartinst.actions.proposals import ActionKind, Proposal
from smartinst.hotmart.parsing.documents import parse_document
from smartinst.i18n.message import TranslatableText
from smartinst.ledger.ingest import ingest_outcomes
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Settings
from tests.support.hotmart_payloads import ACME, item, ms
from tests.support.workspace import SELLERS, configuration, smartinst

PLAN = "20000001"
REAIS: dict[str, Any] = {
    "purchase__price__currency": "BRL",
    "purchase__commission__currency": "BRL",
}
UNPAID: dict[str, Any] = REAIS | {"status": "DELAYED", "recurrency__status": "NOT_PAID"}


def proposed(
    place: Path, kind: ActionKind, items: list[Any], as_of: date, installment: int | None = None
) -> Proposal:
    settings = Settings(home=place, ledger=str(place / "ledger"), seller=(ACME,), workspace=place)
    outcomes = (("page", outcome) for outcome in parse_document({"items": items}, ACME.id))
    ingest_outcomes(outcomes, ACME.id, Ledger(settings.ledger), datetime(2026, 11, 2, tzinfo=UTC))
    return propose(settings, ACME, kind, PLAN, as_of, installment)


def negotiation(numbers: list[int], status: str, order_date: str, **changes: Any) -> dict[str, Any]:
    """A Pix of several charges."""
    charge = {
        "recurrency__number_list": ", ".join(map(str, numbers)),
        "recurrency__transaction_type": "NEGOTIATION",
        "purchase__order_date": ms(order_date),
        "purchase__payment__payment_type": "PIX",
        "purchase__price__value": 40 * len(numbers),
    }
    return item(numbers[0], status, transaction="HPN1", **REAIS | charge | changes)


NEGOTIATED = [
    item(1, **REAIS),
    item(2, transaction="HP2", **UNPAID),
    item(3, transaction="HP3", **UNPAID),
    negotiation([2, 3], "APPROVED", "2026-03-20", approved="2026-03-20"),
]


@pytest.mark.parametrize("installment", [None, 2, 3])
def test_a_refund_of_one_installment_includes_all_that_its_transaction_paid(
    tmp_path: Path, installment: int | None
) -> None:
    proposal = proposed(tmp_path, "refund", NEGOTIATED, date(2026, 3, 31), installment)
    call = next(call for call in proposal.calls if call.transaction == "HPN1")
    assert call.amount_minor == 8000
    assert len(proposal.calls) == (1 if installment else 2)
    assert proposal.notes == ("HPN1 paid installments 2, 3 at once: all of them are refunded",)


def test_a_code_of_several_payments_is_not_refunded(tmp_path: Path) -> None:
    items = [
        item(1, transaction="HPS", approved="2026-01-15"),
        item(2, transaction="HPS", approved="2026-02-16"),
        item(3, approved="2026-03-15"),
    ]
    proposal = proposed(tmp_path, "refund", items, date(2026, 3, 31))
    assert [call.transaction for call in proposal.calls] == ["HP2000000103"]
    assert proposal.notes == tuple(
        f"transaction HPS, which paid installments {number}, is shared by several payments: "
        "refund it in the platform, which shows them one by one"
        for number in (1, 2)
    )
    first = proposed(tmp_path, "refund", [], date(2026, 3, 31), 1)
    assert not first.calls
    assert first.reason == ("there is no payment left that can be refunded by its transaction code")


def test_a_refund_of_an_installment_with_its_own_transaction_is_of_that_one_only(
    tmp_path: Path,
) -> None:
    proposal = proposed(tmp_path, "refund", NEGOTIATED, date(2026, 3, 31), 1)
    assert [(call.transaction, call.installment, call.amount_minor) for call in proposal.calls] == [
        ("HP2000000101", 1, 4000)
    ]
    assert proposal.notes == ()


OVERDUE = [
    item(1, **REAIS),
    item(2, transaction="HP2", **UNPAID),
    item(3, transaction="HP3", **UNPAID),
]


def test_overdue_installments_are_negotiated_together(tmp_path: Path) -> None:
    (call,) = proposed(tmp_path, "reprocess", OVERDUE, date(2026, 3, 31)).calls
    assert call.body == {"subscription_id": 20000001, "recurrences": [2, 3], "payment_type": "PIX"}
    assert (call.amount_minor, call.currency) == (8000, "BRL")


def test_five_installments_are_negotiated_at_most(tmp_path: Path) -> None:
    items = [
        item(n, transaction=f"HP{n}", max_cycles=8, **REAIS if n == 1 else UNPAID)
        for n in range(1, 8)
    ]
    (call,) = proposed(tmp_path, "reprocess", items, date(2026, 8, 1)).calls
    assert call.target == f"{PLAN}:2,3,4,5,6"


@pytest.mark.parametrize(
    ("expires", "day", "numbers"),
    [
        ("2026-04-01", date(2026, 3, 31), [3]),
        ("2026-03-29", date(2026, 3, 31), [2, 3]),
        (None, date(2026, 4, 2), [3]),
        (None, date(2026, 4, 3), [2, 3]),
    ],
    ids=[
        "a slip that runs",
        "a slip that ended",
        "a slip without an end for a week",
        "and no longer",
    ],
)
def test_installments_with_a_payable_slip_are_not_negotiated_again(
    tmp_path: Path, expires: str | None, day: date, numbers: list[int]
) -> None:
    expiry = {"purchase__payment__pix_expiration_date": ms(expires)} if expires else {}
    slip = negotiation(
        [2], "WAITING_PAYMENT", "2026-03-27", recurrency__status="NOT_PAID", **expiry
    )
    proposal = proposed(tmp_path, "reprocess", [*OVERDUE, slip], day)
    assert [call.body and call.body["recurrences"] for call in proposal.calls] == [numbers]
    assert ("installment 2: HPN1 waits for its payment" in proposal.notes) == (numbers == [3])


def test_there_is_no_call_if_every_overdue_installment_has_a_payable_slip(tmp_path: Path) -> None:
    slip = negotiation([2, 3], "WAITING_PAYMENT", "2026-03-30", recurrency__status="NOT_PAID")
    proposal = proposed(tmp_path, "reprocess", [*OVERDUE, slip], date(2026, 3, 31))
    assert proposal.calls == ()
    assert proposal.reason == "the overdue installments can still be paid as they are"


def test_installment_and_all_exclude_each_other(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    command = smartinst(
        tmp_path, "act", "refund", "--all", "--installment", "1", "--seller", "acme", "--yes"
    )
    assert command.returncode == 2
    assert "--installment needs one PLAN" in command.stderr


def test_a_translatable_text_with_braces_is_copied_unchanged() -> None:
    text = TranslatableText("refused: {reason}", reason="Curso {2026}")
    copy = pickle.loads(pickle.dumps(text))
    assert (copy, copy.message, copy.values) == (text, text.message, text.values)
