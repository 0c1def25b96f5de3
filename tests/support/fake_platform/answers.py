"""The documented shapes of what is answered, made from items of the feed (docs/hotmart.md §2.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from tests.support.fake_platform.account import DAY, REFUNDABLE, Account, Item, numbers_of

WARRANTY: Final = 7 * DAY


def sale(item: Item, status: str) -> Item:
    """An item of `/sales/history`."""
    purchase, buyer = item["purchase"], item["subscriber"]
    price = {"value": purchase["price"]["value"], "currency_code": purchase["price"]["currency"]}
    told: Item = {
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
        told["approved_date"] = purchase["approved_date"]
    return {
        "product": item["product"],
        "buyer": {"name": buyer["name"], "email": buyer["email"], "ucode": _ucode(item)},
        "producer": item["producer"],
        "purchase": told,
    }


def summary(rows: list[Item]) -> Item:
    """An item of `/subscriptions/summary`, from a plan's attempts."""
    last = max(rows, key=lambda one: (one["recurrency"]["number"], one["purchase"]["order_date"]))
    paid = {
        number
        for one in rows
        if one["recurrency"]["status"] == "PAID"
        for number in numbers_of(one)
    }
    unpaid = {
        one["recurrency"]["number"]: one["recurrency"]["start_datetime"]
        for one in rows
        if one["recurrency"]["status"] == "NOT_PAID" and one["recurrency"]["number"] not in paid
    }
    return {
        "subscriber_code": last["subscriber_code"],
        "subscription_id": last["subscription_id"],
        "status": last["status"],
        "lifetime": (last["last_update"] - last["adoption_date"]) // DAY,
        "accession_date": last["adoption_date"],
        "trial": False,
        "plan": {
            "name": last["plan"]["name"],
            "recurrency_period": last["plan"]["recurrency_period"],
        },
        "product": last["product"],
        "offer": {"code": last["plan"]["offer"]["code"]},
        "last_recurrency": {
            "number": last["recurrency"]["number"],
            "request_date": last["purchase"]["order_date"],
            "status": last["recurrency"]["status"],
            "transaction_number": last["recurrency"]["transaction_sequence"],
            "billing_type": last["billing_type"],
        },
        "unpaid_recurrencies": [
            {"number": number, "charge_date": at} for number, at in sorted(unpaid.items())
        ],
        "subscriber": {key: last["subscriber"][key] for key in ("name", "id", "email")},
    } | ({"end_accession_date": last["cancellation_date"]} if "cancellation_date" in last else {})


def subscription(rows: list[Item]) -> Item:
    """An item of `/subscriptions`, from a plan's attempts."""
    last = rows[-1]
    told: Item = {
        "subscriber_code": last["subscriber_code"],
        "subscription_id": last["subscription_id"],
        "status": last["status"],
        "accession_date": last["adoption_date"],
        "request_date": last["purchase"]["order_date"],
        "trial": False,
        "transaction": last["purchase"]["transaction"],
        "plan": {
            "name": last["plan"]["name"],
            "id": last["product"]["id"],
            "recurrency_period": last["plan"]["recurrency_period"],
            "max_charge_cycles": last.get("max_cycles", 0),
        },
        "product": last["product"],
        "price": {
            "value": last["purchase"]["price"]["value"],
            "currency_code": last["purchase"]["price"]["currency"],
        },
        "subscriber": {
            "name": last["subscriber"]["name"],
            "email": last["subscriber"]["email"],
            "ucode": _ucode(last),
        },
    }
    for ours, theirs in (
        ("date_next_charge", "date_next_charge"),
        ("cancellation_date", "end_accession_date"),
    ):
        if ours in last:
            told[theirs] = last[ours]
    return told


def purchases(account: Account, code: str) -> list[Item]:
    """`/subscriptions/{code}/purchases`: a bare list."""
    rows = {one["purchase"]["transaction"]: one for one in account.plan(code)}
    return [
        {
            "transaction": one["purchase"]["transaction"],
            "approved_date": one["purchase"].get("approved_date"),
            "payment_engine": "HotPay",
            "status": one["purchase"]["status"],
            "price": {
                "value": one["purchase"]["price"]["value"],
                "currency_code": one["purchase"]["price"]["currency"],
            },
            "payment_type": one["purchase"]["payment"]["payment_type"],
            "recurrency_number": one["recurrency"]["number"],
            "under_warranty": one["purchase"]["status"] in REFUNDABLE
            and account.now() < one["adoption_date"] + WARRANTY,
            "purchase_subscription": one["billing_type"] == "SUBSCRIPTION",
        }
        for one in rows.values()
    ]


def canceled(item: Item) -> Item:
    """What a cancel answers: dates as text, unlike everywhere else."""
    return {
        "status": "INACTIVE",
        "subscriber_code": item["subscriber_code"],
        "creation_date": _written(item["adoption_date"]),
        "current_recurrence": item["recurrency"]["number"],
        "date_last_recurrence": _written(item["last_recurrency_start_date"]),
        "due_day": datetime.fromtimestamp(item["adoption_date"] / 1000, UTC).day,
        "trial_period": 0,
        "interval_type_between_charges": "MONTH",
        "interval_between_charges": 1,
        "max_charge_cycles": item.get("max_cycles", 0),
        "activation_date": _written(item["adoption_date"]),
        "shopper": {
            "email": item["subscriber"]["email"],
            "phone": item["subscriber"].get("phone", ""),
        },
    }


def negotiated(item: Item) -> Item:
    """What a negotiation answers."""
    payment, code = item["purchase"]["payment"], item["purchase"]["transaction"]
    kind = payment["payment_type"]
    told: dict[str, Any] = {"type": kind}
    if kind == "PIX":
        told |= {"expiration_date": payment["pix_expiration_date"], "pix_code": f"PIX-{code}"}
        told["pix_qrcode"] = f"https://example.com/pix/{code}"
    else:
        told |= {
            "expiration_date": payment["billet_expiration_date"],
            "billet_barcode": f"BARCODE-{code}",
        }
        told["billet_url"] = f"https://example.com/billet/{code}"
    return {"subscription_id": item["subscription_id"], "transaction": code, "payment": told}


def _ucode(item: Item) -> str:
    return f"00000000-0000-4000-8000-{item['subscription_id']:012x}"


def _written(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
