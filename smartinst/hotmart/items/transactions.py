"""Parser of an item of `GET subscriptions/transactions`: one attempt in one commission currency.

The plan is `subscription_id`. The buyer's fields are stored with the plan, as all items repeat
them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from smartinst.hotmart.values import vocabulary
from smartinst.hotmart.values.fields import (
    MAX_CHARGES,
    read_charge_numbers,
    read_flag,
    read_identifier,
    read_instant,
    read_integer,
    read_object,
    read_text,
    read_word,
    require,
)
from smartinst.hotmart.values.outcome import Item, Row, Statements
from smartinst.hotmart.values.phones import format_phone, phone_text
from smartinst.hotmart.values.prices import named_currency, page_money
from smartinst.hotmart.values.status_proof import StatusProof, status_columns

_SMART_TYPES: Final = ("SMART_INSTALLMENT", "SMART_RECOVERY", "HOTMART_INSTALLMENTS")


def parse_billing_type(item: Item) -> str:
    """The item's billing type in upper case; a SUBSCRIPTION is not a plan."""
    if billing_type := vocabulary.billing_type(read_word(item, "billing_type")):
        return billing_type
    installment = read_object(read_object(item, "purchase"), "installment", "purchase.")
    installment_type = vocabulary.billing_type(read_word(installment, "installment_type"))
    return require(installment_type if installment_type in _SMART_TYPES else None, "billing_type")


def parse_transaction(item: Item, seller_id: str) -> Statements:
    """The plan and the attempt in an item; InvalidItemError names the field that cannot be used."""
    purchase = read_object(item, "purchase")
    shared_columns = _shared_columns(item, purchase, seller_id)
    installments = _installments(item, purchase)
    plan = {**shared_columns, "installments": installments, **_plan_columns(item)}
    plan["plan_key"] = shared_columns["plan_id"]
    purchase_columns = _purchase_columns(purchase)
    attempt = {
        **shared_columns,
        **_charge_columns(read_object(item, "recurrency"), installments),
        **_status_columns(item, purchase, purchase_columns),
        **purchase_columns,
    }
    return Statements(plans=(plan,), attempts=(attempt,))


def _shared_columns(item: Item, purchase: Item, seller_id: str) -> Row:
    """Columns of both the plan and the attempt."""
    return {
        "seller_id": seller_id,
        "source": "page",
        "observed_at": read_instant(item, "last_update") or _latest_instant(item, purchase),
        "plan_id": require(read_identifier(item, "subscription_id"), "subscription_id"),
        "subscriber_code": read_identifier(item, "subscriber_code"),
        "billing_type": parse_billing_type(item),
    }


def _latest_instant(item: Item, purchase: Item) -> datetime:
    """The latest date in an item, for an item without `last_update`."""
    instants = [read_instant(item, "adoption_date"), read_instant(item, "cancellation_date")]
    instants += [
        read_instant(purchase, key, "purchase.") for key in ("order_date", "approved_date")
    ]
    payment = read_object(purchase, "payment", "purchase.")
    instants.append(read_instant(payment, "refund_chargeback_date", "purchase.payment."))
    return require(max(filter(None, instants), default=None), "last_update")


def _installments(item: Item, purchase: Item) -> int | None:
    """N: `max_cycles`, else installments of a smart purchase, else None (docs/metrics.md §7)."""
    if cycles := read_integer(item, "max_cycles", "", 0, MAX_CHARGES):
        return cycles
    installment = read_object(purchase, "installment", "purchase.")
    installment_type = read_word(installment, "installment_type", "purchase.installment.")
    if vocabulary.billing_type(installment_type) not in _SMART_TYPES:
        return None
    return read_integer(installment, "installment_number", "purchase.installment.", 1, MAX_CHARGES)


def _plan_columns(item: Item) -> Row:
    product, subscriber = read_object(item, "product"), read_object(item, "subscriber")
    offer = read_object(read_object(item, "plan"), "offer", "plan.")
    return {
        "platform_status": vocabulary.normalize_plan_status(read_text(item, "status")),
        "product_id": read_identifier(product, "id", "product."),
        "product": read_text(product, "name", "product."),
        "offer_code": read_identifier(offer, "code", "plan.offer.")
        or read_identifier(offer, "key", "plan.offer."),
        "buyer": read_text(subscriber, "name", "subscriber."),
        "email": read_text(subscriber, "email", "subscriber."),
        "phone": _phone(subscriber, read_object(item, "purchase")),
        "adopted_at": read_instant(item, "adoption_date"),
        "canceled_at": read_instant(item, "cancellation_date"),
        "is_suspended": read_flag(item, "has_credit_card_change"),
        "next_charge_at": read_instant(item, "date_next_charge"),
    }


def _phone(subscriber: Item, purchase: Item) -> str | None:
    """The phone of a page, which names no country: buyers who pay in BRL are in Brazil."""
    area, number = phone_text(subscriber.get("phone_ddd")), phone_text(subscriber.get("phone"))
    is_in_brazil = named_currency(purchase.get("price")) == "BRL"
    return format_phone(area, number, "BR" if is_in_brazil else None)


def _status_columns(item: Item, purchase: Item, purchase_columns: Row) -> Row:
    is_commission_paid = purchase_columns["paid_minor"] or purchase_columns["original_paid_minor"]
    proof = StatusProof(
        read_text(purchase, "status", "purchase."),
        charge=_charge_status(read_object(item, "recurrency")),
        is_approved=purchase_columns["approved_at"] is not None or bool(is_commission_paid),
        is_returned=purchase_columns["reversed_at"] is not None,
    )
    return status_columns(proof, "purchase.status")


def _charge_status(charge: Item) -> str | None:
    """The status of the charge; None if it is paid by another purchase than this one."""
    status = read_text(charge, "status", "recurrency.")
    is_paid = vocabulary.attempt_status(status) == "approved"
    return None if is_paid and charge.get("is_current_purchase") is False else status


def _charge_columns(charge: Item, installments: int | None) -> Row:
    maximum = installments or MAX_CHARGES
    numbers = read_charge_numbers(charge, "number_list", "recurrency.", maximum)
    number = read_integer(charge, "number", "recurrency.", 1, maximum)
    return {
        "number": number,
        "number_list": numbers,
        "transaction_type": read_word(charge, "transaction_type", "recurrency."),
        "sequence": read_integer(charge, "transaction_sequence", "recurrency.", 0, 10_000),
        "started_at": read_instant(charge, "start_datetime", "recurrency."),
        "has_retry": read_flag(charge, "has_retry", "recurrency."),
        "retry_at": read_instant(charge, "scheduled_retry", "recurrency."),
    }


def _purchase_columns(purchase: Item) -> Row:
    payment = read_object(purchase, "payment", "purchase.")
    payment_type = read_word(payment, "payment_type", "purchase.payment.")
    expiration = "pix_expiration_date" if payment_type == "PIX" else "billet_expiration_date"
    return {
        "transaction": require(
            read_identifier(purchase, "transaction", "purchase."), "purchase.transaction"
        ),
        "ordered_at": require(
            read_instant(purchase, "order_date", "purchase."), "purchase.order_date"
        ),
        "approved_at": read_instant(purchase, "approved_date", "purchase."),
        "reversed_at": read_instant(payment, "refund_chargeback_date", "purchase.payment."),
        "expires_at": read_instant(payment, expiration, "purchase.payment."),
        "payment_type": payment_type,
        "refusal": read_text(payment, "refusal_message", "purchase.payment."),
        **page_money(purchase, "purchase."),
    }
