"""Money of paid charges: the producer's net, payments and returns (docs/metrics.md §4)."""

from __future__ import annotations

import polars as pl

from smartinst.analytics.keys import CHARGE, PLAN


def year_month(column: str) -> pl.Expr:
    """The month of a date as text, `2026-10`."""
    return pl.col(column).dt.strftime("%Y-%m")


def nets_of_charges(charges: pl.LazyFrame, commissions: pl.LazyFrame) -> pl.LazyFrame:
    """One row per kept charge and commission currency: net_minor (docs/metrics.md §4).

    The net of a payment is split among its charges in proportion to their paid amounts; the first
    charge gets the remainder. After a partial refund only the kept share counts, rounded
    half up. estimated_minor is the net if it is an estimate, else 0.
    """
    is_part = pl.col("is_partially_refunded") & ~pl.col("is_unknown_part")
    nets = (
        charges.filter(pl.col("is_paid") & ~pl.col("is_reversed"))
        .select(
            *("plan_index", *CHARGE, "transaction", "currency", "country", "paid_date"),
            *("paid_minor", "original_minor", "original_paid_minor"),
            _is_split=is_part | pl.col("is_payment_shared"),
            _is_part=is_part,
        )
        .join(commissions, on=[*PLAN, "transaction"], how="inner", validate="m:m")
    )
    columns = (
        *("plan_index", *CHARGE, "currency", "country", "paid_date"),
        *("commission_currency", "net_minor", "is_estimated"),
    )
    return (
        pl.concat(
            [
                nets.filter(~pl.col("_is_split")).select(columns),
                _split_nets(nets.filter("_is_split")).select(columns),
            ]
        )
        .with_columns(
            year_month("paid_date").alias("paid_month"),
            estimated_minor=pl.when("is_estimated").then("net_minor").otherwise(0),
        )
        .drop("is_estimated")
    )


def _split_nets(nets: pl.LazyFrame) -> pl.LazyFrame:
    """The nets of payments of several charges, or of which a part was returned."""
    payer = ["plan_index", "transaction", "commission_currency"]
    net, paid, original, remaining = (
        pl.col(name).cast(pl.Int128)
        for name in ("net_minor", "paid_minor", "original_minor", "original_paid_minor")
    )
    share = (2 * net * remaining + original) // (2 * original)
    total_paid = paid.sum().over(payer)
    part = pl.when(total_paid > 0).then(pl.col("_kept") * paid // total_paid).otherwise(0)
    is_first = pl.col("number") == pl.col("number").min().over(payer)
    remainder = (
        pl.when(is_first).then(pl.col("_kept") - pl.col("_part").sum().over(payer)).otherwise(0)
    )
    return (
        nets.with_columns(_kept=pl.when("_is_part").then(share).otherwise(net))
        .with_columns(_part=part)
        .with_columns(net_minor=(pl.col("_part") + remainder).cast(pl.Int64))
    )


def movements_of_charges(charges: pl.LazyFrame) -> pl.LazyFrame:
    """One row per payment or return of a charge, with its date and received or returned amount."""
    columns = [*CHARGE, "currency", "country", "movement_date", "received_minor", "returned_minor"]
    payments = charges.filter("is_paid").with_columns(
        movement_date="paid_date", received_minor="paid_minor", returned_minor=pl.lit(0, pl.Int64)
    )
    returns = charges.filter(pl.col("returned_minor") > 0).with_columns(
        movement_date="reversed_date", received_minor=pl.lit(0, pl.Int64)
    )
    movements = pl.concat([payments.select(columns), returns.select(columns)])
    return movements.with_columns(year_month("movement_date").alias("movement_month"))
