"""Replies in their documented shapes, built from items of the feed (docs/hotmart.md §2.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from tests.support.fake_platform.account import DAY, REFUNDABLE, Account, Item, numbers_of

WARRANTY: Final = 7 * DAY


def sale(item: Item, status: str) -> Item:
    """An item of `/sales/history`."""
    purchase, buyer = item["purchase"], item["subscriber"]
    price = {"value": purchase["price"]["value"], "currency_code": purchase["price"]["currency"]}
    reply: Item = {
        "transaction": purchase["transaction"],
        "order_date": purchase["order_date"],
        "status": status,
        "recurrency_number": item["recurrency"]["number"],
        "is_subscription": item["billing_type"] == "SUBSCRIPTION",
        "commission_as": "PRODUCER",
        "price": price,
        "payment": {"type": purchase["payment"]["payment_type"], "installments_number": 1},
        "tracking": {"source": "HOTMART"},
        "warranty_expire_date": item["adoption_date"] + WARRANTY,
        "offer": {"code": item["plan"]["offer"]["code"], "payment_mode": item["billing_type"]},
        "hotmart_fee": {
            "total": round(price["value"] * 0.099, 2),
            "fixed": 0,
            "currency_code": price["currency_code"],
            "base": price["value"],
            "percentage": 9.9,
        },
    }
    if "approved_date" in purchase:
        reply["approved_date"] = purchase["approved_date"]
    return {
        "product": item["product"],
        "buyer": {"name": buyer["name"], "email": buyer["email"], "ucode": _ucode(item)},
        "producer": item["producer"],
        "purchase": reply,
    }


def summary(rows: list[Item]) -> Item:
    """An item of `/subscriptions/summary`, from a plan's attempts."""
    latest_item = max(
        rows, key=lambda item: (item["recurrency"]["number"], item["purchase"]["order_date"])
    )
    paid = {
        number
        for item in rows
        if item["recurrency"]["status"] == "PAID"
        for number in numbers_of(item)
    }
    unpaid = {
        item["recurrency"]["number"]: item["recurrency"]["start_datetime"]
        for item in rows
        if item["recurrency"]["status"] == "NOT_PAID" and item["recurrency"]["number"] not in paid
    }
    return {
        "subscriber_code": latest_item["subscriber_code"],
        "subscription_id": latest_item["subscription_id"],
        "status": latest_item["status"],
        "lifetime": (latest_item["last_update"] - latest_item["adoption_date"]) // DAY,
        "accession_date": latest_item["adoption_date"],
        "trial": False,
        "plan": {
            "name": latest_item["plan"]["name"],
            "recurrency_period": latest_item["plan"]["recurrency_period"],
        },
        "product": latest_item["product"],
        "offer": {"code": latest_item["plan"]["offer"]["code"]},
        "last_recurrency": {
            "number": latest_item["recurrency"]["number"],
            "request_date": latest_item["purchase"]["order_date"],
            "status": latest_item["recurrency"]["status"],
            "transaction_number": latest_item["recurrency"]["transaction_sequence"],
            "billing_type": latest_item["billing_type"],
        },
        "unpaid_recurrencies": [
            {"number": number, "charge_date": at} for number, at in sorted(unpaid.items())
        ],
        "subscriber": {key: latest_item["subscriber"][key] for key in ("name", "id", "email")},
    } | (
        {"end_accession_date": latest_item["cancellation_date"]}
        if "cancellation_date" in latest_item
        else {}
    )


def subscription(rows: list[Item]) -> Item:
    """An item of `/subscriptions`, from a plan's attempts."""
    latest_item = rows[-1]
    reply: Item = {
        "subscriber_code": latest_item["subscriber_code"],
        "subscription_id": latest_item["subscription_id"],
        "status": latest_item["status"],
        "accession_date": latest_item["adoption_date"],
        "request_date": latest_item["purchase"]["order_date"],
        "trial": False,
        "transaction": latest_item["purchase"]["transaction"],
        "plan": {
            "name": latest_item["plan"]["name"],
            "id": latest_item["product"]["id"],
            "recurrency_period": latest_item["plan"]["recurrency_period"],
            "max_charge_cycles": latest_item.get("max_cycles", 0),
        },
        "product": latest_item["product"],
        "price": {
            "value": latest_item["purchase"]["price"]["value"],
            "currency_code": latest_item["purchase"]["price"]["currency"],
        },
        "subscriber": {
            "name": latest_item["subscriber"]["name"],
            "email": latest_item["subscriber"]["email"],
            "ucode": _ucode(latest_item),
        },
    }
    for item_field, reply_field in (
        ("date_next_charge", "date_next_charge"),
        ("cancellation_date", "end_accession_date"),
    ):
        if item_field in latest_item:
            reply[reply_field] = latest_item[item_field]
    return reply


def purchases(account: Account, code: str) -> list[Item]:
    """`/subscriptions/{code}/purchases`: a bare list."""
    rows = {item["purchase"]["transaction"]: item for item in account.plan(code)}
    return [
        {
            "transaction": item["purchase"]["transaction"],
            "approved_date": item["purchase"].get("approved_date"),
            "payment_engine": "HotPay",
            "status": item["purchase"]["status"],
            "price": {
                "value": item["purchase"]["price"]["value"],
                "currency_code": item["purchase"]["price"]["currency"],
            },
            "payment_type": item["purchase"]["payment"]["payment_type"],
            "recurrency_number": item["recurrency"]["number"],
            "under_warranty": item["purchase"]["status"] in REFUNDABLE
            and account.now() < item["adoption_date"] + WARRANTY,
            "purchase_subscription": item["billing_type"] == "SUBSCRIPTION",
        }
        for item in rows.values()
    ]


def canceled(item: Item) -> Item:
    """The reply to a cancellation; its dates are text, unlike all others."""
    return {
        "status": "INACTIVE",
        "subscriber_code": item["subscriber_code"],
        "creation_date": iso_time(item["adoption_date"]),
        "current_recurrence": item["recurrency"]["number"],
        "date_last_recurrence": iso_time(item["last_recurrency_start_date"]),
        "due_day": datetime.fromtimestamp(item["adoption_date"] / 1000, UTC).day,
        "trial_period": 0,
        "interval_type_between_charges": "MONTH",
        "interval_between_charges": 1,
        "max_charge_cycles": item.get("max_cycles", 0),
        "activation_date": iso_time(item["adoption_date"]),
        "shopper": {
            "email": item["subscriber"]["email"],
            "phone": item["subscriber"].get("phone", ""),
        },
    }


def negotiated(item: Item) -> Item:
    """The reply to a negotiation."""
    payment, code = item["purchase"]["payment"], item["purchase"]["transaction"]
    kind = payment["payment_type"]
    reply: dict[str, Any] = {"type": kind}
    if kind == "PIX":
        reply |= {"expiration_date": payment["pix_expiration_date"], "pix_code": f"PIX-{code}"}
        reply["pix_qrcode"] = f"https://example.com/pix/{code}"
    else:
        reply |= {
            "expiration_date": payment["billet_expiration_date"],
            "billet_barcode": f"BARCODE-{code}",
        }
        reply["billet_url"] = f"https://example.com/billet/{code}"
    return {"subscription_id": item["subscription_id"], "transaction": code, "payment": reply}


def _ucode(item: Item) -> str:
    return f"00000000-0000-4000-8000-{item['subscription_id']:012x}"


def iso_time(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
