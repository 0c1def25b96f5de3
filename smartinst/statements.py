"""Schemas of the statements, the tables that the ledger stores.

A statement is the latest report of one source about one plan or one attempt. Reading resolves
statements into facts (facts.py).

Money is Int64 minor units of the currency column next to it, null if the source has no value.
Instants (`*_at`) are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

INSTANT: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class TableSchema:
    """Columns of a table with their types, and the key that makes a row unique."""

    name: str
    columns: dict[str, pl.DataType]
    key: tuple[str, ...]

    def empty(self) -> pl.DataFrame:
        """A frame without rows."""
        return pl.DataFrame(schema=self.columns)

    def frame(self, rows: list[dict[str, object]]) -> pl.DataFrame:
        """Rows as a frame; a missing column is null, an unknown one raises KeyError."""
        if extra_columns := {name for row in rows for name in row} - self.columns.keys():
            raise KeyError(f"{self.name} has no column {sorted(extra_columns)}")
        return pl.DataFrame(
            {name: [row.get(name) for row in rows] for name in self.columns}, schema=self.columns
        )


def column_types(**columns: pl.DataType | type[pl.DataType]) -> dict[str, pl.DataType]:
    """Columns with their types; a class is instantiated."""
    return {name: dtype() if isinstance(dtype, type) else dtype for name, dtype in columns.items()}


PLAN_STATEMENTS: Final = TableSchema(
    "plan_statements",
    column_types(
        seller_id=pl.String,
        plan_key=pl.String,  # plan_id if the source has it (a page), else "code:" + subscriber_code
        source=pl.String,  # facts.SOURCES, or "cancellation" (an event)
        observed_at=INSTANT,  # decides which is newer: last_update or an event's creation_date
        plan_id=pl.String,  # null if only the subscriber code is known
        subscriber_code=pl.String,
        billing_type=pl.String,  # null in webhooks, except HOTMART_INSTALLMENTS
        platform_status=pl.String,  # status by the platform, CANCELED with one L; not used in rules
        product_id=pl.String,
        product=pl.String,
        offer_code=pl.String,
        buyer=pl.String,
        email=pl.String,
        phone=pl.String,  # E.164 or null
        country=pl.String,  # ISO 3166 alpha-2 or null
        installments=pl.Int32,  # N; null: missing
        adopted_at=INSTANT,
        canceled_at=INSTANT,  # null in a page: not canceled, or reactivated
        is_suspended=pl.Boolean,  # has_credit_card_change: charging is suspended
        next_charge_at=INSTANT,
    ),
    ("seller_id", "plan_key", "source"),
)
"""One row: the latest statement of one source about one plan."""

ATTEMPT_STATEMENTS: Final = TableSchema(
    "attempt_statements",
    column_types(
        seller_id=pl.String,
        transaction=pl.String,
        commission_currency=pl.String,  # "" if the source has no commission
        source=pl.String,
        state=pl.String,  # one of facts.STATES; part of the key, so that a claim keeps its date
        observed_at=INSTANT,
        plan_id=pl.String,
        subscriber_code=pl.String,
        billing_type=pl.String,
        status=pl.String,  # canonical (a key of facts.STATUS_STATE) or an unknown word
        unknown_status=pl.String,  # the platform's word if it is unknown and other proof decided
        number=pl.Int32,  # charge number; null: missing
        number_list=pl.List(pl.Int32),  # charges of a negotiation or anticipation; else null
        transaction_type=pl.String,  # AUTOMATIC, NEGOTIATION, ANTICIPATION, …; null: missing
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
        total_minor=pl.Int64,  # price.total_value: what the card is charged, with taxes
        is_rounded=pl.Boolean,  # some amount had more decimals than its currency; null: none
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
    (
        *("seller_id", "transaction", "commission_currency", "source", "state", "number"),
        *("currency", "approved_at"),
    ),
)
"""One row: the latest statement of one source about one attempt of one charge.

In one currency and state. A code may pay several charges (docs/metrics.md §7), hence `number` and
`approved_at`; a report without a price (currency null) must not replace one with it, hence
`currency`.
"""

EVENTS: Final = TableSchema(
    "events",
    column_types(
        seller_id=pl.String,
        event_id=pl.String,  # the envelope's id
        event=pl.String,  # such as CLUB_FIRST_ACCESS, SWITCH_PLAN, UPDATE_SUBSCRIPTION_CHARGE_DATE
        occurred_at=INSTANT,
        subscriber_code=pl.String,
        email=pl.String,
        product_id=pl.String,
        module=pl.String,
        detail=pl.String,  # JSON of the other members of the event; null: none
    ),
    ("seller_id", "event_id"),
)
"""One row: one event of a plan or its buyer that is not about a payment."""

QUARANTINE: Final = TableSchema(
    "quarantine",
    column_types(
        seller_id=pl.String,
        source=pl.String,  # name of the file, relative to the ingested path
        position=pl.String,  # "item 3", "line 12", "file"
        reason=pl.String,
        excerpt=pl.String,  # max. 200 characters, redacted (docs/contracts.md §9), or hash and size
        received_at=INSTANT,
        # when a retry accepted the item, or refused it for another reason; null: open
        resolved_at=INSTANT,
    ),
    ("seller_id", "source", "position", "reason", "excerpt"),  # file names may be used again
)
"""One row: one item or file that was refused, and the reason."""

STATEMENT_TABLES: Final = (PLAN_STATEMENTS, ATTEMPT_STATEMENTS, EVENTS, QUARANTINE)

ERASED_KEYS: Final = TableSchema(
    "erased_keys",
    column_types(
        seller_id=pl.String,
        kind=pl.String,  # "email", "plan_id", "subscriber_code" or "transaction"
        digest=pl.String,  # SHA-256 of seller, kind and value; the value itself is not stored
        erased_at=INSTANT,
    ),
    ("seller_id", "kind", "digest"),
)
"""One row: a key of an erased buyer, so that no later ingest stores the buyer's data again."""

LEDGER_TABLES: Final = (*STATEMENT_TABLES, ERASED_KEYS)
"""Every table of a ledger."""
