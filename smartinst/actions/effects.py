"""Searches the platform for the effect of a call without a clear answer (docs/contracts.md §6).

An effect that is not visible yet may still appear: the delay of the lists is not documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from smartinst.actions.calls import Call
from smartinst.errors import PlatformError
from smartinst.hotmart.api.client import Platform
from smartinst.i18n.message import TranslatableText
from smartinst.i18n.platform_messages import ANOTHERS, EFFECT_NOT_SHOWN, EFFECT_SHOWN, NOT_ASKED
from smartinst.intake.sync_windows import millisecond
from smartinst.intake.window_reader import SALE_STATUSES

DATE_MARGIN: Final = timedelta(days=3)
"""Added around a date in the seller's zone, so that the instant is inside in any zone."""
CLOCK_SKEW: Final = timedelta(minutes=5)
"""The largest difference between our clock and the platform's."""
SMALL_SKEW: Final = timedelta(seconds=2)
"""The difference if both clocks are right; dates may be cut to whole seconds."""
CALL_DURATION: Final = timedelta(seconds=60)
"""The platform gives up on a call after 30 seconds; a later order is not the call's effect."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SETTLE: Final = "settle it with smartinst act resolve"
_LATER: Final = f"run the same command again later, or check the platform and {_SETTLE}"
_RETURNED: Final = ("REFUNDED", "PARTIALLY_REFUNDED")


class UnclearError(PlatformError):
    """The platform shows an effect that another person may have caused."""


@dataclass(frozen=True)
class LookupKey:
    """The subscriber and the dates by which lists are searched for a call's effect."""

    subscriber_code: str | None
    purchase_date: date
    ordered_date: date | None = None


class Observation(NamedTuple):
    """The visibility of a call's effect on the platform; `is_visible` is None if unknown.

    `advice`: what the operator can do on the command line; empty if there is nothing to do.
    """

    is_visible: bool | None
    text: TranslatableText
    advice: str


def observe(
    platform: Platform, call: Call, key: LookupKey, sent_at: tuple[datetime, ...]
) -> Observation:
    """Searches for the effect of a call that was sent at these instants."""
    try:
        if call.kind == "refund":
            is_visible = _is_refunded(platform, call, key, max(sent_at))
        elif call.kind == "cancel":
            is_visible = _is_canceled(platform, call, key, max(sent_at))
        else:
            is_visible = _is_negotiated(platform, call, key, sent_at)
    except UnclearError as error:
        return Observation(None, error.args[0], f"check the platform and {_SETTLE}")
    except PlatformError:
        return Observation(None, TranslatableText(NOT_ASKED), _LATER)
    if is_visible:
        return Observation(True, TranslatableText(EFFECT_SHOWN), "")
    return Observation(False, TranslatableText(EFFECT_NOT_SHOWN), _LATER)


def _is_refunded(platform: Platform, call: Call, key: LookupKey, sent_at: datetime) -> bool:
    start, end = key.ordered_date or key.purchase_date, key.ordered_date or sent_at.date()
    query: dict[str, Any] = {"transaction": call.transaction, "transaction_status": SALE_STATUSES}
    query |= _date_range(start, end, "start_date", "end_date")
    purchases = (_part(item, "purchase") for item in _items(platform, "/sales/history", query))
    return any(
        purchase.get("transaction") == call.transaction and purchase.get("status") in _RETURNED
        for purchase in purchases
    )


def _is_canceled(platform: Platform, call: Call, key: LookupKey, sent_at: datetime) -> bool:
    """Searches the real-time list, which may lack smart installments, then two that may lag."""
    if key.subscriber_code is None:
        return False
    subscriber = {"subscriber_code": key.subscriber_code}
    accession = _date_range(
        key.purchase_date, key.purchase_date, "accession_date", "end_accession_date"
    )
    transactions = _date_range(
        key.purchase_date, sent_at.date(), "transaction_date", "end_transaction_date"
    )
    lists = (
        ("/subscriptions", subscriber | accession),
        ("/subscriptions/summary", subscriber | accession),
        ("/subscriptions/transactions", subscriber | transactions),
    )
    return any(
        str(item.get("subscription_id", call.plan_id)) == call.plan_id and _has_ended(item)
        for path, query in lists
        for item in _items(platform, path, query)
    )


def _has_ended(item: dict[str, Any]) -> bool:
    status = str(item.get("status") or "").upper()
    return status.startswith("CANCEL") or item.get("cancellation_date") is not None


def _is_negotiated(
    platform: Platform, call: Call, key: LookupKey, sent_at: tuple[datetime, ...]
) -> bool:
    """Whether there is one Pix of exactly these charges, ordered while a call was under way.

    Negotiations from before the first call are ignored. UnclearError if one was ordered at another
    time, or if there are two: another person may have negotiated the same charges.
    """
    negotiations = [
        item
        for item in _negotiations(platform, call, key, sent_at)
        if _ordered_at(item) >= min(sent_at) - CLOCK_SKEW
    ]
    matches = [
        item
        for item in negotiations
        if _is_pix(item)
        and any(
            instant - SMALL_SKEW <= _ordered_at(item) <= instant + CALL_DURATION
            for instant in sent_at
        )
    ]
    if negotiations and len(matches) != 1:
        code = _part(negotiations[0], "purchase").get("transaction")
        raise UnclearError(TranslatableText(ANOTHERS, transaction=code))
    return bool(matches)


def _negotiations(
    platform: Platform, call: Call, key: LookupKey, sent_at: tuple[datetime, ...]
) -> Iterator[dict[str, Any]]:
    """The plan's negotiations of exactly the call's charges that have an order date."""
    days = _date_range(
        min(sent_at).date(), max(sent_at).date(), "transaction_date", "end_transaction_date"
    )
    query = {"subscriber_code": key.subscriber_code, **days}
    for item in _items(platform, "/subscriptions/transactions", query):
        charge = _part(item, "recurrency")
        is_negotiation = (
            str(item.get("subscription_id")) == call.plan_id
            and charge.get("transaction_type") == "NEGOTIATION"
        )
        has_order_date = isinstance(_part(item, "purchase").get("order_date"), int)
        if is_negotiation and _charge_numbers(charge) == call.numbers and has_order_date:
            yield item


def _charge_numbers(charge: dict[str, Any]) -> set[int]:
    words = str(charge.get("number_list") or "").replace(" ", "").split(",")
    return {int(word) for word in words if word.isdigit()}


def _ordered_at(item: dict[str, Any]) -> datetime:
    return EPOCH + timedelta(milliseconds=_part(item, "purchase")["order_date"])


def _is_pix(item: dict[str, Any]) -> bool:
    return _part(_part(item, "purchase"), "payment").get("payment_type") in (None, "PIX")


def _items(platform: Platform, path: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for page in platform.pages(path, query):
        yield from (item for item in page["items"] if isinstance(item, dict))


def _part(item: dict[str, Any], name: str) -> dict[str, Any]:
    part = item.get(name)
    return part if isinstance(part, dict) else {}


def _date_range(start: date, end: date, start_name: str, end_name: str) -> dict[str, int]:
    return {
        start_name: millisecond(start - DATE_MARGIN),
        end_name: millisecond(end + DATE_MARGIN),
    }
