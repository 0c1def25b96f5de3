"""Money of paid charges: the producer's net, and what came in or went back on a day (docs/metrics.md §4)."""

from __future__ import annotations

import polars as pl

from smartinst.analytics.charges import CHARGE, PLAN


def year_month(column: str) -> pl.Expr:
    """The month of a date as `2026-10`, which sorts and means the same in every zone."""
    return pl.col(column).dt.strftime("%Y-%m")


def nets_of_charges(charges: pl.LazyFrame, commissions: pl.LazyFrame) -> pl.LazyFrame:
    """One row a kept charge and commission currency: net_minor, spread over the charges of one payer (docs/metrics.md §4).

    Of a partial refund the kept share, rounded half up; spread in proportion to what each charge was paid, the first
    one taking the rest. estimated_minor: the part for which the expected net stood in.
    """
    kept = charges.filter(pl.col("is_paid") & ~pl.col("is_reversed")).select(
        *(*CHARGE, "transaction", "currency", "country", "paid_date", "paid_minor"),
        *("is_partially_refunded", "is_unknown_part", "original_minor", "original_paid_minor"),
    )
    payer = [*PLAN, "transaction", "commission_currency"]
    net, paid, original, rest = (
        pl.col(name).cast(pl.Int128)
        for name in ("net_minor", "paid_minor", "original_minor", "original_paid_minor")
    )
    share = (2 * net * rest + original) // (2 * original)
    is_part = pl.col("is_partially_refunded") & ~pl.col("is_unknown_part")
    all_paid = paid.sum().over(payer)
    part = pl.when(all_paid > 0).then(pl.col("_kept") * paid // all_paid).otherwise(0)
    is_first = pl.col("number") == pl.col("number").min().over(payer)
    left = pl.when(is_first).then(pl.col("_kept") - pl.col("_part").sum().over(payer)).otherwise(0)
    return (
        kept.join(commissions, on=[*PLAN, "transaction"], how="inner", validate="m:m")
        .with_columns(_kept=pl.when(is_part).then(share).otherwise(net))
        .with_columns(_part=part)
        .with_columns(
            year_month("paid_date").alias("paid_month"),
            net_minor=(pl.col("_part") + left).cast(pl.Int64),
        )
        .select(
            *(
                *CHARGE,
                "currency",
                "country",
                "paid_date",
                "paid_month",
                "commission_currency",
                "net_minor",
            ),
            estimated_minor=pl.when("is_estimated").then("net_minor").otherwise(0),
        )
    )


def movements_of_charges(charges: pl.LazyFrame) -> pl.LazyFrame:
    """One row a day on which money of a charge came in or went back: received_minor, returned_minor, movement_date."""
    columns = [*CHARGE, "currency", "country", "movement_date", "received_minor", "returned_minor"]
    received = charges.filter("is_paid").with_columns(
        movement_date="paid_date", received_minor="paid_minor", returned_minor=pl.lit(0, pl.Int64)
    )
    returned = charges.filter(pl.col("returned_minor") > 0).with_columns(
        movement_date="reversed_date", received_minor=pl.lit(0, pl.Int64)
    )
    moved = pl.concat([received.select(columns), returned.select(columns)])
    return moved.with_columns(year_month("movement_date").alias("movement_month"))
