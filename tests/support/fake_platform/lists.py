"""The documented queries: the parameters of each list, their effect and their defaults."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tests.support.fake_platform import answers
from tests.support.fake_platform.account import DAY, REFUNDABLE, Account, Item, RefusedError

Query = Mapping[str, list[str]]
MOST_RESULTS: Final = 500
SALE_SPELLING: Final = {"DELAYED": "OVERDUE", "UNDER_ANALYSIS": "UNDER_ANALISYS"}
SALE_STATUSES: Final = frozenset(
    "APPROVED BLOCKED CANCELLED CHARGEBACK COMPLETE EXPIRED NO_FUNDS OVERDUE PARTIALLY_REFUNDED "
    "PRE_ORDER PRINTED_BILLET PROCESSING_TRANSACTION PROTESTED REFUNDED STARTED UNDER_ANALISYS "
    "WAITING_PAYMENT".split()
)
PLAN_STATUSES: Final = frozenset(
    "ACTIVE INACTIVE DELAYED OVERDUE STARTED CANCELLED_BY_CUSTOMER CANCELLED_BY_SELLER "
    "CANCELLED_BY_ADMIN".split()
)
BILLING_TYPES: Final = frozenset(("SUBSCRIPTION", "SMART_INSTALLMENT", "SMART_RECOVERY"))
_REPEATED: Final = ("status", "plan", "transaction_status")
_WORDS: Final = {
    "billing_type": BILLING_TYPES,
    "subscription_status": PLAN_STATUSES,
    "status": PLAN_STATUSES,
    "transaction_status": SALE_STATUSES,
}

Field = Callable[[Item], Any]


def _value_at(*names: str) -> Field:
    """Reads the value at a path of an item; None if a part of the path is missing."""

    def value(item: Item) -> Any:
        part: Any = item
        for name in names:
            part = part.get(name) if isinstance(part, dict) else None
        return part

    return value


def sale_status(item: Item) -> str:
    """The attempt's status as spelled in the sales lists."""
    word = str(item["purchase"]["status"])
    return SALE_SPELLING.get(word, word)


# Parameter → the field that it is compared with: names may contain it, other fields must equal it.
_FEED: Final[dict[str, Field]] = {
    "product_id": _value_at("product", "id"),
    "transaction": _value_at("purchase", "transaction"),
    "billing_type": _value_at("billing_type"),
    "subscription_status": _value_at("status"),
    "recurrency_status": _value_at("recurrency", "status"),
    "purchase_status": _value_at("purchase", "status"),
    "offer_code": _value_at("plan", "offer", "code"),
    "purchase_payment_type": _value_at("purchase", "payment", "payment_type"),
    "subscriber_code": _value_at("subscriber_code"),
    "subscriber_name": _value_at("subscriber", "name"),
    "subscriber_email": _value_at("subscriber", "email"),
}
_SALES: Final[dict[str, Field]] = {
    "product_id": _value_at("product", "id"),
    "transaction": _value_at("purchase", "transaction"),
    "transaction_status": sale_status,
    "payment_type": _value_at("purchase", "payment", "payment_type"),
    "offer_code": _value_at("plan", "offer", "code"),
    "buyer_name": _value_at("subscriber", "name"),
    "buyer_email": _value_at("subscriber", "email"),
}
_PLANS: Final[dict[str, Field]] = {
    "product_id": _value_at("product", "id"),
    "subscriber_code": _value_at("subscriber_code"),
    "subscriber_email": _value_at("subscriber", "email"),
    "plan": _value_at("plan", "name"),
    "status": _value_at("status"),
    "transaction": _value_at("purchase", "transaction"),
}
_CONTAINED: Final = ("subscriber_name", "buyer_name")


def feed(account: Account, query: Query) -> list[Item]:
    """`/subscriptions/transactions`: attempts by order date, after the lag."""
    return _matching(
        account,
        account.lagging(),
        query,
        _FEED,
        ("transaction_date", "end_transaction_date"),
        _order_date,
    )


def summary(account: Account, query: Query) -> list[Item]:
    """`/subscriptions/summary`: plans of every billing type by start date, after the lag."""
    fields = {name: _PLANS[name] for name in ("product_id", "subscriber_code")}
    matching = _matching(
        account,
        account.lagging(),
        query,
        fields,
        ("accession_date", "end_accession_date"),
        _adoption_date,
    )
    return [answers.summary(rows) for rows in _by_plan(matching)]


def subscriptions(account: Account, query: Query) -> list[Item]:
    """`/subscriptions`: plans by start date, in real time."""
    matching = _matching(
        account,
        account.items,
        query,
        _PLANS,
        ("accession_date", "end_accession_date"),
        _adoption_date,
    )
    return [answers.subscription(rows) for rows in _by_plan(matching)]


def history(account: Account, query: Query) -> list[Item]:
    """`/sales/history`: one row per transaction.

    Only paid transactions, unless the query has a transaction or statuses.
    """
    return [answers.sale(item, sale_status(item)) for item in _sales(account, query)]


def users(account: Account, query: Query) -> list[Item]:
    """`/sales/users`: the participants of the same transactions."""
    codes = [item["purchase"]["transaction"] for item in _sales(account, query)]
    return [account.people[code] for code in codes if code in account.people]


LISTS: Final[dict[str, Callable[[Account, Query], list[Item]]]] = {
    "/subscriptions/transactions": feed,
    "/subscriptions/summary": summary,
    "/subscriptions": subscriptions,
    "/sales/history": history,
    "/sales/users": users,
}


def page(rows: list[Item], query: Query, most: int) -> Item:
    """One page of a list; the last page has no `next_page_token`."""
    wanted = query.get("max_results", ["50"])[0]
    if not wanted.isdigit() or int(wanted) < 1:
        raise RefusedError(400, "invalid_value_parameter", "max_results")
    size, start = min(int(wanted), most), _start(query)
    info: Item = {"total_results": len(rows), "results_per_page": len(rows[start : start + size])}
    if start + size < len(rows):
        info["next_page_token"] = base64.urlsafe_b64encode(
            json.dumps({"row": start + size}).encode()
        ).decode()
    return {"items": rows[start : start + size], "page_info": info}


def _start(query: Query) -> int:
    if "page_token" not in query:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(query["page_token"][0]))["row"])
    except (ValueError, KeyError, TypeError):
        raise RefusedError(400, "invalid_token", "page_token") from None


def _sales(account: Account, query: Query) -> list[Item]:
    days = ("start_date", "end_date")
    matching = _matching(account, account.items, query, _SALES, days, _order_date)
    if "transaction" not in query and "transaction_status" not in query:
        matching = [item for item in matching if sale_status(item) in REFUNDABLE]
    return list({item["purchase"]["transaction"]: item for item in matching}.values())


def _matching(
    account: Account,
    items: Iterable[Item],
    query: Query,
    fields: dict[str, Field],
    days: tuple[str, str],
    day: Field,
) -> list[Item]:
    """The items that match all parameters; without dates, those of the last 30 days."""
    _check(query, {*fields, *days})
    now = account.now()
    first, last = _instant(query, days[0], now - 30 * DAY), _instant(query, days[1], now)
    asked = [(name, fields[name], query[name]) for name in fields if name in query]
    return [
        item
        for item in items
        if first <= day(item) <= last
        and all(_passes(name, field(item), words) for name, field, words in asked)
    ]


def _passes(name: str, value: Any, words: list[str]) -> bool:
    if name in _CONTAINED:
        return words[0].casefold() in str(value).casefold()
    return str(value) in words


def _check(query: Query, known: set[str]) -> None:
    for name, values in query.items():
        if name not in known | {"max_results", "page_token"}:
            raise RefusedError(400, "invalid_parameter", name)
        if len(values) > 1 and name not in _REPEATED:
            raise RefusedError(400, "invalid_parameter", f"{name} is given twice")
        if name in _WORDS and not set(values) <= _WORDS[name]:
            raise RefusedError(400, "invalid_value_parameter", name)


def _instant(query: Query, name: str, default: int) -> int:
    value = query.get(name, [str(default)])[0]
    if not value.isdigit():
        raise RefusedError(400, "invalid_value_parameter", f"{name}: expected milliseconds")
    return int(value)


def _order_date(item: Item) -> int:
    return int(item["purchase"]["order_date"])


def _adoption_date(item: Item) -> int:
    return int(item["adoption_date"])


def _by_plan(items: Iterable[Item]) -> list[list[Item]]:
    plans: dict[int, list[Item]] = {}
    for item in items:
        plans.setdefault(item["subscription_id"], []).append(item)
    return list(plans.values())
