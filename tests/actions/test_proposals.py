"""What an action would send: the calls and their amounts, from what the ledger holds of a plan."""

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
    told = (("page", one) for one in parse_document({"items": items}, ACME.id))
    ingest_outcomes(told, ACME.id, Ledger(settings.ledger), datetime(2026, 11, 2, tzinfo=UTC))
    return propose(settings, ACME, kind, PLAN, as_of, installment)


def negotiation(numbers: list[int], status: str, ordered: str, **changes: Any) -> dict[str, Any]:
    """A Pix of several charges."""
    several = {
        "recurrency__number_list": ", ".join(map(str, numbers)),
        "recurrency__transaction_type": "NEGOTIATION",
        "purchase__order_date": ms(ordered),
        "purchase__payment__payment_type": "PIX",
        "purchase__price__value": 40 * len(numbers),
    }
    return item(numbers[0], status, transaction="HPN1", **REAIS | several | changes)


NEGOTIATED = [
    item(1, **REAIS),
    item(2, transaction="HP2", **UNPAID),
    item(3, transaction="HP3", **UNPAID),
    negotiation([2, 3], "APPROVED", "2026-03-20", approved="2026-03-20"),
]


@pytest.mark.parametrize("installment", [None, 2, 3])
def test_a_refund_of_one_installment_shows_all_that_its_transaction_gives_back(
    tmp_path: Path, installment: int | None
) -> None:
    made = proposed(tmp_path, "refund", NEGOTIATED, date(2026, 3, 31), installment)
    several = next(call for call in made.calls if call.transaction == "HPN1")
    assert several.amount_minor == 8000
    assert len(made.calls) == (1 if installment else 2)
    assert made.notes == ("HPN1 paid installments 2, 3 at once: all of them are refunded",)


def test_a_refund_of_an_installment_that_was_paid_by_itself_is_of_that_one(tmp_path: Path) -> None:
    made = proposed(tmp_path, "refund", NEGOTIATED, date(2026, 3, 31), 1)
    assert [(call.transaction, call.installment, call.amount_minor) for call in made.calls] == [
        ("HP2000000101", 1, 4000)
    ]
    assert made.notes == ()


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
def test_what_a_buyer_may_still_pay_is_not_asked_for_a_second_time(
    tmp_path: Path, expires: str | None, day: date, numbers: list[int]
) -> None:
    said = {"purchase__payment__pix_expiration_date": ms(expires)} if expires else {}
    slip = negotiation([2], "WAITING_PAYMENT", "2026-03-27", recurrency__status="NOT_PAID", **said)
    made = proposed(tmp_path, "reprocess", [*OVERDUE, slip], day)
    assert [call.body and call.body["recurrences"] for call in made.calls] == [numbers]
    assert ("installment 2: HPN1 waits for its payment" in made.notes) == (numbers == [3])


def test_where_everything_overdue_waits_for_its_payment_there_is_no_call(tmp_path: Path) -> None:
    slip = negotiation([2, 3], "WAITING_PAYMENT", "2026-03-30", recurrency__status="NOT_PAID")
    made = proposed(tmp_path, "reprocess", [*OVERDUE, slip], date(2026, 3, 31))
    assert made.calls == ()
    assert made.reason == "the overdue installments can still be paid as they are"


def test_one_installment_of_every_plan_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    done = smartinst(
        tmp_path, "act", "refund", "--all", "--installment", "1", "--seller", "acme", "--yes"
    )
    assert done.returncode == 2
    assert "--installment is of one PLAN" in done.stderr


def test_a_sentence_is_copied_as_it_was_made_braces_and_all() -> None:
    made = TranslatableText("refused: {said}", said="Curso {2026}")
    again = pickle.loads(pickle.dumps(made))
    assert (again, again.message, again.values) == (made, made.message, made.values)
