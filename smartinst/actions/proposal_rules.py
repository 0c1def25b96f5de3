"""The rules by which an action on a plan becomes a proposal; nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.actions.effects import LookupKey
from smartinst.actions.hold_out import draw_arm
from smartinst.actions.instructions import recovery_instructions
from smartinst.actions.plan_rows import (
    PlanRows,
    payable_transactions,
    read_plan_rows,
    refundable_payments,
)
from smartinst.actions.proposals import ActionKind, PlannedCall, Proposal
from smartinst.analytics.book.recovery.effect import HELD_OUT
from smartinst.analytics.metrics import contact_order
from smartinst.analytics.sales import read_sales
from smartinst.errors import InputError
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText
from smartinst.ledger.several_payments import platform_code, shared_codes
from smartinst.report.whatsapp import is_debt_unconfirmed, mobile_link
from smartinst.settings import Seller, Settings

MAX_NEGOTIATED: Final = 5
"""The most charges that the platform negotiates in one call."""

HELD_OUT_REASON: Final = N_(
    "held out this month, to measure what messages bring: do not write to the buyer"
)
UNCONFIRMED: Final = N_("what is overdue is unconfirmed: the buyer may have paid it")


def propose(
    settings: Settings,
    seller: Seller,
    kind: ActionKind,
    plan_id: str,
    as_of: date,
    installment: int | None = None,
) -> Proposal:
    """The proposal for one plan; InputError if the seller has no such plan or installment."""
    rows = read_plan_rows(settings, seller, plan_id, as_of)
    if installment is not None and installment not in rows.charges["number"].to_list():
        raise InputError(
            f"plan {plan_id} has no installment {installment}; it has {rows.charges.height}"
        )
    return _build_proposal(settings, seller, kind, rows, as_of, installment)


def propose_all(
    settings: Settings, seller: Seller, kind: ActionKind, where: Mapping[str, Any], as_of: date
) -> list[Proposal]:
    """One proposal for each plan that passes the filters, in contact order."""
    rows = read_sales(settings, seller, where).rows(as_of)
    charges = rows["charges"].partition_by("plan_id", as_dict=True)
    attempts = rows["attempts"].partition_by("plan_id", as_dict=True)
    no_charges, no_attempts = rows["charges"].clear(), rows["attempts"].clear()
    proposals = []
    for plan in contact_order(rows["plans"]).iter_rows(named=True):
        key = (plan["plan_id"],)
        plan_charges = charges.get(key, no_charges).sort("number")
        plan_rows = PlanRows(plan, plan_charges, attempts.get(key, no_attempts))
        proposals.append(_build_proposal(settings, seller, kind, plan_rows, as_of))
    return proposals


def _build_proposal(
    settings: Settings,
    seller: Seller,
    kind: ActionKind,
    rows: PlanRows,
    as_of: date,
    installment: int | None = None,
) -> Proposal:
    match kind:
        case "refund":
            return _refund(seller, rows, installment)
        case "cancel":
            return _cancel(seller, rows.plan)
        case "reprocess":
            return _reprocess(settings, seller, rows, as_of, installment)
        case "whatsapp":
            return _whatsapp(settings, seller, rows.plan, as_of)


def _proposal(seller: Seller, plan: dict[str, Any], kind: ActionKind, **fields: Any) -> Proposal:
    return Proposal(
        seller,
        plan["plan_id"],
        kind,
        plan["status"],
        paid_minor=plan["collected_minor"] + plan["refunded_minor"],
        subscriber_code=plan["subscriber_code"],
        purchase_date=plan["purchase_date"],
        **fields,
    )


def _lookup_key(plan: dict[str, Any], ordered_date: date | None = None) -> LookupKey:
    return LookupKey(plan["subscriber_code"], plan["purchase_date"], ordered_date)


def _refund(seller: Seller, rows: PlanRows, installment: int | None) -> Proposal:
    """One call for each transaction that can be refunded, for its whole amount.

    The transaction that paid the chosen installment may have paid others too. A code of several
    payments is not refunded, since it is unknown which of them the platform would return.
    """
    ordered_dates = dict(rows.attempts.select("transaction", "ordered_date").iter_rows())
    shared = shared_codes(rows.attempts["transaction"])
    payments = refundable_payments(rows.charges)
    if installment is not None:
        payments = payments.filter(pl.col("numbers").list.contains(installment))
    calls, notes = [], []
    for code, numbers, paid_minor in payments.iter_rows():
        if platform_code(code) in shared:
            notes.append(_shared_code_note(platform_code(code), numbers))
            continue
        calls.append(
            PlannedCall(
                "refund",
                code,
                "PUT",
                f"/sales/{code}/refund",
                None,
                code,
                installment or numbers[0],
                paid_minor,
                rows.plan["currency"],
                _lookup_key(rows.plan, ordered_dates.get(code)),
            )
        )
        if len(numbers) > 1:
            paid = N_("{transaction} paid installments {numbers} at once: all of them are refunded")
            notes.append(TranslatableText(paid, transaction=code, numbers=_comma_list(numbers)))
    partial = rows.charges.filter(pl.col("state").cast(pl.String) == "partially_refunded").height
    if partial:
        returned = N_(
            "installments with a partial refund in progress: {count}; the platform "
            "accepts no further refund of them"
        )
        notes.append(TranslatableText(returned, count=partial))
    no_payment, no_code = (
        N_("there is no payment left to refund"),
        N_("there is no payment left that can be refunded by its transaction code"),
    )
    reason = None if calls else TranslatableText(no_code if payments.height else no_payment)
    return _proposal(
        seller, rows.plan, "refund", calls=tuple(calls), notes=tuple(notes), reason=reason
    )


def _shared_code_note(code: str, numbers: list[int]) -> TranslatableText:
    shared = N_(
        "transaction {transaction}, which paid installments {numbers}, is shared by several "
        "payments: refund it in the platform, which shows them one by one"
    )
    return TranslatableText(shared, transaction=code, numbers=_comma_list(numbers))


def _comma_list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _cancel(seller: Seller, plan: dict[str, Any]) -> Proposal:
    """Stops further charges; what was paid stays paid."""
    if (reason := _no_cancellation(plan)) is not None:
        return _proposal(seller, plan, "cancel", reason=reason)
    call = PlannedCall(
        "cancel",
        plan["plan_id"],
        "POST",
        f"/subscriptions/{plan['subscriber_code']}/cancel",
        {"send_mail": True},
        None,
        None,
        plan["overdue_minor"] + plan["to_receive_minor"],
        plan["currency"],
        _lookup_key(plan),
    )
    note = TranslatableText(N_("the amount is what will no longer be charged"))
    return _proposal(seller, plan, "cancel", calls=(call,), notes=(note,))


def _no_cancellation(plan: dict[str, Any]) -> TranslatableText | None:
    """The reason why a plan cannot be canceled; None if it can."""
    if plan["cancellation_date"] is not None:
        return TranslatableText(N_("it was canceled on {day}"), day=plan["cancellation_date"])
    if plan["status"] not in ("In progress", "In progress with issues"):
        return TranslatableText(N_("nothing is left to charge: {status}"), status=plan["status"])
    if not plan["subscriber_code"]:
        return TranslatableText(
            N_("its subscriber code is not known; run smartinst sync to get it")
        )
    return None


def _reprocess(
    settings: Settings, seller: Seller, rows: PlanRows, as_of: date, installment: int | None
) -> Proposal:
    """A Pix negotiation of up to five unpaid charges, if the platform allows one.

    Otherwise instructions for other ways to pay.
    """
    plan = rows.plan
    overdue = rows.charges.filter("is_overdue", "is_issued")
    if installment is not None:
        overdue = overdue.filter(pl.col("number") == installment)
    has_unconfirmed = bool(overdue["is_unconfirmed"].any())
    overdue = overdue.filter(~pl.col("is_unconfirmed"))
    payable = payable_transactions(rows.attempts, overdue["number"].to_list(), as_of)
    unpaid = overdue.filter(~pl.col("number").is_in(list(payable))).head(MAX_NEGOTIATED)
    pending = N_("installment {number}: {transaction} waits for its payment")
    notes = tuple(
        TranslatableText(pending, number=number, transaction=code)
        for number, code in sorted(payable.items())
    )
    if not unpaid.height:
        reason = N_("no installment of a live plan is overdue")
        if payable:
            reason = N_("the overdue installments can still be paid as they are")
        elif has_unconfirmed:
            reason = UNCONFIRMED
        return _proposal(seller, plan, "reprocess", reason=TranslatableText(reason), notes=notes)
    if (why_not := _no_negotiation(plan)) is not None:
        first = int(unpaid["number"][0])
        steps = recovery_instructions(settings, seller, plan, rows.attempts, first)
        return _proposal(seller, plan, "reprocess", reason=why_not, notes=notes, instructions=steps)
    numbers = unpaid["number"].to_list()
    pix = TranslatableText(N_("a Pix for installments {numbers}"), numbers=_comma_list(numbers))
    call = _negotiation(plan, numbers, int(unpaid["amount_minor"].sum()))
    return _proposal(seller, plan, "reprocess", calls=(call,), notes=(pix, *notes))


def _negotiation(plan: dict[str, Any], numbers: list[int], amount_minor: int) -> PlannedCall:
    return PlannedCall(
        "reprocess",
        f"{plan['plan_id']}:{','.join(map(str, numbers))}",
        "POST",
        "/installments/negotiate",
        {"subscription_id": int(plan["plan_id"]), "recurrences": numbers, "payment_type": "PIX"},
        None,
        numbers[0] if len(numbers) == 1 else None,
        amount_minor,
        plan["currency"],
        _lookup_key(plan),
    )


def _no_negotiation(plan: dict[str, Any]) -> TranslatableText | None:
    """The reason why the platform cannot negotiate a plan's charges; None if it can."""
    if plan["currency"] != "BRL":
        return TranslatableText(
            N_(
                "the platform negotiates by Pix or boleto, which exist in BRL only; "
                "this plan is in {currency}"
            ),
            currency=plan["currency"],
        )
    if not plan["plan_id"].isdigit() or not plan["subscriber_code"]:
        return TranslatableText(
            N_("the plan's number on the platform is not known; run smartinst sync to get it")
        )
    return None


def _whatsapp(settings: Settings, seller: Seller, plan: dict[str, Any], as_of: date) -> Proposal:
    """A link that opens a chat with a prepared message, which a person sends.

    A plan with debt that is held out this month has no link.
    """
    if is_debt_unconfirmed(plan):
        return _proposal(seller, plan, "whatsapp", reason=TranslatableText(UNCONFIRMED))
    link = mobile_link(plan, seller, settings)
    arm = draw_arm(settings, seller.id, plan["plan_id"], as_of)
    if link is not None and plan["has_debt"] and arm == HELD_OUT:
        reason = TranslatableText(HELD_OUT_REASON)
        return _proposal(seller, plan, "whatsapp", reason=reason, is_held_out=True)
    if link is not None:
        return _proposal(seller, plan, "whatsapp", instructions=(link,))
    no_phone, not_mobile = (
        N_("the buyer's phone is not known"),
        N_("the buyer's phone is no mobile number"),
    )
    reason = TranslatableText(not_mobile if plan["phone"] else no_phone)
    return _proposal(seller, plan, "whatsapp", reason=reason)
