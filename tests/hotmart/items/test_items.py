"""Items of the API and webhooks: statuses, amounts, dates, buyers, and reasons of refusals."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from smartinst.hotmart.parsing.documents import parse_document, parse_item
from smartinst.hotmart.values.fields import DECODER, EARLIEST
from tests.support.hotmart_payloads import (
    MISSING,
    attempt,
    cancellation,
    envelope,
    instant,
    item,
    json_text,
    ms,
    outcome,
    outcomes,
    plan,
    users,
    webhook,
    with_changes,
)

# --- statements -----------------------------------------------------------------------------------


def test_a_page_item_has_the_row_of_its_plan() -> None:
    row = plan(
        with_changes(item(cancellation_date=ms("2026-03-01")), {"status": "CANCELLED_BY_SELLER"})
    )
    assert row == {
        "seller_id": "acme",
        "plan_key": "20000001",
        "source": "page",
        "observed_at": instant("2026-06-01"),
        "plan_id": "20000001",
        "subscriber_code": "CODE20000001",
        "billing_type": "SMART_INSTALLMENT",
        "platform_status": "CANCELED_BY_SELLER",
        "product_id": "7000001",
        "product": "Curso Exemplo",
        "offer_code": "offer001",
        "buyer": "Rita Exemplo",
        "email": "rita@example.com",
        "phone": "+351912000777",
        "installments": 5,
        "adopted_at": instant("2026-01-15"),
        "canceled_at": instant("2026-03-01"),
        "is_suspended": False,
        "next_charge_at": None,
    }


def test_a_page_item_has_the_row_of_its_attempt() -> None:
    row = attempt(
        item(
            2,
            "DELAYED",
            purchase__payment={
                "payment_type": "PIX",
                "pix_expiration_date": ms("2026-02-17"),
                "refusal_message": "X",
            },
            recurrency__number_list="3, 2",
            recurrency__transaction_type="NEGOTIATION",
            purchase__commission={
                "currency": "USD",
                "producer_value": 38,
                "original_value": 40,
                "conversion_rate": 1,
            },
        )
    )
    columns = {
        "transaction": "HP2000000102",
        "commission_currency": "USD",
        "status": "delayed",
        "state": "failed",
        "number": 2,
        "number_list": [2, 3],
        "transaction_type": "NEGOTIATION",
        "sequence": 1,
        "ordered_at": instant("2026-02-15"),
        "approved_at": None,
        "expires_at": instant("2026-02-17"),
        "payment_type": "PIX",
        "refusal": "X",
        "currency": "EUR",
        "amount_minor": 4000,
        "expected_minor": 3800,
        "paid_minor": None,
        "original_minor": 4000,
        "conversion_rate": "1",
    }
    assert {name: row[name] for name in columns} == columns


STATUSES = [
    ("APPROVED", "approved", "paid"),
    ("COMPLETE", "complete", "paid"),
    ("COMPLETED", "complete", "paid"),
    ("DELAYED", "delayed", "failed"),
    ("OVERDUE", "delayed", "failed"),
    ("CANCELLED", "canceled", "failed"),
    ("CANCELED", "canceled", "failed"),
    ("PRINTED_BILLET", "waiting", "waiting"),
    ("BILLET_PRINTED", "waiting", "waiting"),
    ("WAITING_PAYMENT", "waiting", "waiting"),
    ("STARTED", "waiting", "waiting"),
    ("UNDER_ANALISYS", "in_analysis", "waiting"),
    ("UNDER_ANALYSIS", "in_analysis", "waiting"),
    ("PROCESSING_TRANSACTION", "in_analysis", "waiting"),
    ("BLOCKED", "in_analysis", "waiting"),
    ("PROTESTED", "disputed", "claimed"),
    ("DISPUTE", "disputed", "claimed"),
    ("REFUNDED", "refunded", "reversed"),
    ("PARTIALLY_REFUNDED", "partially_refunded", "reversed"),
    ("CHARGEBACK", "charged_back", "reversed"),
    ("EXPIRED", "expired", "failed"),
    ("NO_FUNDS", "refused", "failed"),
    ("approved", "approved", "paid"),
]


@pytest.mark.parametrize(
    ("word", "status", "state"), STATUSES, ids=[word for word, _, _ in STATUSES]
)
def test_every_spelling_of_a_status_has_one_meaning_in_pages_and_webhooks(
    word: str, status: str, state: str
) -> None:
    for row in (attempt(item(1, word)), attempt(webhook("PURCHASE_APPROVED", word, "2026-02-01"))):
        assert (row["status"], row["state"]) == (status, state)


CHARGE_WORDS = [
    ("APPROVED", "CLAIMED", "disputed"),
    ("COMPLETE", "REFUNDED", "refunded"),
    ("PROTESTED", "CHARGEBACK", "charged_back"),
    ("DELAYED", "REFUNDED", "delayed"),  # an earlier try of a charge that another attempt paid
    ("REFUNDED", "PAID", "refunded"),
    (MISSING, "PAID", "approved"),
    (MISSING, "NOT_PAID", "delayed"),
]


@pytest.mark.parametrize(("word", "charge", "status"), CHARGE_WORDS)
def test_the_status_of_a_charge_replaces_a_less_specific_one_of_a_paid_attempt(
    word: Any, charge: str, status: str
) -> None:
    assert attempt(item(purchase__status=word, recurrency__status=charge))["status"] == status


AMOUNTS = [
    ("83.09", "EUR", 8309),
    ("4E1", "EUR", 4000),
    ("4980.0", "JPY", 4980),
    ("12.345", "KWD", 12345),
]


@pytest.mark.parametrize(("text", "currency", "minor"), AMOUNTS)
def test_a_json_number_is_read_from_its_text(text: str, currency: str, minor: int) -> None:
    document = json_text(item(purchase__price={"currency": currency, "value": "NUMBER"})).replace(
        '"NUMBER"', text
    )
    (result,) = parse_document(DECODER.decode(document), "acme")
    assert result.statements is not None and result.statements.attempts[0]["amount_minor"] == minor


INSTALLMENTS = [
    ({"max_cycles": 7}, 7),
    (
        {
            "max_cycles": 0,
            "purchase.installment": {
                "installment_type": "SMART_INSTALLMENT",
                "installment_number": 6,
            },
        },
        6,
    ),
    (
        {
            "max_cycles": MISSING,
            "purchase.installment": {"installment_type": "SMART_RECOVERY", "installment_number": 9},
        },
        9,
    ),
    (
        {
            "max_cycles": None,
            "purchase.installment": {
                "installment_type": "ONE_TIME_PAYMENT",
                "installment_number": 1,
            },
        },
        None,
    ),
    ({"max_cycles": MISSING}, None),
]


@pytest.mark.parametrize(("changes", "installments"), INSTALLMENTS)
def test_n_is_max_cycles_else_the_number_of_a_smart_purchase_else_unknown(
    changes: dict[str, Any], installments: int | None
) -> None:
    assert plan(with_changes(item(), changes))["installments"] == installments


def test_a_page_without_last_update_is_as_old_as_its_latest_date() -> None:
    assert attempt(item(last_update=MISSING, approved="2026-01-16"))["observed_at"] == instant(
        "2026-01-16"
    )


def test_a_purchase_event_identifies_the_plan_by_its_subscriber_code() -> None:
    event = webhook(
        "PURCHASE_REFUNDED",
        "REFUNDED",
        "2026-02-01T08:00",
        purchase__approved_date=ms("2026-01-15"),
    )
    attempt_row, plan_row = attempt(event), plan(event)
    assert (plan_row["plan_key"], plan_row.get("plan_id"), plan_row["offer_code"]) == (
        "code:CODE20000001",
        None,
        "offer001",
    )
    assert (attempt_row["state"], attempt_row["observed_at"], attempt_row["country"]) == (
        "reversed",
        instant("2026-02-01T08:00"),
        "PT",
    )
    assert (
        attempt_row["commission_currency"],
        attempt_row["expected_minor"],
        attempt_row["paid_minor"],
    ) == (
        "EUR",
        3600,
        None,
    )


def test_a_purchase_event_has_one_row_per_currency_of_the_commission() -> None:
    shares = [
        {"value": 30, "currency_value": "EUR", "source": "PRODUCER"},
        {"value": 5, "currency_value": "USD", "source": "PRODUCER"},
        {"value": 9, "currency_value": "GBP", "source": "AFFILIATE"},
    ]
    statements = outcome(
        webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01", commissions=shares)
    ).statements
    assert statements is not None
    assert [(row["commission_currency"], row["paid_minor"]) for row in statements.attempts] == [
        ("EUR", 3000),
        ("USD", 500),
    ]


def test_a_purchase_event_without_commission_or_subscription_is_one_attempt_and_no_plan() -> None:
    event = webhook(
        "PURCHASE_CANCELED", "CANCELED", "2026-02-01", commissions=[], subscription=MISSING
    )
    statements = outcome(event).statements
    assert statements is not None
    assert [row["commission_currency"] for row in statements.attempts] == [""]
    assert statements.plans == ()


def test_a_cancellation_has_the_plan_id_and_the_subscriber_code() -> None:
    row = plan(cancellation("2026-03-01"))
    assert (row["plan_key"], row["plan_id"], row["subscriber_code"]) == (
        "20000001",
        "20000001",
        "CODE20000001",
    )
    assert (row["source"], row["canceled_at"]) == ("cancellation", instant("2026-03-01"))


def test_an_unknown_event_is_stored_without_private_data() -> None:
    data = {
        "buyer": {"email": "rita@example.com", "document": "12345678909"},
        "pix_code": "0002",
        "mood": {"level": 7},
    }
    statements = outcome(envelope("BUYER_SMILED", "2026-03-01", data)).statements
    assert statements is not None
    (event,) = statements.events
    assert (event["event"], event["email"], event["detail"]) == (
        "BUYER_SMILED",
        "rita@example.com",
        '{"mood": {"level": 7}}',
    )


def test_sales_users_has_the_buyer_and_is_older_than_every_other_source() -> None:
    document = users(
        "HP1",
        "Brasil",
        cellphone="11999052156",
        documents=[{"type": "CPF", "value": "12345678909"}],
    )
    assert attempt(document) == {
        "seller_id": "acme",
        "transaction": "HP1",
        "commission_currency": "",
        "source": "users",
        "state": "waiting",
        "observed_at": EARLIEST,
        "buyer": "Rita Exemplo",
        "email": "rita@example.com",
        "phone": "+5511999052156",
        "country": "BR",
    }


def test_sales_history_has_the_fee_and_the_guarantee() -> None:
    sale = {
        "product": {"id": 7000001, "name": "Curso Exemplo"},
        "buyer": {"name": "Rita Exemplo", "email": "rita@example.com"},
        "purchase": {
            "transaction": "HP1",
            "order_date": ms("2026-01-15"),
            "approved_date": ms("2026-01-16"),
            "status": "COMPLETE",
            "recurrency_number": 1,
            "price": {"value": 40, "currency_code": "EUR"},
            "payment": {"type": "CREDIT_CARD"},
            "warranty_expire_date": ms("2026-01-30"),
            "offer": {"payment_mode": "SMART_INSTALLMENT", "code": "offer001"},
            "hotmart_fee": {
                "total": 4,
                "fixed": 1,
                "base": 3,
                "currency_code": "EUR",
                "percentage": 9,
            },
        },
    }
    row = attempt(sale)
    assert (row["billing_type"], row["observed_at"]) == ("SMART_INSTALLMENT", instant("2026-01-16"))
    assert (row["fee_total_minor"], row["fee_percentage"]) == (400, "9")
    assert row["guarantee_ends_at"] == instant("2026-01-30")


IGNORED_ITEMS = [
    ({"billing_type": "SUBSCRIPTION"}, "billing type SUBSCRIPTION"),
    ({"billing_type": "subscription"}, "billing type SUBSCRIPTION"),
]


@pytest.mark.parametrize(("changes", "reason"), IGNORED_ITEMS)
def test_an_item_without_a_plan_is_ignored_with_a_reason(
    changes: dict[str, Any], reason: str
) -> None:
    assert outcome(with_changes(item(), changes)).ignore_reason == reason


@pytest.mark.parametrize("kind", ["SMART_RECOVERY", "BILLET_INSTALLMENT", "BRAND_NEW"])
def test_every_other_billing_type_is_accepted_and_stored(kind: str) -> None:
    assert plan(item(billing_type=kind))["billing_type"] == kind


# --- documents ------------------------------------------------------------------------------------


def test_a_page_a_list_a_recording_and_single_items_have_the_same_outcomes() -> None:
    items = [item(1), item(2)]
    single = [outcome(each_item) for each_item in items]
    for document in (
        {"items": items, "page_info": {}},
        items,
        {"metadata": {}, "response": {"status": 200, "body": items}},
    ):
        results = outcomes(document)
        assert [result.statements for result in results] == [result.statements for result in single]
        assert [result.position for result in results] == ["item 1", "item 2"]


@pytest.mark.parametrize(
    "empty", [{"items": [], "page_info": {"results_per_page": 0}}, []], ids=["page", "list"]
)
def test_an_empty_page_has_no_outcomes(empty: object) -> None:
    assert outcomes(empty) == []


def test_positions_in_a_list_of_pages_name_page_and_item() -> None:
    pages = [{"items": [item(1), {"odd": 1}]}, {"items": [item(2)]}]
    assert [result.position for result in outcomes(pages)] == [
        "item 1, item 1",
        "item 1, item 2",
        "item 2, item 1",
    ]


UNKNOWN_DOCUMENTS = [42, "text", None, True, {"odd": 1}, [[1]], {"items": 5}]


@pytest.mark.parametrize("document", UNKNOWN_DOCUMENTS, ids=map(str, UNKNOWN_DOCUMENTS))
def test_an_unknown_document_is_refused(document: object) -> None:
    assert outcome(document).refusal_reason is not None


VERSION_1_WEBHOOKS = [
    {"hottok": "x", "prod": 1, "prod_name": "n", "transaction": "HP1", "status": "approved"},
    {"id": "1", "creation_date": 1, "event": "PURCHASE_APPROVED", "version": "1.0.0", "data": {}},
]


@pytest.mark.parametrize("document", VERSION_1_WEBHOOKS, ids=["flat", "envelope"])
def test_webhook_1_0_0_is_refused_with_advice(document: dict[str, Any]) -> None:
    assert "Tools > Webhook" in (outcome(document).refusal_reason or "")


# --- refusals -------------------------------------------------------------------------------------

INVALID_FIELDS = [
    ("subscription_id", MISSING, "subscription_id: missing"),
    ("subscription_id", True, "subscription_id: expected a text"),
    ("subscription_id", [1], "subscription_id: expected a text"),
    ("billing_type", MISSING, "billing_type: missing"),
    ("purchase", [], "purchase: expected an object"),
    ("purchase.transaction", MISSING, "purchase.transaction: missing"),
    ("purchase.transaction", "  ", "purchase.transaction: missing"),
    ("purchase.order_date", MISSING, "purchase.order_date: missing"),
    ("purchase.order_date", "soon", "purchase.order_date: expected an instant"),
    ("purchase.order_date", 0, "purchase.order_date: impossible date"),
    ("purchase.order_date", 10**18, "purchase.order_date: impossible date"),
    ("purchase.order_date", True, "purchase.order_date: expected milliseconds since 1970"),
    ("purchase.order_date", 946684799999, "purchase.order_date: impossible date"),
    ("purchase.order_date", 4102444800000, "purchase.order_date: impossible date"),
    ("adoption_date", -5, "adoption_date: impossible date"),
    ("purchase.price.value", -40, "purchase.price.value: negative amount"),
    ("purchase.price.value", 10**11, "purchase.price.value: amount too large"),
    ("purchase.price.value", "forty", "purchase.price.value: not a number"),
    ("purchase.price.value", "NaN", "purchase.price.value: not a number"),
    ("purchase.price.value", True, "purchase.price.value: expected a number"),
    ("purchase.price", [40], "purchase.price: expected an object"),
    ("purchase.status", 7, "purchase.status: expected a text"),
    ("recurrency", "x", "recurrency: expected an object"),
    ("recurrency.number", 0, "recurrency.number: outside 1 to 5"),
    ("recurrency.number", 6, "recurrency.number: outside 1 to 5"),
    ("recurrency.number", 1.5, "recurrency.number: expected an integer"),
    ("recurrency.number_list", "3, 6", "recurrency.number_list: outside 1 to 5"),
    ("recurrency.number_list", "3 and 4", "recurrency.number_list: expected charge numbers"),
    ("recurrency.number_list", [3, "4"], "recurrency.number_list: expected charge numbers"),
    ("max_cycles", 601, "max_cycles: outside 0 to 600"),
    ("max_cycles", -1, "max_cycles: outside 0 to 600"),
    ("subscriber.name", {"first": "Rita"}, "subscriber.name: expected a text"),
    ("subscriber.name", "x" * 10_001, "subscriber.name: longer than 10000 characters"),
    ("subscriber.name", "a\0b", "subscriber.name: contains a NUL character"),
    ("subscriber.name", "\ud800", "subscriber.name: broken Unicode"),
    ("has_credit_card_change", "no", "has_credit_card_change: expected true or false"),
]


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    INVALID_FIELDS,
    ids=[f"{path}={str(value)[:20]}" for path, value, _ in INVALID_FIELDS],
)
def test_an_invalid_field_is_named_in_the_refusal_of_its_item(
    path: str, value: Any, reason: str
) -> None:
    result = parse_item(
        DECODER.decode(json.dumps(with_changes(item(), {path: value}))), "acme", "item 3"
    )
    assert (result.refusal_reason, result.position, result.statements) == (reason, "item 3", None)
    assert len(result.excerpt) <= 200


def test_an_excerpt_identifies_the_item_without_private_data() -> None:
    event = webhook(
        "PURCHASE_APPROVED",
        "APPROVED",
        "2026-02-01",
        purchase__price={"value": -1, "currency_value": "EUR"},
    )
    start = f'{{"creation_date":{ms("2026-02-01")},"event":"PURCHASE_APPROVED",'
    start += '"version":"2.0.0","data":{"commissions":'
    assert outcome(event).excerpt.startswith(start) and len(outcome(event).excerpt) == 200
    assert outcome({"odd": 1, "cpf": "12345678909"}).excerpt == '["odd"]'
    assert outcome("12345678909").excerpt == "null"


def test_a_text_of_ten_thousand_characters_is_accepted() -> None:
    assert plan(item(subscriber__name="é" * 10_000))["buyer"] == "é" * 10_000


def test_digits_and_iso_texts_are_read_as_instants() -> None:
    assert attempt(item(purchase__order_date=str(ms("2026-01-15"))))["ordered_at"] == instant(
        "2026-01-15"
    )
    event = webhook(
        "PURCHASE_APPROVED", "APPROVED", "2026-02-01", product__warranty_date="2026-02-20T00:00:00Z"
    )
    assert attempt(event)["guarantee_ends_at"] == datetime(2026, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize(("number", "expected"), [("", None), (" ", None), ("3", 3), (3.0, 3)])
def test_a_charge_number_may_be_blank_or_a_text(number: object, expected: int | None) -> None:
    payload = webhook("PURCHASE_APPROVED", "APPROVED", "2026-01-15")
    payload["data"]["purchase"] |= {"recurrence_number": number, "approved_date": ""}
    statements = outcome(payload).statements
    assert statements is not None
    (attempt,) = statements.attempts
    assert (attempt["number"], attempt["approved_at"]) == (expected, None)
