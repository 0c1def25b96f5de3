"""What pays each charge, and the amount paid; a negotiation pays several (docs/metrics.md §7)."""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.keys import CHARGE
from smartinst.ledger.columns import PAYMENT_ORDER, TRANSACTION


def is_kept(as_of: date) -> pl.Expr:
    """Whether a payment was not reversed by the date."""
    return ~(pl.col("reversed_date") <= as_of).fill_null(False)


def repeated_payments(kept_payments: pl.LazyFrame) -> pl.LazyFrame:
    """One row per kept payment that repeats another payment of the same charge.

    A payment repeats an earlier one. A negotiation repeats any other payment of its lowest charge,
    even a later one. A payment that repeats another is charged twice, unless it pays a charge.

    kept_payments  as `explode_numbers` returns them
    """
    first_payments = (
        kept_payments.sort(PAYMENT_ORDER)
        .group_by(CHARGE)
        .agg(first_transaction=pl.col("transaction").first(), payment_count=pl.len())
        .filter(pl.col("payment_count") > 1)
    )
    is_repeated = (
        pl.when("is_negotiation")
        .then(pl.col("number") == pl.col("lowest_number"))
        .otherwise(pl.col("transaction") != pl.col("first_transaction"))
    )
    return kept_payments.join(first_payments, on=CHARGE, validate="m:1").filter(is_repeated)


def payment_of() -> dict[str, pl.Expr]:
    """Columns of a charge's payment, of the attempt that paid it."""
    same = (
        *("transaction", "claim_date", "claim_end_date"),
        *("original_minor", "original_paid_minor", "guarantee_ends_date"),
    )
    renamed = {
        "paid_date": "approved_date",
        "payer_reversal": "reversal",
        "payer_reversed_date": "reversed_date",
        "is_negotiated": "is_negotiation",
        "is_payment_shared": "has_several_numbers",
        "payer_minor": "amount_minor",
    }
    return {**{name: pl.col(name) for name in same}, **{n: pl.col(c) for n, c in renamed.items()}}


def paying_attempts(attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per paid charge: its earliest approved attempt, and charged_twice_minor.

    The price of a negotiation that is charged twice belongs to its lowest charge number.

    attempts  with charge_key; all of a charge, and all charges of an attempt of several
    """
    approved = attempts.filter(pl.col("approved_date") <= as_of)
    # few charges are approved more than once: only those are sorted
    is_single = pl.col("charge_key").is_unique()
    several = approved.filter(~is_single).sort(PAYMENT_ORDER)
    first_of_several = several.unique("charge_key", keep="first", maintain_order=True)
    payers = pl.concat([approved.filter(is_single), first_of_several]).select(
        "charge_key", _seller_id="seller_id", **payment_of()
    )
    charged_twice = (
        repeated_payments(several.filter(is_kept(as_of)))
        .join(payers, left_on=TRANSACTION, right_on=("_seller_id", "transaction"), how="anti")
        .group_by("charge_key")
        .agg(charged_twice_minor=pl.col("amount_minor").sum())
    )
    return payers.drop("_seller_id").join(  # right: paid once
        charged_twice, on="charge_key", how="left", validate="1:1"
    )


def add_payment(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds paid_minor (0: not paid), forgiven_minor and surplus_minor (docs/metrics.md §7).

    The price of a negotiation is split among the charges that it paid, pro rata to their amounts:
    largest remainder first; in a tie, the lower number. Products of two amounts need 128 bits.

    charges  with the key charge_key
    """
    amount, price = pl.col("amount_minor").cast(pl.Int128), pl.col("payer_minor").cast(pl.Int128)
    is_split = pl.col("is_negotiated").fill_null(False) & pl.col("payer_minor").is_not_null()
    owed = amount.sum().over(TRANSACTION)
    negotiated = (
        charges.filter(is_split)
        .sort(*TRANSACTION, "number")
        .with_columns(_owed=owed)
        .with_columns(
            _share=amount * price // pl.col("_owed"), _remainder=amount * price % pl.col("_owed")
        )
        .with_columns(
            _unassigned=pl.max_horizontal(price - pl.col("_share").sum().over(TRANSACTION), 0),
            _rank=pl.col("_remainder")
            .cast(pl.Int64)
            .rank("ordinal", descending=True)
            .over(TRANSACTION),
        )
        .with_columns(
            _part=pl.col("_share") + (pl.col("_rank") <= pl.col("_unassigned")).cast(pl.Int128)
        )
        .select(
            "charge_key",
            negotiated_minor=pl.when(price >= pl.col("_owed"))
            .then(amount)
            .otherwise("_part")
            .cast(pl.Int64),
            surplus_minor=pl.when(pl.col("number") == pl.col("number").min().over(TRANSACTION))
            .then(pl.max_horizontal(price - pl.col("_owed"), 0))
            .otherwise(0)
            .cast(pl.Int64),
        )
    )
    paid = pl.when("is_paid").then(pl.coalesce("negotiated_minor", "amount_minor")).otherwise(0)
    return (
        charges.join(
            negotiated, on="charge_key", how="left", maintain_order="left", validate="1:1"
        )  # right: paid by no negotiation
        .with_columns(paid_minor=paid, surplus_minor=pl.col("surplus_minor").fill_null(0))
        .with_columns(
            forgiven_minor=pl.when("is_paid")
            .then(pl.col("amount_minor") - pl.col("paid_minor"))
            .otherwise(0)
        )
        .drop("negotiated_minor")
    )
