"""Reading back what became of a call that got no clear answer (docs/contracts.md §6): seen, or not seen yet.

Not seen is not undone: how fresh these lists are nobody documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from smartinst.actions.log import Call
from smartinst.errors import PlatformError
from smartinst.hotmart.api.client import Platform
from smartinst.i18n.message import TranslatableText
from smartinst.i18n.platform_messages import ANOTHERS
from smartinst.intake.sync import SALE_STATUSES
from smartinst.intake.sync_windows import millisecond

MARGIN: Final = timedelta(days=3)
"""Around a date in the seller's zone, so that the instant lies inside whatever the zone."""
SKEW: Final = timedelta(minutes=5)
"""How far our clock and the platform's may be apart."""
CLOSE: Final = timedelta(seconds=2)
"""How far they are apart where both are kept right, a date cut to the second included."""
LANDS_WITHIN: Final = timedelta(seconds=60)
"""The platform gives up on a call after thirty seconds; what is ordered later than this was not ordered by it."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RETURNED: Final = ("REFUNDED", "PARTIALLY_REFUNDED")


class UnclearError(PlatformError):
    """The platform shows an effect of which nobody knows whose it is."""


@dataclass(frozen=True)
class LookupKey:
    """Where in time a call's plan and transaction lie: the lists of the platform are asked by dates."""

    subscriber_code: str | None
    purchase_date: date
    ordered_date: date | None = None


def is_effect_visible(
    platform: Platform, call: Call, place: LookupKey, sent: tuple[datetime, ...]
) -> bool:
    """Whether the platform shows the effect of a call that was made at one or several instants.

    Raises PlatformError when it cannot be asked, UnclearError when what it shows may be another's.
    """
    if call.kind == "refund":
        return _is_refunded(platform, call, place, max(sent))
    if call.kind == "cancel":
        return _is_canceled(platform, call, place, max(sent))
    return _is_negotiated(platform, call, place, sent)


def _is_refunded(platform: Platform, call: Call, place: LookupKey, since: datetime) -> bool:
    first, last = place.ordered_date or place.purchase_date, place.ordered_date or since.date()
    query: dict[str, Any] = {"transaction": call.transaction, "transaction_status": SALE_STATUSES}
    query |= _days(first, last, "start_date", "end_date")
    purchases = (_part(item, "purchase") for item in _items(platform, "/sales/history", query))
    return any(
        one.get("transaction") == call.transaction and one.get("status") in _RETURNED
        for one in purchases
    )


def _is_canceled(platform: Platform, call: Call, place: LookupKey, last: datetime) -> bool:
    """By the list in real time, which may not list smart installments, then by the summary and the feed, which may lag."""
    if place.subscriber_code is None:
        return False
    begun = _days(place.purchase_date, place.purchase_date, "accession_date", "end_accession_date")
    own = {"subscriber_code": place.subscriber_code}
    ordered = _days(place.purchase_date, last.date(), "transaction_date", "end_transaction_date")
    lists = (
        ("/subscriptions", own | begun),
        ("/subscriptions/summary", own | begun),
        ("/subscriptions/transactions", own | ordered),
    )
    for path, query in lists:
        for item in _items(platform, path, query):
            if str(item.get("subscription_id", call.plan_id)) == call.plan_id and _shows_the_end(
                item
            ):
                return True
    return False


def _shows_the_end(item: dict[str, Any]) -> bool:
    status = str(item.get("status") or "").upper()
    return status.startswith("CANCEL") or item.get("cancellation_date") is not None


def _is_negotiated(
    platform: Platform, call: Call, place: LookupKey, sent: tuple[datetime, ...]
) -> bool:
    """One Pix of exactly these charges, ordered as a call of ours was made; one from long before the first is another's.

    Somebody may negotiate the same charges by hand: what is ordered at another time, or a second one, is told and left.
    """
    found = [
        one
        for one in _negotiations(platform, call, place, sent)
        if _ordered(one) >= min(sent) - SKEW
    ]
    ours = [
        one
        for one in found
        if _is_pix(one) and any(at - CLOSE <= _ordered(one) <= at + LANDS_WITHIN for at in sent)
    ]
    if found and len(ours) != 1:
        code = _part(found[0], "purchase").get("transaction")
        raise UnclearError(TranslatableText(ANOTHERS, transaction=code))
    return bool(ours)


def _negotiations(
    platform: Platform, call: Call, place: LookupKey, sent: tuple[datetime, ...]
) -> Iterator[dict[str, Any]]:
    """The attempts of a plan that are negotiations of exactly the call's charges and say when they were ordered."""
    days = _days(min(sent).date(), max(sent).date(), "transaction_date", "end_transaction_date")
    for item in _items(
        platform, "/subscriptions/transactions", {"subscriber_code": place.subscriber_code, **days}
    ):
        charge = _part(item, "recurrency")
        numbers = {
            int(one)
            for one in str(charge.get("number_list") or "").replace(" ", "").split(",")
            if one.isdigit()
        }
        is_one = (
            str(item.get("subscription_id")) == call.plan_id
            and charge.get("transaction_type") == "NEGOTIATION"
        )
        if (
            is_one
            and numbers == call.numbers
            and isinstance(_part(item, "purchase").get("order_date"), int)
        ):
            yield item


def _ordered(item: dict[str, Any]) -> datetime:
    return EPOCH + timedelta(milliseconds=_part(item, "purchase")["order_date"])


def _is_pix(item: dict[str, Any]) -> bool:
    return _part(_part(item, "purchase"), "payment").get("payment_type") in (None, "PIX")


def _items(platform: Platform, path: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for page in platform.pages(path, query):
        yield from (item for item in page["items"] if isinstance(item, dict))


def _part(item: dict[str, Any], name: str) -> dict[str, Any]:
    part = item.get(name)
    return part if isinstance(part, dict) else {}


def _days(first: date, last: date, start: str, end: str) -> dict[str, int]:
    return {start: millisecond(first - MARGIN), end: millisecond(last + MARGIN)}
