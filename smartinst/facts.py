"""Schemas of the facts that the figures are computed from, and the words in their columns.

Reading the ledger resolves statements (statements.py) by "newest wins" (docs/metrics.md §7) into
*facts*: one row per plan, attempt or commission. All code after the ledger uses facts only.

Money is Int64 minor units of the currency column next to it, null if the source has no value.
Instants (`*_at`) are UTC. Business dates (`*_date`) are in the seller's zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from smartinst.statements import INSTANT, TableSchema, column_types

# --- enumerations: hotmart/ translates all spellings; an unknown word is kept in upper case ------

STATES: Final = ("unknown", "waiting", "failed", "paid", "claimed", "reversed")
"""States of an attempt; of equally new ones, the last in this order wins (docs/metrics.md §7).

`unknown`: the platform's word is not known, and nothing else in the payload decides.
"""

PAID_STATES: Final = ("paid", "claimed", "reversed")
"""States of an attempt that was paid once, whatever happened later."""

STATUS_STATE: Final = {
    "approved": "paid",
    "complete": "paid",
    "waiting": "waiting",
    "in_analysis": "waiting",
    "delayed": "failed",
    "canceled": "failed",
    "expired": "failed",
    "refused": "failed",
    "disputed": "claimed",
    "refunded": "reversed",
    "partially_refunded": "reversed",
    "charged_back": "reversed",
}
"""Canonical attempt status → state; the state of any other status is `unknown`."""

FULL_REVERSALS: Final = ("refunded", "charged_back")
"""Canonical statuses of attempts whose money was returned in full."""

SLIP_PAYMENT_TYPES: Final = ("PIX", "BILLET", "FINANCED_BILLET", "CASH_PAYMENT")
"""Payment types of slips, due on their expiration date; the attempt fails a day later."""

PLAN_STATUSES: Final = (
    "In progress",
    "In progress with issues",
    "Completed",
    "Completed with issues",
    "Canceled",
    "Refunded",
    "Inactive",
)
"""The seven statuses of a plan (docs/metrics.md §3), in their display order."""

SOURCES: Final = ("users", "history", "export", "webhook", "page")
"""GET sales/users, GET sales/history, the CSV export, a webhook, GET subscriptions/transactions."""

# --- facts: as read -------------------------------------------------------------------------------

PLANS: Final = TableSchema(
    "plans",
    column_types(
        seller_id=pl.String,
        plan_id=pl.String,
        subscriber_code=pl.String,
        billing_type=pl.String,
        product_id=pl.String,
        product=pl.String,
        offer_code=pl.String,
        buyer=pl.String,
        email=pl.String,
        phone=pl.String,
        country=pl.String,
        installments=pl.Int32,  # N; null: unknown
        purchase_date=pl.Date,
        cancellation_date=pl.Date,
        canceled_by=pl.String,  # SELLER, ADMIN, CUSTOMER; null: not canceled, or unknown
        is_suspended=pl.Boolean,  # never null
        next_charge_date=pl.Date,
    ),
    ("seller_id", "plan_id"),
)
"""One row: one purchase split into N monthly charges (docs/metrics.md §1)."""

ATTEMPTS: Final = TableSchema(
    "attempts",
    column_types(
        seller_id=pl.String,
        plan_id=pl.String,
        transaction=pl.String,
        numbers=pl.List(pl.Int32),  # charges that it covers, ascending, never empty
        is_negotiation=pl.Boolean,  # or an anticipation: sets no amount or due date of a charge
        sequence=pl.Int32,  # 1 if missing
        status=pl.String,
        state=pl.String,  # one of STATES
        ordered_at=INSTANT,
        ordered_date=pl.Date,
        due_date=pl.Date,  # expiration of a slip, else start_datetime, else the order's date
        approved_at=INSTANT,  # null: not paid (docs/metrics.md §2, p)
        approved_date=pl.Date,
        failed_date=pl.Date,  # order date of a refused card, day after a slip expired; else null
        reversed_date=pl.Date,  # null unless state is reversed
        reversal=pl.String,  # refunded, charged_back, partially_refunded; null: none
        claim_date=pl.Date,  # opening of a dispute; null: none
        claim_end_date=pl.Date,  # first later statement as paid; null: open or no claim
        payment_type=pl.String,
        refusal=pl.String,
        has_retry=pl.Boolean,
        retry_date=pl.Date,
        currency=pl.String,
        amount_minor=pl.Int64,
        total_minor=pl.Int64,  # what the card is charged, with taxes; null: unknown
        original_minor=pl.Int64,  # commission.original_value
        original_paid_minor=pl.Int64,  # what is left of it after refunds
        guarantee_ends_date=pl.Date,
        fee_currency=pl.String,  # the platform's fee; null: unknown (known from sales/history)
        fee_total_minor=pl.Int64,
        fee_fixed_minor=pl.Int64,
        fee_percentage=pl.String,  # decimal text
    ),
    ("seller_id", "transaction"),
)
"""One row: one attempt to collect a charge, or the several charges of a negotiation."""

COMMISSIONS: Final = TableSchema(
    "commissions",
    column_types(
        seller_id=pl.String,
        plan_id=pl.String,
        transaction=pl.String,
        commission_currency=pl.String,
        net_minor=pl.Int64,  # paid unless it is zero, else expected (docs/metrics.md §7, "Net")
        is_estimated=pl.Boolean,  # net is the expected value
        conversion_rate=pl.String,  # decimal text: commission currency per purchase currency
    ),
    ("seller_id", "transaction", "commission_currency"),
)
"""One row: the producer's net of one attempt in one commission currency."""


UNPLACED_REASONS: Final = ("no_charge", "other_type", "unidentified", "single_sale")
"""Reasons why a payment is in no charge of the facts.

no_charge     its plan has no charge left for it, or fewer charges than its number
other_type    its plan has a billing type that was not requested
unidentified  it belongs to a plan that is not identified
single_sale   nothing about it names a plan: a purchase of another kind
"""

UNPLACED_PAYMENTS: Final = TableSchema(
    "unplaced_payments",
    column_types(
        seller_id=pl.String,
        transaction=pl.String,
        plan_id=pl.String,  # null: no plan is identified
        reason=pl.String,  # one of UNPLACED_REASONS
        billing_type=pl.String,  # null: unknown
        currency=pl.String,
        amount_minor=pl.Int64,
        approved_date=pl.Date,
    ),
    ("seller_id", "transaction"),
)
"""One row: an approved payment (paid, claimed or reversed) that is in no charge of the facts."""

CHARGE_DAY_MOVES: Final = TableSchema(
    "charge_day_moves",
    column_types(
        seller_id=pl.String,
        plan_id=pl.String,
        event_id=pl.String,
        moved_at=INSTANT,  # creation of the event
        moved_date=pl.Date,
        next_charge_date=pl.Date,  # new due date of the first charge that was not issued yet
    ),
    ("seller_id", "event_id"),
)
"""One row: one change of the day on which a plan is charged (docs/metrics.md §7)."""


@dataclass(frozen=True)
class Facts:
    """Input of all figures: lazy frames with the schemas named like the members."""

    plans: pl.LazyFrame
    attempts: pl.LazyFrame
    commissions: pl.LazyFrame
    charge_day_moves: pl.LazyFrame = field(default_factory=lambda: CHARGE_DAY_MOVES.empty().lazy())
    unplaced_payments: pl.LazyFrame = field(
        default_factory=lambda: UNPLACED_PAYMENTS.empty().lazy()
    )


@dataclass(frozen=True)
class Tally:
    """A number of cases, and the first of them as an example for a note; "" if there are none."""

    count: int = 0
    example: str = ""


@dataclass(frozen=True)
class UnidentifiedPlans:
    """Plans that are known from the same sources, none of which identifies them."""

    sources: tuple[str, ...]  # of SOURCES
    plans: Tally  # example: subscriber code, or the first transaction if there is no code
    offers: tuple[str, ...]  # offer codes of the plans


@dataclass(frozen=True)
class UnknownWord:
    """A word of the platform that smartinst does not know, and the payments that have it."""

    column: str  # status, payment_type, billing_type or currency
    text: str
    state: str  # of the payments despite an unknown status, one of STATES; "" for other columns
    payments: Tally  # example: transaction


@dataclass(frozen=True)
class DataQuality:
    """Completeness of one seller's facts: counts and words for notes in reports, no amounts."""

    data_through_date: date | None  # last day (seller's zone) with a statement; None: no data
    quarantined: int  # rows
    unidentified: int  # plans that no page, export with a code or offer in smart_offers identifies
    unknown_words: tuple[UnknownWord, ...]  # sorted by column, word and state
    unknown_events: dict[str, int]  # event whose name is unknown → events
    other_billing_types: dict[str, int]  # billing type that was not requested → plans
    outside_plan: int = 0  # attempts whose charge numbers are all above N; in no figure
    rounded: Tally = Tally()  # attempts with an amount that was rounded; example: transaction
    undated_refunds: Tally = Tally()  # attempts dated to their payment; example: transaction
    several_payments: Tally = Tally()  # codes that several payments share; example: transaction
    unidentified_plans: tuple[UnidentifiedPlans, ...] = ()  # the unidentified ones by sources
