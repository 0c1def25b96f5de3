"""A plan as the platform tells it on a date: items of `GET subscriptions/transactions` and of `GET sales/users`.

Nothing that happens later is told, but what is already appointed: a slip's expiration, the next charge, the next retry.
Items are made as JSON text at once, since a million of them must not take a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from smartinst.sample.draws import DAY, instant
from smartinst.sample.known import PAID, WAITING, Known, know, last_update, plan_word
from smartinst.sample.people import COUNTRIES
from smartinst.sample.profiles import Payout, Profile, round_half_up
from smartinst.sample.story import Attempt, Plan

_FLAGS: Final = {True: "true", False: "false"}
_text: Final = json.JSONEncoder(ensure_ascii=False).encode  # a name as a JSON string


@dataclass(frozen=True)
class Items:
    """Items of one endpoint that begin alike: `start + own` is the JSON text of one."""

    start: str
    own: list[str]

    def texts(self) -> Iterator[str]:
        """Each item as JSON text."""
        return (self.start + own for own in self.own)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each item, parsed."""
        return map(json.loads, self.texts())


@dataclass(frozen=True)
class Told:
    """One plan's items, by order date."""

    attempts: Items  # of subscriptions/transactions: one for each attempt and commission currency
    users: Items  # of sales/users: one for each attempt


def tell(plan: Plan, profile: Profile, as_of: date) -> Told | None:
    """The plan as it is known at the end of a day; null when it is bought later."""
    known = know(plan, profile, instant(as_of.toordinal() + 1, 0) - 1)
    if known is None:
        return None
    own = [
        _charge_text(known, attempt, word) + _purchase_text(known, attempt, word, commission)
        for attempt, word in zip(known.made, known.words, strict=True)
        for commission in _commissions(plan, attempt, word)
    ]
    transactions = [f'"transaction":"{_transaction(plan, attempt)}"}}' for attempt in known.made]
    return Told(Items(_plan_text(known), own), Items(_users_text(known), transactions))


# --- the plan, the same in all of its items ---------------------------------------------------------------------------


def _plan_text(known: Known) -> str:
    """The item up to what is its own."""
    plan, product, buyer = known.plan, known.plan.product, known.plan.buyer
    is_ours, last = plan.billing_type != "SUBSCRIPTION", max(known.payers)
    is_suspended = plan.suspended is not None and plan.suspended <= known.now
    name, phone, more = _text(product.name), "", ""
    if buyer.phone:
        phone = f',"phone":"{buyer.phone}","phone_ddd":"{buyer.dial}"'
    if is_ours:
        more += f',"max_cycles":{plan.installments}'
    if known.is_canceled:
        more += f',"cancellation_date":{plan.canceled}'
    elif last < plan.installments and 1 not in known.unpaid and not is_suspended:
        more += f',"date_next_charge":{instant(plan.due(last + 1), plan.second)}'
    return (
        f'{{"subscription_id":{plan.id},"subscriber_code":"SI{_base36(plan.id)}","status":"{plan_word(known)}",'
        f'"billing_type":"{plan.billing_type}","adoption_date":{instant(plan.day, plan.second)},'
        f'"last_update":{last_update(known)},"last_recurrency_number":{last},'
        f'"last_recurrency_start_date":{min(instant(plan.due(last), plan.second), known.payers[last].ordered)},'
        f'"has_unpaid_recurrency":{_FLAGS[known.unpaid > known.waiting]},'
        f'"has_credit_card_change":{_FLAGS[is_suspended]},"trial_info":{{"trial":false}},'
        f'"product":{{"id":{product.id},"name":{name}}},"producer":{{"name":{_text(known.profile.producer)}}},'
        f'"subscriber":{{"id":{plan.id - 10_000_000},"name":{_text(buyer.name)},"email":"{buyer.email}"{phone}}},'
        f'"plan":{{"name":{name},"recurrency_period":30,"recurrency_type":"MONTHLY",'
        f'"offer":{{"code":"{product.offer}","key":"{product.offer}","description":{name}}}}}{more},'
    )


# --- the attempt ------------------------------------------------------------------------------------------------------


def _charge_text(known: Known, attempt: Attempt, word: str) -> str:
    """`recurrency`, the charge that the attempt tries to collect, and what stands beside it."""
    number, now, more = attempt.numbers[0], known.now, ""
    paid_as = attempt.kind if word in PAID else ""
    is_delayed = number in known.unpaid and word not in WAITING
    if len(attempt.numbers) > 1:
        more += f',"number_list":"{", ".join(map(str, attempt.numbers))}"'
    if attempt.retry and attempt.retry > now and not known.is_canceled:
        more += f',"scheduled_retry":{attempt.retry}'
    return (
        f'"is_paid_anticipation":{_FLAGS[paid_as == "ANTICIPATION"]},'
        f'"is_paid_negotiation":{_FLAGS[paid_as == "NEGOTIATION"]},'
        f'"recurrency":{{"status":"{PAID.get(word, "NOT_PAID")}","number":{number},"start_datetime":{attempt.started},'
        f'"payment_delays_days":{(now - attempt.ordered) // DAY if is_delayed else 0},'
        f'"transaction_type":"{attempt.kind}","transaction_sequence":{attempt.sequence},'
        f'"is_current_purchase":{_FLAGS[attempt is known.payers[number]]},'
        f'"has_retry":{_FLAGS[attempt.retry is not None]}{more}}},'
    )


def _purchase_text(known: Known, attempt: Attempt, word: str, commission: str) -> str:
    """`purchase`, the transaction and its money, and the item's end."""
    plan, market, now = known.plan, known.plan.market, known.now
    is_ours = plan.billing_type != "SUBSCRIPTION"
    amount = _amount(attempt.minor, market.exponent)
    approved = (
        f',"approved_date":{attempt.approved}'
        if attempt.approved and attempt.approved <= now
        else ""
    )
    payment = ""
    if attempt.expires:
        payment += (
            f',"{"pix" if attempt.method == "PIX" else "billet"}_expiration_date":{attempt.expires}'
        )
    elif attempt.method != "PAYPAL":
        payment += f',"credit_card_flag":"{plan.card}"'
    if attempt.refusal:
        payment += f',"refusal_message":"{attempt.refusal}"'
    if attempt.reversed and attempt.reversed <= now:
        payment += f',"refund_chargeback_date":{attempt.reversed}'
    return (
        f'"purchase":{{"transaction":"{_transaction(plan, attempt)}","status":"{word}",'
        f'"order_date":{attempt.ordered}{approved},'
        f'"payment":{{"payment_type":"{attempt.method}"{payment}}},'
        f'"installment":{{"installment_type":"{plan.billing_type if is_ours else "ONE_TIME_PAYMENT"}",'
        f'"installment_number":{plan.installments if is_ours else 1}}},'
        f'"price":{{"currency":"{market.currency}","value":{amount},"total_value":{amount}}},"commission":{commission}}}}}'
    )


def _commissions(plan: Plan, attempt: Attempt, word: str) -> list[str]:
    """The producer's commission; where its currency changes, one transaction has half of it in either currency."""
    market, change = plan.market, plan.new_commission_from
    kept = attempt.minor if PAID.get(word) in ("PAID", "CLAIMED") else 0
    if word == "PARTIALLY_REFUNDED":
        kept = attempt.kept_minor
    net = max(0, attempt.minor - round_half_up(attempt.minor * 99, 1000) - market.fixed_fee_minor)
    payouts: tuple[Payout, ...] = (market.payout,)
    if change and attempt.numbers[0] >= change:
        payouts = (
            (market.payout, market.other_payout)
            if attempt.numbers[0] == change
            else (market.other_payout,)
        )
    return [
        _commission_text(payout, attempt.minor, kept, net, market.exponent, len(payouts))
        for payout in payouts
    ]


@lru_cache(maxsize=1 << 12)
def _commission_text(
    payout: Payout, minor: int, kept: int, net: int, exponent: int, parts: int
) -> str:
    """`commission`: one part of `net`, in the payout's currency; the paid value is zero where nothing is kept."""
    share = round_half_up(
        net * payout.rate_millionths * 10**payout.exponent, 1_000_000 * 10**exponent * parts
    )
    value = _amount(share, payout.exponent)
    return (
        f'{{"currency":"{payout.currency}","conversion_rate":{payout.rate_millionths / 1_000_000},'
        f'"original_value":{_amount(minor, exponent)},"original_paid_value":{_amount(kept, exponent)},'
        f'"producer_value":{value},"producer_paid_value":{value if kept else 0}}}'
    )


def _users_text(known: Known) -> str:
    """A `sales/users` item up to its transaction: who took part, and where the buyer lives."""
    plan, product, buyer, language = (
        known.plan,
        known.plan.product,
        known.plan.buyer,
        known.profile.language,
    )
    phone = f',"cellphone":"{buyer.dial}{buyer.phone}"' if buyer.phone else ""
    country = (
        f'"country":{_text(COUNTRIES[buyer.country].names[language])}' if buyer.country else ""
    )
    return (
        f'{{"product":{{"id":{product.id},"name":{_text(product.name)}}},'
        f'"users":[{{"role":"PRODUCER","user":{{"name":{_text(known.profile.producer)},"address":{{}}}}}},'
        f'{{"role":"BUYER","user":{{"ucode":"00000000-0000-4000-8000-{plan.id:012x}","locale":"{language.upper()}",'
        f'"name":{_text(buyer.name)},"email":"{buyer.email}"{phone},"address":{{{country}}}}}}}],'
    )


def _transaction(plan: Plan, attempt: Attempt) -> str:
    """Unique: the plan's id, two digits of the charge, one of the sequence."""
    return f"HP{plan.id}{attempt.numbers[0]:02d}{attempt.sequence}"


def _amount(minor: int, exponent: int) -> str:
    """A JSON number with all of the currency's decimals: 8309 is `83.09` EUR, `8309` JPY, `8.309` KWD."""
    return (
        f"{minor // 10**exponent}.{minor % 10**exponent:0{exponent}d}" if exponent else str(minor)
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits
