"""Every accepted payment in one part: a figure of the report, or a line in its notes.

For each currency and date, the money of the approved payments (each one once, with its newest
amount) is the sum of PARTS. Each part is computed from its own rows, none as a remainder, so that
a test of the sum can fail. The parts cover the whole seller: filters do not apply.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.charges import explode_numbers
from smartinst.analytics.keys import PLAN
from smartinst.analytics.paid_amounts import is_kept, repeated_payments
from smartinst.analytics.snapshot import Snapshot
from smartinst.facts import UNPLACED_REASONS, Facts
from smartinst.ledger.columns import TRANSACTION

IN_FIGURES: Final = (
    "collected_minor",
    "refunded_minor",
    "charged_twice_minor",
    "surplus_minor",
)
BESIDE_FIGURES: Final = (
    "repeated_minor",
    "price_difference_minor",
    "not_listed_minor",
    *(f"{reason}_minor" for reason in UNPLACED_REASONS),
)
PARTS: Final = (*IN_FIGURES, *BESIDE_FIGURES)
"""The parts of `accepted_minor`.

collected, refunded, charged_twice, surplus
                  the sums of the charges' columns with these names
repeated          further payments of a paid charge that are not charged twice, because they or
                  the first payment were returned to the buyer
price_difference  payments less the price of the charge that they paid; negative if the price is
                  higher. A payment in another currency than its plan's is added in its own
                  currency, and the price subtracted in the plan's
not_listed        payments approved by the date, whose plan was bought or whose order was made later
no_charge, other_type, unidentified, single_sale
                  payments in no charge, by their reason (facts.UNPLACED_REASONS)
"""

_ENTRY: Final = {
    "part": pl.String,
    "billing_type": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "approved_date": pl.Date,
    "transaction": pl.String,
}


def _no_sums() -> pl.DataFrame:
    amounts = dict.fromkeys(("accepted_minor", *PARTS), pl.Int64)
    return pl.DataFrame(schema={"currency": pl.String, **amounts})


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "part": pl.String,
            "billing_type": pl.String,
            "currency": pl.String,
            "payments": pl.Int64,
            "amount_minor": pl.Int64,
            "example": pl.String,
        }
    )


@dataclass(frozen=True)
class Reconciliation:
    """The accepted payments of a seller by a date, in two frames.

    sums   one row per currency: accepted_minor, and the columns of PARTS
    lines  one row per part of BESIDE_FIGURES, billing type (null: unknown, or not of a plan) and
           currency: number of payments, amount_minor (may be negative for price differences), and
           the transaction code of the earliest payment as an example
    """

    sums: pl.DataFrame = field(default_factory=_no_sums)
    lines: pl.DataFrame = field(default_factory=_no_lines)


def reconcile(facts: Facts, snapshot: Snapshot) -> Reconciliation:
    """The payments behind a snapshot, which must have all plans of the facts."""
    entries = payment_entries(facts, snapshot).collect()
    return Reconciliation(_sums(entries), _lines(entries))


def payment_entries(facts: Facts, snapshot: Snapshot) -> pl.LazyFrame:
    """The amounts from which `reconcile` computes its frames, with their parts and transactions.

    One row per payment for `accepted_minor` and for each part that has some of its money. No
    payment is in more than one of these: collected or refunded, repeated, not_listed, and the
    reasons of unplaced payments. The charged_twice and surplus of a charge have the transaction of
    the payment that paid it.
    """
    of_plans = _placed_payments(facts, snapshot).collect().lazy()
    unplaced = _unplaced_payments(facts, snapshot.as_of)
    accepted = pl.concat([_entries("accepted_minor", frame) for frame in (of_plans, unplaced)])
    return pl.concat(
        [
            accepted,
            *_figure_entries(snapshot.charges),
            *_placed_entries(of_plans, snapshot),
            _entries(pl.col("reason") + "_minor", unplaced),
        ]
    ).filter(pl.col("amount_minor") != 0)


def _placed_payments(facts: Facts, snapshot: Snapshot) -> pl.LazyFrame:
    """One row per payment approved by the date in a plan of the facts, except unplaced ones.

    Adds the plan's `installments` and currency (`plan_currency`), and `is_listed` as of the date.
    """
    as_of = snapshot.as_of
    plans = facts.plans.select(*PLAN, "installments", "purchase_date")
    currencies = snapshot.plans.select(*PLAN, pl.col("currency").alias("plan_currency"))
    is_listed = (pl.col("purchase_date") <= as_of) & (pl.col("ordered_date") <= as_of)
    return (
        facts.attempts.filter(pl.col("approved_date") <= as_of)
        .join(facts.unplaced_payments, on=TRANSACTION, how="anti")
        .join(plans, on=PLAN, how="inner", validate="m:1")
        .join(currencies, on=PLAN, how="left", validate="m:1")  # right: bought after the date
        .with_columns(
            is_listed=is_listed.fill_null(False),
            billing_type=pl.lit(None, pl.String),
        )
    )


def _unplaced_payments(facts: Facts, as_of: date) -> pl.LazyFrame:
    return facts.unplaced_payments.filter(pl.col("approved_date") <= as_of)


def _entries(part: str | pl.Expr, payments: pl.LazyFrame) -> pl.LazyFrame:
    """One row per payment: its amount in one part (columns of _ENTRY)."""
    name = pl.lit(part) if isinstance(part, str) else part
    return payments.with_columns(name.alias("part")).select(
        pl.col(column).cast(kind) for column, kind in _ENTRY.items()
    )


def _figure_entries(charges: pl.LazyFrame) -> list[pl.LazyFrame]:
    """The amounts of the charges in each part of IN_FIGURES."""
    of_charges = charges.with_columns(
        pl.lit(None, pl.String).alias("billing_type"), pl.col("paid_date").alias("approved_date")
    )
    return [
        _entries(part, of_charges.with_columns(pl.col(part).alias("amount_minor")))
        for part in IN_FIGURES
    ]


def _placed_entries(payments: pl.LazyFrame, snapshot: Snapshot) -> list[pl.LazyFrame]:
    """The entries of payments in plans beside the figures: not listed, repeated, other prices."""
    listed_payments = payments.filter("is_listed")
    amounts = snapshot.charges.group_by(TRANSACTION).agg(
        shown_minor=(pl.col("paid_minor") + pl.col("surplus_minor")).sum()
    )
    payers = listed_payments.join(amounts, on=TRANSACTION, how="inner", validate="1:1")
    further_payments = listed_payments.join(amounts, on=TRANSACTION, how="anti")
    kept_payments = listed_payments.filter(is_kept(snapshot.as_of))
    repeated = repeated_payments(explode_numbers(kept_payments))
    charged_twice = further_payments.join(repeated, on=TRANSACTION, how="semi")
    not_owed = further_payments.join(repeated, on=TRANSACTION, how="anti")
    is_foreign = ~pl.col("currency").eq_missing(pl.col("plan_currency"))
    prices = payers.with_columns(
        pl.col("plan_currency").alias("currency"), -pl.col("shown_minor").alias("amount_minor")
    )
    return [
        _entries("not_listed_minor", payments.filter(~pl.col("is_listed"))),
        _entries("repeated_minor", not_owed),
        _entries("price_difference_minor", charged_twice.filter(is_foreign)),
        _entries("price_difference_minor", payers),
        _entries("price_difference_minor", prices),
    ]


def _sums(entries: pl.DataFrame) -> pl.DataFrame:
    """One row per currency with the sum of each part."""
    amount = pl.col("amount_minor")
    return (
        entries.group_by("currency")
        .agg(
            amount.filter(pl.col("part") == name).sum().alias(name)
            for name in ("accepted_minor", *PARTS)
        )
        .sort("currency", nulls_last=True)
    )


def _lines(entries: pl.DataFrame) -> pl.DataFrame:
    """The payments beside the figures by part, billing type and currency.

    The two entries of a payment that differs from its price are one payment.
    """
    keys = ["part", "billing_type", "currency"]
    of_payments = (
        entries.filter(pl.col("part").is_in(BESIDE_FIGURES))
        .group_by(*keys, "transaction")
        .agg(pl.col("amount_minor").sum(), pl.col("approved_date").min())
        .filter(pl.col("amount_minor") != 0)
    )
    if of_payments.is_empty():
        return _no_lines()
    return (
        of_payments.sort("approved_date", "transaction")
        .group_by(keys)
        .agg(
            pl.len().cast(pl.Int64).alias("payments"),
            pl.col("amount_minor").sum(),
            pl.col("transaction").first().alias("example"),
        )
        .sort(keys, nulls_last=True)
    )
