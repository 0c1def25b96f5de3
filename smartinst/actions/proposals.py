"""What an action would do: the calls, for how much, and why not; nothing is sent here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

import polars as pl

from smartinst.actions.effects import LookupKey
from smartinst.actions.log import NEGOTIATION_LASTS
from smartinst.analytics.metrics import contact_order
from smartinst.analytics.sales import Rows, read_sales
from smartinst.errors import InputError
from smartinst.facts import BILLING_TYPES
from smartinst.i18n.locales import N_, Locale
from smartinst.i18n.message import Lines, TranslatableText
from smartinst.report.whatsapp import Messages, mobile_link
from smartinst.settings import Seller, Settings

ActionKind = Literal["whatsapp", "reprocess", "cancel", "refund"]
MOST_NEGOTIATED: Final = 5
KIND_LABELS: Final[Mapping[ActionKind, str]] = {
    "whatsapp": N_("whatsapp"),
    "reprocess": N_("reprocess"),
    "cancel": N_("cancel"),
    "refund": N_("refund"),
}
"""What one call is called, in a line among others."""
SELF_SERVICE: Final = "https://consumer.hotmart.com"


@dataclass(frozen=True)
class PlannedCall:
    """One call of the platform: method, path below /payments/api/v1, body, and what it moves (minor units)."""

    kind: ActionKind
    target: str
    method: str
    path: str
    body: dict[str, Any] | None
    transaction: str | None
    installment: int | None
    amount_minor: int | None
    currency: str | None
    place: LookupKey

    def describe(self, locale: Locale) -> str:
        """For the person who decides: what, for how much, by which call with which body."""
        amount = (
            locale.money(self.amount_minor, self.currency or "")
            if self.amount_minor is not None
            else ""
        )
        number = (
            locale.gettext("installment {number}", number=self.installment)
            if self.installment
            else ""
        )
        parts = [locale.gettext(KIND_LABELS[self.kind]), self.transaction or "", number, amount]
        sent = f"{self.method} {self.path}", json.dumps(self.body) if self.body else ""
        return "  ".join(part for part in (*parts, *sent) if part)


@dataclass(frozen=True)
class Proposal:
    """What one action on one plan would send; `reason` says why nothing is, `text` is what the seller can do by hand."""

    seller: Seller
    plan_id: str
    kind: ActionKind
    status: str
    calls: tuple[PlannedCall, ...] = ()
    reason: str | None = None
    text: str | None = None
    paid_minor: int = 0
    currency: str | None = None
    notes: tuple[str, ...] = field(default=())
    subscriber_code: str | None = None
    purchase_date: date | None = None


def propose(
    settings: Settings,
    seller: Seller,
    kind: ActionKind,
    plan_id: str,
    as_of: date,
    installment: int | None = None,
) -> Proposal:
    """The proposal for one plan as of today; InputError for a plan or an installment that the seller has not."""
    rows = _rows_with(settings, seller, plan_id, as_of)
    plan = rows["plans"].filter(pl.col("plan_id") == plan_id).row(0, named=True)
    charges = rows["charges"].filter(pl.col("plan_id") == plan_id).sort("number")
    if installment is not None and installment not in charges["number"].to_list():
        raise InputError(
            f"plan {plan_id} has no installment {installment}; it has {charges.height}"
        )
    attempts = rows["attempts"].filter(pl.col("plan_id") == plan_id)
    return build_proposal(settings, seller, kind, plan, charges, attempts, as_of, installment)


def propose_all(
    settings: Settings, seller: Seller, kind: ActionKind, where: Mapping[str, Any], as_of: date
) -> list[Proposal]:
    """One proposal for each plan that passes the filters, those to contact first."""
    rows = read_sales(settings, seller, where).rows(as_of)
    charges = rows["charges"].partition_by("plan_id", as_dict=True)
    attempts = rows["attempts"].partition_by("plan_id", as_dict=True)
    none = rows["charges"].clear(), rows["attempts"].clear()
    return [
        build_proposal(
            settings,
            seller,
            kind,
            plan,
            charges.get((plan["plan_id"],), none[0]).sort("number"),
            attempts.get((plan["plan_id"],), none[1]),
            as_of,
        )
        for plan in contact_order(rows["plans"]).iter_rows(named=True)
    ]


def build_proposal(
    settings: Settings,
    seller: Seller,
    kind: ActionKind,
    plan: dict[str, Any],
    charges: pl.DataFrame,
    attempts: pl.DataFrame,
    as_of: date,
    installment: int | None = None,
) -> Proposal:
    """The proposal from a plan's rows, its charges and its attempts."""
    ordered = {one["transaction"]: one["ordered_date"] for one in attempts.iter_rows(named=True)}
    if kind == "refund":
        return _refund(seller, plan, charges, ordered, installment)
    if installment is not None:
        charges = charges.filter(pl.col("number") == installment)
    if kind == "cancel":
        return _cancel(seller, plan)
    if kind == "reprocess":
        return _reprocess(settings, seller, plan, charges, attempts, as_of)
    return _whatsapp(settings, seller, plan)


def _rows_with(settings: Settings, seller: Seller, plan_id: str, as_of: date) -> Rows:
    """The rows of the billing type that the plan is of."""
    for billing_type in BILLING_TYPES:
        rows = read_sales(settings, seller, {"billing_type": billing_type}).rows(as_of)
        if rows["plans"].filter(pl.col("plan_id") == plan_id).height:
            return rows
    raise InputError(
        f"seller {seller.id} has no plan {plan_id!r}; smartinst plans --seller {seller.id} lists them"
    )


def _of(seller: Seller, plan: dict[str, Any], kind: ActionKind, **more: Any) -> Proposal:
    return Proposal(
        seller,
        plan["plan_id"],
        kind,
        plan["status"],
        paid_minor=plan["collected_minor"] + plan["refunded_minor"],
        currency=plan["currency"],
        subscriber_code=plan["subscriber_code"],
        purchase_date=plan["purchase_date"],
        **more,
    )


def _place(plan: dict[str, Any], ordered_date: date | None = None) -> LookupKey:
    return LookupKey(plan["subscriber_code"], plan["purchase_date"], ordered_date)


def _refund(
    seller: Seller,
    plan: dict[str, Any],
    charges: pl.DataFrame,
    ordered: dict[str, date],
    installment: int | None,
) -> Proposal:
    """One call for each transaction whose money is kept, whole: the one chosen may have paid other charges too."""
    kept = _kept_payments(charges)
    if installment is not None:
        kept = kept.filter(pl.col("numbers").list.contains(installment))
    calls, notes = [], []
    for one in kept.iter_rows(named=True):
        place = _place(plan, ordered.get(one["transaction"]))
        code, number = one["transaction"], installment or one["numbers"][0]
        path, money = f"/sales/{code}/refund", (one["paid_minor"], plan["currency"])
        calls.append(PlannedCall("refund", code, "PUT", path, None, code, number, *money, place))
        if len(one["numbers"]) > 1:
            paid = N_("{transaction} paid installments {numbers} at once: all of them are refunded")
            notes.append(TranslatableText(paid, transaction=code, numbers=_listed(one["numbers"])))
    partly = charges.filter(pl.col("state").cast(pl.String) == "partially_refunded").height
    if partly:
        returned = N_(
            "{count} installments are being refunded in part: the platform takes no further refund"
        )
        notes.append(TranslatableText(returned, count=partly))
    reason = None if calls else TranslatableText(N_("no payment is kept"))
    return _of(seller, plan, "refund", calls=tuple(calls), notes=tuple(notes), reason=reason)


def _kept_payments(charges: pl.DataFrame) -> pl.DataFrame:
    """One row a transaction whose money is kept: transaction, the charges it paid (numbers), paid_minor of all of them."""
    paid = charges.filter(pl.col("state").cast(pl.String).is_in(["paid", "disputed"]))
    by_payer = paid.group_by("transaction").agg(
        pl.col("number").sort().alias("numbers"), pl.col("paid_minor").sum()
    )
    return by_payer.sort(pl.col("numbers").list.first(), "transaction")


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _cancel(seller: Seller, plan: dict[str, Any]) -> Proposal:
    """The platform stops charging; what was paid stays."""
    if plan["cancellation_date"] is not None:
        return _of(
            seller,
            plan,
            "cancel",
            reason=TranslatableText(N_("it was canceled on {day}"), day=plan["cancellation_date"]),
        )
    if plan["status"] not in ("In progress", "In progress with issues"):
        return _of(
            seller,
            plan,
            "cancel",
            reason=TranslatableText(
                N_("nothing is left to charge: {status}"), status=plan["status"]
            ),
        )
    if not plan["subscriber_code"]:
        return _of(
            seller,
            plan,
            "cancel",
            reason=TranslatableText(
                N_("its subscriber code is not known; smartinst sync brings it")
            ),
        )
    body = {"send_mail": True}
    path = f"/subscriptions/{plan['subscriber_code']}/cancel"
    open_minor = plan["overdue_minor"] + plan["to_receive_minor"]
    call = PlannedCall(
        "cancel",
        plan["plan_id"],
        "POST",
        path,
        body,
        None,
        None,
        open_minor,
        plan["currency"],
        _place(plan),
    )
    note = TranslatableText(N_("the amount is what will not be charged any more"))
    return _of(seller, plan, "cancel", calls=(call,), notes=(note,))


def _reprocess(
    settings: Settings,
    seller: Seller,
    plan: dict[str, Any],
    charges: pl.DataFrame,
    attempts: pl.DataFrame,
    as_of: date,
) -> Proposal:
    """A Pix negotiation of up to five unpaid charges where the platform allows one, else the buyer's own way."""
    overdue = charges.filter((pl.col("state").cast(pl.String) == "overdue") & pl.col("is_issued"))
    waiting = _waiting(attempts, overdue["number"].to_list(), as_of)
    unpaid = overdue.filter(~pl.col("number").is_in(list(waiting))).head(MOST_NEGOTIATED)
    waits = N_("installment {number}: {transaction} waits for its payment")
    notes = tuple(
        TranslatableText(waits, number=number, transaction=code)
        for number, code in sorted(waiting.items())
    )
    if not unpaid.height:
        still = N_("what is overdue may still be paid as it is")
        reason = TranslatableText(
            still if waiting else N_("no installment of a live plan is overdue")
        )
        return _of(seller, plan, "reprocess", reason=reason, notes=notes)
    if (why := _why_no_negotiation(plan)) is not None:
        return _of(
            seller,
            plan,
            "reprocess",
            reason=why,
            notes=notes,
            text=_by_hand(settings, seller, plan, attempts, unpaid),
        )
    numbers = unpaid["number"].to_list()
    body = {"subscription_id": int(plan["plan_id"]), "recurrences": numbers, "payment_type": "PIX"}
    target = f"{plan['plan_id']}:{','.join(map(str, numbers))}"
    amount = int(unpaid["amount_minor"].sum())
    first = numbers[0] if len(numbers) == 1 else None
    pix = TranslatableText(N_("a Pix for installments {numbers}"), numbers=_listed(numbers))
    call = PlannedCall(
        "reprocess",
        target,
        "POST",
        "/installments/negotiate",
        body,
        None,
        first,
        amount,
        plan["currency"],
        _place(plan),
    )
    return _of(seller, plan, "reprocess", calls=(call,), notes=(pix, *notes))


def _waiting(attempts: pl.DataFrame, numbers: list[int], as_of: date) -> dict[int, str]:
    """Charge → the transaction that a buyer may still pay for it, whoever began it: a second one could be paid as well.

    A slip that does not say when it ends is taken to last as long as a negotiation.
    """
    ends = pl.coalesce("failed_date", pl.col("ordered_date") + NEGOTIATION_LASTS)
    is_open = (pl.col("state").cast(pl.String) == "waiting") & (ends > as_of)
    held = attempts.filter(is_open).explode("numbers").filter(pl.col("numbers").is_in(numbers))
    return dict(held.sort("ordered_at").select("numbers", "transaction").iter_rows())


def _why_no_negotiation(plan: dict[str, Any]) -> str | None:
    if plan["currency"] != "BRL":
        only = N_(
            "the platform negotiates by Pix or boleto, which exist in BRL only; this plan is in {currency}"
        )
        return TranslatableText(only, currency=plan["currency"])
    if not plan["plan_id"].isdigit() or not plan["subscriber_code"]:
        return TranslatableText(
            N_("the plan's number on the platform is not known; smartinst sync brings it")
        )
    return None


def _by_hand(
    settings: Settings,
    seller: Seller,
    plan: dict[str, Any],
    attempts: pl.DataFrame,
    unpaid: pl.DataFrame,
) -> str:
    """The buyer's self-service page, a ready message, and the code to copy into the platform's own screen."""
    of_charge = attempts.filter(pl.col("numbers").list.contains(int(unpaid["number"][0])))
    code = of_charge["transaction"][-1] if of_charge.height else None
    search = N_("In the platform's own screen, search the transaction {transaction}.")
    message = Messages(settings).text(plan, seller)
    return Lines(
        TranslatableText(
            N_(
                "There is no public call that charges a card again. The buyer pays, or changes the card, at"
            )
        ),
        TranslatableText(
            N_("  {page} > My purchases > Update payment method > Installments History"),
            page=SELF_SERVICE,
        ),
        TranslatableText(search, transaction=code) if code else "",
        TranslatableText(N_("Message: {message}"), message=message),
        mobile_link(plan, seller, Messages(settings)) or "",
    )


def _whatsapp(settings: Settings, seller: Seller, plan: dict[str, Any]) -> Proposal:
    """A link that opens a chat with the ready message; nothing is sent by us."""
    link = mobile_link(plan, seller, Messages(settings))
    if link is None:
        none = N_("the buyer's phone is not known")
        reason = TranslatableText(
            N_("the buyer's phone is no mobile number") if plan["phone"] else none
        )
        return _of(seller, plan, "whatsapp", reason=reason)
    return _of(seller, plan, "whatsapp", text=link)
