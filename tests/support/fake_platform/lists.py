"""The documented queries: which parameters a list takes, what they keep, what is kept when they are not given."""

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
    "APPROVED BLOCKED CANCELLED CHARGEBACK COMPLETE EXPIRED NO_FUNDS OVERDUE PARTIALLY_REFUNDED PRE_ORDER PRINTED_BILLET "
    "PROCESSING_TRANSACTION PROTESTED REFUNDED STARTED UNDER_ANALISYS WAITING_PAYMENT".split()
)
PLAN_STATUSES: Final = frozenset(
    "ACTIVE INACTIVE DELAYED OVERDUE STARTED CANCELLED_BY_CUSTOMER CANCELLED_BY_SELLER CANCELLED_BY_ADMIN".split()
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


def _at(*names: str) -> Field:
    """What stands at a path of an item; null where a part of it is missing."""

    def found(item: Item) -> Any:
        part: Any = item
        for name in names:
            part = part.get(name) if isinstance(part, dict) else None
        return part

    return found


def sale_status(item: Item) -> str:
    """The attempt's status as the sales lists spell it."""
    word = str(item["purchase"]["status"])
    return SALE_SPELLING.get(word, word)


# a parameter → what it is compared with: equal (as text), contained in (names, e-mails), or within (from, to)
_FEED: Final[dict[str, Field]] = {
    "product_id": _at("product", "id"),
    "transaction": _at("purchase", "transaction"),
    "billing_type": _at("billing_type"),
    "subscription_status": _at("status"),
    "recurrency_status": _at("recurrency", "status"),
    "purchase_status": _at("purchase", "status"),
    "offer_code": _at("plan", "offer", "code"),
    "purchase_payment_type": _at("purchase", "payment", "payment_type"),
    "subscriber_code": _at("subscriber_code"),
    "subscriber_name": _at("subscriber", "name"),
    "subscriber_email": _at("subscriber", "email"),
}
_SALES: Final[dict[str, Field]] = {
    "product_id": _at("product", "id"),
    "transaction": _at("purchase", "transaction"),
    "transaction_status": sale_status,
    "payment_type": _at("purchase", "payment", "payment_type"),
    "offer_code": _at("plan", "offer", "code"),
    "buyer_name": _at("subscriber", "name"),
    "buyer_email": _at("subscriber", "email"),
}
_PLANS: Final[dict[str, Field]] = {
    "product_id": _at("product", "id"),
    "subscriber_code": _at("subscriber_code"),
    "subscriber_email": _at("subscriber", "email"),
    "plan": _at("plan", "name"),
    "status": _at("status"),
    "transaction": _at("purchase", "transaction"),
}
_CONTAINED: Final = ("subscriber_name", "buyer_name")


def feed(account: Account, query: Query) -> list[Item]:
    """`/subscriptions/transactions`: attempts by the day they were ordered, with the lag of a day."""
    return _kept(
        account,
        account.lagging(),
        query,
        _FEED,
        ("transaction_date", "end_transaction_date"),
        _ordered,
    )


def summary(account: Account, query: Query) -> list[Item]:
    """`/subscriptions/summary`: plans of every billing type by the day they were begun, with the lag of a day."""
    fields = {name: _PLANS[name] for name in ("product_id", "subscriber_code")}
    kept = _kept(
        account, account.lagging(), query, fields, ("accession_date", "end_accession_date"), _begun
    )
    return [answers.summary(rows) for rows in _by_plan(kept)]


def subscriptions(account: Account, query: Query) -> list[Item]:
    """`/subscriptions`: plans by the day they were begun, in real time."""
    kept = _kept(
        account, account.items, query, _PLANS, ("accession_date", "end_accession_date"), _begun
    )
    return [answers.subscription(rows) for rows in _by_plan(kept)]


def history(account: Account, query: Query) -> list[Item]:
    """`/sales/history`: one row a transaction; paid ones only, unless a transaction or statuses are asked for."""
    return [answers.sale(item, sale_status(item)) for item in _sales(account, query)]


def users(account: Account, query: Query) -> list[Item]:
    """`/sales/users`: who took part in the same transactions."""
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
    """The asked part of a list; `next_page_token` is absent on the last page."""
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
    kept = _kept(account, account.items, query, _SALES, days, _ordered)
    if "transaction" not in query and "transaction_status" not in query:
        kept = [item for item in kept if sale_status(item) in REFUNDABLE]
    return list({item["purchase"]["transaction"]: item for item in kept}.values())


def _kept(
    account: Account,
    items: Iterable[Item],
    query: Query,
    fields: dict[str, Field],
    days: tuple[str, str],
    day: Field,
) -> list[Item]:
    """The items that pass every parameter; without dates those of the last 30 days."""
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


def _ordered(item: Item) -> int:
    return int(item["purchase"]["order_date"])


def _begun(item: Item) -> int:
    return int(item["adoption_date"])


def _by_plan(items: Iterable[Item]) -> list[list[Item]]:
    plans: dict[int, list[Item]] = {}
    for item in items:
        plans.setdefault(item["subscription_id"], []).append(item)
    return list(plans.values())
