"""The amount paid of each charge; a negotiation pays several (docs/metrics.md §7)."""

from __future__ import annotations

import polars as pl

from smartinst.analytics.keys import CHARGE
from smartinst.ledger.columns import TRANSACTION


def add_payment(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds paid_minor (0: not paid), forgiven_minor and surplus_minor (docs/metrics.md §7).

    The price of a negotiation is split among the charges that it paid, pro rata to their amounts:
    largest remainder first; in a tie, the lower number. Products of two amounts need 128 bits.
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
            *CHARGE,
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
        charges.join(negotiated, on=CHARGE, how="left", validate="1:1")
        .with_columns(paid_minor=paid, surplus_minor=pl.col("surplus_minor").fill_null(0))
        .with_columns(
            forgiven_minor=pl.when("is_paid")
            .then(pl.col("amount_minor") - pl.col("paid_minor"))
            .otherwise(0)
        )
        .drop("negotiated_minor")
    )
