"""Data quality counts plans and payments, each once, whatever the number of their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartinst.facts import Tally, UnidentifiedPlans, UnknownWord
from smartinst.ledger.ledger import Ledger
from tests.support.hotmart_payloads import ACME, MISSING, envelope, export, item, line, webhook
from tests.support.ingested import ingest_documents

PLAN = 20000001
OTHER_PLAN = 20000002


def sale(number: int, plan: int = PLAN, email: str = "rita@example.com") -> dict[str, Any]:
    """An item of sales/history: a payment of a plan, without its code."""
    purchase = webhook("PURCHASE_APPROVED", "APPROVED", "2026-01-15", number)["data"]["purchase"]
    return {
        "product": {"id": 7000001, "name": "Curso Exemplo"},
        "buyer": {"name": "Rita Exemplo", "email": email},
        "purchase": {
            "transaction": f"HP{plan}{number:02d}",
            "status": "APPROVED",
            "order_date": purchase["order_date"],
            "recurrency_number": number,
            "price": {"value": 40, "currency_code": "EUR"},
            "payment": {"type": "CREDIT_CARD"},
            "offer": {"code": "offer001", "payment_mode": "SMART_INSTALLMENT"},
        },
    }


def approved(number: int, plan: int = PLAN, **changes: Any) -> dict[str, Any]:
    day = f"2026-{number:02d}-15"
    return webhook("PURCHASE_APPROVED", "APPROVED", day, number, plan=plan, **changes)


def quality(folder: Path, *documents: Any) -> Any:
    ledger = Ledger(str(folder))
    for document in documents:
        ingest_documents(ledger, document)
    return ledger.data_quality(ACME)


OFFERS = ("offer001",)
UNIDENTIFIED: dict[str, tuple[list[Any], tuple[UnidentifiedPlans, ...]]] = {
    "none": ([item(1)], ()),
    "two payments of one plan": (
        [approved(1), approved(2)],
        (UnidentifiedPlans(("webhook",), Tally(1, "CODE20000001"), OFFERS),),
    ),
    "two plans": (
        [approved(2), approved(1, OTHER_PLAN, purchase__offer={"code": "other"})],
        (UnidentifiedPlans(("webhook",), Tally(2, "CODE20000002"), ("offer001", "other")),),
    ),
    "exports without a code": (
        [export(line(1, code="(none)"), line(2, code="(none)"))],
        (UnidentifiedPlans(("export",), Tally(1, "HP2000000101"), OFFERS),),
    ),
    "an export and a webhook of one transaction": (
        [export(line(1, code="(none)")), approved(1)],
        (UnidentifiedPlans(("webhook", "export"), Tally(1, "CODE20000001"), OFFERS),),
    ),
    "a history of two payments": (
        [[sale(1), sale(2)]],
        (UnidentifiedPlans(("history",), Tally(1, "HP2000000101"), OFFERS),),
    ),
    "histories of two buyers": (
        [[sale(1), sale(1, OTHER_PLAN, "ana@example.com")]],
        (UnidentifiedPlans(("history",), Tally(2, "HP2000000101"), OFFERS),),
    ),
    "a history of a buyer whose plan a webhook names": (
        [[sale(1)], approved(2)],
        (UnidentifiedPlans(("webhook", "history"), Tally(1, "CODE20000001"), OFFERS),),
    ),
    "a sale without a plan": (
        [approved(1, purchase__recurrence_number=MISSING, subscription=MISSING)],
        (),
    ),
}


@pytest.mark.parametrize(("documents", "groups"), UNIDENTIFIED.values(), ids=UNIDENTIFIED)
def test_unidentified_plans_are_counted_by_their_sources(
    tmp_path: Path, documents: list[Any], groups: tuple[UnidentifiedPlans, ...]
) -> None:
    result = quality(tmp_path, *documents)
    assert result.unidentified_plans == groups
    assert result.unidentified == sum(group.plans.count for group in groups)


def test_a_payment_with_an_unknown_word_in_two_sources_counts_once(tmp_path: Path) -> None:
    payment = {"payment_type": "SEASHELLS", "type": "SEASHELLS"}
    result = quality(
        tmp_path,
        [item(1, purchase__payment=payment), item(2, purchase__payment=payment)],
        approved(1, purchase__payment=payment),
    )
    assert result.unknown_words == (
        UnknownWord("payment_type", "SEASHELLS", "", Tally(2, "HP2000000101")),
    )


def test_a_known_status_of_another_source_decides_over_an_unknown_one(tmp_path: Path) -> None:
    result = quality(tmp_path, [item(1, "ODD")], approved(1))
    assert result.unknown_words == (UnknownWord("status", "ODD", "paid", Tally(1, "HP2000000101")),)


def test_a_rounded_payment_counts_once_with_its_code(tmp_path: Path) -> None:
    price = {"value": 40.123, "currency_value": "EUR", "currency": "EUR"}
    result = quality(tmp_path, [item(2, purchase__price=price)], approved(2, purchase__price=price))
    assert result.rounded == Tally(1, "HP2000000102")
    assert quality(tmp_path / "exact", item(1)).rounded == Tally()


def test_only_events_with_unknown_names_are_counted(tmp_path: Path) -> None:
    names = ("BUYER_SMILED", "CLUB_FIRST_ACCESS", "CLUB_MODULE_COMPLETED", "SWITCH_PLAN")
    events = [envelope(name, "2026-03-01", {}) for name in names]
    assert quality(tmp_path, *events).unknown_events == {"BUYER_SMILED": 1}
