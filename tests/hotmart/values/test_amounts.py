"""Prices, commissions and fees: rounded amounts, and currencies wherever they stand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartinst.hotmart.parsing.documents import parse_document
from smartinst.hotmart.values.fields import DECODER
from smartinst.hotmart.values.outcome import ItemOutcome, Row
from tests.support.hotmart_payloads import MISSING, attempt, item, ms, outcome, webhook


def read(document: dict[str, Any]) -> ItemOutcome:
    """The outcome of a document whose numbers are decoded from their text."""
    (result,) = parse_document(DECODER.decode(json.dumps(document)), "acme")
    return result


def rows(document: dict[str, Any]) -> list[Row]:
    statements = read(document).statements
    assert statements is not None
    return list(statements.attempts)


def approved(**changes: Any) -> dict[str, Any]:
    return webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01", **changes)


def sale(**changes: Any) -> dict[str, Any]:
    """An item of sales/history; the changes are members of the purchase."""
    purchase = {
        "transaction": "HP1",
        "order_date": ms("2026-01-15"),
        "status": "APPROVED",
        "offer": {"payment_mode": "SMART_INSTALLMENT"},
        "price": {"value": 40, "currency_code": "EUR"},
    }
    return {"purchase": purchase | changes}


# --- rounding -------------------------------------------------------------------------------------


ROUNDED_PRICES = [
    (5625.21, "CLP", 5625),
    (4528.5, "JPY", 4529),
    (181818.18, "PYG", 181_818),
    ("40.005", "EUR", 4001),
    (42.50000000000001, "EUR", 4250),
    (12.34549, "KWD", 12_345),
]


@pytest.mark.parametrize(("value", "currency", "minor"), ROUNDED_PRICES)
def test_a_price_with_more_decimals_than_its_currency_is_rounded_and_marked(
    value: Any, currency: str, minor: int
) -> None:
    for document in (
        item(purchase__price={"value": value, "currency": currency}),
        approved(purchase__price={"value": value, "currency_value": currency}),
        sale(price={"value": value, "currency_code": currency}),
    ):
        (row,) = rows(document)
        assert (row["amount_minor"], row["is_rounded"]) == (minor, True)


EXACT_PRICES = [
    (40, "EUR", 4000),
    (40.0, "EUR", 4000),
    ("50.00", "EUR", 5000),
    (4980.0, "JPY", 4980),
]


@pytest.mark.parametrize(("value", "currency", "minor"), EXACT_PRICES)
def test_an_exact_price_is_not_marked_as_rounded(value: Any, currency: str, minor: int) -> None:
    (row,) = rows(item(purchase__price={"value": value, "currency": currency}))
    assert (row["amount_minor"], row["is_rounded"]) == (minor, None)


@pytest.mark.parametrize(
    "member",
    [
        "price.total_value",
        "commission.producer_value",
        "commission.producer_paid_value",
        "commission.original_value",
        "commission.original_paid_value",
    ],
)
def test_each_rounded_amount_of_a_page_marks_its_attempt(member: str) -> None:
    changes: dict[str, Any] = {f"purchase__{member.replace('.', '__')}": 36.001}
    assert attempt(item(**changes))["is_rounded"] is True


def test_a_rounded_commission_marks_the_row_of_its_currency_alone() -> None:
    shares = [
        {"value": 42.499999999999996, "currency_value": "EUR", "source": "PRODUCER"},
        {"value": 5, "currency_value": "USD", "source": "PRODUCER"},
    ]
    nets = [
        (row["commission_currency"], row["paid_minor"], row["is_rounded"])
        for row in rows(approved(commissions=shares))
    ]
    assert nets == [("EUR", 4250, True), ("USD", 500, None)]


def test_a_rounded_fee_marks_the_attempt() -> None:
    (row,) = rows(sale(hotmart_fee={"total": 4.4601, "currency_code": "EUR"}))
    assert (row["fee_total_minor"], row["is_rounded"]) == (446, True)


# --- currencies -----------------------------------------------------------------------------------

NAMED = [
    {"price": {"value": 40, "currency": "EUR"}},
    {"price": {"value": 40, "currency_code": "EUR"}},
    {"price": {"value": 40, "currency_value": " eur "}},
    {"price": {"value": 40, "currency": "EURO", "currency_code": "EUR"}},
    {"price": {"value": 40}, "full_price": {"value": 48, "currency_value": "EUR"}},
    {"price": {"value": 40}, "original_offer_price": {"value": 9, "currency_value": "EUR"}},
    {"price": {"value": 40, "currency_code": None}, "total": {"currency_code": "EUR"}},
    {"price": {"value": 40}, "currency": "EUR"},
    {"price": 40, "currency_code": "EUR"},
    {"price": "40.00", "currency_value": "EUR"},
]


@pytest.mark.parametrize("purchase", NAMED, ids=str)
def test_the_currency_of_a_price_is_found_in_every_place(purchase: dict[str, Any]) -> None:
    changes = {f"purchase__{name}": value for name, value in purchase.items()}
    for document in (item(**changes), approved(**changes), sale(**purchase)):
        (row,) = rows(document)
        assert (row["currency"], row["amount_minor"]) == ("EUR", 4000)


UNUSABLE_PRICES = [
    ({"value": 40}, "price.value: an amount without a currency"),
    ({"value": -0.01, "currency": "EUR"}, "price.value: negative amount"),
    ({"value": 10**10 + 1, "currency": "EUR"}, "price.value: amount too large"),
    ({"value": "NaN", "currency": "EUR"}, "price.value: not a number"),
    ({"value": "Infinity"}, "price.value: not a number"),
    (True, "price: expected an object"),
]


@pytest.mark.parametrize(("price", "reason"), UNUSABLE_PRICES)
def test_an_amount_that_is_no_money_is_refused_from_every_source(price: Any, reason: str) -> None:
    page = item(purchase__price=price, purchase__commission=MISSING)
    event = approved(purchase__price=price, commissions=[])
    assert read(page).refusal_reason == f"purchase.{reason}"
    assert read(event).refusal_reason == f"data.purchase.{reason}"
    assert read(sale(price=price)).refusal_reason == f"purchase.{reason}"


UNKNOWN_PRICES = [MISSING, None, {}, {"currency": "EUR"}, {"value": None}, {"value": " "}]


@pytest.mark.parametrize(
    "price", UNKNOWN_PRICES, ids=lambda price: "missing" if price is MISSING else str(price)
)
def test_an_event_without_a_price_has_an_unknown_amount_and_a_page_is_refused(price: Any) -> None:
    (row,) = rows(approved(purchase__price=price))
    assert (row["state"], row["amount_minor"]) == ("paid", None)
    assert read(item(purchase__price=price)).refusal_reason == "purchase.price.value: missing"


def test_a_price_of_zero_needs_no_currency() -> None:
    (row,) = rows(approved(purchase__price={"value": 0}, commissions=[]))
    assert (row["currency"], row["amount_minor"]) == (None, 0)


# --- what the card is charged ---------------------------------------------------------------------


def test_the_total_of_a_page_is_what_the_card_is_charged() -> None:
    price = {"value": 40, "total_value": 48.4, "currency": "EUR"}
    (row,) = rows(item(purchase__price=price))
    assert (row["amount_minor"], row["total_minor"]) == (4000, 4840)


FULL_PRICES = [
    ({"value": 48.4, "currency_value": "EUR"}, 4840),
    ({"value": 48.4}, 4840),
    ({"value": 55, "currency_value": "USD"}, None),
    ({"value": -1, "currency_value": "EUR"}, None),
    (None, None),
    (48.4, None),
]


@pytest.mark.parametrize(("full_price", "total"), FULL_PRICES)
def test_the_full_price_of_an_event_counts_in_the_purchase_currency(
    full_price: Any, total: int | None
) -> None:
    (row,) = rows(approved(purchase__full_price=full_price))
    assert (row["amount_minor"], row["total_minor"]) == (4000, total)


# --- commissions and fees -------------------------------------------------------------------------

PRODUCER = {"source": "PRODUCER", "value": 36}
MARKETPLACE = {"source": "MARKETPLACE", "value": 4}

COMMISSIONS: list[tuple[Any, list[tuple[str, int | None]]]] = [
    ([PRODUCER | {"currency": "USD"}], [("USD", 3600)]),
    ([PRODUCER | {"currency_code": "USD"}], [("USD", 3600)]),
    ([PRODUCER, MARKETPLACE | {"currency_value": "USD"}], [("USD", 3600)]),
    (
        [
            PRODUCER,
            MARKETPLACE | {"currency_value": "USD"},
            MARKETPLACE | {"currency_value": "GBP"},
        ],
        [("EUR", 3600)],
    ),
    ([PRODUCER], [("EUR", 3600)]),
    ([PRODUCER | {"source": " producer "}], [("EUR", 3600)]),
    ([PRODUCER | {"value": None}], [("EUR", None)]),
    ([PRODUCER | {"value": -36}], [("EUR", None)]),
    ([PRODUCER | {"value": "NaN"}], [("EUR", None)]),
    ([PRODUCER, PRODUCER | {"value": None}], [("EUR", None)]),
    ([PRODUCER, MARKETPLACE | {"value": "x", "currency_value": 7}], [("EUR", 3600)]),
    ([PRODUCER, None, "x", {"source": 5}], [("EUR", 3600)]),
    ([MARKETPLACE], [("", None)]),
    (None, [("", None)]),
    ({"value": 36}, [("", None)]),
]


@pytest.mark.parametrize(("commissions", "nets"), COMMISSIONS)
def test_a_commission_never_refuses_the_payment_of_an_event(
    commissions: Any, nets: list[tuple[str, int | None]]
) -> None:
    attempts = rows(approved(commissions=commissions))
    assert [(row["commission_currency"], row.get("paid_minor")) for row in attempts] == nets
    assert {(row["state"], row["amount_minor"]) for row in attempts} == {("paid", 4000)}


PAGE_COMMISSIONS: list[tuple[Any, str, int | None]] = [
    ({"currency_code": "USD", "producer_paid_value": 36}, "USD", 3600),
    ({"producer_paid_value": 36}, "EUR", 3600),
    ({"currency": "EURO", "producer_paid_value": 36}, "EUR", 3600),
    ({"currency": "USD", "producer_paid_value": None}, "USD", None),
    ({"currency": "USD", "producer_paid_value": -1, "conversion_rate": []}, "USD", None),
    ({}, "", None),
    (None, "", None),
]


@pytest.mark.parametrize(("commission", "currency", "net"), PAGE_COMMISSIONS)
def test_a_commission_never_refuses_the_payment_of_a_page(
    commission: Any, currency: str, net: int | None
) -> None:
    (row,) = rows(item(purchase__commission=commission))
    assert (row["commission_currency"], row["paid_minor"], row["amount_minor"]) == (
        currency,
        net,
        4000,
    )


FEES: list[tuple[Any, str | None, int | None]] = [
    ({"total": 4, "currency_value": "USD"}, "USD", 400),
    ({"total": 4}, "EUR", 400),
    ({"total": -4, "percentage": True}, "EUR", None),
    ({"total": None, "currency": "EUR"}, "EUR", None),
    (None, None, None),
    (4, "EUR", None),
]


@pytest.mark.parametrize(("fee", "currency", "total"), FEES)
def test_a_fee_never_refuses_a_payment(fee: Any, currency: str | None, total: int | None) -> None:
    (row,) = rows(sale(hotmart_fee=fee))
    assert (row["fee_currency"], row["fee_total_minor"], row["amount_minor"]) == (
        currency,
        total,
        4000,
    )


def test_a_refund_event_without_a_price_is_accepted() -> None:
    event = webhook(
        "PURCHASE_REFUNDED",
        "REFUNDED",
        "2026-02-01",
        purchase__price=MISSING,
        commissions=MISSING,
    )
    assert outcome(event).statements is not None
