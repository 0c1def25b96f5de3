"""One item of `GET subscriptions/transactions` (a page): one attempt of one plan, in one commission currency.

The plan is `subscription_id`; the buyer's fields go to the plan, since every item of a plan repeats them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from smartinst.hotmart.parsing import fields as f
from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.contacts import phone
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, Row, Statements

_SMART: Final = ("SMART_INSTALLMENT", "SMART_RECOVERY")


def billing_type(item: Item) -> str:
    """The item's billing type in upper case; SUBSCRIPTION is no plan of ours."""
    if (said := f.word(item, "billing_type")) is not None:
        return said
    said = f.word(
        f.section(f.section(item, "purchase"), "installment", "purchase."), "installment_type"
    )
    return f.required(said if said in _SMART else None, "billing_type")


def statements(item: Item, seller_id: str) -> Statements:
    """The plan and the attempt that an item tells of; InvalidItemError names the field that cannot be used."""
    purchase = f.section(item, "purchase")
    shared = _shared(item, purchase, seller_id)
    installments = _installments(item, purchase)
    plan = {**shared, "installments": installments, **_plan(item)}
    plan["plan_key"] = shared["plan_id"]
    attempt = {
        **shared,
        **_charge(f.section(item, "recurrency"), installments),
        **_status(item, purchase),
        **_purchase(purchase),
    }
    return Statements(plans=(plan,), attempts=(attempt,))


def _shared(item: Item, purchase: Item, seller_id: str) -> Row:
    """What the plan's row and the attempt's have in common."""
    return {
        "seller_id": seller_id,
        "source": "page",
        "observed_at": f.instant(item, "last_update") or _latest(item, purchase),
        "plan_id": f.required(f.identifier(item, "subscription_id"), "subscription_id"),
        "subscriber_code": f.identifier(item, "subscriber_code"),
        "billing_type": billing_type(item),
    }


def _latest(item: Item, purchase: Item) -> datetime:
    """The latest instant that an item without `last_update` tells of."""
    told = [f.instant(item, "adoption_date"), f.instant(item, "cancellation_date")]
    told += [f.instant(purchase, key, "purchase.") for key in ("order_date", "approved_date")]
    told.append(
        f.instant(
            f.section(purchase, "payment", "purchase."),
            "refund_chargeback_date",
            "purchase.payment.",
        )
    )
    return f.required(max((one for one in told if one), default=None), "last_update")


def _installments(item: Item, purchase: Item) -> int | None:
    """N: `max_cycles`, else the number of instalments of a smart purchase, else null (docs/metrics.md §7)."""
    if cycles := f.whole(item, "max_cycles", "", 0, f.MAX_CHARGES):
        return cycles
    part = f.section(purchase, "installment", "purchase.")
    if f.word(part, "installment_type", "purchase.installment.") not in _SMART:
        return None
    return f.whole(part, "installment_number", "purchase.installment.", 1, f.MAX_CHARGES)


def _plan(item: Item) -> Row:
    product, subscriber = f.section(item, "product"), f.section(item, "subscriber")
    offer = f.section(f.section(item, "plan"), "offer", "plan.")
    area = f.identifier(subscriber, "phone_ddd", "subscriber.")
    return {
        "platform_status": vocabulary.plan_status(f.text(item, "status")),
        "product_id": f.identifier(product, "id", "product."),
        "product": f.text(product, "name", "product."),
        "offer_code": f.identifier(offer, "code", "plan.offer.")
        or f.identifier(offer, "key", "plan.offer."),
        "buyer": f.text(subscriber, "name", "subscriber."),
        "email": f.text(subscriber, "email", "subscriber."),
        "phone": phone(area, f.identifier(subscriber, "phone", "subscriber.")),
        "adopted_at": f.instant(item, "adoption_date"),
        "canceled_at": f.instant(item, "cancellation_date"),
        "is_suspended": f.flag(item, "has_credit_card_change"),
        "next_charge_at": f.instant(item, "date_next_charge"),
    }


def _status(item: Item, purchase: Item) -> Row:
    charge = f.word(f.section(item, "recurrency"), "status", "recurrency.")
    status = f.required(
        vocabulary.status(f.word(purchase, "status", "purchase."), charge), "purchase.status"
    )
    return {"status": status, "state": vocabulary.state(status)}


def _charge(charge: Item, installments: int | None) -> Row:
    last = installments or f.MAX_CHARGES
    numbers = f.number_list(charge, "number_list", "recurrency.", last)
    number = f.whole(charge, "number", "recurrency.", 1, last)
    if number is None and numbers is None:
        raise InvalidItemError("recurrency.number: missing")
    return {
        "number": number,
        "number_list": numbers,
        "transaction_type": f.word(charge, "transaction_type", "recurrency."),
        "sequence": f.whole(charge, "transaction_sequence", "recurrency.", 0, 10_000),
        "started_at": f.instant(charge, "start_datetime", "recurrency."),
        "has_retry": f.flag(charge, "has_retry", "recurrency."),
        "retry_at": f.instant(charge, "scheduled_retry", "recurrency."),
    }


def _purchase(purchase: Item) -> Row:
    payment, price = (
        f.section(purchase, "payment", "purchase."),
        f.section(purchase, "price", "purchase."),
    )
    unit = f.required(f.currency(price, "currency", "purchase.price."), "purchase.price.currency")
    value = f.amount(price, "value", "purchase.price.", unit)
    kind = f.word(payment, "payment_type", "purchase.payment.")
    slip = "pix_expiration_date" if kind == "PIX" else "billet_expiration_date"
    return {
        "transaction": f.required(
            f.identifier(purchase, "transaction", "purchase."), "purchase.transaction"
        ),
        "ordered_at": f.required(
            f.instant(purchase, "order_date", "purchase."), "purchase.order_date"
        ),
        "approved_at": f.instant(purchase, "approved_date", "purchase."),
        "reversed_at": f.instant(payment, "refund_chargeback_date", "purchase.payment."),
        "expires_at": f.instant(payment, slip, "purchase.payment."),
        "payment_type": kind,
        "refusal": f.text(payment, "refusal_message", "purchase.payment."),
        "currency": unit,
        "amount_minor": f.required(value, "purchase.price.value"),
        **_commission(f.section(purchase, "commission", "purchase."), unit),
    }


def _commission(commission: Item, bought_in: str) -> Row:
    where = "purchase.commission."
    unit = f.currency(commission, "currency", where)
    return {
        "commission_currency": unit or "",
        "expected_minor": f.amount(commission, "producer_value", where, unit),
        "paid_minor": f.amount(commission, "producer_paid_value", where, unit),
        "original_minor": f.amount(commission, "original_value", where, bought_in),
        "original_paid_minor": f.amount(commission, "original_paid_value", where, bought_in),
        "conversion_rate": f.decimal(commission, "conversion_rate", where),
    }
