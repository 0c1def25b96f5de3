"""What a row is: the tables of the ledger, and the facts that the figures are computed from.

The ledger keeps *statements*: what one source last said of one plan or one attempt (STATEMENT tables, at rest).
Reading it resolves them by "newest wins" (docs/metrics.md §7) into *facts*: one row a plan, an attempt, a commission
(FACT tables). Everything right of the ledger sees facts only.

Money is Int64 minor units of the currency beside it, null where the source does not say. Instants (`*_at`) are UTC;
business dates (`*_date`) are dates in the seller's zone and exist in facts only, converted once by the ledger's read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

INSTANT: Final = pl.Datetime("us", "UTC")

# --- enumerations: foreign spellings end in hotmart/, an unknown word is kept as it came (upper case) -----------------

STATES: Final = ("waiting", "failed", "paid", "claimed", "reversed")
"""How far an attempt has come, in the order in which a tie is decided (docs/metrics.md §7, "Newest wins")."""

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
"""Canonical attempt status → state; a status that is not listed here is `waiting` and is counted as unknown."""

SLIP_PAYMENT_TYPES: Final = ("PIX", "BILLET", "FINANCED_BILLET", "CASH_PAYMENT")
"""Payment types whose attempt is a slip with an expiration date: its due date, and it fails the day after."""

PLAN_STATUSES: Final = (
    "In progress",
    "In progress with issues",
    "Completed",
    "Completed with issues",
    "Canceled",
    "Refunded",
    "Inactive",
)
"""The seven statuses of a plan (docs/metrics.md §3), in the order in which they are shown."""

BILLING_TYPES: Final = ("SMART_INSTALLMENT", "SMART_RECOVERY", "BILLET_INSTALLMENT")
"""Billing types that are plans of ours; plain SUBSCRIPTION rows are ignored at the edge, and counted."""

SOURCES: Final = ("users", "history", "export", "webhook", "page")
"""Who said it: GET sales/users, GET sales/history, the CSV export, a webhook, GET subscriptions/transactions."""


@dataclass(frozen=True)
class TableSchema:
    """A table's columns with their types, and the key that makes a row unique."""

    name: str
    columns: dict[str, pl.DataType]
    key: tuple[str, ...]

    def empty(self) -> pl.DataFrame:
        """No rows, the right types."""
        return pl.DataFrame(schema=self.columns)

    def frame(self, rows: list[dict[str, object]]) -> pl.DataFrame:
        """Rows as a frame of this table; a missing column is null, an unknown one raises KeyError."""
        for row in rows:
            if unknown := row.keys() - self.columns.keys():
                raise KeyError(f"{self.name} has no column {sorted(unknown)}")
        return pl.DataFrame(
            {name: [row.get(name) for row in rows] for name in self.columns}, schema=self.columns
        )


def _columns(**columns: pl.DataType | type[pl.DataType]) -> dict[str, pl.DataType]:
    return {name: kind() if isinstance(kind, type) else kind for name, kind in columns.items()}


# --- at rest: statements ---------------------------------------------------------------------------------------

PLAN_STATEMENTS: Final = TableSchema(
    "plan_statements",
    _columns(
        seller_id=pl.String,
        plan_key=pl.String,  # plan_id where the source names it (a page), else "code:" + subscriber_code
        source=pl.String,  # one of SOURCES, or "cancellation" (SUBSCRIPTION_CANCELLATION), "charge_date", "switch"
        observed_at=INSTANT,  # last_update of a page, creation_date of a webhook: what decides which is newer
        plan_id=pl.String,  # null where only the subscriber code is known
        subscriber_code=pl.String,
        billing_type=pl.String,  # null: not said (webhooks)
        platform_status=pl.String,  # the platform's own word, one L in CANCELED; decides nothing
        product_id=pl.String,
        product=pl.String,
        offer_code=pl.String,
        buyer=pl.String,
        email=pl.String,
        phone=pl.String,  # E.164 or null
        country=pl.String,  # ISO 3166 alpha-2 or null
        installments=pl.Int32,  # N; null: not said
        adopted_at=INSTANT,
        canceled_at=INSTANT,  # null in a page: not canceled (any more)
        is_suspended=pl.Boolean,  # has_credit_card_change: charging is suspended
        next_charge_at=INSTANT,
    ),
    ("seller_id", "plan_key", "source"),
)
"""One row: what one kind of source last said of one plan."""

ATTEMPT_STATEMENTS: Final = TableSchema(
    "attempt_statements",
    _columns(
        seller_id=pl.String,
        transaction=pl.String,
        commission_currency=pl.String,  # "" where the source names no commission
        source=pl.String,
        state=pl.String,  # one of STATES: the newest statement is kept for each state, so that a claim keeps its date
        observed_at=INSTANT,
        plan_id=pl.String,
        subscriber_code=pl.String,
        billing_type=pl.String,
        status=pl.String,  # canonical (STATUS_STATE) or the unknown word as it came
        number=pl.Int32,  # charge number; null: not said
        number_list=pl.List(
            pl.Int32
        ),  # charges that a negotiation or anticipation covers; null otherwise
        transaction_type=pl.String,  # AUTOMATIC, NEGOTIATION, ANTICIPATION, …; null: not said
        sequence=pl.Int32,
        started_at=INSTANT,  # start_datetime of the recurrency: the due date
        ordered_at=INSTANT,
        approved_at=INSTANT,
        reversed_at=INSTANT,  # refund or chargeback date
        expires_at=INSTANT,  # slip's expiration
        payment_type=pl.String,
        refusal=pl.String,
        has_retry=pl.Boolean,
        retry_at=INSTANT,  # scheduled_retry
        currency=pl.String,  # of the purchase
        amount_minor=pl.Int64,  # price.value
        expected_minor=pl.Int64,  # producer_value, in commission_currency
        paid_minor=pl.Int64,  # producer_paid_value, in commission_currency
        original_minor=pl.Int64,  # commission.original_value, in the purchase currency
        original_paid_minor=pl.Int64,  # commission.original_paid_value, in the purchase currency
        conversion_rate=pl.String,  # decimal text
        offer_code=pl.String,
        product_id=pl.String,
        product=pl.String,
        buyer=pl.String,
        email=pl.String,
        phone=pl.String,
        country=pl.String,
        installments=pl.Int32,
        guarantee_ends_at=INSTANT,
        fee_currency=pl.String,
        fee_base_minor=pl.Int64,
        fee_fixed_minor=pl.Int64,
        fee_total_minor=pl.Int64,
        fee_percentage=pl.String,  # decimal text
    ),
    ("seller_id", "transaction", "commission_currency", "source", "state"),
)
"""One row: what one kind of source last said of one attempt's commission in one currency, while in one state."""

EVENTS: Final = TableSchema(
    "events",
    _columns(
        seller_id=pl.String,
        event_id=pl.String,  # the envelope's id
        event=pl.String,  # CLUB_FIRST_ACCESS, CLUB_MODULE_COMPLETED, SWITCH_PLAN, UPDATE_SUBSCRIPTION_CHARGE_DATE
        occurred_at=INSTANT,
        subscriber_code=pl.String,
        email=pl.String,
        product_id=pl.String,
        module=pl.String,
        detail=pl.String,  # JSON of what else the event says; null: nothing
    ),
    ("seller_id", "event_id"),
)
"""One row: one dated thing that happened to a plan or its buyer and moves no money."""

QUARANTINE: Final = TableSchema(
    "quarantine",
    _columns(
        seller_id=pl.String,
        source=pl.String,  # the file, as it was named
        position=pl.String,  # "item 3", "line 12", "file"
        reason=pl.String,
        excerpt=pl.String,  # at most 200 characters, less what docs/contracts.md §9 removes; a broken body: its hash and size
        received_at=INSTANT,
    ),
    (
        "seller_id",
        "source",
        "position",
        "reason",
        "excerpt",
    ),  # another night's page may lie under the same name
)
"""One row: one row or file that was refused, and why."""

STATEMENT_TABLES: Final = (PLAN_STATEMENTS, ATTEMPT_STATEMENTS, EVENTS, QUARANTINE)

# --- as read: facts --------------------------------------------------------------------------------------------

PLANS: Final = TableSchema(
    "plans",
    _columns(
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
        canceled_by=pl.String,  # SELLER, ADMIN, CUSTOMER; null: not canceled, or not said
        is_suspended=pl.Boolean,  # never null
        next_charge_date=pl.Date,
    ),
    ("seller_id", "plan_id"),
)
"""One row: one purchase split into N monthly charges (docs/metrics.md §1)."""

ATTEMPTS: Final = TableSchema(
    "attempts",
    _columns(
        seller_id=pl.String,
        plan_id=pl.String,
        transaction=pl.String,
        numbers=pl.List(pl.Int32),  # the charges it covers, ascending, never empty
        is_negotiation=pl.Boolean,  # a negotiation or anticipation: sets neither amount nor due date of a charge
        sequence=pl.Int32,  # 1 where not said
        status=pl.String,
        state=pl.String,  # one of STATES
        ordered_at=INSTANT,
        ordered_date=pl.Date,
        due_date=pl.Date,  # slip's expiration for a slip, else start_datetime, else the order's date
        approved_at=INSTANT,  # null: not paid (docs/metrics.md §2, p)
        approved_date=pl.Date,
        failed_date=pl.Date,  # order date of a refused card, day after a slip's expiration; null: did not fail
        reversed_date=pl.Date,  # null unless state is reversed
        reversal=pl.String,  # refunded, charged_back, partially_refunded; null: none
        claim_date=pl.Date,  # dispute opened; null: none
        claim_end_date=pl.Date,  # first newer payload that shows it paid again; null: still open
        payment_type=pl.String,
        refusal=pl.String,
        has_retry=pl.Boolean,
        retry_date=pl.Date,
        currency=pl.String,
        amount_minor=pl.Int64,
        original_minor=pl.Int64,
        original_paid_minor=pl.Int64,
        guarantee_ends_date=pl.Date,
    ),
    ("seller_id", "transaction"),
)
"""One row: one try to collect a charge (a negotiation: several charges)."""

COMMISSIONS: Final = TableSchema(
    "commissions",
    _columns(
        seller_id=pl.String,
        plan_id=pl.String,
        transaction=pl.String,
        commission_currency=pl.String,
        net_minor=pl.Int64,  # paid where it is not zero, else expected (docs/metrics.md §7, "Net")
        is_estimated=pl.Boolean,  # expected was used for want of paid
    ),
    ("seller_id", "transaction", "commission_currency"),
)
"""One row: the producer's net of one attempt in one commission currency."""


@dataclass(frozen=True)
class Facts:
    """Everything the figures are computed from: lazy frames of PLANS, ATTEMPTS and COMMISSIONS."""

    plans: pl.LazyFrame
    attempts: pl.LazyFrame
    commissions: pl.LazyFrame


@dataclass(frozen=True)
class DataQuality:
    """How whole the facts of one seller are; counts and words for a report's notes, never amounts."""

    data_through_date: date | None  # the last day (seller's zone) of which any statement tells
    quarantined: int
    unidentified: int  # plans known from webhooks alone whose offer is not in smart_offers
    unknown_values: dict[str, dict[str, int]]  # column → word never seen before → rows
    events: dict[str, int]  # event → rows
    other_billing_types: dict[str, int]  # plans of billing types that were not asked for, by type
    outside_plan: int = (
        0  # attempts of a charge number above their plan's N: they stand in no figure
    )
