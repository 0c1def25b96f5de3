"""The account of one seller: items of the feed and of sales/users, changed by actions."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from itertools import count
from typing import Any, Final

from smartinst import sample

Item = dict[str, Any]
Clock = Callable[[], int]
"""Milliseconds since 1970, as the platform writes instants."""

DAY: Final = 86_400_000
REFUNDABLE: Final = ("APPROVED", "COMPLETE")
WAITING: Final = ("STARTED", "WAITING_PAYMENT", "PRINTED_BILLET")
_MOST_NEGOTIATED: Final = 5


class RefusedError(Exception):
    """An action that the platform refuses: HTTP status, error word, description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


class Account:
    """One seller's sales; feed and summary show a change after `lag` milliseconds.

    `applied` counts the actions that took effect, by (kind, target). The platform has no
    idempotency key; it refuses the second refund of a transaction. If `is_lenient`, it accepts
    every action, so that `applied` counts repetitions.
    """

    def __init__(
        self,
        seller_id: str,
        items: Iterable[Item],
        people: Iterable[Item],
        now: Clock,
        lag: int = 0,
        is_lenient: bool = False,
    ) -> None:
        self.seller_id, self.now, self.lag = seller_id, now, lag
        self.is_lenient = is_lenient
        self.items = list(items)
        self.people = {item["transaction"]: item for item in people}
        self.applied: Counter[tuple[str, str]] = Counter()
        self.on_change: Callable[[str, Item], None] = lambda event, item: None  # noqa: ARG005
        self._changes: list[tuple[int, int, Item]] = []  # instant, row, item before the change
        self._serial = count(1)

    @classmethod
    def of_sample(
        cls,
        seller_id: str,
        plans: int,
        as_of: date,
        now: Clock,
        *,
        seed: int = 1,
        lag: int = 0,
        is_lenient: bool = False,
    ) -> Account:
        """An account with the sample's sales of a seller."""
        plans_of_sample = list(sample.sample_plans(seller_id, plans, as_of=as_of, seed=seed))
        items = (item for plan in plans_of_sample for item in plan.attempts)
        people = (person for plan in plans_of_sample for person in plan.users)
        return cls(seller_id, items, people, now, lag, is_lenient)

    # --- queries ----------------------------------------------------------------------------------

    def lagging(self) -> list[Item]:
        """The items as the feed shows them: a change is visible after the lag."""
        seen: list[Item | None] = list(self.items)
        for at, row, before in reversed(self._changes):
            if self.now() < at + self.lag:
                seen[row] = before or None
        return [item for item in seen if item is not None]

    def plan(self, code: str) -> list[Item]:
        """The items of a plan; RefusedError for an unknown subscriber."""
        items = [item for item in self.items if item["subscriber_code"] == code]
        if not items:
            raise RefusedError(404, "not_found", "Subscription not found")
        return items

    # --- actions ----------------------------------------------------------------------------------

    def cancel(self, code: str) -> Item:
        """Cancels a plan; RefusedError if it is already canceled."""
        rows = self.plan(code)
        if rows[0]["status"].startswith("CANCELLED") and not self.is_lenient:
            raise RefusedError(400, "invalid_parameter", "SUBSCRIPTION_ALREADY_CANCELED_OR_OVERDUE")
        self._end(code, "CANCELLED_BY_SELLER")
        self.applied["cancel", code] += 1
        return self.plan(code)[-1]

    def refund(self, transaction: str) -> Item:
        """Refunds a transaction; the refund of the first charge ends the plan."""
        rows = [
            row
            for row, item in enumerate(self.items)
            if item["purchase"]["transaction"] == transaction
        ]
        if not rows:
            raise RefusedError(404, "not_found", "Transaction not found")
        is_refundable = self.items[rows[0]]["purchase"]["status"] in REFUNDABLE
        if not is_refundable and not self.is_lenient:
            raise RefusedError(
                400, "invalid_parameter", "The transaction can not be refunded in its status"
            )
        for row in rows:
            item = self._change(row)
            item["recurrency"]["status"] = item["purchase"]["status"] = "REFUNDED"
            item["purchase"]["payment"]["refund_chargeback_date"] = self.now()
            item["purchase"]["commission"] |= {"original_paid_value": 0, "producer_paid_value": 0}
        self.applied["refund", transaction] += 1
        first = self.items[rows[0]]
        self.on_change("PURCHASE_REFUNDED", first)
        if first["recurrency"]["number"] == 1 and not first["status"].startswith("CANCELLED"):
            self._end(first["subscriber_code"], "CANCELLED_BY_ADMIN")
        return first

    def negotiate(self, body: Item) -> Item:
        """Adds an unpaid Pix or slip for one to five unpaid charges of a plan."""
        numbers, kind = body.get("recurrences"), body.get("payment_type")
        if (
            type(numbers) is not list
            or not 1 <= len(set(map(str, numbers))) == len(numbers) <= _MOST_NEGOTIATED
        ):
            raise RefusedError(
                400, "invalid_parameter", "recurrences: expected one to five numbers"
            )
        if kind not in ("PIX", "BILLET") or (kind == "BILLET" and not body.get("document")):
            raise RefusedError(
                400, "invalid_parameter", "payment_type: expected PIX, or BILLET with a document"
            )
        rows = [
            item for item in self.items if item["subscription_id"] == body.get("subscription_id")
        ]
        if not rows:
            raise RefusedError(404, "not_found", "Subscription not found")
        charged = {number: item for item in rows for number in numbers_of(item)}
        paid = {
            number
            for item in rows
            if item["recurrency"]["status"] == "PAID"
            for number in numbers_of(item)
        }
        if not self.is_lenient:
            self._check_negotiable(rows[0], numbers, set(charged) - paid)
        item = self._negotiated(
            [charged[number] for number in numbers],
            sorted(numbers),
            str(kind),
            body.get("discount"),
        )
        self.applied["negotiate", str(body["subscription_id"])] += 1
        self.on_change("PURCHASE_BILLET_PRINTED", item)
        return item

    @staticmethod
    def _check_negotiable(item: Item, numbers: list[int], unpaid: set[int]) -> None:
        """RefusedError for a plan or charges that the platform does not negotiate."""
        if item["status"].startswith("CANCELLED") or not set(numbers) <= unpaid:
            raise RefusedError(
                400, "invalid_parameter", "recurrences: each has to be issued and unpaid"
            )
        if item["purchase"]["price"]["currency"] != "BRL":
            raise RefusedError(400, "invalid_parameter", "Pix and boleto exist in BRL only")

    def pay(self, transaction: str) -> Item:
        """Pays an unpaid transaction, as a buyer does; not a call of the API."""
        rows = [
            row
            for row, item in enumerate(self.items)
            if item["purchase"]["transaction"] == transaction
        ]
        if not rows or self.items[rows[0]]["purchase"]["status"] not in WAITING:
            raise RefusedError(404, "not_found", "No transaction that waits")
        for row in rows:
            item = self._change(row)
            item["recurrency"]["status"], item["purchase"]["status"] = "PAID", "APPROVED"
            item["purchase"]["approved_date"] = self.now()
            commission = item["purchase"]["commission"]
            commission["original_paid_value"] = commission["original_value"]
            commission["producer_paid_value"] = commission["producer_value"]
        self.on_change("PURCHASE_APPROVED", self.items[rows[0]])
        return self.items[rows[0]]

    def _end(self, code: str, status: str) -> None:
        for row, item in enumerate(self.items):
            if item["subscriber_code"] == code:
                item = self._change(row)
                item |= {"status": status, "cancellation_date": self.now()}
                item.pop("date_next_charge", None)
        self.on_change("SUBSCRIPTION_CANCELLATION", self.plan(code)[-1])

    def _change(self, row: int) -> Item:
        """A copy of a row to change; the original is kept until the lag has passed."""
        self._changes.append((self.now(), row, self.items[row]))
        self.items[row] = copy.deepcopy(self.items[row])
        self.items[row]["last_update"] = self.now()
        return self.items[row]

    def _negotiated(
        self, charges: list[Item], numbers: list[int], kind: str, discount: Any
    ) -> Item:
        item = copy.deepcopy(charges[0])
        transaction = f"HPN{item['subscription_id']}{next(self._serial):03d}"
        price = sum(item["purchase"]["price"]["value"] / len(numbers_of(item)) for item in charges)
        price = round(price - (discount["value"] if isinstance(discount, dict) else 0), 2)
        expires = "pix_expiration_date" if kind == "PIX" else "billet_expiration_date"
        item["recurrency"] = {
            **item["recurrency"],
            "status": "NOT_PAID",
            "number": numbers[0],
            "number_list": ", ".join(map(str, numbers)),
            "transaction_type": "NEGOTIATION",
            "transaction_sequence": 1,
            "is_current_purchase": True,
            "has_retry": False,
        }
        share = price / charges[0]["purchase"]["price"]["value"]
        commission = item["purchase"]["commission"]
        net = round(commission["producer_value"] * share, 2)
        item["purchase"] |= {
            "transaction": transaction,
            "status": "WAITING_PAYMENT" if kind == "PIX" else "PRINTED_BILLET",
            "order_date": self.now(),
            "payment": {"payment_type": kind, expires: self.now() + 2 * DAY},
            "price": {"currency": "BRL", "value": price, "total_value": price},
            "commission": commission | {"original_value": price, "original_paid_value": 0}
            | {"producer_value": net, "producer_paid_value": 0},
        }  # fmt: skip
        item["purchase"].pop("approved_date", None)
        if person := self.people.get(charges[0]["purchase"]["transaction"]):
            self.people[transaction] = {**person, "transaction": transaction}
        self._changes.append((self.now(), len(self.items), {}))
        self.items.append(item)
        return item


def numbers_of(item: Item) -> list[int]:
    """The charges that an attempt covers: several for a negotiation or an anticipation."""
    number_list = item["recurrency"].get("number_list")
    return (
        [int(number) for number in number_list.split(",")]
        if number_list
        else [item["recurrency"]["number"]]
    )


def pages_of(account: Account, billing_type: str) -> list[Item]:
    """The plans of one billing type, as a page of the feed and one of sales/users."""
    items = [item for item in account.items if item["billing_type"] == billing_type]
    codes = {item["purchase"]["transaction"]: None for item in items}
    return [{"items": items}, {"items": [account.people[code] for code in codes]}]
