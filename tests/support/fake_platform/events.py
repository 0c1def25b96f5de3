"""The webhook 2.0.0 of each change, and the thread that posts them in their order."""

from __future__ import annotations

import threading
import time
import uuid
from queue import Queue
from typing import Final

import httpx2

from tests.support.fake_platform.account import Item

TRIES: Final = 6
"""Maximum attempts to post an event; the platform's own schedule is not documented."""

SPELLING: Final = {
    "PURCHASE_APPROVED": "APPROVED",
    "PURCHASE_REFUNDED": "REFUNDED",
    "PURCHASE_BILLET_PRINTED": "BILLET_PRINTED",
}


def envelope(event: str, item: Item, person: Item | None, now: int) -> Item:
    """An event as the platform posts it, with data of the buyer that must never be stored."""
    data = (
        _canceled(item)
        if event == "SUBSCRIPTION_CANCELLATION"
        else _purchase(item, person, SPELLING[event])
    )
    return {
        "id": str(uuid.uuid4()),
        "creation_date": now,
        "event": event,
        "version": "2.0.0",
        "data": data,
    }


def _purchase(item: Item, person: Item | None, status: str) -> Item:
    purchase, buyer = item["purchase"], item["subscriber"]
    price = {"value": purchase["price"]["value"], "currency_value": purchase["price"]["currency"]}
    commission = purchase["commission"]
    users = (person or {}).get("users", [])
    home: Item = next((item["user"]["address"] for item in users if item["role"] == "BUYER"), {})
    purchase_data: Item = {
        "transaction": purchase["transaction"],
        "status": status,
        "order_date": purchase["order_date"],
        "recurrence_number": item["recurrency"]["number"],
        "price": price,
        "full_price": price,
        "original_offer_price": price,
        "offer": {"code": item["plan"]["offer"]["code"]},
        "payment": {"type": purchase["payment"]["payment_type"], "installments_number": 1},
        "invoice_by": "HOTMART",
        "buyer_ip": "192.0.2.7",
    }
    for name in ("approved_date", "pix_expiration_date"):
        if instant := purchase.get(name) or purchase["payment"].get(name):
            (purchase_data["payment"] if name.startswith("pix") else purchase_data)[name] = instant
    if "date_next_charge" in item:
        purchase_data["date_next_charge"] = item["date_next_charge"]
    return {
        "product": {**item["product"], "has_co_production": False},
        "producer": {"name": item["producer"]["name"], "document": "00000000000100"},
        "affiliates": [{"affiliate_code": "", "name": ""}],
        "buyer": {
            "name": buyer["name"],
            "email": buyer["email"],
            "checkout_phone": buyer.get("phone", ""),
            "checkout_phone_code": buyer.get("phone_ddd", ""),
            "document": "00000000000",
            "document_type": "CPF",
            "address": {**home, "address": "Rua Exemplo", "number": "1", "zipcode": "00000000"},
        },
        "commissions": [
            {
                "source": "PRODUCER",
                "value": commission["producer_value"],
                "currency_value": commission["currency"],
            }
        ],
        "purchase": purchase_data,
        "subscription": {
            "status": item["status"],
            "plan": {"id": item["product"]["id"], "name": item["plan"]["name"]},
            "subscriber": {"code": item["subscriber_code"]},
        },
    }


def _canceled(item: Item) -> Item:
    buyer = item["subscriber"]
    return {
        "cancellation_date": item["cancellation_date"],
        "actual_recurrence_value": item["purchase"]["price"]["value"],
        "product": item["product"],
        "subscriber": {
            "code": item["subscriber_code"],
            "name": buyer["name"],
            "email": buyer["email"],
        },
        "subscription": {
            "id": item["subscription_id"],
            "plan": {"id": item["product"]["id"], "name": item["plan"]["name"]},
        },
    }


class Sender:
    """Posts events to one address until each is accepted; `lost` are those never accepted."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: list[Item] = []
        self.lost: list[Item] = []
        self._queue: Queue[tuple[str, Item] | None] = Queue()
        self._thread = threading.Thread(target=self._post_all, daemon=True)
        self._thread.start()

    def post(self, hottok: str, event: Item) -> None:
        """Adds an event to the queue."""
        self._queue.put((hottok, event))

    def drain(self) -> None:
        """Waits until every event is accepted or lost."""
        self._queue.join()

    def close(self) -> None:
        """Posts the queued events, then stops."""
        self._queue.put(None)
        self._thread.join()

    def _post_all(self) -> None:
        with httpx2.Client(timeout=10) as client:
            while (item := self._queue.get()) is not None:
                is_accepted = self._post(client, *item)
                (self.sent if is_accepted else self.lost).append(item[1])
                self._queue.task_done()
            self._queue.task_done()

    def _post(self, client: httpx2.Client, hottok: str, event: Item) -> bool:
        for attempt in range(TRIES):
            if attempt:
                time.sleep(0.1 * 2**attempt)  # the receiver is unavailable
            try:
                if client.post(
                    self.url, json=event, headers={"X-HOTMART-HOTTOK": hottok}
                ).is_success:
                    return True
            except httpx2.TransportError:
                continue
        return False
