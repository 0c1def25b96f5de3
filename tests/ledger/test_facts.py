"""Newest wins: the facts of a plan that pages, webhooks, exports and sales/users describe."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from smartinst.facts import ATTEMPTS, COMMISSIONS, PLANS, DataQuality, Tally, UnknownWord
from smartinst.ledger.ledger import Ledger
from tests.support.hotmart_payloads import (
    ACME,
    MISSING,
    cancellation,
    envelope,
    export,
    instant,
    item,
    line,
    ms,
    users,
    webhook,
    with_changes,
)
from tests.support.ingested import SMART, Resolve, SellerFacts, ingest_documents

TOKYO = ACME.model_copy(update={"timezone": "Asia/Tokyo"})


def test_facts_have_the_columns_of_their_tables(resolve: Resolve) -> None:
    facts = resolve(
        item(1), webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01"), export(line(2))
    )
    for frame, table in (
        (facts.plans, PLANS),
        (facts.attempts, ATTEMPTS),
        (facts.commissions, COMMISSIONS),
    ):
        assert dict(frame.schema) == table.columns
        assert frame.select(table.key).is_unique().all()


# --- plans ----------------------------------------------------------------------------


def test_a_page_has_every_column_of_a_plan(resolve: Resolve) -> None:
    assert resolve(
        item(1, has_credit_card_change=True, date_next_charge=ms("2026-02-15"))
    ).plan == {
        "seller_id": "acme",
        "plan_id": "20000001",
        "subscriber_code": "CODE20000001",
        "billing_type": "SMART_INSTALLMENT",
        "product_id": "7000001",
        "product": "Curso Exemplo",
        "offer_code": "offer001",
        "buyer": "Rita Exemplo",
        "email": "rita@example.com",
        "phone": "+351912000777",
        "country": None,
        "installments": 5,
        "purchase_date": date(2026, 1, 15),
        "cancellation_date": None,
        "canceled_by": None,
        "is_suspended": True,
        "next_charge_date": date(2026, 2, 15),
    }


def test_dates_are_those_of_the_sellers_zone(resolve: Resolve) -> None:
    evening_item = item(
        1, adoption_date=ms("2026-01-15T20:00"), purchase__order_date=ms("2026-01-15T20:00")
    )
    assert resolve(evening_item).plan["purchase_date"] == date(2026, 1, 15)
    assert resolve(evening_item, seller=TOKYO.model_copy(update={"id": "tokyo"})).plan[
        "purchase_date"
    ] == date(2026, 1, 16)


def test_sales_users_fills_the_country_and_overrides_nothing(resolve: Resolve) -> None:
    facts = resolve(users("HP2000000101", "Portugal", name="Outra"), item(1))
    assert (facts.plan["country"], facts.plan["buyer"]) == ("PT", "Rita Exemplo")


CANCELED = with_changes(
    item(1, updated="2026-03-01"),
    {"cancellation_date": ms("2026-03-01"), "status": "CANCELLED_BY_ADMIN"},
)
ENDINGS = {
    "a page cancels": ([CANCELED], date(2026, 3, 1), "ADMIN"),
    "a webhook cancels": (
        [item(1, updated="2026-02-01"), cancellation("2026-03-01")],
        date(2026, 3, 1),
        None,
    ),
    "a newer page reactivates": (
        [CANCELED, cancellation("2026-03-01"), item(1, updated="2026-03-09")],
        None,
        None,
    ),
    "an older page does not": (
        [CANCELED, item(1, updated="2026-02-09")],
        date(2026, 3, 1),
        "ADMIN",
    ),
    "at a tie a cancellation beats none": (
        [CANCELED, item(1, updated="2026-03-01")],
        date(2026, 3, 1),
        "ADMIN",
    ),
    "at a tie a webhook beats a page without": (
        [item(1, updated="2026-03-01"), cancellation("2026-03-01")],
        date(2026, 3, 1),
        None,
    ),
}


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "reversed"])
@pytest.mark.parametrize(("documents", "cancellation_date", "actor"), ENDINGS.values(), ids=ENDINGS)
def test_the_newest_statement_decides_whether_a_plan_is_canceled(
    resolve: Resolve,
    documents: list[Any],
    cancellation_date: date | None,
    actor: str | None,
    reverse: bool,
) -> None:
    plan = resolve(*(documents[::-1] if reverse else documents)).plan
    assert (plan["cancellation_date"], plan["canceled_by"]) == (cancellation_date, actor)


def test_at_a_tie_the_larger_row_is_kept(resolve: Resolve) -> None:
    assert (
        resolve(item(1, subscriber__name="Ana"), item(1, subscriber__name="Bia")).plan["buyer"]
        == "Bia"
    )


def test_a_newer_webhook_overrides_values_but_removes_none(resolve: Resolve) -> None:
    event = webhook(
        "PURCHASE_APPROVED", "APPROVED", "2026-07-01", product__name="Novo", buyer__email=MISSING
    )
    plan = resolve(item(1), event).plan
    assert (plan["product"], plan["email"], plan["country"]) == ("Novo", "rita@example.com", "PT")


def test_the_order_of_webhooks_and_pages_does_not_change_the_facts(
    resolve: Resolve, tmp_path: Path
) -> None:
    documents = [
        webhook("PURCHASE_DELAYED", "DELAYED", "2026-02-15", 2),
        webhook(
            "PURCHASE_APPROVED",
            "APPROVED",
            "2026-02-20",
            2,
            purchase__approved_date=ms("2026-02-20"),
        ),
        cancellation("2026-03-01"),
        item(2, "DELAYED", updated="2026-02-16"),
    ]
    in_order = resolve(*documents)
    second_ledger = Ledger(str(tmp_path / "after"))
    for document in reversed(documents):
        ingest_documents(second_ledger, document)
    in_reverse = SellerFacts(second_ledger, ACME, ("SMART_INSTALLMENT",))
    assert in_order.attempts.equals(in_reverse.attempts)
    assert in_order.plans.equals(in_reverse.plans)
    assert (in_order.attempt["state"], in_order.attempt["approved_date"]) == (
        "paid",
        date(2026, 2, 20),
    )


@pytest.mark.parametrize(
    "changes",
    [
        ({"approved": "2026-01-17"}, {"approved": "2026-01-20"}),
        ({}, {"purchase__price": {"currency": "USD", "value": 50}}),
        ({}, {"recurrency__number": 2}),
    ],
    ids=["approval day", "currency", "number"],
)
def test_equally_new_pages_that_contradict_each_other_give_the_same_facts_in_any_order(
    changes: tuple[dict[str, Any], dict[str, Any]], resolve: Resolve, tmp_path: Path
) -> None:
    first, second = (item(1, transaction="HP1", **change) for change in changes)
    in_order = resolve(first, second)
    other_ledger = Ledger(str(tmp_path / "other"))
    for document in (second, first):
        ingest_documents(other_ledger, document)
    in_reverse = SellerFacts(other_ledger, ACME, ("SMART_INSTALLMENT",))
    assert in_order.attempts.equals(in_reverse.attempts)
    assert in_order.plans.equals(in_reverse.plans)


def test_pages_of_every_night_give_the_facts_of_the_last_one(
    resolve: Resolve, tmp_path: Path
) -> None:
    last_page = [
        item(1, "COMPLETE", updated="2026-03-01"),
        item(2, updated="2026-03-01", approved="2026-02-18"),
    ]
    nightly = resolve(
        [item(1, updated="2026-01-16")],
        [item(1, updated="2026-02-16"), item(2, "DELAYED")],
        last_page,
    )
    last_ledger = Ledger(str(tmp_path / "once"))
    ingest_documents(last_ledger, last_page)
    assert nightly.attempts.filter(pl.col("transaction") == "HP2000000101").equals(
        SellerFacts(last_ledger, ACME, ("SMART_INSTALLMENT",)).attempts.filter(
            pl.col("transaction") == "HP2000000101"
        )
    )


# --- whose it is ----------------------------------------------------------------------


def test_a_plan_of_webhooks_alone_is_identified_by_a_smart_offer(resolve: Resolve) -> None:
    event = webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")
    unidentified = resolve(event)
    assert (
        unidentified.plans.height,
        unidentified.attempts.height,
        unidentified.quality.unidentified,
    ) == (
        0,
        0,
        1,
    )
    facts = resolve(seller=SMART)
    assert (facts.plan["plan_id"], facts.plan["billing_type"]) == (
        "CODE20000001",
        "SMART_INSTALLMENT",
    )
    assert (facts.plan["installments"], facts.plan["purchase_date"]) == (None, date(2026, 1, 15))
    assert (facts.attempt["plan_id"], facts.net, facts.quality.unidentified) == (
        "CODE20000001",
        {"EUR": 3600},
        0,
    )


def test_a_page_identifies_the_plan_of_webhooks(resolve: Resolve) -> None:
    facts = resolve(
        webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-16", 2), item(1), seller=SMART
    )
    assert facts.plan["plan_id"] == "20000001"
    assert facts.attempts["plan_id"].to_list() == ["20000001", "20000001"]
    assert facts.quality.unidentified == 0


def test_the_code_of_an_export_is_the_plan_id_until_a_page_names_the_plan(resolve: Resolve) -> None:
    facts = resolve(export(line(1), line(2, "Atrasado")))
    assert (facts.plan["plan_id"], facts.plan["installments"]) == ("CODE20000001", 5)
    assert facts.plan["purchase_date"] == date(2026, 1, 15)
    charge_1, charge_2 = facts.attempts.to_dicts()
    assert (charge_1["due_date"], charge_1["approved_date"]) == (
        date(2026, 1, 15),
        date(2026, 1, 15),
    )
    assert (charge_2["state"], charge_2["failed_date"]) == ("failed", date(2026, 2, 15))
    assert facts.net == {"EUR": 3600}
    merged = resolve(item(3))
    assert merged.plan["plan_id"] == "20000001"
    assert merged.attempts["plan_id"].to_list() == ["20000001"] * 3


def test_an_export_without_a_code_belongs_to_the_plan_of_its_transaction(resolve: Resolve) -> None:
    assert resolve(export(line(1, code="(none)"))).quality.unidentified == 1
    facts = resolve(item(1))
    assert (facts.attempts.height, facts.quality.unidentified) == (1, 0)


def test_a_code_of_two_page_plans_identifies_neither(resolve: Resolve) -> None:
    twice = with_changes(item(1, plan=20000002), {"subscriber_code": "CODE20000001"})
    facts = resolve(item(1), twice, webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-16", 2))
    assert (facts.plans.height, facts.attempts.height, facts.quality.unidentified) == (2, 2, 1)


def test_other_billing_types_are_counted_and_can_be_read(resolve: Resolve) -> None:
    facts = resolve(item(1), item(1, plan=20000002, billing_type="SMART_RECOVERY"))
    assert facts.plans["plan_id"].to_list() == ["20000001"]
    assert facts.quality.other_billing_types == {"SMART_RECOVERY": 1}
    recovery = resolve(billing=("SMART_RECOVERY",))
    assert (recovery.plan["plan_id"], recovery.attempt["plan_id"], recovery.net) == (
        "20000002",
        "20000002",
        {"EUR": 3600},
    )


PURCHASES = {
    "the adoption": ([item(2, adoption_date=ms("2026-01-10"))], date(2026, 1, 10)),
    "charge 1's first order": (
        [item(2, adoption_date=None), item(1, adoption_date=None)],
        date(2026, 1, 15),
    ),
    "the earliest charge less its months": ([item(3, adoption_date=None)], date(2026, 1, 15)),
}


@pytest.mark.parametrize(("documents", "expected"), PURCHASES.values(), ids=PURCHASES)
def test_the_purchase_date_of_a_plan_is(
    resolve: Resolve, documents: list[Any], expected: date
) -> None:
    assert resolve(*documents).plan["purchase_date"] == expected


# --- attempts -------------------------------------------------------------------------


def test_a_page_has_every_column_of_an_attempt(resolve: Resolve) -> None:
    facts = resolve(item(2, approved="2026-02-17", recurrency__start_datetime=ms("2026-02-14")))
    assert facts.attempt == {
        "seller_id": "acme",
        "plan_id": "20000001",
        "transaction": "HP2000000102",
        "numbers": [2],
        "is_negotiation": False,
        "sequence": 1,
        "status": "approved",
        "state": "paid",
        "ordered_at": instant("2026-02-15"),
        "ordered_date": date(2026, 2, 15),
        "due_date": date(2026, 2, 14),
        "approved_at": instant("2026-02-17"),
        "approved_date": date(2026, 2, 17),
        "failed_date": None,
        "reversed_date": None,
        "reversal": None,
        "claim_date": None,
        "claim_end_date": None,
        "payment_type": "CREDIT_CARD",
        "refusal": None,
        "has_retry": None,
        "retry_date": None,
        "currency": "EUR",
        "amount_minor": 4000,
        "total_minor": None,
        "original_minor": None,
        "original_paid_minor": None,
        "guarantee_ends_date": None,
        "fee_currency": None,
        "fee_total_minor": None,
        "fee_fixed_minor": None,
        "fee_percentage": None,
    }


def test_the_platforms_fee_comes_from_the_history_and_the_rate_from_the_page(
    resolve: Resolve,
) -> None:
    page = item(
        1,
        purchase__commission={
            "currency": "BRL",
            "conversion_rate": 5.25,
            "original_value": 40,
            "producer_value": 189,
        },
    )
    fee = {"total": 4, "fixed": 1, "base": 40, "currency_code": "EUR", "percentage": 7.5}
    sale = {
        "product": {"id": 7000001, "name": "Curso Exemplo"},
        "purchase": {
            "transaction": "HP2000000101",
            "order_date": ms("2026-01-15"),
            "status": "APPROVED",
            "price": {"value": 40, "currency_code": "EUR"},
            "offer": {"payment_mode": "SMART_INSTALLMENT", "code": "offer001"},
            "hotmart_fee": fee,
        },
    }
    for documents in ([page, sale], [sale, page]):
        facts = resolve(*documents)
        names = ("original_minor", "fee_currency", "fee_total_minor", "fee_fixed_minor")
        assert [facts.attempt[name] for name in names] == [4000, "EUR", 400, 100]
        assert facts.attempt["fee_percentage"] == "7.5"
        assert facts.commissions["conversion_rate"].to_list() == ["5.25"]


def test_a_newer_webhook_without_a_price_keeps_the_amount(resolve: Resolve) -> None:
    event = webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-16", 2)
    without_price = webhook(
        "PURCHASE_APPROVED", "APPROVED", "2026-02-17", 2, purchase__price=MISSING
    )
    for documents in ([event, without_price], [without_price, event]):
        assert resolve(item(1), *documents).attempts["amount_minor"].to_list() == [4000, 4000]


def slip(status: str, **changes: Any) -> dict[str, Any]:
    payment = {
        "payment_type": "PIX",
        "pix_expiration_date": ms("2026-02-17"),
        "billet_expiration_date": ms("2026-02-27"),
    }
    return item(2, status, purchase__payment=payment, **changes)


DATES = {
    "a refused card fails on its order date": (
        item(2, "DELAYED"),
        date(2026, 2, 15),
        date(2026, 2, 15),
    ),
    "a slip is due when it expires and fails the day after": (
        slip("EXPIRED"),
        date(2026, 2, 17),
        date(2026, 2, 18),
    ),
    "a waiting slip would lapse that day": (
        slip("WAITING_PAYMENT"),
        date(2026, 2, 17),
        date(2026, 2, 18),
    ),
    "a paid slip did not fail": (slip("APPROVED"), date(2026, 2, 17), None),
    "a waiting card has not failed": (item(2, "UNDER_ANALYSIS"), date(2026, 2, 15), None),
    "no start: the order's date": (
        item(2, "DELAYED", recurrency__start_datetime=None),
        date(2026, 2, 15),
        date(2026, 2, 15),
    ),
}


@pytest.mark.parametrize(("document", "due", "failed"), DATES.values(), ids=DATES)
def test_an_attempt_has_a_due_date_and_a_failed_date(
    resolve: Resolve, document: Any, due: date, failed: date | None
) -> None:
    attempt = resolve(document).attempt
    assert (attempt["due_date"], attempt["failed_date"]) == (due, failed)


def test_a_negotiation_covers_its_numbers(resolve: Resolve) -> None:
    facts = resolve(
        item(3, recurrency__number_list="4, 3", recurrency__transaction_type="NEGOTIATION")
    )
    assert (facts.attempt["numbers"], facts.attempt["is_negotiation"]) == ([3, 4], True)


def test_an_anticipation_of_one_charge_is_no_own_attempt(resolve: Resolve) -> None:
    facts = resolve(item(3, recurrency__transaction_type="ANTICIPATION"))
    assert (facts.attempt["numbers"], facts.attempt["is_negotiation"]) == ([3], True)


APPROVALS = {
    "a paid one without a date was paid when ordered": (
        item(2, purchase__approved_date=None),
        date(2026, 2, 15),
    ),
    "a reversed one without a date too": (item(2, "REFUNDED"), date(2026, 2, 15)),
    "a failed one never was": (item(2, "DELAYED", approved="2026-02-16"), None),
}


@pytest.mark.parametrize(("document", "expected"), APPROVALS.values(), ids=APPROVALS)
def test_an_attempt_has_an_approved_date_only_if_it_was_paid(
    resolve: Resolve, document: Any, expected: date | None
) -> None:
    assert resolve(document).attempt["approved_date"] == expected


REFUND_PAYMENT = {"payment_type": "CREDIT_CARD", "refund_chargeback_date": ms("2026-03-05")}
REVERSED = item(2, "REFUNDED", updated="2026-03-09", approved="2026-02-16")
REVERSALS = {
    "the refund's date": (
        [with_changes(REVERSED, {"purchase.payment": REFUND_PAYMENT})],
        date(2026, 3, 5),
        "refunded",
    ),
    "else the webhook's": (
        [REVERSED, webhook("PURCHASE_REFUNDED", "REFUNDED", "2026-03-06", 2)],
        date(2026, 3, 6),
        "refunded",
    ),
    "else the page's": ([REVERSED], date(2026, 3, 9), "refunded"),
    "a chargeback": (
        [item(2, "CHARGEBACK", updated="2026-03-09")],
        date(2026, 3, 9),
        "charged_back",
    ),
    "a part": (
        [item(2, "PARTIALLY_REFUNDED", updated="2026-03-09")],
        date(2026, 3, 9),
        "partially_refunded",
    ),
    "none while it is paid": ([item(2, purchase__payment=REFUND_PAYMENT)], None, None),
    "an older approval takes nothing back": (
        [REVERSED, item(2, updated="2026-03-08")],
        date(2026, 3, 9),
        "refunded",
    ),
    "at a tie the further state": (
        [REVERSED, item(2, updated="2026-03-09")],
        date(2026, 3, 9),
        "refunded",
    ),
}


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "reversed"])
@pytest.mark.parametrize(("documents", "reversed_date", "kind"), REVERSALS.values(), ids=REVERSALS)
def test_a_reversal_has_the_date_of(
    resolve: Resolve,
    documents: list[Any],
    reversed_date: date | None,
    kind: str | None,
    reverse: bool,
) -> None:
    attempt = resolve(*(documents[::-1] if reverse else documents)).attempt
    assert (attempt["reversed_date"], attempt["reversal"]) == (reversed_date, kind)


PROTEST = webhook("PURCHASE_PROTEST", "DISPUTE", "2026-02-20", 2)
PROTESTED_PAGE = item(2, "PROTESTED", updated="2026-02-21", approved="2026-02-16")
PAID_IN_MARCH = item(2, updated="2026-03-02", approved="2026-02-16")
CLAIMS = {
    "from the protest's day": ([item(2, updated="2026-02-16"), PROTEST], date(2026, 2, 20), None),
    "without one from the approval": ([PROTESTED_PAGE], date(2026, 2, 16), None),
    "the protest dates the page's": ([PROTESTED_PAGE, PROTEST], date(2026, 2, 20), None),
    "ended by a newer approval": (
        [PROTESTED_PAGE, PROTEST, PAID_IN_MARCH],
        date(2026, 2, 20),
        date(2026, 3, 2),
    ),
    "ended by the first of them": (
        [PROTESTED_PAGE, webhook("PURCHASE_COMPLETE", "COMPLETED", "2026-02-28", 2), PAID_IN_MARCH],
        date(2026, 2, 16),
        date(2026, 2, 28),
    ),
    "not ended by an older one": (
        [PROTESTED_PAGE, item(2, updated="2026-02-18", approved="2026-02-16")],
        date(2026, 2, 16),
        None,
    ),
    "none without a claim": ([item(2)], None, None),
}


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "reversed"])
@pytest.mark.parametrize(("documents", "start", "end"), CLAIMS.values(), ids=CLAIMS)
def test_a_claim_has_a_start_and_an_end(
    resolve: Resolve, documents: list[Any], start: date | None, end: date | None, reverse: bool
) -> None:
    attempt = resolve(*(documents[::-1] if reverse else documents)).attempt
    assert (attempt["claim_date"], attempt["claim_end_date"]) == (start, end)


# --- commissions ----------------------------------------------------------------------


def commission(unit: str, expected: float, paid: float) -> dict[str, Any]:
    return {"currency": unit, "producer_value": expected, "producer_paid_value": paid}


DOLLARS = [{"value": 1, "currency_value": "USD", "source": "PRODUCER"}]
IN_DOLLARS = webhook("PURCHASE_APPROVED", "APPROVED", "2026-09-01", 2, commissions=DOLLARS)
NETS: dict[str, tuple[list[Any], dict[str, int]]] = {
    "paid": ([item(2, purchase__commission=commission("EUR", 36, 35.5))], {"EUR": 3550}),
    "expected while paid is zero": (
        [item(2, purchase__commission=commission("EUR", 36, 0))],
        {"EUR": 3600},
    ),
    "one a currency": (
        [[item(2, purchase__commission=commission(unit, 20, 20)) for unit in ("EUR", "USD")]],
        {"EUR": 2000, "USD": 2000},
    ),
    "a page's, not a webhook's": ([item(2), IN_DOLLARS], {"EUR": 3600}),
    "an export's, not a webhook's": ([export(line(2)), IN_DOLLARS], {"EUR": 3600}),
    "the newest page's": (
        [
            item(2, updated="2026-03-01", purchase__commission=commission("EUR", 36, 36)),
            item(
                2, "REFUNDED", updated="2026-04-01", purchase__commission=commission("EUR", 34, 0)
            ),
        ],
        {"EUR": 3400},
    ),
}


@pytest.mark.parametrize(("documents", "expected"), NETS.values(), ids=NETS)
def test_the_net_of_an_attempt_is(
    resolve: Resolve, documents: list[Any], expected: dict[str, int]
) -> None:
    assert resolve(*documents).net == expected


def test_a_page_without_a_commission_does_not_replace_that_of_webhooks(resolve: Resolve) -> None:
    facts = resolve(
        item(2, purchase__commission=None),
        webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-16", 2),
    )
    assert facts.net == {"EUR": 3600}


# --- data quality ---------------------------------------------------------------------


def test_data_quality_counts_quarantined_unidentified_and_unknown_values(resolve: Resolve) -> None:
    facts = resolve(
        item(1, "SOMETHING_NEW", updated="2026-06-30T23:00"),
        item(
            2,
            purchase__payment={"payment_type": "SEASHELLS"},
            purchase__price={"currency": "QQQ", "value": 1},
        ),
        item(3, recurrency__number=9),
        envelope("BUYER_SMILED", "2026-03-01", {}),
        envelope(
            "CLUB_FIRST_ACCESS",
            "2026-03-01",
            {"user": {"email": "rita@example.com"}, "product": {"id": 1}},
        ),
    )
    assert facts.quality == DataQuality(
        data_through_date=date(2026, 6, 30),
        quarantined=1,
        unidentified=0,
        unknown_words=(
            UnknownWord("currency", "QQQ", "", Tally(1, "HP2000000102")),
            UnknownWord("payment_type", "SEASHELLS", "", Tally(1, "HP2000000102")),
            UnknownWord("status", "SOMETHING_NEW", "paid", Tally(1, "HP2000000101")),
        ),
        unknown_events={"BUYER_SMILED": 1},
        other_billing_types={},
    )


REFUNDED_LINE = line(1, "Reembolsado")
UNDATED_REFUNDS: dict[str, tuple[list[Any], Tally]] = {
    "an export's": ([export(REFUNDED_LINE)], Tally(1, "HP2000000101")),
    "a chargeback": (
        [export(line(1), line(3, "Chargeback"), line(2, "Contracargo"))],
        Tally(2, "HP2000000102"),
    ),
    "none that a page dates": (
        [export(REFUNDED_LINE), item(1, "REFUNDED", purchase__payment=REFUND_PAYMENT)],
        Tally(),
    ),
    "none that a webhook told": (
        [export(REFUNDED_LINE), webhook("PURCHASE_REFUNDED", "REFUNDED", "2026-02-01")],
        Tally(),
    ),
    "one that a page still shows as paid": (
        [export(REFUNDED_LINE), item(1)],
        Tally(1, "HP2000000101"),
    ),
    "none of a part": ([export(line(1, "Reembolsado parcialmente"))], Tally()),
}


@pytest.mark.parametrize(("documents", "expected"), UNDATED_REFUNDS.values(), ids=UNDATED_REFUNDS)
def test_data_quality_counts_refunds_that_no_source_dates(
    resolve: Resolve, documents: list[Any], expected: Tally
) -> None:
    assert resolve(*documents).quality.undated_refunds == expected


OUTSIDE: dict[str, tuple[list[Any], int]] = {
    "none": ([item(1), webhook("PURCHASE_APPROVED", "APPROVED", "2026-05-16", 5)], 0),
    "a webhook's, before the page": (
        [webhook("PURCHASE_APPROVED", "APPROVED", "2026-07-02", 7), item(1)],
        1,
    ),
    "a webhook's, after the page": (
        [item(1), webhook("PURCHASE_APPROVED", "APPROVED", "2026-07-02", 7)],
        1,
    ),
    "an older page's of more charges": (
        [
            [item(k, max_cycles=12, updated="2026-05-01") for k in (5, 6, 7)],
            item(1, updated="2026-06-01"),
        ],
        2,
    ),
    "none once the plan has more charges": (
        [item(1), item(7, max_cycles=12, updated="2026-07-20")],
        0,
    ),
    "none of a plan whose N nobody says": (
        [item(1, max_cycles=None), webhook("PURCHASE_APPROVED", "APPROVED", "2026-07-02", 7)],
        0,
    ),
    "none of another billing type": (
        [
            item(1, billing_type="SMART_RECOVERY"),
            webhook("PURCHASE_APPROVED", "APPROVED", "2026-07-02", 7),
        ],
        0,
    ),
}


@pytest.mark.parametrize(("documents", "expected"), OUTSIDE.values(), ids=OUTSIDE)
def test_attempts_outside_their_plan_are_counted(
    resolve: Resolve, documents: list[Any], expected: int
) -> None:
    assert resolve(*documents).quality.outside_plan == expected


def test_a_page_that_is_older_than_the_protest_does_not_move_the_claim(resolve: Resolve) -> None:
    older = item(2, "PROTESTED", updated="2026-02-17", approved="2026-02-16")
    newer = item(2, "PROTESTED", updated="2026-03-01", approved="2026-02-16")
    protest = webhook("PURCHASE_PROTEST", "DISPUTE", "2026-02-20", 2)
    for documents in ([older, protest], [protest, older], [protest, newer]):
        assert resolve(*documents).attempt["claim_date"] == date(2026, 2, 20)
