"""A plan on a date as the platform's items: `subscriptions/transactions` and `sales/users`.

Later events are left out, except scheduled ones: a slip's expiration, the next charge, the next
retry. Items are formatted as JSON text directly, so that a million of them take less than a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from smartinst.sample.business import Payout, Profile, round_half_up
from smartinst.sample.draws import DAY, epoch_milliseconds
from smartinst.sample.people import COUNTRIES
from smartinst.sample.plan_state import (
    PAYABLE_STATUSES,
    RECURRENCY_STATUSES,
    PlanState,
    last_update,
    platform_status,
    state_at,
)
from smartinst.sample.timeline import Attempt, Plan

_FLAGS: Final = {True: "true", False: "false"}
_text: Final = json.JSONEncoder(ensure_ascii=False).encode  # a name as a JSON string


@dataclass(frozen=True)
class Items:
    """Items of one endpoint; `prefix + suffix` is the JSON text of an item."""

    prefix: str
    suffixes: list[str]

    def texts(self) -> Iterator[str]:
        """Each item as JSON text."""
        return (self.prefix + suffix for suffix in self.suffixes)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each item, parsed."""
        return map(json.loads, self.texts())


@dataclass(frozen=True)
class PlanPayloads:
    """The items of one plan, sorted by order date."""

    attempts: Items  # subscriptions/transactions: one item per attempt and commission currency
    users: Items  # sales/users: one item per attempt


def plan_payloads(plan: Plan, profile: Profile, as_of: date) -> PlanPayloads | None:
    """The items of a plan at the end of a day; None if the plan is bought later."""
    state = state_at(plan, profile, epoch_milliseconds(as_of.toordinal() + 1, 0) - 1)
    if state is None:
        return None
    texts = [
        _charge_text(state, attempt, status) + _purchase_text(state, attempt, status, commission)
        for attempt, status in zip(state.attempts, state.statuses, strict=True)
        for commission in _commissions(plan, attempt, status)
    ]
    transactions = [
        f'"transaction":"{_transaction(plan, attempt)}"}}' for attempt in state.attempts
    ]
    return PlanPayloads(Items(_plan_text(state), texts), Items(_users_text(state), transactions))


# --- the plan, the same in all of its items --------------------------------------------


def _plan_text(state: PlanState) -> str:
    """The beginning that all items of the plan share."""
    plan, product, buyer = state.plan, state.plan.product, state.plan.buyer
    is_plan, last_number = plan.billing_type != "SUBSCRIPTION", max(state.payers)
    is_suspended = plan.suspended_at is not None and plan.suspended_at <= state.now
    name, phone, optional_fields = _text(product.name), "", ""
    if buyer.phone:
        phone = f',"phone":"{buyer.phone}","phone_ddd":"{buyer.dial}"'
    if is_plan:
        optional_fields += f',"max_cycles":{plan.installments}'
    if state.is_canceled:
        optional_fields += f',"cancellation_date":{plan.canceled_at}'
    elif last_number < plan.installments and 1 not in state.unpaid and not is_suspended:
        next_charge_at = epoch_milliseconds(plan.due_day(last_number + 1), plan.charge_second)
        optional_fields += f',"date_next_charge":{next_charge_at}'
    purchased_at = epoch_milliseconds(plan.purchase_day, plan.charge_second)
    last_due_at = epoch_milliseconds(plan.due_day(last_number), plan.charge_second)
    last_started_at = min(last_due_at, state.payers[last_number].ordered_at)
    return (
        f'{{"subscription_id":{plan.id},"subscriber_code":"SI{_base36(plan.id)}",'
        f'"status":"{platform_status(state)}",'
        f'"billing_type":"{plan.billing_type}","adoption_date":{purchased_at},'
        f'"last_update":{last_update(state)},"last_recurrency_number":{last_number},'
        f'"last_recurrency_start_date":{last_started_at},'
        f'"has_unpaid_recurrency":{_FLAGS[state.unpaid > state.payable]},'
        f'"has_credit_card_change":{_FLAGS[is_suspended]},"trial_info":{{"trial":false}},'
        f'"product":{{"id":{product.id},"name":{name}}},'
        f'"producer":{{"name":{_text(state.profile.producer)}}},'
        f'"subscriber":{{"id":{plan.id - 10_000_000},"name":{_text(buyer.name)},'
        f'"email":"{buyer.email}"{phone}}},'
        f'"plan":{{"name":{name},"recurrency_period":30,"recurrency_type":"MONTHLY",'
        f'"offer":{{"code":"{product.offer}","key":"{product.offer}",'
        f'"description":{name}}}}}{optional_fields},'
    )


# --- the attempt -----------------------------------------------------------------------


def _charge_text(state: PlanState, attempt: Attempt, status: str) -> str:
    """`recurrency` (the charge that the attempt tries to collect) and the two flags before it."""
    number, now, optional_fields = attempt.numbers[0], state.now, ""
    paid_as = attempt.kind if status in RECURRENCY_STATUSES else ""
    is_delayed = number in state.unpaid and status not in PAYABLE_STATUSES
    if len(attempt.numbers) > 1:
        optional_fields += f',"number_list":"{", ".join(map(str, attempt.numbers))}"'
    if attempt.retry_at and attempt.retry_at > now and not state.is_canceled:
        optional_fields += f',"scheduled_retry":{attempt.retry_at}'
    charge_status = RECURRENCY_STATUSES.get(status, "NOT_PAID")
    return (
        f'"is_paid_anticipation":{_FLAGS[paid_as == "ANTICIPATION"]},'
        f'"is_paid_negotiation":{_FLAGS[paid_as == "NEGOTIATION"]},'
        f'"recurrency":{{"status":"{charge_status}","number":{number},'
        f'"start_datetime":{attempt.due_at},'
        f'"payment_delays_days":{(now - attempt.ordered_at) // DAY if is_delayed else 0},'
        f'"transaction_type":"{attempt.kind}","transaction_sequence":{attempt.sequence},'
        f'"is_current_purchase":{_FLAGS[attempt is state.payers[number]]},'
        f'"has_retry":{_FLAGS[attempt.retry_at is not None]}{optional_fields}}},'
    )


def _purchase_text(state: PlanState, attempt: Attempt, status: str, commission: str) -> str:
    """`purchase` (the transaction and its money) and the end of the item."""
    plan, market, now = state.plan, state.plan.market, state.now
    is_plan = plan.billing_type != "SUBSCRIPTION"
    amount = _amount(attempt.amount_minor, market.exponent)
    approved = (
        f',"approved_date":{attempt.approved_at}'
        if attempt.approved_at and attempt.approved_at <= now
        else ""
    )
    payment = ""
    if attempt.expires_at:
        slip = "pix" if attempt.method == "PIX" else "billet"
        payment += f',"{slip}_expiration_date":{attempt.expires_at}'
    elif attempt.method != "PAYPAL":
        payment += f',"credit_card_flag":"{plan.card}"'
    if attempt.refusal:
        payment += f',"refusal_message":"{attempt.refusal}"'
    if attempt.reversed_at and attempt.reversed_at <= now:
        payment += f',"refund_chargeback_date":{attempt.reversed_at}'
    installment_type = plan.billing_type if is_plan else "ONE_TIME_PAYMENT"
    return (
        f'"purchase":{{"transaction":"{_transaction(plan, attempt)}","status":"{status}",'
        f'"order_date":{attempt.ordered_at}{approved},'
        f'"payment":{{"payment_type":"{attempt.method}"{payment}}},'
        f'"installment":{{"installment_type":"{installment_type}",'
        f'"installment_number":{plan.installments if is_plan else 1}}},'
        f'"price":{{"currency":"{market.currency}","value":{amount},"total_value":{amount}}},'
        f'"commission":{commission}}}}}'
    )


def _commissions(plan: Plan, attempt: Attempt, status: str) -> list[str]:
    """The producer's commission; two halves for the charge at which its currency changes."""
    market, change = plan.market, plan.new_commission_from
    kept_minor = (
        attempt.amount_minor if RECURRENCY_STATUSES.get(status) in ("PAID", "CLAIMED") else 0
    )
    if status == "PARTIALLY_REFUNDED":
        kept_minor = attempt.kept_minor
    net = max(
        0,
        attempt.amount_minor
        - round_half_up(attempt.amount_minor * 99, 1000)
        - market.fixed_fee_minor,
    )
    payouts: tuple[Payout, ...] = (market.payout,)
    if change and attempt.numbers[0] >= change:
        payouts = (
            (market.payout, market.other_payout)
            if attempt.numbers[0] == change
            else (market.other_payout,)
        )
    return [
        _commission_text(
            payout, attempt.amount_minor, kept_minor, net, market.exponent, len(payouts)
        )
        for payout in payouts
    ]


@lru_cache(maxsize=1 << 12)
def _commission_text(
    payout: Payout, minor: int, kept_minor: int, net: int, exponent: int, parts: int
) -> str:
    """`commission`: one part of `net`, in the payout's currency; paid 0 if no money was kept."""
    share = round_half_up(
        net * payout.rate_millionths * 10**payout.exponent, 1_000_000 * 10**exponent * parts
    )
    value = _amount(share, payout.exponent)
    return (
        f'{{"currency":"{payout.currency}","conversion_rate":{payout.rate_millionths / 1_000_000},'
        f'"original_value":{_amount(minor, exponent)},'
        f'"original_paid_value":{_amount(kept_minor, exponent)},'
        f'"producer_value":{value},"producer_paid_value":{value if kept_minor else 0}}}'
    )


def _users_text(state: PlanState) -> str:
    """A `sales/users` item up to its transaction: producer and buyer, with the buyer's country."""
    plan, product, buyer, language = (
        state.plan,
        state.plan.product,
        state.plan.buyer,
        state.profile.language,
    )
    phone = f',"cellphone":"{buyer.dial}{buyer.phone}"' if buyer.phone else ""
    country = (
        f'"country":{_text(COUNTRIES[buyer.country].names[language])}' if buyer.country else ""
    )
    return (
        f'{{"product":{{"id":{product.id},"name":{_text(product.name)}}},'
        f'"users":[{{"role":"PRODUCER","user":{{"name":{_text(state.profile.producer)},"address":{{}}}}}},'
        f'{{"role":"BUYER","user":{{"ucode":"00000000-0000-4000-8000-{plan.id:012x}","locale":"{language.upper()}",'
        f'"name":{_text(buyer.name)},"email":"{buyer.email}"{phone},"address":{{{country}}}}}}}],'
    )


def _transaction(plan: Plan, attempt: Attempt) -> str:
    """The code of a transaction: plan id, two digits of the charge number, one of the sequence."""
    return f"HP{plan.id}{attempt.numbers[0]:02d}{attempt.sequence}"


def _amount(minor: int, exponent: int) -> str:
    """An amount as a JSON number: 8309 is `83.09` EUR, `8309` JPY, `8.309` KWD."""
    return (
        f"{minor // 10**exponent}.{minor % 10**exponent:0{exponent}d}" if exponent else str(minor)
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return digits
