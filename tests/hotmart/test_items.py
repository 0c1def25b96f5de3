"""Items of the API and webhooks into statements: statuses, amounts, dates, people, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from smartinst.hotmart.parsing.contacts import country_code, format_phone
from smartinst.hotmart.parsing.documents import parse_document, parse_item
from smartinst.hotmart.parsing.fields import DECODER, EARLIEST
from tests.support.hotmart_payloads import (
    MISSING,
    at,
    attempt,
    cancellation,
    changed,
    envelope,
    item,
    ms,
    outcome,
    outcomes,
    plan,
    users,
    webhook,
    written,
)

# --- what is read ---------------------------------------------------------------


def test_a_page_item_tells_of_its_plan() -> None:
    told = plan(
        changed(item(cancellation_date=ms("2026-03-01")), {"status": "CANCELLED_BY_SELLER"})
    )
    assert told == {
        "seller_id": "acme",
        "plan_key": "20000001",
        "source": "page",
        "observed_at": at("2026-06-01"),
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
        "adopted_at": at("2026-01-15"),
        "canceled_at": at("2026-03-01"),
        "is_suspended": False,
        "next_charge_at": None,
    }


def test_a_page_item_tells_of_its_attempt() -> None:
    told = attempt(
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
    kept = {
        "transaction": "HP2000000102",
        "commission_currency": "USD",
        "status": "delayed",
        "state": "failed",
        "number": 2,
        "number_list": [2, 3],
        "transaction_type": "NEGOTIATION",
        "sequence": 1,
        "ordered_at": at("2026-02-15"),
        "approved_at": None,
        "expires_at": at("2026-02-17"),
        "payment_type": "PIX",
        "refusal": "X",
        "currency": "EUR",
        "amount_minor": 4000,
        "expected_minor": 3800,
        "paid_minor": None,
        "original_minor": 4000,
        "conversion_rate": "1",
    }
    assert {name: told[name] for name in kept} == kept


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
    ("SOMETHING_NEW", "SOMETHING_NEW", "waiting"),
]


@pytest.mark.parametrize(
    ("word", "status", "state"), STATUSES, ids=[word for word, _, _ in STATUSES]
)
def test_every_spelling_of_a_status_has_one_meaning_in_pages_and_webhooks(
    word: str, status: str, state: str
) -> None:
    for told in (attempt(item(1, word)), attempt(webhook("PURCHASE_APPROVED", word, "2026-02-01"))):
        assert (told["status"], told["state"]) == (status, state)


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
def test_the_charges_word_counts_where_it_says_more_than_a_paid_attempt(
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
    document = written(item(purchase__price={"currency": currency, "value": "NUMBER"})).replace(
        '"NUMBER"', text
    )
    (told,) = parse_document(DECODER.decode(document), "acme")
    assert told.statements is not None and told.statements.attempts[0]["amount_minor"] == minor


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


@pytest.mark.parametrize(("changes", "expected"), INSTALLMENTS)
def test_n_is_max_cycles_else_the_number_of_a_smart_purchase_else_unknown(
    changes: dict[str, Any], expected: int | None
) -> None:
    assert plan(changed(item(), changes))["installments"] == expected


def test_a_page_without_last_update_is_as_old_as_its_latest_date() -> None:
    assert attempt(item(last_update=MISSING, approved="2026-01-16"))["observed_at"] == at(
        "2026-01-16"
    )


def test_a_purchase_event_tells_of_the_plan_by_its_subscriber_code() -> None:
    event = webhook(
        "PURCHASE_REFUNDED",
        "REFUNDED",
        "2026-02-01T08:00",
        purchase__approved_date=ms("2026-01-15"),
    )
    told, bought = attempt(event), plan(event)
    assert (bought["plan_key"], bought.get("plan_id"), bought["offer_code"]) == (
        "code:CODE20000001",
        None,
        "offer001",
    )
    assert (told["state"], told["observed_at"], told["country"]) == (
        "reversed",
        at("2026-02-01T08:00"),
        "PT",
    )
    assert (told["commission_currency"], told["expected_minor"], told["paid_minor"]) == (
        "EUR",
        3600,
        None,
    )


def test_a_purchase_event_has_one_row_a_currency_of_the_producers_commission() -> None:
    shares = [
        {"value": 30, "currency_value": "EUR", "source": "PRODUCER"},
        {"value": 5, "currency_value": "USD", "source": "PRODUCER"},
        {"value": 9, "currency_value": "GBP", "source": "AFFILIATE"},
    ]
    told = outcome(
        webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01", commissions=shares)
    ).statements
    assert told is not None
    assert [(row["commission_currency"], row["paid_minor"]) for row in told.attempts] == [
        ("EUR", 3000),
        ("USD", 500),
    ]


def test_a_purchase_event_without_commission_or_subscription_is_one_attempt_and_no_plan() -> None:
    event = webhook(
        "PURCHASE_CANCELED", "CANCELED", "2026-02-01", commissions=[], subscription=MISSING
    )
    told = outcome(event).statements
    assert told is not None
    assert [row["commission_currency"] for row in told.attempts] == [""] and told.plans == ()


def test_a_cancellation_names_plan_and_code() -> None:
    told = plan(cancellation("2026-03-01"))
    assert (told["plan_key"], told["plan_id"], told["subscriber_code"]) == (
        "20000001",
        "20000001",
        "CODE20000001",
    )
    assert (told["source"], told["canceled_at"]) == ("cancellation", at("2026-03-01"))


def test_an_event_never_seen_before_is_kept_as_it_is_without_what_is_private() -> None:
    data = {
        "buyer": {"email": "rita@example.com", "document": "12345678909"},
        "pix_code": "0002",
        "mood": {"level": 7},
    }
    told = outcome(envelope("BUYER_SMILED", "2026-03-01", data)).statements
    assert told is not None
    (event,) = told.events
    assert (event["event"], event["email"], event["detail"]) == (
        "BUYER_SMILED",
        "rita@example.com",
        '{"mood": {"level": 7}}',
    )


def test_sales_users_tells_of_the_buyer_and_is_older_than_every_other_source() -> None:
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


def test_sales_history_tells_of_fee_and_guarantee() -> None:
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
    told = attempt(sale)
    assert (told["billing_type"], told["observed_at"]) == ("SMART_INSTALLMENT", at("2026-01-16"))
    assert (told["fee_total_minor"], told["fee_percentage"]) == (400, "9")
    assert told["guarantee_ends_at"] == at("2026-01-30")


OTHERS = [
    ({"billing_type": "SUBSCRIPTION"}, "billing type SUBSCRIPTION"),
    ({"billing_type": "subscription"}, "billing type SUBSCRIPTION"),
]


@pytest.mark.parametrize(("changes", "reason"), OTHERS)
def test_what_is_no_plan_of_ours_is_ignored_with_its_reason(
    changes: dict[str, Any], reason: str
) -> None:
    assert outcome(changed(item(), changes)).ignore_reason == reason


@pytest.mark.parametrize("kind", ["SMART_RECOVERY", "BILLET_INSTALLMENT", "BRAND_NEW"])
def test_every_other_billing_type_is_accepted_and_kept(kind: str) -> None:
    assert plan(item(billing_type=kind))["billing_type"] == kind


# --- documents ---------------------------------------------------------------


def test_a_page_a_list_a_recording_and_a_bare_item_are_the_same_items() -> None:
    two = [item(1), item(2)]
    alone = [told for one in two for told in outcomes(one)]
    for document in (
        {"items": two, "page_info": {}},
        two,
        {"metadata": {}, "response": {"status": 200, "body": two}},
    ):
        told = outcomes(document)
        assert [one.statements for one in told] == [one.statements for one in alone]
        assert [one.position for one in told] == ["item 1", "item 2"]


@pytest.mark.parametrize(
    "empty", [{"items": [], "page_info": {"results_per_page": 0}}, []], ids=["page", "list"]
)
def test_an_empty_page_reads_nothing(empty: object) -> None:
    assert outcomes(empty) == []


def test_a_list_of_pages_tells_page_and_item() -> None:
    pages = [{"items": [item(1), {"odd": 1}]}, {"items": [item(2)]}]
    assert [one.position for one in outcomes(pages)] == [
        "item 1, item 1",
        "item 1, item 2",
        "item 2, item 1",
    ]


UNKNOWN = [42, "text", None, True, {"odd": 1}, [[1]], {"items": 5}]


@pytest.mark.parametrize("document", UNKNOWN, ids=map(str, UNKNOWN))
def test_a_document_that_nobody_knows_is_refused(document: object) -> None:
    assert outcome(document).refusal_reason is not None


FIRST_VERSIONS = [
    {"hottok": "x", "prod": 1, "prod_name": "n", "transaction": "HP1", "status": "approved"},
    {"id": "1", "creation_date": 1, "event": "PURCHASE_APPROVED", "version": "1.0.0", "data": {}},
]


@pytest.mark.parametrize("document", FIRST_VERSIONS, ids=["flat", "envelope"])
def test_webhook_1_0_0_is_refused_with_what_to_do(document: dict[str, Any]) -> None:
    assert "Tools > Webhook" in (outcome(document).refusal_reason or "")


# --- what is refused ---------------------------------------------------------------

REFUSED = [
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
    ("purchase.price.value", 40.005, "purchase.price.value: more decimals than the currency has"),
    ("purchase.price.value", 10**11, "purchase.price.value: amount too large"),
    ("purchase.price.value", "forty", "purchase.price.value: not a number"),
    ("purchase.price.value", "NaN", "purchase.price.value: not a number"),
    ("purchase.price.value", True, "purchase.price.value: expected a number"),
    ("purchase.price.value", MISSING, "purchase.price.value: missing"),
    ("purchase.price.currency", "EURO", "purchase.price.currency: expected a currency code"),
    (
        "purchase.commission.producer_value",
        -1,
        "purchase.commission.producer_value: negative amount",
    ),
    (
        "purchase.commission.currency",
        MISSING,
        "purchase.commission.producer_value: an amount without a currency",
    ),
    ("purchase.status", 7, "purchase.status: expected a text"),
    ("recurrency", "x", "recurrency: expected an object"),
    ("recurrency.number", MISSING, "recurrency.number: missing"),
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
    ("path", "value", "reason"), REFUSED, ids=[f"{p}={str(v)[:20]}" for p, v, _ in REFUSED]
)
def test_a_wrong_field_sends_the_item_to_quarantine_and_is_named(
    path: str, value: Any, reason: str
) -> None:
    told = parse_item(DECODER.decode(json.dumps(changed(item(), {path: value}))), "acme", "item 3")
    assert (told.refusal_reason, told.position, told.statements) == (reason, "item 3", None)
    assert len(told.excerpt) <= 200


def test_an_excerpt_shows_what_tells_the_item_apart_and_nothing_private() -> None:
    event = webhook(
        "PURCHASE_APPROVED",
        "APPROVED",
        "2026-02-01",
        purchase__price={"value": -1, "currency_value": "EUR"},
    )
    shown = f'{{"creation_date":{ms("2026-02-01")},"event":"PURCHASE_APPROVED","version":"2.0.0","data":{{"commissions":'
    assert outcome(event).excerpt.startswith(shown) and len(outcome(event).excerpt) == 200
    assert outcome({"odd": 1, "cpf": "12345678909"}).excerpt == '["odd"]'
    assert outcome("12345678909").excerpt == "null"


def test_a_text_of_ten_thousand_characters_is_kept() -> None:
    assert plan(item(subscriber__name="é" * 10_000))["buyer"] == "é" * 10_000


def test_digits_and_iso_texts_are_instants() -> None:
    assert attempt(item(purchase__order_date=str(ms("2026-01-15"))))["ordered_at"] == at(
        "2026-01-15"
    )
    event = webhook(
        "PURCHASE_APPROVED", "APPROVED", "2026-02-01", product__warranty_date="2026-02-20T00:00:00Z"
    )
    assert attempt(event)["guarantee_ends_at"] == datetime(2026, 2, 20, tzinfo=UTC)


# --- people ---------------------------------------------------------------

PHONES = [
    ("351", "912000777", None, "+351912000777"),
    ("244", "923000111", None, "+244923000111"),
    ("965", "50011234", None, "+96550011234"),
    ("54", "91123000111", None, "+5491123000111"),
    ("1", "2125550123", None, "+12125550123"),
    ("11", "999052156", None, "+5511999052156"),
    ("34", "991234567", "BR", "+5534991234567"),
    ("", "+351 912 000 777", None, "+351912000777"),
    (None, "912000777", "PT", "+351912000777"),
    (None, "912000777 ext. 12", "PT", "+351912000777"),
    ("999999999", "99999999900", "BR", None),
    (None, "12", "PT", None),
    (None, "call me", "PT", None),
    (None, None, "PT", None),
    ("351", "9" * 300, None, None),
]


@pytest.mark.parametrize(("area", "number", "home", "expected"), PHONES)
def test_a_phone_is_e164_or_nothing(
    area: str | None, number: str | None, home: str | None, expected: str | None
) -> None:
    assert format_phone(area, number, home) == expected


COUNTRIES = [
    ("PT", None, "PT"),
    ("pt", "Brasil", "PT"),
    (None, "Brasil", "BR"),
    (None, "BRAZIL", "BR"),
    (None, "Espanha", "ES"),
    (None, "España", "ES"),
    (None, "espana", "ES"),
    (None, "Estados Unidos", "US"),
    (None, "EUA", "US"),
    (None, "Moçambique", "MZ"),
    (None, "PT", "PT"),
    ("XX", "Atlantis", None),
    (None, "", None),
    ("ZZ", None, None),
]


@pytest.mark.parametrize(("iso", "name", "expected"), COUNTRIES)
def test_a_country_is_alpha_2_from_its_code_or_its_name_in_three_languages(
    iso: str | None, name: str | None, expected: str | None
) -> None:
    assert country_code(iso, name) == expected
