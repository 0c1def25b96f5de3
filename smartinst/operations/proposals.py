"""What an action would do: the calls, for how much, and why not; nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

import polars as pl

from smartinst.analytics.metrics import contact_order
from smartinst.analytics.seller import Rows, read_sales
from smartinst.errors import InputError
from smartinst.facts import BILLING_TYPES
from smartinst.locale import Locale
from smartinst.operations.read_back import Place
from smartinst.report.contact import Messages, mobile_link
from smartinst.settings import Seller, Settings

Kind = Literal["whatsapp", "reprocess", "cancel", "refund"]
MOST_NEGOTIATED: Final = 5
SELF_SERVICE: Final = "https://consumer.hotmart.com"


@dataclass(frozen=True)
class Planned:
    """One call of the platform: method, path below /payments/api/v1, body, and what it moves (minor units)."""

    kind: Kind
    target: str
    method: str
    path: str
    body: dict[str, Any] | None
    transaction: str | None
    installment: int | None
    amount_minor: int | None
    currency: str | None
    place: Place

    def line(self, words: Locale) -> str:
        """For the person who decides: what, for how much, by which call."""
        amount = words.money(self.amount_minor, self.currency or "") if self.amount_minor is not None else ""
        parts = [self.kind, self.transaction or "", f"installment {self.installment}" if self.installment else "", amount]
        return "  ".join(part for part in parts if part) + f"  {self.method} {self.path}"


@dataclass(frozen=True)
class Proposal:
    """What one action on one plan would send; `reason` says why nothing is, `text` is what the seller can do by hand."""

    seller: Seller
    plan_id: str
    kind: Kind
    status: str
    calls: tuple[Planned, ...] = ()
    reason: str | None = None
    text: str | None = None
    paid_minor: int = 0
    currency: str | None = None
    notes: tuple[str, ...] = field(default=())
    subscriber_code: str | None = None
    purchase_date: date | None = None


def propose(
    settings: Settings, seller: Seller, kind: Kind, plan_id: str, as_of: date, installment: int | None = None
) -> Proposal:
    """The proposal for one plan as of today; InputError for a plan or an installment that the seller has not."""
    rows = _rows_with(settings, seller, plan_id, as_of)
    plan = rows["plans"].filter(pl.col("plan_id") == plan_id).row(0, named=True)
    charges = rows["charges"].filter(pl.col("plan_id") == plan_id).sort("number")
    if installment is not None and installment not in charges["number"].to_list():
        raise InputError(f"plan {plan_id} has no installment {installment}; it has {charges.height}")
    return make(settings, seller, kind, plan, charges, rows["attempts"].filter(pl.col("plan_id") == plan_id), installment)


def propose_all(settings: Settings, seller: Seller, kind: Kind, where: Mapping[str, Any], as_of: date) -> list[Proposal]:
    """One proposal for each plan that passes the filters, those to contact first."""
    rows = read_sales(settings, seller, where).rows(as_of)
    charges = rows["charges"].partition_by("plan_id", as_dict=True)
    attempts = rows["attempts"].partition_by("plan_id", as_dict=True)
    none = rows["charges"].clear(), rows["attempts"].clear()
    return [
        make(
            settings,
            seller,
            kind,
            plan,
            charges.get((plan["plan_id"],), none[0]).sort("number"),
            attempts.get((plan["plan_id"],), none[1]),
        )
        for plan in contact_order(rows["plans"]).iter_rows(named=True)
    ]


def make(
    settings: Settings,
    seller: Seller,
    kind: Kind,
    plan: dict[str, Any],
    charges: pl.DataFrame,
    attempts: pl.DataFrame,
    installment: int | None = None,
) -> Proposal:
    """The proposal from a plan's rows, its charges and its attempts."""
    ordered = {one["transaction"]: one["ordered_date"] for one in attempts.iter_rows(named=True)}
    if installment is not None:
        charges = charges.filter(pl.col("number") == installment)
    if kind == "refund":
        return _refund(seller, plan, charges, ordered)
    if kind == "cancel":
        return _cancel(seller, plan)
    if kind == "reprocess":
        return _reprocess(settings, seller, plan, charges, attempts)
    return _whatsapp(settings, seller, plan)


def _rows_with(settings: Settings, seller: Seller, plan_id: str, as_of: date) -> Rows:
    """The rows of the billing type that the plan is of."""
    for billing_type in BILLING_TYPES:
        rows = read_sales(settings, seller, {"billing_type": billing_type}).rows(as_of)
        if rows["plans"].filter(pl.col("plan_id") == plan_id).height:
            return rows
    raise InputError(f"seller {seller.id} has no plan {plan_id!r}; smartinst plans --seller {seller.id} lists them")


def _of(seller: Seller, plan: dict[str, Any], kind: Kind, **more: Any) -> Proposal:
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


def _place(plan: dict[str, Any], ordered_date: date | None = None) -> Place:
    return Place(plan["subscriber_code"], plan["purchase_date"], ordered_date)


def _refund(seller: Seller, plan: dict[str, Any], charges: pl.DataFrame, ordered: dict[str, date]) -> Proposal:
    """One call for each transaction whose money is kept, whole; a negotiation pays several charges with one."""
    paid = charges.filter(pl.col("state").cast(pl.String).is_in(["paid", "disputed"]))
    by_payer = paid.group_by("transaction", maintain_order=True).agg(
        pl.col("number").min(), pl.col("paid_minor").sum(), pl.len().alias("charges")
    )
    calls = tuple(
        Planned(
            "refund",
            one["transaction"],
            "PUT",
            f"/sales/{one['transaction']}/refund",
            None,
            one["transaction"],
            one["number"],
            one["paid_minor"],
            plan["currency"],
            _place(plan, ordered.get(one["transaction"])),
        )
        for one in by_payer.sort("number").iter_rows(named=True)
    )
    notes = tuple(
        f"{one['transaction']} paid {one['charges']} installments by one negotiation: all of them are refunded"
        for one in by_payer.iter_rows(named=True)
        if one["charges"] > 1
    )
    partly = charges.filter(pl.col("state").cast(pl.String) == "partially_refunded").height
    notes += (f"{partly} installments are being refunded in part: the platform takes no further refund",) if partly else ()
    return _of(seller, plan, "refund", calls=calls, notes=notes, reason=None if calls else "no payment is kept")


def _cancel(seller: Seller, plan: dict[str, Any]) -> Proposal:
    """The platform stops charging; what was paid stays."""
    if plan["cancellation_date"] is not None:
        return _of(seller, plan, "cancel", reason=f"it was canceled on {plan['cancellation_date']}")
    if plan["status"] not in ("In progress", "In progress with issues"):
        return _of(seller, plan, "cancel", reason=f"nothing is left to charge: {plan['status']}")
    if not plan["subscriber_code"]:
        return _of(seller, plan, "cancel", reason="its subscriber code is not known; smartinst sync brings it")
    body = {"send_mail": True}
    path = f"/subscriptions/{plan['subscriber_code']}/cancel"
    open_minor = plan["overdue_minor"] + plan["to_receive_minor"]
    call = Planned("cancel", plan["plan_id"], "POST", path, body, None, None, open_minor, plan["currency"], _place(plan))
    return _of(seller, plan, "cancel", calls=(call,), notes=("the amount is what will not be charged any more",))


def _reprocess(
    settings: Settings, seller: Seller, plan: dict[str, Any], charges: pl.DataFrame, attempts: pl.DataFrame
) -> Proposal:
    """A Pix negotiation of up to five unpaid charges where the platform allows one, else the buyer's own way."""
    unpaid = charges.filter((pl.col("state").cast(pl.String) == "overdue") & pl.col("is_issued")).head(MOST_NEGOTIATED)
    if not unpaid.height:
        return _of(seller, plan, "reprocess", reason="no installment of a live plan is overdue")
    if (why := _why_no_negotiation(plan)) is not None:
        return _of(seller, plan, "reprocess", reason=why, text=_by_hand(settings, seller, plan, attempts, unpaid))
    numbers = unpaid["number"].to_list()
    body = {"subscription_id": int(plan["plan_id"]), "recurrences": numbers, "payment_type": "PIX"}
    target = f"{plan['plan_id']}:{','.join(map(str, numbers))}"
    amount = int(unpaid["amount_minor"].sum())
    first = numbers[0] if len(numbers) == 1 else None
    call = Planned(
        "reprocess", target, "POST", "/installments/negotiate", body, None, first, amount, plan["currency"], _place(plan)
    )
    return _of(seller, plan, "reprocess", calls=(call,), notes=(f"a Pix for installments {', '.join(map(str, numbers))}",))


def _why_no_negotiation(plan: dict[str, Any]) -> str | None:
    if plan["currency"] != "BRL":
        return f"the platform negotiates by Pix or boleto, which exist in BRL only; this plan is in {plan['currency']}"
    if not plan["plan_id"].isdigit() or not plan["subscriber_code"]:
        return "the plan's number on the platform is not known; smartinst sync brings it"
    return None


def _by_hand(settings: Settings, seller: Seller, plan: dict[str, Any], attempts: pl.DataFrame, unpaid: pl.DataFrame) -> str:
    """The buyer's self-service page, a ready message, and the code to copy into the platform's own screen."""
    of_charge = attempts.filter(pl.col("numbers").list.contains(int(unpaid["number"][0])))
    code = of_charge["transaction"][-1] if of_charge.height else None
    lines = [
        "There is no public call that charges a card again. The buyer pays, or changes the card, at",
        f"  {SELF_SERVICE} > My purchases > Update payment method > Installments History",
        f"In the platform's own screen, search the transaction {code}." if code else "",
        f"Message: {Messages(settings).text(plan, seller)}",
        mobile_link(plan, seller, Messages(settings)) or "",
    ]
    return "\n".join(line for line in lines if line)


def _whatsapp(settings: Settings, seller: Seller, plan: dict[str, Any]) -> Proposal:
    """A link that opens a chat with the ready message; nothing is sent by us."""
    link = mobile_link(plan, seller, Messages(settings))
    if link is None:
        known = "is no mobile number" if plan["phone"] else "is not known"
        return _of(seller, plan, "whatsapp", reason=f"the buyer's phone {known}")
    return _of(seller, plan, "whatsapp", text=link)
